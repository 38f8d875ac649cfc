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
    let learner = configuration.learner
    let parameters = try FTRLParameters(
      alpha: learner.alpha, beta: learner.beta, l1: learner.l1, l2: learner.l2)
    if case .file(let path) = configuration.model { try AtomicOutput.checkWritable(path) }
    let input = try OpenedInput(configuration.input, notices: notices)
    let schema = try input.inferSchema(options)
    if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
    var session = TrainingSession(
      learner: try FTRLProximal(
        bits: options.hashing.bits, parameters: parameters, batchSize: learner.batchSize),
      names: input.sourceNames)
    let pipeline = try RowPipeline(input, configuration.input, schema: schema, purpose: .learn)
    progress.totalBytes = input.reader.totalStoredBytes
    try pipeline.run { item throws(RunFailure) in
      try session.learn(item)
      progress.update(session.moment(item.chunk))
    }
    try session.finish()
    progress.finish()
    if configuration.isVerbose { notices.post(StageTimesText.describe(pipeline.stageTimes)) }
    guard pipeline.rows > 0 else { throw input.noRows }
    session.warn(notices)
    let document = try session.document(schema, pipeline, learner)
    try publish(document, to: configuration.model)
    return TrainingSummary(
      document: document, pipeline: pipeline, inputs: input.reader.summaries,
      model: configuration.model.name, seconds: progress.seconds)
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

/// The learner of one run and what it has seen.
private struct TrainingSession: ~Copyable {
  private var learner: FTRLProximal
  private let names: [String]
  private var statistics = ModelHeader.Statistics()

  init(learner: consuming FTRLProximal, names: [String]) {
    self.learner = learner
    self.names = names
  }

  mutating func learn(_ item: PipelineItem) throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.learn(item.batch)
    } catch {
      throw refusal(error, item)
    }
    statistics.features += item.batch.slots.count
    for row in 0..<item.batch.rowCount where item.batch.labels[row] > 0 {
      statistics.positives += 1
      statistics.positiveWeight += Double(item.batch.weights[row])
    }
  }

  mutating func finish() throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.finish()
    } catch {
      throw RunFailure(
        .badData, "the \(error.quantity.rawValue) of the last mini-batch is not finite",
        cure: "scale the values down, or lower --alpha")
    }
  }

  func moment(_ chunk: borrowing RowChunk) -> ProgressReporter.Moment {
    let loss = learner.progress
    return ProgressReporter.Moment(
      rows: chunk.ordinal + chunk.rows.count,
      loss: (loss.weightedLoss.value, loss.weight.value), bytesRead: chunk.storedBytesRead)
  }

  func warn(_ notices: NoticeBoard) {
    let learned = learner.progress.rows
    if learned > 0, statistics.positives == 0 {
      notices.post("warning: no row is positive; is --positive right?")
    } else if learned > 0, statistics.positives == learned {
      notices.post("warning: every row is positive; is --label right?")
    }
  }

  func document(
    _ schema: FeatureSchema, _ pipeline: RowPipeline, _ configuration: LearnerConfiguration
  ) throws(RunFailure) -> ModelDocument {
    var weights = SparseWeights()
    try learner.forEachNonZeroWeight { slot, weight throws(RunFailure) in
      try weights.append(slot: slot, weight: weight)
    }
    var statistics = statistics
    statistics.rows = pipeline.rows
    statistics.badRows = pipeline.badRows.count
    statistics.weight = learner.progress.weight.value
    statistics.progressiveLogLoss = learner.progress.mean
    let header = ModelHeader(
      schema: schema, labelConvention: pipeline.convention,
      learner: ModelHeader.Learner(
        loss: "logistic", optimizer: "ftrl", alpha: configuration.alpha, beta: configuration.beta,
        l1: configuration.l1, l2: configuration.l2, batchSize: configuration.batchSize),
      statistics: statistics, bias: learner.bias)
    return ModelDocument(header: header, weights: weights)
  }

  private func refusal(_ error: NonFiniteRow, _ item: PipelineItem) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    guard let row = error.row else {
      return RunFailure(
        .badData,
        "\(names[item.chunk.file]): the \(error.quantity.rawValue) of a mini-batch is not finite"
          + feature, cure: "scale the values down, or lower --alpha")
    }
    let position = item.chunk.position(ofRow: Int(item.batch.rowsInChunk[row]))
    return RunFailure(
      .badData,
      "\(names[position.file]): row \(position.row) (line \(position.line))\(feature): the "
        + "\(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or lower --alpha")
  }
}
