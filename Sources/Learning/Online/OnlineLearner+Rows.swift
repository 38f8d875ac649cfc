package import SparseBatches

/// Four features of the row at hand, kept from the forward pass for the update.
internal struct WeighedBlock<Rule: CoordinateRule>: BitwiseCopyable, Sendable {
  var state: Rule.Block
  var weights: SIMD4<Double>
}

/// As many blocks as the longest row has had.
internal struct RowScratch<Rule: CoordinateRule>: ~Copyable, Sendable {
  private var blocks = GrowableBuffer<WeighedBlock<Rule>>()

  /// Room for `count` blocks, each to be stored before it is read.
  @inline(__always)
  mutating func view(blocks count: Int) -> ScratchView<Rule> {
    blocks.reserve(count)
    // The buffer has room for `count` of them by the line above.
    return unsafe ScratchView(base: blocks.base, count: count)
  }
}

/// The scratch of one row, valid until the next row's is asked for: in the inner loops a value that
/// needs no reload after each store. Each access is checked against `count`.
@safe
internal struct ScratchView<Rule: CoordinateRule>: BitwiseCopyable {
  @unsafe fileprivate let base: UnsafeMutablePointer<WeighedBlock<Rule>>
  fileprivate let count: Int

  @inline(__always)
  subscript(block: Int) -> WeighedBlock<Rule> {
    precondition(block >= 0 && block < count)
    return unsafe base[block]
  }

  @inline(__always)
  func store(_ weighed: WeighedBlock<Rule>, at block: Int) {
    precondition(block >= 0 && block < count)
    unsafe base[block] = weighed
  }
}

// B = 1, the hot loop of a default run. Rows are short (tens of features), so the time is that of
// fetching the slots: those of the row two ahead are prefetched while this one is learned. The
// forward pass leaves states and weights in contiguous blocks; the update computes on these, is
// checked for overflow as a whole, and only then written to the table.
extension OnlineLearner {
  /// B = 1. Gives margins but no losses: `learn` adds these.
  package mutating func learnOnline(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    for row in 0..<min(2, batch.rowCount) {
      let features = RowFeatures(batch, row: row)
      prefetch(features, from: 0, to: features.count)
    }
    for row in 0..<batch.rowCount {
      let features = RowFeatures(batch, row: row)
      let ahead = RowFeatures(batch, row: min(row + 2, batch.rowCount - 1))
      let kernel = path == nil ? nil : rule.kernel
      let (margin, served) =
        if let kernel, let path {
          margins(of: features, prefetching: ahead, kernel, path)
        } else {
          margins(of: features, prefetching: ahead)
        }
      guard margin.isFinite, served.isFinite else { throw nonFiniteMargin(batch, row: row) }
      let weight = Double(batch.weights[row])
      // A row of weight 0 leaves the coordinates as they are, and the count of updates.
      if weight > 0 {
        let factor = rule.factor(
          Loss.self, margin: margin, label: target.scaled(batch.labels[row]), weight: weight,
          features: features)
        if let kernel, let path {
          if !update(features, gradient: factor, kernel, path) {
            // The Swift form refuses the row too, and knows why.
            _ = margins(of: features, prefetching: features)
            try update(features, gradient: factor, in: batch, row: row)
          }
        } else {
          try update(features, gradient: factor, in: batch, row: row)
        }
        rule.countUpdate()
      }
      rule.advance(rows: 1)
      margins.append(served)
    }
  }

  /// Prefetches the slots of the features `start ..< end`, as far as there are any.
  @inline(__always)
  private func prefetch(_ features: RowFeatures, from start: Int, to end: Int) {
    let slots = table.view
    var index = start
    while index < min(end, features.count) {
      slots.prefetch(features.slot(index))
      index += 1
    }
  }

  /// The forward pass; leaves the row's states and weights in `row`.
  ///
  /// - Returns: the margin that the row is learned from, and the one that a model would give.
  @inline(__always)
  private mutating func margins(
    of features: RowFeatures, prefetching ahead: RowFeatures
  ) -> (learned: Double, served: Double) {
    let scratch = row.view(blocks: features.blocks)
    let slots = table.view
    let rule = rule
    var sum = MarginSum()
    var served = MarginSum()
    for block in 0..<features.wholeBlocks {
      // A few at a time: all at once would wait for the processor's fill buffers.
      prefetch(ahead, from: 4 * block, to: 4 * block + 4)
      let state = Rule.Block(slots, features.slots(wholeBlock: block))
      let weights = rule.weights(state)
      sum.add(weights: weights, values: features.values(block: block))
      if Rule.servesAverages {
        served.add(
          weights: rule.servedWeights(state, weights: weights),
          values: features.values(block: block))
      }
      scratch.store(WeighedBlock(state: state, weights: weights), at: block)
    }
    if features.wholeBlocks < features.blocks {
      let state = Rule.Block(slots, tailOf: features)
      let weights = rule.weights(state)
      sum.add(weights: weights, values: features.values(block: features.wholeBlocks))
      if Rule.servesAverages {
        served.add(
          weights: rule.servedWeights(state, weights: weights),
          values: features.values(block: features.wholeBlocks))
      }
      scratch.store(WeighedBlock(state: state, weights: weights), at: features.wholeBlocks)
    }
    prefetch(ahead, from: 4 * features.wholeBlocks, to: ahead.count)
    let learned = sum.margin(bias: learnedBias)
    return (learned, Rule.servesAverages ? served.margin(bias: bias) : learned)
  }

  /// - Parameter gradient: the row's factor.
  @inline(__always)
  private mutating func update(
    _ features: RowFeatures, gradient: Double, in batch: borrowing SparseBatch, row index: Int
  ) throws(NonFiniteRow) {
    let rounding = RoundingBits(update: updates)
    let rule = rule
    let bias = biasState.updated(gradient: gradient, rule)
    let scratch = row.view(blocks: features.blocks)
    var marker = SIMD4<Float>()
    for block in 0..<features.blocks {
      let weighed = scratch[block]
      let state = rule.updated(
        weighed.state, weights: weighed.weights,
        gradients: gradient * SIMD4<Double>(features.values(block: block)),
        bits: rounding.bits(features, block: block))
      marker += state.nonFiniteMarker
      scratch.store(WeighedBlock(state: state, weights: weighed.weights), at: block)
    }
    guard marker == SIMD4<Float>(), bias.isFinite else {
      throw nonFiniteGradient(batch, row: index, scratch)
    }
    biasState = bias
    updates += 1
    store(features, scratch)
  }

  @inline(__always)
  private func store(_ features: RowFeatures, _ scratch: ScratchView<Rule>) {
    let slots = table.view
    for block in 0..<features.wholeBlocks {
      scratch[block].state.store(slots, features.slots(wholeBlock: block))
    }
    for index in 4 * features.wholeBlocks..<features.count {
      slots.store(scratch[index / 4].state[index % 4], at: features.slot(index))
    }
  }

  @inline(never)
  private func nonFiniteMargin(_ batch: borrowing SparseBatch, row: Int) -> NonFiniteRow {
    let range = batch.features(ofRow: row)
    let feature = range.first {
      !(exactWeight(slot: batch.slots[$0]) * Double(batch.values[$0])).isFinite
    }
    return NonFiniteRow(
      quantity: .margin, row: row, feature: feature, slot: feature.map { batch.slots[$0] })
  }

  @inline(never)
  private func nonFiniteGradient(
    _ batch: borrowing SparseBatch, row index: Int, _ scratch: ScratchView<Rule>
  ) -> NonFiniteRow {
    let range = batch.features(ofRow: index)
    let feature = range.first {
      let position = $0 - range.lowerBound
      return scratch[position / 4].state.nonFiniteMarker[position % 4] != 0
    }
    return NonFiniteRow(
      quantity: .gradient, row: index, feature: feature, slot: feature.map { batch.slots[$0] })
  }
}

extension CoordinateBlock {
  @inline(__always)
  internal init(_ table: SlotView<Slot>, _ slots: SIMD4<UInt32>) {
    let (a, b) = (table[slots[0]], table[slots[1]])
    let (c, d) = (table[slots[2]], table[slots[3]])
    self.init(a, b, c, d)
  }

  /// The last block of a row whose count is no multiple of 4; untouched beyond the row.
  @inline(__always)
  internal init(_ table: SlotView<Slot>, tailOf features: RowFeatures) {
    let start = 4 * features.wholeBlocks
    func slot(_ lane: Int) -> Slot {
      start + lane < features.count ? table[features.slot(start + lane)] : Self.untouched
    }
    let (a, b, c) = (slot(0), slot(1), slot(2))
    self.init(a, b, c, Self.untouched)
  }

  @inline(__always)
  internal func store(_ table: SlotView<Slot>, _ slots: SIMD4<UInt32>) {
    for lane in 0..<4 { table.store(self[lane], at: slots[lane]) }
  }
}

extension RoundingBits {
  /// Bits of the four slots of a block; any beyond the row, where the value is 0.
  @inline(__always)
  internal func bits(_ features: RowFeatures, block: Int) -> SIMD4<UInt64> {
    if block < features.wholeBlocks {
      let slots = features.slots(wholeBlock: block)
      return SIMD4(
        bits(slot: slots[0]), bits(slot: slots[1]), bits(slot: slots[2]), bits(slot: slots[3]))
    }
    var tail = SIMD4<UInt64>()
    let start = 4 * features.wholeBlocks
    for index in start..<features.count { tail[index - start] = bits(slot: features.slot(index)) }
    return tail
  }
}
