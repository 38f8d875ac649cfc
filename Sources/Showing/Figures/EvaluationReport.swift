internal import Configuration
internal import Evaluation
public import Notices
package import Scoring
internal import SparseBatches

/// The figures of an evaluation.
public struct EvaluationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public private(set) var json: JSONValue
  /// A table for people.
  public private(set) var text: String
  let summary: ModelSummary
  /// Of a binary label.
  let binary: BinaryFigures?

  /// The largest weights that a page lists.
  package static let weightsShown = 40

  package init(_ figures: BinaryFigures) {
    json = EvaluationJSON.document(figures)
    text = EvaluationText.table(figures)
    summary = .binary(figures.summary)
    binary = figures
  }

  package init(_ summary: ModelSummary, rows: Int, badRows: Int) {
    json = EvaluationJSON.document(summary, rows: rows, badRows: badRows)
    text = EvaluationText.table(summary, rows: rows, badRows: badRows)
    self.summary = summary
    binary = nil
  }

  package init(_ figures: EvaluationFigures) {
    switch figures {
    case .binary(let binary): self.init(binary)
    case .other(let summary, let rows, let badRows):
      self.init(summary, rows: rows, badRows: badRows)
    }
  }

  /// The same with what the model did not know of the rows.
  package func adding(_ unseen: UnseenFeatures) -> EvaluationReport {
    var report = self
    if case .object(let members) = json {
      report.json = .object(members + [("unseen", unseen.json)])
    }
    report.text += unseen.line ?? ""
    return report
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

/// Evaluation figures as a table for people.
enum EvaluationText {
  /// Segments shown; JSON has all of them.
  private static let segmentsShown = 30

  static func table(_ figures: BinaryFigures) -> String {
    table(.binary(figures.summary), rows: figures.rows, badRows: figures.badRows)
      + decisions(figures) + ranking(figures) + segments(figures)
  }

  static func table(_ summary: ModelSummary, rows: Int, badRows: Int) -> String {
    var counts = [("rows", rows), ("bad rows", badRows)]
    if case .binary(let binary) = summary { counts.append(("positive rows", binary.positives)) }
    let lines = NamedFigure.all(summary).map { figure in
      line(figure.words, number(figure.value) + range(figure.interval))
    }
    return (counts.map { line($0.0, NumberText.grouped($0.1)) } + lines).joined()
  }

  /// Decisions as a table of words.
  static func decisionCells(_ figures: BinaryFigures) -> (header: [String], rows: [[String]]) {
    var rows = figures.tops.map { top in
      cells("top \(NumberText.fixed(top.share * 100, 0)) %", top.decision)
    }
    rows.append(cells("best F1", figures.bestF1))
    if let costs = figures.costs { rows.append(cells("least cost", costs.cheapest?.decision)) }
    return (["", "from", "share", "precision", "recall", "F1", "lift"], rows)
  }

  private static func decisions(_ figures: BinaryFigures) -> String {
    let (header, rows) = decisionCells(figures)
    let table = TextTable.text(header, rows)
    guard let costs = figures.costs else { return "\n" + table }
    return "\n" + table
      + line("least cost a row", number(costs.cheapest?.cost))
      + line(
        "  at \(NumberText.nineDigits(costs.costs.calibratedThreshold))",
        number(costs.calibrated?.cost))
  }

  private static func cells(_ words: String, _ decision: Decision?) -> [String] {
    [words]
      + [
        decision.map { $0.threshold.map(NumberText.nineDigits) ?? "none" },
        decision.map { NumberText.fixed($0.share, 4) },
        decision?.precision.map { NumberText.fixed($0, 4) },
        decision?.recall.map { NumberText.fixed($0, 4) },
        decision?.f1.map { NumberText.fixed($0, 4) },
        decision?.lift.map { NumberText.fixed($0, 3) },
      ].map { $0 ?? "–" }
  }

  private static func ranking(_ figures: BinaryFigures) -> String {
    guard let grouping = figures.grouping, let groups = figures.groups else { return "" }
    let sampled = groups.isSampled ? " (a sample of all)" : ""
    return "\n"
      + line("groups of \(shown(grouping.column))", NumberText.grouped(groups.groups) + sampled)
      + line(
        "  mean NDCG@\(groups.cutoff)", number(groups.meanNDCG) + range(groups.meanNDCGInterval))
      + line("  group AUC", number(groups.groupAUC))
  }

  /// The first segments as a table of words; nil when none were asked for.
  static func segmentCells(_ figures: BinaryFigures) -> (header: [String], rows: [[String]])? {
    guard let by = figures.by, let segments = figures.segments else { return nil }
    let rows = segments.prefix(segmentsShown).map { segment in
      [
        segment.name.map { shown(String(decoding: $0, as: UTF8.self)) } ?? "(all others)",
        NumberText.grouped(segment.rows), NumberText.grouped(segment.positives),
        number(segment.logLoss), number(segment.meanPrediction), number(segment.meanLabel),
        segment.calibrationRatio.map { NumberText.fixed($0, 4) } ?? "–",
      ]
    }
    return ([shown(by), "rows", "positive", "log loss", "predicted", "labels", "ratio"], rows)
  }

  private static func segments(_ figures: BinaryFigures) -> String {
    guard let (header, rows) = segmentCells(figures) else { return "" }
    let table = TextTable.text(header, rows)
    let more = (figures.segments?.count ?? 0) - rows.count
    return "\n" + table + (more > 0 ? "and \(more) more: see --json\n" : "")
  }

  private static func shown(_ name: String) -> String {
    name.isEmpty ? "(empty)" : DisplayText.escape(Array(name.utf8), limit: 40)
  }

  private static func number(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 6) } ?? "undefined"
  }

  private static func range(_ interval: ConfidenceInterval?) -> String {
    guard let interval else { return "" }
    return "  (95 %: \(NumberText.fixed(interval.low, 6)) to \(NumberText.fixed(interval.high, 6)))"
  }

  private static func line(_ words: String, _ value: String) -> String {
    words + String(repeating: " ", count: max(28 - words.count, 1)) + value + "\n"
  }
}

/// Columns of text, the first to the left, the others to the right.
enum TextTable {
  static func text(_ header: [String], _ rows: [[String]]) -> String {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : "  " + space + cell.0
      }.joined() + "\n"
    }.joined()
  }
}

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
