package import Configuration
package import Featurizing
internal import InputBytes
package import Learning
package import Notices
package import RowCache
internal import RowStream
package import SparseBatches

/// All rows of an input in the row cache, to be passed over as often as one wants.
package struct CollectedRows {
  package let schema: FeatureSchema
  package let loss: ModelLoss
  package let cache: RowCache

  /// - Throws: `RunFailure`, whose kind is the exit code.
  package init(
    _ configuration: TrainingConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) {
    let options = try configuration.readingOptions()
    try configuration.input.validate()
    try configuration.learner.validatePenalties()
    try configuration.classWeights.validate(options.labels)
    let input = try OpenedInput(configuration.input, notices: notices)
    schema = try input.inferSchema(options)
    loss = configuration.learner.loss.modelLoss(schema.labels)
    progress.totalBytes = input.reader.totalStoredBytes
    let intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: true, keeper: NothingKept())
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      continuing: RowPipeline.State(watch: input.watch), sampling: intake.sampling)
    try intake.collect(pipeline, progress) { _ throws(RunFailure) in }
    guard pipeline.rows > 0, let cache = intake.cache else { throw input.noRows }
    try intake.reportLabels(notices)
    self.cache = cache
  }
}

/// The rows of the cache, as often as a solver wants them.
package struct CachedPasses: RowPasses, ~Copyable {
  private let cache: RowCache
  private var batch = SparseBatch()
  private let between: () throws(RunFailure) -> Void

  /// - Parameter between: called between batches; what it throws ends the pass.
  package init(
    cache: RowCache, between: @escaping () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) {
    self.cache = cache
    self.between = between
  }

  package mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    cache.rewind()
    while try cache.next(&batch) {
      try between()
      try body(batch)
    }
  }
}
