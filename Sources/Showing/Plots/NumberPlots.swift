internal import Evaluation
internal import Featurizing
internal import Scoring

/// What the numbers of columns add to the margin: a small plot for each column.
struct NumberPlots {
  let curves: [NumberCurves.Curve]
  private static let most = 12

  init(_ curves: NumberCurves?) {
    self.curves = Array((curves?.all ?? []).filter { $0.range > 0 }.prefix(Self.most))
  }

  var blocks: [ReportPage.Block] { curves.map { .plot(plot($0)) } }

  /// The corners of the steps.
  static func corners(_ curve: NumberCurves.Curve) -> [CurvePoint] {
    curve.steps.flatMap {
      [CurvePoint(x: $0.low, y: $0.contribution), CurvePoint(x: $0.high, y: $0.contribution)]
    }
  }

  private func plot(_ curve: NumberCurves.Curve) -> Plot {
    let points = Self.corners(curve)
    let (low, high) = (points.first?.x ?? 0, points.last?.x ?? 1)
    let inner = curve.steps.count > 2 ? curve.steps[1].low : low
    // Over many decades the small numbers would all stand at the axis.
    let isWide = inner > 0 && high > 1000 * inner
    let shown = isWide ? points.map { CurvePoint(x: max($0.x, inner / 2), y: $0.y) } : points
    return Plot(
      title: curve.name.display,
      description:
        "What a number adds to the margin: its slope, that of its logarithm, and its bin, in the "
        + "middle of each bin." + (isWide ? " Numbers on a logarithmic axis." : ""),
      x: Plot.Axis(
        title: curve.name.display,
        scale: isWide ? PlotScale(.logarithmic, inner / 2, high) : PlotScale(.linear, low, high)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: "contribution", scale: .reaching(points.map(\.y), from: nil)),
          marks: [.line(shown, .first)], height: 120)
      ])
  }
}
