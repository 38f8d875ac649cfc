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
    let options = try configuration.reading.readingOptions()
    try configuration.passes.validate(readsStandardInput: configuration.input.readsStandardInput)
    if case .file(let path) = configuration.model { try AtomicOutput.checkWritable(path) }
    let input = try OpenedInput(configuration.input, notices: notices)
    let schema = try input.inferSchema(options)
    if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
    progress.totalBytes = input.reader.totalStoredBytes
    let run = try TrainingRun(configuration, schema: schema, progress: progress, notices: notices)
    let pipeline = try run.learn(input)
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "learn"))
    }
    let document = try run.document(pipeline)
    let holdout = try run.holdoutSummary(of: document)
    try publish(document, to: configuration.model)
    return TrainingSummary(
      document: document, pipeline: pipeline, inputs: input.reader.summaries,
      outcome: run.outcome, holdout: holdout, model: configuration.model.name,
      seconds: progress.seconds)
  }

  private static func publish(
    _ document: ModelDocument, to destination: ModelDestination
  ) throws(RunFailure) {
    let container = try document.container(named: destination.name)
    switch destination {
    case .file(let path): try container.write(toFile: path)
    case .standardOutput:
      var output = DescriptorOutput.standardOutput()
      try container.write(to: &output)
      try output.flush()
    }
  }
}
