internal import Evaluation
internal import Learning

/// The points of the plots as JSON.
enum PlotNumbers {
  typealias Members = [(key: String, value: JSONValue)]

  static func binary(_ summary: BinarySummary) -> JSONValue {
    let curves = summary.curves
    return .object([
      ("label_intervals", .array(curves.labelIntervals.map { pair($0.low, $0.high) })),
      ("roc", points(curves.roc)), ("precision_recall", points(curves.precisionRecall)),
      ("lift", points(curves.lift)),
      (
        "scores",
        .array(
          curves.histogram.map { bar in
            .object([
              ("low_log_odds", .number(bar.low)), ("high_log_odds", .number(bar.high)),
              ("positive_weight", .number(bar.positiveWeight)),
              ("negative_weight", .number(bar.negativeWeight)),
            ])
          })
      ),
    ])
  }

  static func course(_ plots: CoursePlots, _ record: TrainingRecord) -> JSONValue {
    .object([
      ("progressive", points(plots.averages)), ("recent", points(plots.recent)),
      ("holdout", points(plots.holdout)),
      (
        "solver",
        .array(
          record.steps.elements.map { step in
            .object([
              ("iteration", .integer(step.iteration)), ("objective", .number(step.objective)),
              ("gradient_norm", .number(step.gradientNorm)),
            ])
          })
      ),
    ])
  }

  /// Pairs of x and y.
  private static func points(_ points: [CurvePoint]) -> JSONValue {
    .array(points.map { pair($0.x, $0.y) })
  }

  private static func pair(_ first: Double, _ second: Double) -> JSONValue {
    .array([.number(first), .number(second)])
  }
}
