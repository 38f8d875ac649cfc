internal import Featurizing
internal import InputBytes
internal import Learning
internal import RowCache
internal import SparseBatches

/// All rows of an input in the row cache, to be passed over as often as one wants.
struct CollectedRows {
  let schema: FeatureSchema
  let loss: ModelLoss
  let cache: RowCache

  /// - Throws: `RunFailure`, whose kind is the exit code.
  init(
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
      needsRowsAgain: true)
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn, sampling: intake.sampling)
    try intake.collect(pipeline, progress) { _ throws(RunFailure) in }
    guard pipeline.rows > 0, let cache = intake.cache else { throw input.noRows }
    self.cache = cache
  }
}
