internal import Evaluation
internal import Featurizing
internal import Notices

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

/// What the plots of a predicted number show.
struct RegressionPlots {
  private let pictures: RegressionPictures
  private static let dotsShown = 800

  init(_ pictures: RegressionPictures) { self.pictures = pictures }

  /// Empty without a row of any weight.
  var blocks: [ReportPage.Block] {
    guard let range = pictures.range else { return [] }
    return [.plot(agreement(range)), .plot(residuals)]
  }

  /// Rows drawn as dots.
  var dots: [CurvePoint] {
    pictures.rows.prefix(Self.dotsShown).map { CurvePoint(x: $0.prediction, y: $0.label) }
  }

  private func agreement(_ range: ClosedRange<Double>) -> Plot {
    let margin = 0.02 * (range.upperBound - range.lowerBound)
    let (low, high) = (range.lowerBound - margin, range.upperBound + margin)
    let means = pictures.bins.map { CurvePoint(x: $0.meanPrediction, y: $0.meanLabel) }
    let spread = pictures.bins.map { bin in
      Plot.Whisker(
        x: bin.meanPrediction, low: bin.meanLabel - bin.standardDeviation,
        high: bin.meanLabel + bin.standardDeviation)
    }
    return Plot(
      title: "Predicted and actual",
      description:
        "Labels against predictions, of \(NumberText.grouped(pictures.rows.count)) rows chosen evenly. "
        + "On the dashed line predictions are right on the average. The outermost 1 % stand at the "
        + "edge.",
      x: Plot.Axis(title: "predicted", scale: PlotScale(.linear, low, high)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "actual", scale: PlotScale(.linear, low, high)),
          marks: [
            .cloud(dots, .second),
            .line([CurvePoint(x: low, y: low), CurvePoint(x: high, y: high)], .reference),
            .whiskers(spread, .first), .line(means, .first), .dots(means, .first),
          ],
          legend: [
            (.reference, "actual = predicted"), (.second, "rows"),
            (.first, "mean of rows of similar prediction, ± 1 s.d."),
          ], height: 300)
      ])
  }

  private var residuals: Plot {
    let bars = pictures.residuals
    return Plot(
      title: "Residuals",
      description:
        "Actual less predicted, of the same rows; the outermost 1 % are in the first and the last bar. "
        + "A lean to one side, or a second hump, is something that the model does not know.",
      x: Plot.Axis(
        title: "actual − predicted",
        scale: PlotScale(.linear, bars.first?.low ?? 0, bars.last?.high ?? 1)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "weight of rows", scale: .reaching(bars.map(\.weight))),
          marks: [
            .bars(bars.map { Plot.Bar(low: $0.low, high: $0.high, height: $0.weight) }, .first)
          ], height: 300)
      ])
  }
}
