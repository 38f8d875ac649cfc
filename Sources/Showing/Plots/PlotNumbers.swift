internal import Evaluation
internal import Featurizing
internal import Learning
internal import Notices
internal import Scoring
internal import Training

/// The points of the plots as JSON.
enum PlotNumbers {
  typealias Members = [(key: String, value: JSONValue)]

  private static func numbers(_ summary: BinarySummary) -> JSONValue {
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

  /// Of whatever a model predicts.
  static func numbers(_ summary: ModelSummary) -> JSONValue {
    switch summary {
    case .binary(let binary): numbers(binary)
    case .multiclass(let multiclass): multiclass.detail.map { numbers($0) } ?? .null
    case .regression(let regression): regression.pictures.map { numbers($0) } ?? .null
    }
  }

  private static func numbers(_ summary: ClassSummary) -> JSONValue {
    let confidence = summary.confidence
    return .object([
      (
        "classes",
        .array(
          summary.classes.map { figures in
            .object([
              ("labels", .number(figures.labels)), ("predictions", .number(figures.predictions)),
              ("hits", .number(figures.hits)), ("probabilities", .number(figures.probabilities)),
            ])
          })
      ),
      (
        "confusions",
        summary.confusions.map { .array($0.map { .array($0.map { .number($0) }) }) } ?? .null
      ),
      ("predicted_class_ece", .optional(confidence.ece)),
      (
        "predicted_class_reliability",
        points(
          confidence.reliability.map { CurvePoint(x: $0.meanPrediction, y: $0.meanLabel) })
      ),
      ("predicted_class", numbers(confidence)),
    ])
  }

  private static func numbers(_ pictures: RegressionPictures) -> JSONValue {
    .object([
      ("sampled_rows", .integer(pictures.rows.count)),
      ("predicted_and_actual", points(RegressionPlots(pictures).dots)),
      (
        "bins",
        .array(
          pictures.bins.map { bin in
            .object([
              ("mean_prediction", .number(bin.meanPrediction)),
              ("mean_label", .number(bin.meanLabel)),
              ("residual_standard_deviation", .number(bin.standardDeviation)),
            ])
          })
      ),
      (
        "residuals",
        .array(
          pictures.residuals.map { bar in
            .object([
              ("low", .number(bar.low)), ("high", .number(bar.high)),
              ("weight", .number(bar.weight)),
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

  static func contributions(_ plots: NumberPlots) -> JSONValue {
    .array(
      plots.curves.map { curve in
        .object([
          ("column", .string(curve.name.display)), ("steps", points(NumberPlots.corners(curve))),
        ])
      })
  }

  /// Columns with missing values, in the order of the columns; null where rows have none.
  static func missing(_ values: MissingValues, _ schema: FeatureSchema) -> JSONValue {
    guard case .csv(let csv) = schema.source else { return .null }
    let columns = csv.columns.indices.filter { values.rows > 0 && values.byColumn[$0] > 0 }
    return .object([
      ("rows", .integer(values.rows)),
      (
        "columns",
        .array(
          columns.map { index in
            .object([
              ("column", .string(csv.columns[index].name.display)),
              ("missing", .integer(values.byColumn[index])),
            ])
          })
      ),
    ])
  }

  /// Pairs of x and y.
  static func points(_ points: [CurvePoint]) -> JSONValue {
    .array(points.map { pair($0.x, $0.y) })
  }

  private static func pair(_ first: Double, _ second: Double) -> JSONValue {
    .array([.number(first), .number(second)])
  }
}
