internal import Configuration
internal import Evaluation
internal import Featurizing
package import Monitoring
package import Notices
internal import SparseBatches

/// A window as one JSON object.
package enum MonitorJSON {
  package static func object(_ window: WindowFigures) -> JSONValue {
    .object([
      ("schema", .integer(1)), ("command", .string("monitor")),
      ("window", .integer(window.number)),
      ("value", window.text.map { .string($0) } ?? .null),
      ("first_row", .integer(window.firstRow)), ("last_row", .integer(window.lastRow)),
      ("rows", .integer(window.rows)), ("rows_bad", .integer(window.badRows)),
      ("crossed", .bool(!window.crossings.isEmpty)),
      ("crossings", .array(window.crossings.map(finding))),
      ("columns", .array(MonitorText.ranked(window).map { column($0, window) })),
      ("unseen_share", .optional(window.unseen?.value)),
      ("unseen_share_expected", .optional(window.unseen?.training)),
      ("predictions", window.predictions.map(predictions) ?? .null),
      ("labels", window.labels.map(labels) ?? .null),
    ])
  }

  private static func finding(_ finding: Finding) -> JSONValue {
    .object([
      ("figure", .string(finding.figure.rawValue)),
      ("column", finding.column.map { .string($0) } ?? .null),
      ("value", .number(finding.value)), ("reference", .optional(finding.reference)),
      ("threshold", .number(finding.limit)), ("chance", .number(finding.chance)),
      ("words", .string(finding.words)),
    ])
  }

  private static func column(
    _ column: WindowFigures.Column, _ window: WindowFigures
  ) -> JSONValue {
    let name = column.name.display
    let crossed = window.crossings.filter { $0.column == name }
    return .object([
      ("name", .string(name)), ("missing_share", .number(column.missing.value)),
      ("missing_share_training", .number(column.missing.training)),
      ("psi", .optional(column.divergence?.stability)),
      ("js_distance", .optional(column.divergence?.distance)),
      ("chance", .optional(column.divergence?.chance)),
      ("unseen_share", .optional(column.unseen?.value)),
      ("unseen_share_expected", .optional(column.unseen?.training)),
      ("clipped_share", .optional(column.clipped?.value)),
      ("clipped_share_training", .optional(column.clipped?.training)),
      ("change", column.change.map { .string($0) } ?? .null),
      ("crossed", .array(crossed.map { .string($0.figure.rawValue) })),
    ])
  }

  private static func predictions(_ predictions: WindowFigures.Predictions) -> JSONValue {
    .object([
      ("psi", .optional(predictions.divergence?.stability)),
      ("js_distance", .optional(predictions.divergence?.distance)),
      ("chance", .optional(predictions.divergence?.chance)),
      ("judged", .bool(predictions.areComparable)), ("mean_margin", .number(predictions.mean)),
      ("change", predictions.change.map { .string($0) } ?? .null),
    ])
  }

  private static func labels(_ labels: WindowFigures.Labels) -> JSONValue {
    let summary = labels.summary
    return .object([
      ("rows", .integer(labels.rows)), ("label_rate", .number(labels.rate)),
      ("label_rate_training", .optional(labels.rateInTraining)),
      ("log_loss", .optional(summary.logLoss)),
      ("log_loss_training", .optional(labels.logLossInTraining)),
      ("log_loss_interval", interval(summary.logLossInterval)),
      ("auc", .optional(summary.auc)), ("auc_training", .optional(labels.aucInTraining)),
      ("auc_interval", interval(summary.aucInterval)),
      ("calibration_ratio", .optional(summary.calibrationRatio)),
      ("calibration_ratio_interval", interval(summary.calibrationRatioInterval)),
    ])
  }

  private static func interval(_ interval: ConfidenceInterval?) -> JSONValue {
    interval.map { .object([("low", .number($0.low)), ("high", .number($0.high))]) } ?? .null
  }
}
