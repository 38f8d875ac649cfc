internal import ElementaryMath
internal import Evaluation
internal import Featurizing
internal import InputBytes
public import SparseBatches

/// The `evaluate` command: predictions held against labels.
public enum Evaluating {
  /// Predicts every row and compares it with its label.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: PredictionConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> EvaluationReport {
    let model = try ServedModel(path: configuration.model)
    let (input, pipeline) = try model.open(configuration, purpose: .learn, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    var metrics = BinaryMetrics()
    try pipeline.run(
      transform: { model.predict($0) },
      consume: { item throws(RunFailure) in
        for row in 0..<item.batch.rowCount {
          let margin = item.margins[row]
          metrics.add(
            margin: margin, probability: Elementary.sigmoid(margin),
            label: item.batch.labels[row] > 0, weight: Double(item.batch.weights[row]))
        }
        progress.update(item.moment)
      })
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "compare"))
    }
    guard pipeline.rows > 0 else { throw input.noRows }
    return EvaluationReport(
      metrics.summary(), rows: pipeline.rows, badRows: pipeline.badRows.count)
  }
}

/// The figures of an evaluation.
public struct EvaluationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A table for people.
  public let text: String

  init(_ summary: BinarySummary, rows: Int, badRows: Int) {
    json = .object(
      [
        ("schema", .integer(1)), ("command", .string("evaluate")), ("rows", .integer(rows)),
        ("rows_bad", .integer(badRows)),
      ] + Self.members(summary).filter { $0.key != "rows" })
    let counts = [
      ("rows", rows), ("bad rows", badRows), ("positive rows", summary.positives),
    ].map { Self.line($0.0, NumberText.grouped($0.1)) }
    let lines = Self.figures(summary).map { figure in
      Self.line(figure.words, figure.value.map { NumberText.fixed($0, 6) } ?? "undefined")
    }
    text = (counts + lines).joined()
  }

  /// The figures as members of a JSON object.
  static func members(_ summary: BinarySummary) -> [(key: String, value: JSONValue)] {
    [("rows", .integer(summary.rows)), ("positives", .integer(summary.positives))]
      + figures(summary).map { (key: $0.key, value: JSONValue.optional($0.value)) } + [
        ("auc_error", .optional(summary.aucError)),
        ("reliability", .array(summary.reliability.map(json))),
      ]
  }

  private static func figures(
    _ summary: BinarySummary
  ) -> [(key: String, words: String, value: Double?)] {
    [
      ("log_loss", "log loss", summary.logLoss),
      ("normalized_entropy", "normalized entropy", summary.normalizedEntropy),
      ("brier", "Brier score", summary.brier),
      ("auc", "area under the ROC curve", summary.auc),
      ("average_precision", "average precision", summary.averagePrecision),
      ("ece", "expected calibration error", summary.ece),
      ("mce", "maximum calibration error", summary.mce),
      ("mean_prediction", "mean prediction", summary.meanPrediction),
      ("mean_label", "mean label", summary.meanLabel),
      ("calibration_ratio", "predictions / labels", summary.calibrationRatio),
      ("accuracy", "accuracy at 1/2", summary.accuracy),
    ]
  }

  private static func line(_ words: String, _ value: String) -> String {
    words + String(repeating: " ", count: 28 - words.count) + value + "\n"
  }

  private static func json(_ bin: ReliabilityBin) -> JSONValue {
    .object([
      ("low", .number(bin.low)), ("high", .number(bin.high)), ("rows", .integer(bin.rows)),
      ("mean_prediction", .number(bin.meanPrediction)), ("mean_label", .number(bin.meanLabel)),
    ])
  }
}
