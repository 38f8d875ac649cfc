internal import Evaluation
internal import Featurizing

/// What a page shows of predictions of one of several classes.
struct ClassBlocks {
  private let summary: ClassSummary
  /// The same rows without the calibrator; nil where there is none.
  private let uncalibrated: ClassSummary?
  private let names: [String]
  private static let classesShown = 100

  /// - Parameter names: of the classes, in their order.
  init(_ summary: ClassSummary, uncalibrated: ClassSummary?, names: [ByteText]) {
    self.summary = summary
    self.uncalibrated = uncalibrated
    self.names = names.map(\.display)
  }

  var calibration: [ReportPage.Block] {
    BinaryPlots(
      summary.confidence, uncalibrated: uncalibrated?.confidence, words: .predictedClass
    ).calibration
  }

  /// The most frequent classes.
  var table: ReportPage.Block {
    let total = summary.classes.map(\.labels).reduce(0, +)
    let order = summary.classes.indices.sorted {
      (summary.classes[$1].labels, $0) < (summary.classes[$0].labels, $1)
    }
    let rows = order.prefix(Self.classesShown).map { index -> [ReportPage.Cell] in
      let figures = summary.classes[index]
      let cells = [
        quotient(figures.labels, total), quotient(figures.probabilities, total),
        figures.precision, figures.recall, figures.f1,
      ]
      return [.text(names[index])]
        + cells.map { .text($0.map { NumberText.fixed($0, 4) } ?? "–") }
    }
    let title =
      rows.count < names.count ? "The \(rows.count) most frequent classes" : "Figures by class"
    return .table(
      ReportPage.Table(
        title: title,
        header: ["class", "share of rows", "mean probability", "precision", "recall", "F1"],
        rows: rows))
  }

  /// Shares of the rows of each label; empty with too many classes.
  var confusions: [ReportPage.Block] {
    guard let confusions = summary.confusions else { return [] }
    let rows = confusions.enumerated().map { label, weights -> [ReportPage.Cell] in
      let total = weights.reduce(0, +)
      return [.text(names[label])]
        + weights.map { .share(quotient($0, total).map { min($0, 1) } ?? 0) }
    }
    let table = ReportPage.Table(
      title: "Confusions", header: [""] + names, rows: rows, style: .matrix)
    return [
      .table(table),
      .note("A line for each label, a column for each prediction, in % of the label's rows."),
    ]
  }

  private func quotient(_ part: Double, _ whole: Double) -> Double? {
    whole > 0 ? part / whole : nil
  }
}
