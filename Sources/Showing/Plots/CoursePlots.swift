internal import Evaluation
internal import Learning
internal import Training

/// How the loss fell while a model was trained.
struct CoursePlots {
  private let record: TrainingRecord
  private let loss: ModelLoss

  init(_ record: TrainingRecord, _ loss: ModelLoss) {
    self.record = record
    self.loss = loss
  }

  var blocks: [ReportPage.Block] {
    var blocks: [ReportPage.Block] = []
    if !averages.isEmpty { blocks.append(.plot(progressive)) }
    if record.steps.count > 0 { blocks += [.plot(objective), .plot(gradient)] }
    return blocks
  }

  /// Mean loss of all rows so far.
  var averages: [CurvePoint] {
    record.course.compactMap { moment in
      let mean = loss.shownMean(moment.loss / moment.weight)
      return mean.isFinite ? CurvePoint(x: Double(moment.rows), y: mean) : nil
    }
  }

  /// Mean loss of the rows since the point before.
  var recent: [CurvePoint] {
    var before = TrainingRecord.Moment(rows: 0, loss: 0, weight: 0)
    return record.course.compactMap { moment in
      let (loss, weight) = (moment.loss - before.loss, moment.weight - before.weight)
      // A point of few rows, such as the last of an epoch, is mostly chance.
      guard weight > 0, 10 * (moment.rows - before.rows) >= moment.rows else { return nil }
      before = moment
      let mean = self.loss.shownMean(loss / weight)
      return mean.isFinite ? CurvePoint(x: Double(moment.rows), y: mean) : nil
    }
  }

  var holdout: [CurvePoint] {
    record.epochs.elements.compactMap { end in
      end.holdoutLoss.map { CurvePoint(x: Double(end.moment.rows), y: $0) }
    }
  }

  private var progressive: Plot {
    let rows = averages.map(\.x)
    var marks: [Plot.Mark] = [.line(recent, .second), .line(averages, .first)]
    var legend: [(series: Plot.Series, words: String)] = [
      (.first, "average of all rows so far"), (.second, "rows since the last point"),
    ]
    if !holdout.isEmpty {
      marks += [.line(holdout, .third), .dots(holdout, .third)]
      legend.append((.third, "holdout, at the end of each epoch"))
    }
    // The very first rows say little and would flatten the rest.
    let shown = (averages + recent + holdout).filter { $0.x >= (rows.last ?? 0) / 1000 }.map(\.y)
    return Plot(
      title: "Loss over rows",
      description:
        "Progressive \(loss.meanName): every row is predicted before it is learned. Rows count on "
        + "over all epochs (logarithmic); from the second epoch on they have been seen before.",
      x: Plot.Axis(
        title: "rows learned", scale: PlotScale(.logarithmic, rows.first ?? 1, rows.last ?? 10)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(title: loss.meanName, scale: .reaching(shown, from: nil)), marks: marks,
          legend: legend)
      ])
  }

  private var objective: Plot {
    steps("Objective", "objective", \.objective)
  }

  private var gradient: Plot {
    steps("Gradient", "norm of the gradient", \.gradientNorm)
  }

  private func steps(
    _ title: String, _ axis: String, _ value: (SolverProgress) -> Double
  ) -> Plot {
    let points = record.steps.elements.map {
      CurvePoint(x: Double($0.iteration), y: value($0))
    }.filter(\.y.isFinite)
    let positive = points.map(\.y).filter { $0 > 0 }
    let isWide = (positive.max() ?? 1) > 100 * (positive.min() ?? 1)
    return Plot(
      title: "\(title) by iteration",
      description: "The \(axis) before the first iteration of the solver and after each.",
      x: Plot.Axis(title: "iteration", scale: PlotScale(.linear, 0, points.last?.x ?? 1)),
      panels: [
        Plot.Panel(
          y: Plot.Axis(
            title: axis,
            scale: isWide
              ? PlotScale(.logarithmic, (positive.min() ?? 1) / 2, (positive.max() ?? 1) * 2)
              : .reaching(points.map(\.y), from: nil)),
          marks: [.line(points, .first), .dots(points, .first)])
      ])
  }
}
