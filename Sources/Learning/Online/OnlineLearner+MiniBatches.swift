package import SparseBatches

// B > 1. The sums of the forward pass, and with B = 1 those of the update, are the ones of
// OnlineLearner.swift in the same order: a mini-batch of one row gives the same bits.
extension OnlineLearner {
  /// Any B. Gives margins but no losses: `learn` adds these.
  package mutating func learnInMiniBatches(
    _ batch: borrowing SparseBatch
  ) throws(NonFiniteRow) {
    for row in 0..<batch.rowCount {
      if row + 2 < batch.rowCount {
        let ahead = RowFeatures(batch, row: row + 2)
        let slots = table.view
        for index in 0..<ahead.count { slots.prefetch(ahead.slot(index)) }
      }
      try collect(RowFeatures(batch, row: row), of: batch, row: row)
      if pending.rows == batchSize { try applyPending(completedBy: row) }
    }
  }

  private mutating func collect(
    _ features: RowFeatures, of batch: borrowing SparseBatch, row: Int
  ) throws(NonFiniteRow) {
    pending.look(up: features, in: table.view, rule)
    let margin = features.margin(bias: learnedBias) {
      pending.weights[Int(pending.rowIndices[$0])]
    }
    let served =
      Rule.servesAverages
      ? features.margin(bias: bias) { pending.servedWeights[Int(pending.rowIndices[$0])] } : margin
    let weight = Double(batch.weights[row])
    let factor = rule.factor(
      Loss.self, margin: margin, label: target.scaled(batch.labels[row]), weight: weight,
      features: features)
    try check(
      features, margin: served.isFinite ? margin : served, gradient: factor, row: row, of: batch)
    margins.append(served)
    pending.rows += 1
    // A row of weight 0 leaves the coordinates as they are, and the count of updates.
    guard weight > 0 else { return }
    pending.weighingRows += 1
    pending.biasGradient += factor
    for block in 0..<features.blocks {
      let gradients = factor * SIMD4<Double>(features.values(block: block))
      for index in 4 * block..<min(4 * block + 4, features.count) {
        pending.gradients[Int(pending.rowIndices[index])] += gradients[index % 4]
      }
    }
  }

  /// Refuses a row that by itself would leave the range of the table's numbers, while its index is
  /// known: later only the sum over the mini-batch is.
  private func check(
    _ features: RowFeatures, margin: Double, gradient: Double, row: Int,
    of batch: borrowing SparseBatch
  ) throws(NonFiniteRow) {
    let start = batch.features(ofRow: row).lowerBound
    if !margin.isFinite {
      let feature = (0..<features.count).first {
        !(pending.weights[Int(pending.rowIndices[$0])] * Double(batch.values[start + $0])).isFinite
      }
      throw NonFiniteRow(
        quantity: .margin, row: row, feature: feature.map { start + $0 },
        slot: feature.map { features.slot($0) })
    }
    var largest = SIMD4<Double>()
    for block in 0..<features.blocks {
      let size = gradient * SIMD4<Double>(features.values(block: block))
      largest = largest.replacing(with: size, where: .!(size * size .<= largest * largest))
    }
    let limit = Rule.gradientLimit
    guard (0..<4).contains(where: { !(largest[$0].magnitude < limit) }) else { return }
    let feature = (0..<features.count).first {
      !((gradient * Double(batch.values[start + $0])).magnitude < limit)
    }
    throw NonFiniteRow(
      quantity: .gradient, row: row, feature: feature.map { start + $0 },
      slot: feature.map { features.slot($0) })
  }

  /// One update of each distinct slot and the bias by their summed gradients.
  internal mutating func applyPending(completedBy row: Int?) throws(NonFiniteRow) {
    if pending.weighingRows > 0 {
      try updatePendingStates(completedBy: row)
      let slots = table.view
      for index in 0..<pending.slots.count {
        slots.store(pending.states[index], at: pending.slots[index])
      }
      updates += 1
      rule.countUpdate()
    }
    if pending.rows > 0 { rule.advance(rows: pending.rows) }
    pending.removeAll()
  }

  private mutating func updatePendingStates(completedBy row: Int?) throws(NonFiniteRow) {
    let share = Rule.share(ofRows: pending.rows)
    let bias = biasState.updated(gradient: share * pending.biasGradient, rule)
    guard bias.isFinite else {
      throw NonFiniteRow(quantity: .gradient, row: row, feature: nil, slot: nil)
    }
    let rounding = RoundingBits(update: updates)
    for start in stride(from: 0, to: pending.slots.count, by: 4) {
      let (before, weights, gradients) = pending.block(start)
      let bits = pending.roundingBits(start, rounding)
      let state = rule.updated(
        before, weights: weights, gradients: share * gradients, bits: bits)
      if let index = pending.store(state, start) {
        throw NonFiniteRow(
          quantity: .gradient, row: row, feature: nil, slot: pending.slots[index])
      }
    }
    biasState = bias
  }
}

/// The mini-batch being collected: its distinct slots in order of first touch, with their states
/// and weights at its start and their gradients so far.
///
/// No row is kept: the weights do not move before the mini-batch is applied, so each row's
/// derivative is final when the row arrives.
internal struct PendingMiniBatch<Rule: CoordinateRule>: ~Copyable, Sendable {
  typealias Slot = Rule.Block.Slot

  var rows = 0
  /// Rows of weight > 0; without one, applying changes nothing.
  var weighingRows = 0
  var biasGradient = 0.0

  /// Index of each distinct slot in the arrays below.
  private(set) var slots = GrowableBuffer<UInt32>()
  var gradients = GrowableBuffer<Double>()
  var states = GrowableBuffer<Slot>()
  var weights = GrowableBuffer<Double>()
  /// Where a model gets others than those that are learned from; else empty.
  var servedWeights = GrowableBuffer<Double>()
  /// For each feature of the row at hand, the index of its slot.
  var rowIndices = GrowableBuffer<UInt32>()

  private var index = SlotIndex()

  /// Looks up the slots of a row, those that are new with the state the table has for them.
  mutating func look(
    up features: RowFeatures, in table: SlotView<Slot>, _ rule: Rule
  ) {
    rowIndices.removeAll()
    let known = slots.count
    for feature in 0..<features.count {
      rowIndices.append(index.findOrInsert(features.slot(feature), in: &slots))
    }
    for new in known..<slots.count {
      states.append(table[slots[new]])
      gradients.append(0)
    }
    weigh(from: known, rule)
  }

  /// Adds a slot of a mini-batch that a checkpoint interrupted.
  mutating func append(
    _ slot: UInt32, gradient: Double, in table: SlotView<Slot>, _ rule: Rule
  ) {
    _ = index.findOrInsert(slot, in: &slots)
    states.append(table[slot])
    gradients.append(gradient)
    weigh(from: slots.count - 1, rule)
  }

  private mutating func weigh(from first: Int, _ rule: Rule) {
    for start in stride(from: first, to: slots.count, by: 4) {
      let weights = rule.weights(states(start))
      for lane in 0..<min(4, slots.count - start) { self.weights.append(weights[lane]) }
      guard Rule.servesAverages else { continue }
      let served = rule.servedWeights(states(start), weights: weights)
      for lane in 0..<min(4, slots.count - start) { servedWeights.append(served[lane]) }
    }
  }

  /// The states `start ..< start + 4` as far as there are any; untouched beyond.
  @inline(__always)
  private func states(_ start: Int) -> Rule.Block {
    func state(_ lane: Int) -> Slot {
      start + lane < slots.count ? states[start + lane] : Rule.Block.untouched
    }
    return Rule.Block(state(0), state(1), state(2), state(3))
  }

  /// The slots `start ..< start + 4` as far as there are any; zeros beyond.
  @inline(__always)
  func block(_ start: Int) -> (Rule.Block, weights: SIMD4<Double>, gradients: SIMD4<Double>) {
    func weight(_ lane: Int) -> Double { start + lane < slots.count ? weights[start + lane] : 0 }
    func gradient(_ lane: Int) -> Double {
      start + lane < slots.count ? gradients[start + lane] : 0
    }
    return (
      states(start),
      SIMD4(weight(0), weight(1), weight(2), weight(3)),
      SIMD4(gradient(0), gradient(1), gradient(2), gradient(3))
    )
  }

  @inline(__always)
  func roundingBits(_ start: Int, _ rounding: RoundingBits) -> SIMD4<UInt64> {
    func bits(_ lane: Int) -> UInt64 {
      start + lane < slots.count ? rounding.bits(slot: slots[start + lane]) : 0
    }
    return SIMD4(bits(0), bits(1), bits(2), bits(3))
  }

  /// Puts a block back.
  ///
  /// - Returns: the index of a slot whose state is not finite.
  @inline(__always)
  mutating func store(_ state: Rule.Block, _ start: Int) -> Int? {
    let marker = state.nonFiniteMarker
    for lane in 0..<min(4, slots.count - start) {
      if marker[lane] != 0 { return start + lane }
      states[start + lane] = state[lane]
    }
    return nil
  }

  mutating func removeAll() {
    rows = 0
    weighingRows = 0
    biasGradient = 0
    slots.removeAll()
    gradients.removeAll()
    states.removeAll()
    weights.removeAll()
    servedWeights.removeAll()
    index.removeAll()
  }
}
