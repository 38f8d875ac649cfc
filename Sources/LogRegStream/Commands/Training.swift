internal import ElementaryMath
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
public import SparseBatches

/// The `train` command: rows to a model.
public enum Training {
  /// Learns from the whole input and publishes the model, or publishes nothing.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: TrainingConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> TrainingSummary {
    let options = try configuration.readingOptions()
    try configuration.validate()
    try configuration.model.checkWritable()
    let input = try OpenedInput(configuration.input, notices: notices)
    let schema = try input.inferSchema(options)
    if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
    progress.totalBytes = input.reader.totalStoredBytes
    let trained = try train(
      configuration, schema: schema, on: input, notices: notices, progress: progress)
    progress.finish()
    if configuration.isVerbose {
      notices.post(
        StageTimesText.describe(trained.pipeline.stageTimes, lastStage: "learn"))
    }
    if let advice = CollisionText.advice(trained.document.header) { notices.post(advice) }
    try trained.document.publish(to: configuration.model)
    let summary = TrainingSummary(
      trained, inputs: input.reader.summaries, model: configuration.model.name,
      seconds: progress.seconds)
    if let path = configuration.report {
      try ReportFile.write(TrainingPage(trained, configuration, summary.json).page, to: path)
    }
    return summary
  }

  private static func train(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, on input: OpenedInput,
    notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> TrainedModel {
    let method: ExactMethod
    switch configuration.learner.optimizer {
    case .ftrl, .sgd, .adagrad:
      return try OnlineTraining(
        configuration, schema: schema, progress: progress, notices: notices
      ).run(input)
    case .lbfgs: method = .lbfgs
    case .newton: method = .newton
    }
    return try ExactTraining(
      configuration, method: method, schema: schema, progress: progress, notices: notices
    ).run(input)
  }
}
