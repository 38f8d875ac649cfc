internal import Featurizing
internal import Learning
internal import ModelFile
internal import RowCache
internal import SparseBatches

/// What happens to rows before a learner sees them: those held out go to the reservoir, class weights
/// are applied to the others, and they are kept in the row cache where they are needed again.
final class RowIntake {
  private let loss: ModelLoss
  /// On row weights, by class; empty when there are none.
  let classFactors: [Double]
  private(set) var holdout: HoldoutReservoir?
  let cache: RowCache?
  private(set) var tally: RowTally
  /// Names of the features and how crowded their slots are, of the first pass.
  let register: FeatureRegister
  /// Rows of the batch at hand that are not held out.
  private var kept = SparseBatch()

  /// - Parameters:
  ///   - hashing, labels: of the schema.
  ///   - needsRowsAgain: whether there will be more passes.
  /// - Throws: usage for a factor of a class that does not exist; cannotCreate when there is no
  ///   place for the cache.
  init(
    _ configuration: TrainingConfiguration, hashing: FeatureHashing, loss: ModelLoss,
    labels: LabelRule, needsRowsAgain: Bool
  ) throws(RunFailure) {
    self.loss = loss
    register = FeatureRegister(hashing: hashing, nameLimit: configuration.names.limit)
    classFactors = try configuration.classWeights.factors(labels)
    tally = RowTally(isBinary: loss.isBinary)
    let passes = configuration.passes
    if passes.holdoutFraction > 0 {
      holdout = HoldoutReservoir(
        fraction: passes.holdoutFraction, capacity: passes.holdoutRows, seed: passes.seed,
        isStratified: loss.isBinary)
    }
    switch passes.cache {
    case .auto where needsRowsAgain: cache = try RowCache(file: nil)
    case .file(let path): cache = try RowCache(file: path)
    case .auto, .none: cache = nil
    }
  }

  /// - Parameter pipeline: the pass that read the input.
  func statistics(
    _ pipeline: RowPipeline, progressiveLoss: Double?
  ) -> ModelHeader.Statistics {
    var statistics = tally.statistics(pipeline, progressiveLoss: progressiveLoss)
    statistics.heldOutRows = holdout?.rowsSeen ?? 0
    statistics.collisions = register.collisions
    return statistics
  }

  /// Reads the whole input into the row cache, learning nothing.
  func collect(
    _ pipeline: RowPipeline, _ progress: ProgressReporter
  ) throws(RunFailure) {
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.take(item, isFirst: true) { _ throws(RunFailure) in }
        progress.update(item.moment)
      })
    progress.finish()
  }

  /// Hands an item's rows on to `learn`.
  ///
  /// - Parameter isFirst: whether these rows are seen for the first time.
  func take(
    _ item: PipelineItem, isFirst: Bool,
    _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    guard holdout != nil else {
      applyClassFactors(to: &item.batch)
      return try keep(item.batch, isFirst: isFirst, learn)
    }
    separate(item, isFirst: isFirst)
    applyClassFactors(to: &kept)
    try keep(kept, isFirst: isFirst, learn)
  }

  private func applyClassFactors(to batch: inout SparseBatch) {
    guard !classFactors.isEmpty else { return }
    for row in 0..<batch.rowCount {
      batch.weights[row] *= Float(classFactors[Int(batch.labels[row])])
    }
  }

  private func keep(
    _ batch: borrowing SparseBatch, isFirst: Bool,
    _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    if isFirst {
      tally.count(batch)
      try cache?.append(batch)
    }
    try learn(batch)
  }

  private func separate(_ item: PipelineItem, isFirst: Bool) {
    kept.removeAll()
    for row in 0..<item.batch.rowCount {
      let ordinal = item.chunk.ordinal + Int(item.batch.rowsInChunk[row])
      if holdout?.holds(ordinal) == true {
        if isFirst { holdout?.offer(item.batch, row: row, ordinal: ordinal) }
      } else {
        kept.appendRow(of: item.batch, row: row)
      }
    }
  }

  /// Figures of a finished model on the half of the holdout that decided nothing; nil without one.
  func holdoutSummary(of document: ModelDocument) throws(RunFailure) -> ModelSummary? {
    guard holdout != nil else { return nil }
    return summary(of: .reporting, try document.modelWeights())
  }

  /// Figures on one half of the holdout.
  func summary(
    of half: HoldoutReservoir.Half, _ weights: borrowing ModelWeights
  ) -> ModelSummary {
    var metrics = ModelMetrics(loss)
    guard let holdout else { return metrics.summary() }
    let batch = holdout.batch(half)
    var scores = GrowableBuffer<Double>(capacity: batch.rowCount)
    weights.predict(batch, into: &scores)
    metrics.add(batch, scores: scores)
    return metrics.summary()
  }
}
