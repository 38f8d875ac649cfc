internal import Evaluation
internal import Learning
internal import Training

/// How the losses of the configurations of a sweep fell, side by side.
struct SweepPlot {
  struct Course {
    /// The values that the configuration has.
    var name: String
    /// Mean loss of all rows so far.
    var points: [CurvePoint]
  }

  /// The best first.
  private let courses: [Course]
  private let loss: ModelLoss
  /// So many have a colour of their own.
  private static let colours: [Plot.Series] = [.first, .second, .third]

  /// - Parameter courses: the best first; exact solvers have none.
  init(_ courses: [(name: String, record: TrainingRecord)], _ loss: ModelLoss) {
    self.courses = courses.compactMap { name, record in
      let points = CoursePlots(record, loss).averages
      return points.isEmpty ? nil : Course(name: name, points: points)
    }
    self.loss = loss
  }

  /// nil: there is nothing to draw.
  var plot: Plot? {
    guard let best = courses.first else { return nil }
    let coloured = Array(zip(courses, Self.colours))
    let others = courses.dropFirst(coloured.count)
    var legend = coloured.enumerated().map { index, entry in
      (series: entry.1, words: entry.0.name + (index == 0 ? " (chosen)" : ""))
    }
    if !others.isEmpty { legend.append((.reference, "the others")) }
    let rows = best.points.map(\.x)
    // The first rows say little, and a configuration that diverges would flatten the rest.
    let shown = courses.prefix(coloured.count).flatMap(\.points)
      .filter { $0.x >= (rows.last ?? 0) / 1000 }.map(\.y)
    return Plot(
      title: "Loss over rows",
      description:
        "Progressive \(loss.meanName) of each configuration, the average of all rows so far: every row "
        + "is predicted before it is learned. Lines that leave the picture at the top are worse.",
      x: Plot.Axis(
        title: "rows learned", scale: PlotScale(.logarithmic, rows.first ?? 1, rows.last ?? 10)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: loss.meanName, scale: .reaching(shown, from: nil)),
          marks: others.map { .line($0.points, .reference) }
            + coloured.reversed().map { .line($0.0.points, $0.1) },
          legend: legend)
      ])
  }

  /// The points as JSON.
  var numbers: PlotNumbers.Members {
    courses.map { ($0.name, PlotNumbers.points($0.points)) }
  }
}
