package import SparseBatches

/// Online logistic regression by FTRL-proximal. It minimises, in one pass over the rows,
///
///     Σ s·ℓ(b + w·x, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂²,    ℓ the log loss, b unpenalised
///
/// (McMahan et al. 2013, Algorithm 1; formulas in FTRLCoordinates.swift).
///
/// With `batchSize` B = 1 each row is learned at once. With B > 1 the margins of B consecutive rows
/// of the stream are taken at the weights before the first of them, then each coordinate is updated
/// once by the sum of its gradients in row order. Where the stream is cut into `SparseBatch`es
/// never matters.
///
/// Steady state allocates nothing: memory is the table, and scratch as long as the longest row
/// (B = 1) or as the distinct slots of a mini-batch (B > 1).
package struct FTRLProximal: ~Copyable, Sendable {
  package let parameters: FTRLParameters
  /// Rows per update.
  package let batchSize: Int

  package internal(set) var progress = ProgressiveLoss()
  /// Margins of the rows of the last batch learned, each before its update.
  package internal(set) var margins: GrowableBuffer<Double>

  internal let coordinates: FTRLCoordinates
  internal var table: SlotTable<FTRLSlot>
  internal var biasState = FTRLBias()
  /// Updates made so far: what the rounding bits are counted by.
  internal var updates: UInt64 = 0
  internal var row: RowScratch
  internal var pending: PendingMiniBatch

  /// - Parameter bits: 0…30; the table has 2^bits slots of 8 bytes.
  /// - Throws: `RunFailure` (usage) when `batchSize` < 1 or there is no memory for the table.
  package init(
    bits: Int, parameters: FTRLParameters, batchSize: Int = 1
  ) throws(RunFailure) {
    guard batchSize >= 1 else {
      throw RunFailure(.usage, "--batch-size is \(batchSize)", cure: "give 1 or more")
    }
    let table = try SlotTable<FTRLSlot>(bits: bits)
    self.parameters = parameters
    self.batchSize = batchSize
    self.table = table
    coordinates = FTRLCoordinates(parameters)
    margins = GrowableBuffer()
    row = RowScratch()
    pending = PendingMiniBatch()
  }

  package var bits: Int { table.bits }

  /// b, the intercept in log-odds.
  package var bias: Double { biasState.weight(parameters) }

  package func weight(slot: UInt32) -> Float { coordinates.weight(table[slot]) }

  /// Calls `body` with each slot whose weight is not 0, in rising order.
  package func forEachNonZeroWeight<Failure: Error>(
    _ body: (UInt32, Float) throws(Failure) -> Void
  ) throws(Failure) {
    for index in 0..<table.count {
      let slot = UInt32(index)
      let weight = weight(slot: slot)
      if weight != 0 { try body(slot, weight) }
    }
  }

  package var nonZeroCount: Int {
    var count = 0
    forEachNonZeroWeight { _, _ in count += 1 }
    return count
  }

  /// Learns from the rows of `batch` in order.
  ///
  /// - Throws: at the first row whose margin or gradient is not finite; the rows before it were
  ///   learned, it and the rest were not.
  package mutating func learn(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    margins.removeAll()
    let outcome: Result<Void, NonFiniteRow>
    do throws(NonFiniteRow) {
      if batchSize == 1 {
        try learnOnline(batch)
      } else {
        try learnInMiniBatches(batch)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    // Losses are summed apart from the updates: here consecutive rows do not wait for each other.
    for row in 0..<margins.count {
      let loss = LogisticLoss.loss(margin: margins[row], label: Double(batch.labels[row]))
      progress.add(loss: loss, weight: Double(batch.weights[row]))
    }
    try outcome.get()
  }

  /// Applies the last mini-batch when it is shorter than `batchSize`. Call once, after the last row.
  package mutating func finish() throws(NonFiniteRow) {
    try applyPending(completedBy: nil)
  }

  /// Margins of the rows of `batch` at the weights of now, learning nothing.
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount)
    for index in 0..<batch.rowCount {
      let features = RowFeatures(batch, row: index)
      margins.append(features.margin(bias: bias) { weight(slot: features.slot($0)) })
    }
  }
}
