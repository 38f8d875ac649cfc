internal import Checkpoints
internal import Featurizing
internal import Learning
internal import ModelFile
internal import RowCache
internal import SparseBatches

/// What happens to rows before a learner sees them: those held out go to the reservoir, factors of
/// classes and of sampling are applied to the weights of the others, and they are kept in the row cache
/// where they are needed again.
final class RowIntake {
  private let loss: ModelLoss
  /// On row weights, by class; empty when there are none.
  let classFactors: [Double]
  private let prior: PriorShift
  /// On row weights, by class: of classes and of sampling; empty when there are none.
  private let rowFactors: [Double]
  /// Negatives that the featurizer leaves out; nil: none.
  let sampling: RowSampling?
  private let options: SamplingConfiguration
  /// Whether a report wants to show more of the holdout than its figures.
  private let isDetailed: Bool
  private(set) var holdout: HoldoutReservoir?
  private(set) var cache: RowCache?
  private(set) var tally: RowTally
  /// Names of the features and how crowded their slots are, of the first pass.
  let register: FeatureRegister
  /// Rows of the batch at hand that are not held out.
  private var kept = SparseBatch()

  /// - Parameters:
  ///   - hashing, labels: of the schema.
  ///   - needsRowsAgain: whether there will be more passes.
  ///   - checkpoints: where the run keeps its state; the cache is then there too.
  /// - Throws: usage for a factor of a class that does not exist; cannotCreate when there is no
  ///   place for the cache.
  init(
    _ configuration: TrainingConfiguration, hashing: FeatureHashing, loss: ModelLoss,
    labels: LabelRule, needsRowsAgain: Bool, checkpoints: CheckpointedRun? = nil
  ) throws(RunFailure) {
    self.loss = loss
    register = FeatureRegister(hashing: hashing, nameLimit: configuration.names.limit)
    classFactors = try configuration.classWeights.factors(labels)
    options = configuration.sampling
    isDetailed = configuration.report != nil
    prior = PriorShift(options, loss: loss, classFactors: classFactors)
    rowFactors = prior.rowFactors
    tally = RowTally(isBinary: loss.isBinary)
    let passes = configuration.passes
    let reservoir = HoldoutReservoir(
      fraction: configuration.holdoutFraction, capacity: passes.holdoutRows, seed: passes.seed,
      isStratified: loss.isBinary)
    holdout = configuration.holdoutFraction > 0 ? reservoir : nil
    sampling =
      options.rateHere < 1
      ? RowSampling(
        keepNegatives: options.rateHere, seed: passes.seed, heldOut: reservoir.chosen) : nil
    if let checkpoints {
      let extent = try restore(checkpoints.loaded)
      cache = needsRowsAgain ? try RowCache(lasting: checkpoints.cachePath, extent) : nil
      return
    }
    switch passes.cache {
    case .auto where needsRowsAgain: cache = try RowCache(file: nil)
    case .file(let path): cache = try RowCache(file: path)
    case .auto, .none: cache = nil
    }
  }

  /// What a checkpoint holds of it.
  var section: ContainerSection {
    var writer = ByteWriter()
    tally.encode(into: &writer)
    writer.append(holdout != nil)
    holdout?.encode(into: &writer)
    writer.append(cache != nil)
    if let extent = cache?.extent {
      writer.append(extent.bytes)
      writer.append(extent.rows)
      writer.append(extent.features)
    }
    register.state.encode(into: &writer)
    return ContainerSection(type: .intakeState, data: writer.bytes)
  }

  /// Returns when the cache is on disk as far as `section` says.
  var synchronizeCache: @Sendable () throws(RunFailure) -> Void {
    { [cache = cache.map(UncheckedShared.init)] () throws(RunFailure) in
      try cache?.value.synchronize()
    }
  }

  /// - Returns: what the cache holds.
  private func restore(_ loaded: CheckpointDocument?) throws(RunFailure) -> RowCache.Extent? {
    guard let loaded else { return nil }
    var reader = try loaded.container.reader(of: .intakeState)
    try tally.restore(from: &reader)
    guard try reader.readBool() == (holdout != nil) else {
      throw reader.failure("its holdout is not that of the options")
    }
    try holdout?.restore(from: &reader)
    var extent: RowCache.Extent?
    if try reader.readBool() {
      extent = RowCache.Extent(
        bytes: try reader.readTally(), rows: try reader.readTally(),
        features: try reader.readTally())
    }
    guard register.restore(try FeatureRegisterState(from: &reader)) else {
      throw reader.failure("its names of features are not those of the options")
    }
    try reader.expectEnd()
    return extent
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
  ///
  /// - Parameter taken: called when a chunk's rows are in the cache.
  func collect(
    _ pipeline: RowPipeline, _ progress: ProgressReporter,
    taken: (borrowing RowChunk) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.take(item, isFirst: true) { _ throws(RunFailure) in }
        progress.update(item.moment)
        try taken(item.chunk)
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
    if isFirst { tally.countSampledOut(item.batch.rowsSampledOut) }
    guard holdout != nil else {
      applyRowFactors(to: &item.batch)
      return try keep(item.batch, isFirst: isFirst, learn)
    }
    separate(item, isFirst: isFirst)
    applyRowFactors(to: &kept)
    try keep(kept, isFirst: isFirst, learn)
  }

  private func applyRowFactors(to batch: inout SparseBatch) {
    guard !rowFactors.isEmpty else { return }
    for row in 0..<batch.rowCount {
      batch.weights[row] *= Float(rowFactors[Int(batch.labels[row])])
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

  /// How the rows trained on differ from the population; nil when they do not.
  ///
  /// - Throws: badData when a population rate is given and one class has no weight.
  func correction() throws(RunFailure) -> ModelHeader.Correction? {
    guard options != SamplingConfiguration() || !classFactors.isEmpty else { return nil }
    return ModelHeader.Correction(
      keepNegatives: options.rateHere, negativesKept: options.negativesKept ?? 1,
      populationRate: options.populationRate, method: options.correctionInForce.rawValue,
      rowsSampledOut: tally.sampledOut, shifts: try prior.shifts(tally))
  }

  /// The held-out rows, weighted as the population; nil when none are.
  ///
  /// - Throws: as `correction`.
  func holdoutCalibration() throws(RunFailure) -> HoldoutCalibration? {
    guard let holdout else { return nil }
    return HoldoutCalibration(
      holdout, loss: loss, negativesStoodFor: try prior.negativesStoodFor(tally),
      others: tally.classes, isDetailed: isDetailed)
  }

  /// Loss of weights as they are on the half of the holdout that may decide; nil when undefined.
  func decidingLoss(_ weights: borrowing ModelWeights) throws(RunFailure) -> Double? {
    let adjustment = MarginAdjustment(shifts: try prior.shifts(tally))
    return try holdoutCalibration()?.decidingSummary(weights, adjustment).loss
  }
}
