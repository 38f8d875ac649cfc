internal import Evaluation

/// The figures of an evaluation.
public struct EvaluationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A table for people.
  public let text: String

  init(_ figures: BinaryFigures) {
    json = EvaluationJSON.document(figures)
    text = EvaluationText.table(figures)
  }
}

/// Figures of a binary label that have a key, words and one number.
struct NamedFigure {
  var key: String
  var words: String
  var value: Double?
  var interval: ConfidenceInterval?

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
