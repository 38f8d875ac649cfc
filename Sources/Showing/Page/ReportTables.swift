internal import Evaluation
internal import Featurizing
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import SparseBatches

/// The tables of a report.
enum ReportTables {
  /// - Parameter uncalibrated: the same rows without the calibrator; nil where there is none.
  static func figures(
    _ title: String, _ summary: ModelSummary, uncalibrated: ModelSummary?
  ) -> ReportPage.Block {
    let before = uncalibrated.map { NamedFigure.all($0) }
    var header = ["figure", before == nil ? "value" : "calibrated"]
    if before != nil { header.append("before calibration") }
    let hasIntervals = NamedFigure.all(summary).contains { $0.interval != nil }
    if hasIntervals { header.append("95 % interval") }
    let rows = NamedFigure.all(summary).enumerated().map { index, figure in
      // Indented: it belongs to the figure above.
      let words = figure.words.hasPrefix("  ") ? "… \(figure.words.dropFirst(2))" : figure.words
      var cells = [words, number(figure.value)]
      if let before { cells.append(number(before[index].value)) }
      if hasIntervals {
        cells.append(figure.interval.map { "\(number($0.low)) to \(number($0.high))" } ?? "")
      }
      return cells.map { ReportPage.Cell.text($0) }
    }
    return .table(ReportPage.Table(title: title, header: header, rows: rows))
  }

  static func decisions(_ figures: BinaryFigures) -> ReportPage.Block {
    let (header, rows) = EvaluationText.decisionCells(figures)
    return .table(
      ReportPage.Table(title: "Deciding by a threshold", header: header, rows: cells(rows)))
  }

  static func segments(_ figures: BinaryFigures) -> [ReportPage.Block] {
    guard let (header, rows) = EvaluationText.segmentCells(figures) else { return [] }
    let more = (figures.segments?.count ?? 0) - rows.count
    let table = ReportPage.Block.table(
      ReportPage.Table(title: "Figures by segment", header: header, rows: cells(rows)))
    return more > 0
      ? [table, .note("And \(NumberText.grouped(more)) more among the numbers below.")] : [table]
  }

  static func weights(_ entries: [Inspection.Entry]) -> ReportPage.Block {
    let largest = entries.map { Double($0.weight.magnitude) }.max() ?? 1
    let hasClasses = entries.first?.className != nil
    let hasOdds = entries.contains { $0.odds.perUnit != nil || $0.odds.perStandardDeviation != nil }
    let rows = entries.map { entry -> [ReportPage.Cell] in
      var cells = [ReportPage.Cell.text(entry.name ?? "(slot \(entry.slot))")]
      if hasClasses { cells.append(.text(entry.className ?? "")) }
      cells.append(.text(NumberText.fixed(Double(entry.weight), 4)))
      cells.append(.bar(Double(entry.weight) / largest))
      guard hasOdds else { return cells }
      return cells + [
        .text(ratio(entry.odds.perUnit)), .text(ratio(entry.odds.perStandardDeviation)),
      ]
    }
    return .table(
      ReportPage.Table(
        title: "The \(rows.count) largest weights",
        header: ["feature"] + (hasClasses ? ["class"] : [])
          + ["weight", ""] + (hasOdds ? ["odds ratio", "per s.d."] : []), rows: rows))
  }

  static func badRows(_ ledger: BadRowLedger) -> ReportPage.Block? {
    let rows = RowIssue.Reason.allCases.compactMap { reason in
      ledger.countByReason[reason].map { [reason.words, NumberText.grouped($0)] }
    }
    guard !rows.isEmpty else { return nil }
    return .table(
      ReportPage.Table(title: "Bad rows", header: ["reason", "rows"], rows: cells(rows)))
  }

  /// Columns with missing values, those with most of them first; empty where rows have no columns.
  static func missing(_ values: MissingValues, _ schema: FeatureSchema) -> [ReportPage.Block] {
    guard case .csv(let csv) = schema.source, values.rows > 0 else { return [] }
    let columns = csv.columns.indices.filter { values.byColumn[$0] > 0 }.sorted {
      (values.byColumn[$1], $0) < (values.byColumn[$0], $1)
    }
    let looked = NumberText.grouped(values.rows)
    guard !columns.isEmpty else {
      return [.note("No value was missing in the \(looked) rows that were used.")]
    }
    let rows = columns.prefix(columnsShown).map { index -> [ReportPage.Cell] in
      let share = Double(values.byColumn[index]) / Double(values.rows)
      return [
        .text(csv.columns[index].name.display), .text(NumberText.grouped(values.byColumn[index])),
        .text(NumberText.fixed(share * 100, 2) + " %"),
      ]
    }
    let table = ReportPage.Block.table(
      ReportPage.Table(
        title: "Missing values in the \(looked) rows that were used",
        header: ["column", "missing", "of the rows"], rows: rows))
    let more = columns.count - rows.count
    let rest = "And \(NumberText.grouped(more)) more columns with missing values."
    return more > 0 ? [table, .note(rest)] : [table]
  }

  static func facts(
    _ title: String, _ facts: [(title: String, words: String)]
  ) -> ReportPage.Block {
    .table(
      ReportPage.Table(
        title: title, header: [], rows: cells(facts.map { [$0.title, $0.words] }), style: .words))
  }

  private static let columnsShown = 200

  static func columns(_ schema: FeatureSchema) -> [ReportPage.Block] {
    guard case .csv(let csv) = schema.source else { return [] }
    let rows = csv.columns.prefix(columnsShown).map { column in
      [column.name.display, SchemaText.words(column.role), column.shownReason]
    }
    var blocks: [ReportPage.Block] = [
      .table(
        ReportPage.Table(
          title: "How columns are read", header: ["column", "read as", "why"], rows: cells(rows),
          style: .words))
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

/// What a page shows of predictions held against labels, whatever is predicted.
struct SummarySections {
  private let summary: ModelSummary
  /// The same rows without the calibrator; nil where there is none.
  private let uncalibrated: ModelSummary?
  private let classes: [ByteText]

  /// - Parameter classes: of the labels; empty unless they are classes.
  init(_ summary: ModelSummary, uncalibrated: ModelSummary?, classes: [ByteText]) {
    self.summary = summary
    self.uncalibrated = uncalibrated
    self.classes = classes
  }

  /// - Parameters:
  ///   - title: of the first section.
  ///   - rows: which rows they are about, put behind the other titles: ` of the holdout`.
  func sections(_ title: String, of rows: String = "") -> [ReportPage.Section] {
    let figures = ReportTables.figures("Figures" + rows, summary, uncalibrated: uncalibrated)
    return [
      ReportPage.Section(title: title, blocks: [figures] + agreement),
      ReportPage.Section(title: "Ranking" + rows, blocks: ranking),
      ReportPage.Section(title: "Classes" + rows, blocks: byClass),
    ]
  }

  private var agreement: [ReportPage.Block] {
    switch summary {
    case .binary: binary?.calibration ?? []
    case .multiclass: ofClasses?.calibration ?? []
    case .regression(let regression):
      regression.pictures.map { RegressionPlots($0).blocks } ?? []
    }
  }

  private var ranking: [ReportPage.Block] { binary?.ranking ?? [] }

  private var byClass: [ReportPage.Block] {
    guard let ofClasses else { return [] }
    return [ofClasses.table] + ofClasses.confusions
  }

  private var binary: BinaryPlots? {
    guard case .binary(let summary) = summary else { return nil }
    guard case .binary(let before)? = uncalibrated else {
      return BinaryPlots(summary, uncalibrated: nil)
    }
    return BinaryPlots(summary, uncalibrated: before)
  }

  private var ofClasses: ClassBlocks? {
    guard case .multiclass(let summary) = summary, let detail = summary.detail else { return nil }
    guard case .multiclass(let before)? = uncalibrated else {
      return ClassBlocks(detail, uncalibrated: nil, names: classes)
    }
    return ClassBlocks(detail, uncalibrated: before.detail, names: classes)
  }
}
