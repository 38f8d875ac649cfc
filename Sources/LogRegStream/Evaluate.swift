internal import Configuration
internal import Evaluation
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import Showing
public import SparseBatches

/// The `evaluate` command: predictions held against labels.
public enum Evaluate {
  /// Compares the prediction of every row with its label.
  ///
  /// - Parameters:
  ///   - configuration: rows, and the model or the predictions.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - show: called with the figures before a report file appears under its name: what it throws
  ///     leaves the old one as it is.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: EvaluationConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    show: (EvaluationReport) throws(RunFailure) -> Void = { _ throws(RunFailure) in }
  ) throws(RunFailure) -> EvaluationReport {
    try configuration.validate()
    return switch configuration.source {
    case .model(let path):
      try ofModel(
        try ModelDocument.read(from: path, forRows: configuration.input.files), configuration,
        notices, progress, show)
    case .predictions(let source): try ofPredictions(source, configuration, notices, progress, show)
    }
  }

  /// Predicts every row.
  static func ofModel(
    _ document: ModelDocument, _ configuration: EvaluationConfiguration, _ notices: NoticeBoard,
    _ progress: ProgressReporter, _ show: (EvaluationReport) throws(RunFailure) -> Void
  ) throws(RunFailure) -> EvaluationReport {
    let largest =
      configuration.report == nil
      ? [] : Inspection(document).largest(EvaluationReport.weightsShown)
    let model = try ServedModel(document, isUncalibrated: configuration.isUncalibrated)
    var evaluation = try ModelEvaluation(configuration, model.loss)
    try configuration.checkColumns(of: model.header.schema)
    var serving = PredictionConfiguration(input: configuration.input, model: "")
    serving.maximumLineBytes = configuration.maximumLineBytes
    let (input, pipeline) = try model.open(
      serving, purpose: .measure, notices: notices, identifiers: configuration.columns)
    progress.totalBytes = input.reader.totalStoredBytes
    var unseen = UnseenFeatures(model)
    var labels = LabelBook(
      model.header.schema.labels, isBinary: model.loss.isBinary, origin: .model)
    try pipeline.run(
      transform: { model.predict($0) },
      consume: { item throws(RunFailure) in
        labels.take(item)
        unseen.take(item)
        evaluation.add(item)
        progress.update(item.moment)
      })
    try conclude(configuration, input, pipeline, notices, progress)
    labels.report(notices)
    for warning in unseen.warnings(inputs: input.sourceNames) { notices.post(warning) }
    return try EvaluationReport(
      evaluation.figures(rows: pipeline.rows, badRows: pipeline.badRows.count)
    ).adding(unseen).published(configuration, model, largest: largest, pipeline, show: show)
  }

  /// Reads the prediction of every row from a file.
  private static func ofPredictions(
    _ source: EvaluationConfiguration.PredictionsSource,
    _ configuration: EvaluationConfiguration, _ notices: NoticeBoard, _ progress: ProgressReporter,
    _ show: (EvaluationReport) throws(RunFailure) -> Void
  ) throws(RunFailure) -> EvaluationReport {
    let predictions = try PredictionsFile(
      source, inflate: InflateChoice(configuration.input.inflate), notices: notices)
    let input = try OpenedInput(configuration.input, notices: notices)
    var options = try source.reading.readingOptions(loss: .logistic)
    options.readsFeatures = false
    options.sniffRows = 1
    let schema = try input.inferSchema(options)
    try configuration.checkColumns(of: schema)
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      identifiers: configuration.columns)
    progress.totalBytes = input.reader.totalStoredBytes
    var evaluation = BinaryEvaluation(configuration)
    var labels = LabelBook(schema.labels, isBinary: true, origin: .options)
    try pipeline.run(consume: { item throws(RunFailure) in
      labels.take(item)
      try compare(item, with: predictions, pipeline, &evaluation)
      progress.update(item.moment)
    })
    let rest = try predictions.countRest()
    guard rest == 0 else {
      throw RunFailure(
        .badData,
        "\(predictions.name) holds \(pipeline.rows + rest) predictions for \(pipeline.rows) rows",
        cure: "give the rows that were predicted, in their order")
    }
    try conclude(configuration, input, pipeline, notices, progress)
    labels.report(notices)
    return try EvaluationReport(
      evaluation.figures(rows: pipeline.rows, badRows: pipeline.badRows.count)
    ).published(configuration, nil, largest: [], pipeline, show: show)
  }

  private static func conclude(
    _ configuration: EvaluationConfiguration, _ input: OpenedInput, _ pipeline: RowPipeline,
    _ notices: NoticeBoard, _ progress: ProgressReporter
  ) throws(RunFailure) {
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "compare"))
    }
    guard pipeline.rows > 0 else { throw input.noRows }
  }

  /// Bad rows have an entry among the predictions too, which is skipped with them.
  private static func compare(
    _ item: PipelineItem, with predictions: PredictionsFile, _ pipeline: RowPipeline,
    _ evaluation: inout BinaryEvaluation
  ) throws(RunFailure) {
    var good = 0
    for row in 0..<item.chunk.rows.count {
      guard let entry = try predictions.read() else {
        throw RunFailure(
          .badData,
          "\(predictions.name) ends after \(item.chunk.ordinal + row) predictions, before "
            + pipeline.place(row, of: item).place.text,
          cure: "give the rows that were predicted, in their order")
      }
      guard good < item.batch.rowCount, Int(item.batch.rowsInChunk[good]) == row else { continue }
      guard case .probability(let probability) = entry else {
        throw RunFailure(
          .badData,
          "\(predictions.name): there is no prediction (nan) for \(pipeline.place(row, of: item).place.text)",
          cure: "leave out rows that were not predicted, in both files")
      }
      evaluation.add(.probability(probability), row: good, of: item)
      good += 1
    }
  }
}
