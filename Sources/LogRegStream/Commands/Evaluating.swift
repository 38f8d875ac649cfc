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
    let model = try ServedModel(
      path: configuration.model, isUncalibrated: configuration.isUncalibrated)
    let (input, pipeline) = try model.open(configuration, purpose: .learn, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    var metrics = ModelMetrics(model.loss)
    try pipeline.run(
      transform: { model.predict($0) },
      consume: { item throws(RunFailure) in
        metrics.add(item.batch, scores: item.margins)
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

  init(_ summary: ModelSummary, rows: Int, badRows: Int) {
    json = .object(
      [
        ("schema", .integer(1)), ("command", .string("evaluate")), ("rows", .integer(rows)),
        ("rows_bad", .integer(badRows)),
      ] + Self.members(summary).filter { $0.key != "rows" })
    var counted = [("rows", rows), ("bad rows", badRows)]
    if case .binary(let binary) = summary { counted.append(("positive rows", binary.positives)) }
    let counts = counted.map { Self.line($0.0, NumberText.grouped($0.1)) }
    let lines = Self.figures(summary).map { figure in
      Self.line(figure.words, figure.value.map { NumberText.fixed($0, 6) } ?? "undefined")
    }
    text = (counts + lines).joined()
  }

  /// The figures as members of a JSON object.
  static func members(_ summary: ModelSummary) -> [(key: String, value: JSONValue)] {
    let figures = figures(summary).map { (key: $0.key, value: JSONValue.optional($0.value)) }
    switch summary {
    case .binary(let binary):
      return [("rows", .integer(binary.rows)), ("positives", .integer(binary.positives))] + figures
        + [
          ("auc_error", .optional(binary.aucError)),
          ("reliability", .array(binary.reliability.map(json))),
        ]
    case .multiclass(let multiclass): return [("rows", .integer(multiclass.rows))] + figures
    case .regression(let regression): return [("rows", .integer(regression.rows))] + figures
    }
  }

  private typealias Figure = (key: String, words: String, value: Double?)

  private static func figures(_ summary: ModelSummary) -> [Figure] {
    switch summary {
    case .binary(let binary): figures(binary)
    case .multiclass(let multiclass):
      [
        ("log_loss", "log loss", multiclass.logLoss),
        ("accuracy", "accuracy", multiclass.accuracy),
      ]
    case .regression(let regression):
      [
        ("rmse", "root mean squared error", regression.rootMeanSquaredError),
        ("mae", "mean absolute error", regression.meanAbsoluteError),
        ("r2", "R squared", regression.explainedShare),
      ]
    }
  }

  private static func figures(_ summary: BinarySummary) -> [Figure] {
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
