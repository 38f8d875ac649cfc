package import SparseBatches

/// Four features of the row at hand, kept from the forward pass for the update.
internal struct WeighedBlock: BitwiseCopyable {
  var state: FTRLBlock
  var weights: SIMD4<Float>
}

/// As many blocks as the longest row has had.
internal struct RowScratch: ~Copyable, Sendable {
  var blocks = GrowableBuffer<WeighedBlock>()

  @inline(__always)
  mutating func reserve(_ count: Int) {
    blocks.removeAll()
    blocks.reserve(count)
  }
}

// B = 1, the hot loop of a default run. Rows are short (tens of features), so the time is that of
// fetching the slots: those of the row two ahead are prefetched while this one is learned. The
// forward pass leaves states and weights in contiguous blocks; the update computes on these, is
// checked for overflow as a whole, and only then written to the table.
extension FTRLProximal {
  /// B = 1. Gives margins but no losses: `learn` adds these.
  package mutating func learnOnline(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    for row in 0..<min(2, batch.rowCount) { prefetch(RowFeatures(batch, row: row)) }
    for row in 0..<batch.rowCount {
      if row + 2 < batch.rowCount { prefetch(RowFeatures(batch, row: row + 2)) }
      let features = RowFeatures(batch, row: row)
      let margin = margin(of: features, bias: bias)
      guard margin.isFinite else { throw nonFiniteMargin(batch, row: row) }
      let weight = Double(batch.weights[row])
      // A row of weight 0 leaves everything as it is, the count of updates included.
      if weight > 0 {
        let derivative = LogisticLoss.derivative(margin: margin, label: Double(batch.labels[row]))
        try update(features, gradient: weight * derivative, in: batch, row: row)
      }
      margins.append(margin)
    }
  }

  @inline(__always)
  private func prefetch(_ features: RowFeatures) {
    let slots = table.view
    for index in 0..<features.count { slots.prefetch(features.slot(index)) }
  }

  /// The forward pass; leaves the row's states and weights in `row.blocks`.
  @inline(__always)
  internal mutating func margin(of features: RowFeatures, bias: Double) -> Double {
    row.reserve(features.blocks)
    let slots = table.view
    var sum = MarginSum()
    for block in 0..<features.blocks {
      let state =
        block < features.wholeBlocks
        ? FTRLBlock(slots, features.slots(wholeBlock: block))
        : FTRLBlock(slots, tailOf: features)
      let weights = coordinates.weights(state)
      sum.add(weights: weights, values: features.values(block: block))
      row.blocks.append(WeighedBlock(state: state, weights: weights))
    }
    return sum.margin(bias: bias)
  }

  /// - Parameter gradient: s·dℓ/dm of the row.
  @inline(__always)
  private mutating func update(
    _ features: RowFeatures, gradient: Double, in batch: borrowing SparseBatch, row index: Int
  ) throws(NonFiniteRow) {
    let rounding = RoundingBits(update: updates)
    let bias = biasState.updated(gradient: gradient, parameters)
    var marker = SIMD4<Float>()
    for block in 0..<features.blocks {
      let weighed = row.blocks[block]
      let state = coordinates.updated(
        weighed.state, weights: weighed.weights,
        gradients: gradient * SIMD4<Double>(features.values(block: block)),
        bits: rounding.bits(features, block: block))
      marker += state.nonFiniteMarker
      row.blocks[block].state = state
    }
    guard marker == SIMD4<Float>(), bias.isFinite else {
      throw nonFiniteGradient(batch, row: index)
    }
    biasState = bias
    updates += 1
    store(features)
  }

  @inline(__always)
  private func store(_ features: RowFeatures) {
    let slots = table.view
    for block in 0..<features.wholeBlocks {
      row.blocks[block].state.store(slots, features.slots(wholeBlock: block))
    }
    for index in 4 * features.wholeBlocks..<features.count {
      slots.store(row.blocks[index / 4].state[index % 4], at: features.slot(index))
    }
  }

  @inline(never)
  private func nonFiniteMargin(_ batch: borrowing SparseBatch, row: Int) -> NonFiniteRow {
    let range = batch.features(ofRow: row)
    let feature = range.first {
      !(Double(weight(slot: batch.slots[$0])) * Double(batch.values[$0])).isFinite
    }
    return NonFiniteRow(
      quantity: .margin, row: row, feature: feature, slot: feature.map { batch.slots[$0] })
  }

  @inline(never)
  private func nonFiniteGradient(_ batch: borrowing SparseBatch, row index: Int) -> NonFiniteRow {
    let range = batch.features(ofRow: index)
    let feature = range.first {
      let position = $0 - range.lowerBound
      return row.blocks[position / 4].state.nonFiniteMarker[position % 4] != 0
    }
    return NonFiniteRow(
      quantity: .gradient, row: index, feature: feature, slot: feature.map { batch.slots[$0] })
  }
}

extension FTRLBlock {
  @inline(__always)
  internal init(_ table: SlotView<FTRLSlot>, _ slots: SIMD4<UInt32>) {
    let (a, b) = (table[slots[0]], table[slots[1]])
    let (c, d) = (table[slots[2]], table[slots[3]])
    self.init(z: SIMD4(a.z, b.z, c.z, d.z), rootN: SIMD4(a.rootN, b.rootN, c.rootN, d.rootN))
  }

  /// The last block of a row whose count is no multiple of 4; state 0 beyond the row.
  @inline(__always)
  internal init(_ table: SlotView<FTRLSlot>, tailOf features: RowFeatures) {
    self.init(z: SIMD4(), rootN: SIMD4())
    let start = 4 * features.wholeBlocks
    for index in start..<features.count {
      let slot = table[features.slot(index)]
      z[index - start] = slot.z
      rootN[index - start] = slot.rootN
    }
  }

  internal subscript(lane: Int) -> FTRLSlot {
    @inline(__always) get { FTRLSlot(z: z[lane], rootN: rootN[lane]) }
  }

  @inline(__always)
  internal func store(_ table: SlotView<FTRLSlot>, _ slots: SIMD4<UInt32>) {
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
