package import SparseBatches

// B > 1. The sums of the forward pass, and with B = 1 those of the update, are the ones of
// OnlineLearning.swift in the same order: a mini-batch of one row gives the same bits.
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
    let margin = features.margin(bias: bias) { pending.weights[Int(pending.rowIndices[$0])] }
    let weight = Double(batch.weights[row])
    let factor = rule.factor(
      Loss.self, margin: margin, label: Double(batch.labels[row]), weight: weight,
      features: features)
    try check(features, margin: margin, gradient: factor, row: row, of: batch)
    margins.append(margin)
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
