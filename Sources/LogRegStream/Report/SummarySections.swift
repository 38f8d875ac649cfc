internal import Evaluation
internal import Featurizing

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
