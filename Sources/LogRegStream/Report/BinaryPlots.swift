internal import ElementaryMath
internal import Evaluation

/// What the plots of a binary label show.
struct BinaryPlots {
  private let summary: BinarySummary
  /// The same rows without the calibrator; nil where there is none.
  private let uncalibrated: BinarySummary?

  init(_ summary: BinarySummary, uncalibrated: BinarySummary?) {
    self.summary = summary
    self.uncalibrated = uncalibrated
  }

  /// Calibration first; plots without a point are left out.
  var calibration: [ReportPage.Block] {
    guard !summary.reliability.isEmpty else { return [] }
    return [.plot(reliability), .plot(scores)]
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

  /// The predictions that there are, in log-odds, with a little room.
  private var logOdds: (low: Double, high: Double) {
    let bars = summary.curves.histogram
    let means =
      summary.reliability.map(\.meanPrediction)
      + (uncalibrated?.reliability.map(\.meanPrediction) ?? [])
    let centers = means.map { PlotScale.logOdds($0) }.filter(\.isFinite)
    let ends = centers + (bars.isEmpty ? [] : [bars[0].low, bars[bars.count - 1].high])
    return ((ends.min() ?? -1) - 0.2, (ends.max() ?? 1) + 0.2)
  }

  private var reliability: Plot {
    let (low, high) = logOdds
    let bins = summary.reliability
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
    return Plot(
      title: "Reliability",
      description:
        "What came true among rows of similar prediction, in bins of equal weight. On the dashed "
        + "line probabilities mean what they say. Both axes are spaced by log-odds.",
      x: Plot.Axis(title: "predicted probability", scale: PlotScale(.logOdds, low, high)),
      y: Plot.Axis(title: "observed share of positives", scale: PlotScale(.logOdds, low, high)),
      marks: marks, legend: legend, height: 380)
  }

  private static func points(_ summary: BinarySummary) -> [CurvePoint] {
    summary.reliability.map { bin in
      CurvePoint(
        x: PlotScale.logOdds(bin.meanPrediction), y: PlotScale.logOdds(bin.meanLabel))
    }
  }

  private var scores: Plot {
    let bars = summary.curves.histogram
    let (low, high) = logOdds
    let weights = bars.flatMap { [$0.positiveWeight, $0.negativeWeight] }.filter { $0 > 0 }
    func series(_ weight: (HistogramBar) -> Double) -> [Plot.Bar] {
      bars.map { Plot.Bar(low: $0.low, high: $0.high, height: weight($0)) }
    }
    return Plot(
      title: "Scores by class",
      description:
        "How the predictions of each class are spread, weight on a logarithmic axis. The less the two "
        + "overlap, the better the classes are told apart.",
      x: Plot.Axis(title: "predicted probability", scale: PlotScale(.logOdds, low, high)),
      y: Plot.Axis(
        title: "weight of rows",
        scale: PlotScale(.logarithmic, (weights.min() ?? 1) / 2, (weights.max() ?? 1) * 1.5)),
      marks: [.bars(series(\.negativeWeight), .first), .bars(series(\.positiveWeight), .second)],
      legend: [(.first, "negative rows"), (.second, "positive rows")], height: 380)
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
      y: Plot.Axis(title: "true positive rate", scale: Self.share),
      marks: [
        .line([CurvePoint(x: 0, y: 0), CurvePoint(x: 1, y: 1)], .reference),
        .line(summary.curves.roc, .first),
      ], height: 340)
  }

  private var precisionRecall: Plot {
    let base = summary.meanLabel ?? 0
    return Plot(
      title: "Precision and recall",
      description:
        "How much of what is called positive is positive, against how many positives are found. "
        + "Average precision \(Self.words(summary.averagePrecision)); the dashed line is the base rate.",
      x: Plot.Axis(title: "recall", scale: Self.share),
      y: Plot.Axis(title: "precision", scale: Self.share),
      marks: [
        .line([CurvePoint(x: 0, y: base), CurvePoint(x: 1, y: base)], .reference),
        .line(summary.curves.precisionRecall, .first),
      ], height: 340)
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
      y: Plot.Axis(title: "lift", scale: .reaching(points.map(\.y) + [1])),
      marks: [
        .line([CurvePoint(x: first, y: 1), CurvePoint(x: 1, y: 1)], .reference),
        .line(points, .first),
      ], height: 340)
  }

  private static func words(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 4) } ?? "undefined"
  }
}
