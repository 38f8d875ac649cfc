internal import Evaluation
internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// The tables of a report.
enum ReportTables {
  /// - Parameter uncalibrated: the same rows without the calibrator; nil where there is none.
  static func figures(
    _ summary: ModelSummary, uncalibrated: ModelSummary?
  ) -> ReportPage.Block {
    let before = uncalibrated.map { NamedFigure.all($0) }
    var header = ["figure", before == nil ? "value" : "calibrated"]
    if before != nil { header.append("before calibration") }
    header.append("95 % interval")
    let rows = NamedFigure.all(summary).enumerated().map { index, figure in
      var cells = [figure.words, number(figure.value)]
      if let before { cells.append(number(before[index].value)) }
      cells.append(figure.interval.map { "\(number($0.low)) to \(number($0.high))" } ?? "")
      return cells.map { ReportPage.Cell.text($0) }
    }
    return .table(ReportPage.Table(header: header, rows: rows))
  }

  static func decisions(_ figures: BinaryFigures) -> ReportPage.Block {
    let (header, rows) = EvaluationText.decisionCells(figures)
    return .table(ReportPage.Table(header: header, rows: cells(rows)))
  }

  static func segments(_ figures: BinaryFigures) -> [ReportPage.Block] {
    guard let (header, rows) = EvaluationText.segmentCells(figures) else { return [] }
    let more = (figures.segments?.count ?? 0) - rows.count
    let table = ReportPage.Block.table(ReportPage.Table(header: header, rows: cells(rows)))
    return more > 0
      ? [table, .note("And \(NumberText.grouped(more)) more among the numbers below.")] : [table]
  }

  static func weights(_ entries: [Inspection.Entry]) -> ReportPage.Block {
    let largest = entries.map { Double($0.weight.magnitude) }.max() ?? 1
    let hasClasses = entries.first?.className != nil
    let rows = entries.map { entry -> [ReportPage.Cell] in
      var cells = [ReportPage.Cell.text(entry.name ?? "(slot \(entry.slot))")]
      if hasClasses { cells.append(.text(entry.className ?? "")) }
      cells.append(.text(NumberText.fixed(Double(entry.weight), 4)))
      cells.append(.bar(Double(entry.weight) / largest))
      return cells + [
        .text(ratio(entry.odds.perUnit)), .text(ratio(entry.odds.perStandardDeviation)),
      ]
    }
    return .table(
      ReportPage.Table(
        header: ["feature"] + (hasClasses ? ["class"] : [])
          + ["weight", "", "odds ratio", "per s.d."], rows: rows))
  }

  static func badRows(_ ledger: BadRowLedger) -> ReportPage.Block? {
    let rows = RowIssue.Reason.allCases.compactMap { reason in
      ledger.countByReason[reason].map { [reason.words, NumberText.grouped($0)] }
    }
    guard !rows.isEmpty else { return nil }
    return .table(ReportPage.Table(header: ["bad rows", "rows"], rows: cells(rows)))
  }

  static func facts(_ facts: [(title: String, words: String)]) -> ReportPage.Block {
    .table(
      ReportPage.Table(header: [], rows: cells(facts.map { [$0.title, $0.words] }), isText: true))
  }

  private static let columnsShown = 200

  static func columns(_ schema: FeatureSchema) -> [ReportPage.Block] {
    guard case .csv(let csv) = schema.source else { return [] }
    let rows = csv.columns.prefix(columnsShown).map { column in
      [column.name.display, SchemaText.words(column.role), column.shownReason]
    }
    var blocks: [ReportPage.Block] = [
      .table(
        ReportPage.Table(header: ["column", "read as", "why"], rows: cells(rows), isText: true))
    ]
    if !csv.crosses.isEmpty {
      let names = csv.crosses.map { $0.name(among: csv.columns).display }
      blocks.append(.note("Products of columns: " + names.joined(separator: ", ")))
    }
    let more = csv.columns.count - rows.count
    if more > 0 { blocks.append(.note("And \(NumberText.grouped(more)) more columns.")) }
    return blocks
  }

  private static func cells(_ rows: [[String]]) -> [[ReportPage.Cell]] {
    rows.map { $0.map { .text($0) } }
  }

  private static func number(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 6) } ?? "undefined"
  }

  private static func ratio(_ ratio: Double?) -> String {
    ratio.map { NumberText.significant($0, 4) } ?? "–"
  }
}
