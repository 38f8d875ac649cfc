internal import ElementaryMath
internal import Evaluation
internal import Notices

/// What the plots of a binary label show.
struct BinaryPlots {
  /// What the two outcomes are called.
  struct Words {
    var title: String
    /// What came true of how much.
    var truth: String
    var share: String
    var negatives: String
    var positives: String

    static let label = Words(
      title: "Reliability", truth: "what came true among rows of similar prediction",
      share: "share of positives", negatives: "negative rows", positives: "positive rows")
    /// Of the most probable of several classes.
    static let predictedClass = Words(
      title: "Reliability of the predicted class",
      truth: "how often the predicted class was right, by the probability that it had",
      share: "share of right ones", negatives: "wrong predictions",
      positives: "right predictions")
  }

  private let summary: BinarySummary
  /// The same rows without the calibrator; nil where there is none.
  private let uncalibrated: BinarySummary?
  private let words: Words

  init(_ summary: BinarySummary, uncalibrated: BinarySummary?, words: Words = .label) {
    self.summary = summary
    self.uncalibrated = uncalibrated
    self.words = words
  }

  /// Empty without a row of any weight.
  var calibration: [ReportPage.Block] {
    summary.reliability.isEmpty ? [] : [.plot(reliability)]
  }

  var ranking: [ReportPage.Block] {
    let curves = summary.curves
    var plots: [Plot] = []
    if !curves.roc.isEmpty { plots.append(roc) }
    if !curves.precisionRecall.isEmpty { plots.append(precisionRecall) }
    if !curves.lift.isEmpty { plots.append(lift) }
    return plots.map { .plot($0) }
  }

  // MARK: - Calibration

  /// Bins with and without the calibrator.
  private var allBins: [ReliabilityBin] { summary.reliability + (uncalibrated?.reliability ?? []) }

  /// The predictions that there are, in log-odds.
  private var predictions: ClosedRange<Double> {
    let bars = summary.curves.histogram
    let ends = bars.isEmpty ? [] : [bars[0].low, bars[bars.count - 1].high]
    return Self.span(allBins.map { PlotScale.logOdds($0.meanPrediction) } + ends)
  }

  /// The shares that there are and what they should be, in log-odds.
  private var shares: ClosedRange<Double> {
    let means = allBins.flatMap { [$0.meanPrediction, $0.meanLabel] }
    let ends = summary.curves.labelIntervals.flatMap { [$0.low, $0.high] }
    return Self.span((means + ends).map { PlotScale.logOdds($0) })
  }

  /// Of those that are finite, with a little room.
  private static func span(_ values: [Double]) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite)
    return (finite.min() ?? -1) - 0.2...(finite.max() ?? 1) + 0.2
  }

  private var reliability: Plot {
    let range = predictions
    return Plot(
      title: words.title,
      description:
        "Above: \(words.truth), in bins of equal weight, axes spaced by log-odds; shares of 0 and 1 "
        + "stand at the edge. On the dashed line probabilities mean what they say. Below: how the "
        + "predictions are spread, weight on a logarithmic axis. The less the two kinds of rows "
        + "overlap, the better they are told apart.",
      x: Plot.Axis(
        title: "predicted probability",
        scale: PlotScale(.logOdds, range.lowerBound, range.upperBound)),
      panels: [agreement, scores])
  }

  private var agreement: Plot.Panel {
    let (bins, range) = (summary.reliability, shares)
    let (low, high) = (
      max(predictions.lowerBound, range.lowerBound), min(predictions.upperBound, range.upperBound)
    )
    var marks: [Plot.Mark] = [
      .line([CurvePoint(x: low, y: low), CurvePoint(x: high, y: high)], .reference)
    ]
    var legend: [(series: Plot.Series, words: String)] = [(.reference, "perfect calibration")]
    if let uncalibrated {
      marks += [
        .line(Self.points(uncalibrated), .second), .dots(Self.points(uncalibrated), .second),
      ]
      legend.append((.second, "before calibration"))
    }
    marks += [
      .whiskers(
        zip(bins, summary.curves.labelIntervals).map { bin, interval in
          Plot.Whisker(
            x: PlotScale.logOdds(bin.meanPrediction), low: PlotScale.logOdds(interval.low),
            high: PlotScale.logOdds(interval.high))
        }, .first),
      .line(Self.points(summary), .first), .dots(Self.points(summary), .first),
    ]
    legend.append(
      (.first, (uncalibrated == nil ? "observed" : "after calibration") + ", with 95 % intervals"))
    return Plot.Panel(
      y: Plot.Axis(
        title: words.share, scale: PlotScale(.logOdds, range.lowerBound, range.upperBound)),
      marks: marks, legend: legend, height: 300)
  }

  private static func points(_ summary: BinarySummary) -> [CurvePoint] {
    summary.reliability.map { bin in
      CurvePoint(
        x: PlotScale.logOdds(bin.meanPrediction), y: PlotScale.logOdds(bin.meanLabel))
    }
  }

  private var scores: Plot.Panel {
    let bars = summary.curves.histogram
    let weights = bars.flatMap { [$0.positiveWeight, $0.negativeWeight] }.filter { $0 > 0 }
    func series(_ weight: (HistogramBar) -> Double) -> [Plot.Bar] {
      bars.map { Plot.Bar(low: $0.low, high: $0.high, height: weight($0)) }
    }
    return Plot.Panel(
      y: Plot.Axis(
        title: "weight of rows",
        scale: PlotScale(.logarithmic, (weights.min() ?? 1) / 2, (weights.max() ?? 1) * 1.5)),
      marks: [.bars(series(\.negativeWeight), .first), .bars(series(\.positiveWeight), .second)],
      legend: [(.first, words.negatives), (.second, words.positives)], height: 140)
  }

  // MARK: - Ranking

  private static let share = PlotScale(.linear, 0, 1)

  private var roc: Plot {
    Plot(
      title: "ROC curve",
      description:
        "The share of positives found against the share of negatives called positive, over all "
        + "thresholds. Area \(Self.words(summary.auc)); the dashed line is a coin's.",
      x: Plot.Axis(title: "false positive rate", scale: Self.share),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "true positive rate", scale: Self.share),
          marks: [
            .line([CurvePoint(x: 0, y: 0), CurvePoint(x: 1, y: 1)], .reference),
            .line(summary.curves.roc, .first),
          ])
      ])
  }

  private var precisionRecall: Plot {
    let base = summary.meanLabel ?? 0
    return Plot(
      title: "Precision and recall",
      description:
        "How much of what is called positive is positive, against how many positives are found. "
        + "Average precision \(Self.words(summary.averagePrecision)); the dashed line is the base rate.",
      x: Plot.Axis(title: "recall", scale: Self.share),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "precision", scale: Self.share),
          marks: [
            .line([CurvePoint(x: 0, y: base), CurvePoint(x: 1, y: base)], .reference),
            .line(summary.curves.precisionRecall, .first),
          ])
      ])
  }

  private var lift: Plot {
    let points = summary.curves.lift
    let first = min(points.first?.x ?? 0.01, 0.1)
    return Plot(
      title: "Lift",
      description:
        "How many times the base rate of positives the rows with the highest scores hold, by how many "
        + "rows are taken (logarithmic).",
      x: Plot.Axis(title: "share of the rows", scale: PlotScale(.logarithmic, first, 1)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "lift", scale: .reaching(points.map(\.y) + [1])),
          marks: [
            .line([CurvePoint(x: first, y: 1), CurvePoint(x: 1, y: 1)], .reference),
            .line(points, .first),
          ])
      ])
  }

  private static func words(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 4) } ?? "undefined"
  }
}
