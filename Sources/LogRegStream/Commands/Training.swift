internal import Checkpoints
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
public import SparseBatches

/// The `train` command: rows to a model.
public enum Training {
  /// Learns from the whole input and publishes the model, or publishes nothing.
  ///
  /// - Parameters:
  ///   - configuration: what is learned, from what and how.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - control: asked whether to stop. Without a checkpoint directory a stop ends the process at
  ///     once, without a temporary file left; with one, the summary says that the run was stopped.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: TrainingConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    control: RunControl = RunControl()
  ) throws(RunFailure) -> TrainingSummary {
    let options = try configuration.readingOptions()
    try configuration.validate()
    try configuration.model.checkWritable()
    if let checkpoint = configuration.checkpoint {
      let training = CheckpointedTraining(
        configuration, checkpoint, options: options, notices: notices, progress: progress,
        control: control)
      return try training.run()
    }
    let input = try OpenedInput(configuration.input, notices: notices)
    let schema = try input.inferSchema(options)
    if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
    progress.totalBytes = input.reader.totalStoredBytes
    let trained = try train(
      configuration, schema: schema, on: input, notices: notices, progress: progress,
      checkpoints: nil)
    return try publish(
      trained, inputs: input.reader.summaries, configuration, notices, progress)
  }

  /// Publishes the model, and the report where one is wanted.
  static func publish(
    _ trained: TrainedModel, inputs: [InputSummary], _ configuration: TrainingConfiguration,
    _ notices: NoticeBoard, _ progress: ProgressReporter
  ) throws(RunFailure) -> TrainingSummary {
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(trained.pipeline.stageTimes, lastStage: "learn"))
    }
    if let advice = CollisionText.advice(trained.document.header) { notices.post(advice) }
    try trained.document.publish(to: configuration.model)
    let summary = TrainingSummary(
      trained, inputs: inputs, model: configuration.model.name,
      seconds: progress.seconds)
    if let path = configuration.report {
      try ReportFile.write(TrainingPage(trained, configuration, summary.json).page, to: path)
    }
    return summary
  }

  /// - Parameter checkpoints: where state is kept; nil: nowhere.
  static func train(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, on input: OpenedInput,
    notices: NoticeBoard, progress: ProgressReporter, checkpoints: CheckpointedRun?
  ) throws(RunFailure) -> TrainedModel {
    let method: ExactMethod
    switch configuration.learner.optimizer {
    case .ftrl, .sgd, .adagrad:
      let training = try OnlineTraining(
        configuration, schema: schema, input: input, progress: progress, notices: notices,
        checkpoints: checkpoints)
      try refuseMoreRows(training, checkpoints)
      return try training.run(input)
    case .lbfgs: method = .lbfgs
    case .newton: method = .newton
    }
    return try ExactTraining(
      configuration, method: method, schema: schema, input: input, progress: progress,
      notices: notices, checkpoints: checkpoints
    ).run(input)
  }

  /// Rows that would be read with a rate of 0 would count as learned.
  private static func refuseMoreRows(
    _ training: OnlineTraining, _ checkpoints: CheckpointedRun?
  ) throws(RunFailure) {
    guard let checkpoints, let loaded = checkpoints.loaded, !loaded.header.isOpen,
      loaded.header.ledger.halfRead == nil, checkpoints.hasNewInputs, training.scheduleHasEnded
    else { return }
    throw RunFailure(
      .usage, "the learning rate has come to its end: new inputs cannot be learned on top",
      cure: "learn everything again with --fresh and a larger --decay-rows")
  }
}
