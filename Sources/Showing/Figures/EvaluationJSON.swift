internal import Configuration
internal import Evaluation
package import Notices
package import Scoring
internal import SparseBatches

/// Evaluation figures as JSON, keys as documented in "The command line".
package enum EvaluationJSON {
  package typealias Members = [(key: String, value: JSONValue)]

  package static func document(_ figures: BinaryFigures) -> JSONValue {
    let tail: Members = [
      ("thresholds", .array(figures.tops.map { .object(top($0.share, $0.decision)) })),
      ("best_f1", figures.bestF1.map { .object(decision($0)) } ?? .null),
      ("best_cost", figures.costs.map { .object(costs($0)) } ?? .null),
      ("by", figures.by.map { .string($0) } ?? .null),
      ("segments", figures.segments.map { .array($0.map(segment)) } ?? .null),
      ("ranking", ranking(figures)),
    ]
    return document(
      .binary(figures.summary), rows: figures.rows, badRows: figures.badRows, and: tail)
  }

  package static func document(
    _ summary: ModelSummary, rows: Int, badRows: Int, and tail: Members = []
  ) -> JSONValue {
    let head: Members = [
      ("schema", .integer(1)), ("command", .string("evaluate")), ("rows", .integer(rows)),
      ("rows_bad", .integer(badRows)),
    ]
    return .object(head + members(summary).filter { $0.key != "rows" } + tail)
  }

  /// The figures that a holdout has too.
  package static func members(_ summary: ModelSummary) -> Members {
    let figures = NamedFigure.all(summary)
    let numbers = figures.map { (key: $0.key, value: JSONValue.optional($0.value)) }
    switch summary {
    case .binary(let binary):
      return [("rows", .integer(binary.rows)), ("positives", .integer(binary.positives))]
        + numbers + [
          ("auc_error", .optional(binary.aucError)),
          ("confidence_intervals", intervals(figures)),
          ("reliability", .array(binary.reliability.map(bin))),
        ]
    case .multiclass(let multiclass): return [("rows", .integer(multiclass.rows))] + numbers
    case .regression(let regression): return [("rows", .integer(regression.rows))] + numbers
    }
  }

  private static let intervalKeys = ["log_loss", "auc", "calibration_ratio"]

  private static func intervals(_ figures: [NamedFigure]) -> JSONValue {
    let known = figures.filter { intervalKeys.contains($0.key) }
    return .object(
      [("level", .number(ConfidenceInterval.level))]
        + known.map { (key: $0.key, value: interval($0.interval)) })
  }

  private static func interval(_ interval: ConfidenceInterval?) -> JSONValue {
    guard let interval else { return .null }
    return .object([("low", .number(interval.low)), ("high", .number(interval.high))])
  }

  private static func bin(_ bin: ReliabilityBin) -> JSONValue {
    .object([
      ("low", .number(bin.low)), ("high", .number(bin.high)), ("rows", .integer(bin.rows)),
      ("mean_prediction", .number(bin.meanPrediction)), ("mean_label", .number(bin.meanLabel)),
    ])
  }

  private static func top(_ share: Double, _ found: Decision?) -> Members {
    [("top", .number(share))] + (found.map(decision) ?? [])
  }

  private static func decision(_ decision: Decision) -> Members {
    [
      ("threshold", .optional(decision.threshold)), ("share", .number(decision.share)),
      ("precision", .optional(decision.precision)), ("recall", .optional(decision.recall)),
      ("f1", .optional(decision.f1)), ("lift", .optional(decision.lift)),
    ]
  }

  private static func costs(_ figures: CostFigures) -> Members {
    [
      ("cost_fp", .number(figures.costs.falsePositive)),
      ("cost_fn", .number(figures.costs.falseNegative)),
      ("cost", .optional(figures.cheapest?.cost)),
    ] + (figures.cheapest.map { decision($0.decision) } ?? []) + [
      ("calibrated_threshold", .number(figures.costs.calibratedThreshold)),
      ("cost_at_calibrated_threshold", .optional(figures.calibrated?.cost)),
    ]
  }

  private static func segment(_ segment: SegmentSummary) -> JSONValue {
    .object([
      ("value", segment.name.map { .string(DisplayText.escape($0)) } ?? .null),
      ("rows", .integer(segment.rows)), ("positives", .integer(segment.positives)),
      ("log_loss", .optional(segment.logLoss)),
      ("mean_prediction", .optional(segment.meanPrediction)),
      ("mean_label", .optional(segment.meanLabel)),
      ("calibration_ratio", .optional(segment.calibrationRatio)),
    ])
  }

  private static func ranking(_ figures: BinaryFigures) -> JSONValue {
    guard let grouping = figures.grouping, let groups = figures.groups else { return .null }
    return .object([
      ("group", .string(grouping.column)), ("k", .integer(groups.cutoff)),
      ("groups", .integer(groups.groups)), ("sampled", .bool(groups.isSampled)),
      ("groups_with_positives", .integer(groups.groupsWithPositives)),
      ("groups_with_both_classes", .integer(groups.groupsWithBothClasses)),
      ("ndcg", .optional(groups.meanNDCG)),
      ("ndcg_interval", interval(groups.meanNDCGInterval)),
      ("group_auc", .optional(groups.groupAUC)),
    ])
  }
}
