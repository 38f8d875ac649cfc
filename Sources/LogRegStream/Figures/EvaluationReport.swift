internal import Evaluation
internal import SparseBatches

/// The figures of an evaluation.
public struct EvaluationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A table for people.
  public let text: String
  private let summary: ModelSummary
  /// Of a binary label.
  private let binary: BinaryFigures?

  /// The largest weights that a page lists.
  static let weightsShown = 40

  init(_ figures: BinaryFigures) {
    json = EvaluationJSON.document(figures)
    text = EvaluationText.table(figures)
    summary = .binary(figures.summary)
    binary = figures
  }

  init(_ summary: ModelSummary, rows: Int, badRows: Int) {
    json = EvaluationJSON.document(summary, rows: rows, badRows: badRows)
    text = EvaluationText.table(summary, rows: rows, badRows: badRows)
    self.summary = summary
    binary = nil
  }

  /// Writes the page that is asked for, if one is.
  ///
  /// - Parameter model: nil when the predictions are another tool's.
  /// - Throws: cannotCreate or inputOutput.
  func published(
    _ configuration: EvaluationConfiguration, _ model: ServedModel?, _ pipeline: RowPipeline
  ) throws(RunFailure) -> EvaluationReport {
    guard let path = configuration.report else { return self }
    let page = EvaluationPage(
      json: json, summary: summary, binary: binary, rows: pipeline.rows,
      badRows: pipeline.badRows, missing: pipeline.missing, schema: pipeline.schema, model: model,
      configuration: configuration)
    try ReportFile.write(page.page, to: path)
    return self
  }
}

/// A figure that has a key, words and one number.
struct NamedFigure {
  var key: String
  var words: String
  var value: Double?
  var interval: ConfidenceInterval?

  static func all(_ summary: ModelSummary) -> [NamedFigure] {
    func figure(_ key: String, _ words: String, _ value: Double?) -> NamedFigure {
      NamedFigure(key: key, words: words, value: value, interval: nil)
    }
    switch summary {
    case .binary(let binary): return all(binary)
    case .multiclass(let multiclass):
      return [
        figure("log_loss", "log loss", multiclass.logLoss),
        figure("accuracy", "accuracy", multiclass.accuracy),
      ]
    case .regression(let regression):
      return [
        figure("rmse", "root mean squared error", regression.rootMeanSquaredError),
        figure("mae", "mean absolute error", regression.meanAbsoluteError),
        figure("r2", "R squared", regression.explainedShare),
      ]
    }
  }

  static func all(_ summary: BinarySummary) -> [NamedFigure] {
    func figure(
      _ key: String, _ words: String, _ value: Double?, _ interval: ConfidenceInterval? = nil
    ) -> NamedFigure {
      NamedFigure(key: key, words: words, value: value, interval: interval)
    }
    return [
      figure("log_loss", "log loss", summary.logLoss, summary.logLossInterval),
      figure("normalized_entropy", "normalized entropy", summary.normalizedEntropy),
      figure("brier", "Brier score", summary.brier),
      figure("auc", "area under the ROC curve", summary.auc, summary.aucInterval),
      figure("average_precision", "average precision", summary.averagePrecision),
      figure("ece", "expected calibration error", summary.ece),
      figure("ece_if_perfect", "  if perfect, at most", summary.eceIfPerfect),
      figure("mce", "maximum calibration error", summary.mce),
      figure("mean_prediction", "mean prediction", summary.meanPrediction),
      figure("mean_label", "mean label", summary.meanLabel),
      figure(
        "calibration_ratio", "predictions / labels", summary.calibrationRatio,
        summary.calibrationRatioInterval),
      figure("accuracy", "accuracy at 1/2", summary.accuracy),
    ]
  }
}
