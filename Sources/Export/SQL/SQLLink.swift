internal import Evaluation
internal import Learning

/// What stands between sums and scores, in the arithmetic of a database.
struct SQLLink {
  let model: ExportedModel
  let dialect: SQLDialect

  /// Margin and probability of one output, from `lrs_sum`: steps, and what the two are.
  func scores() -> (steps: [SQLArithmetic.Step], margin: String, probability: String) {
    var arithmetic = SQLArithmetic(dialect)
    let margin = arithmetic.named("margin", arithmetic.served(model, "lrs_sum"))
    guard model.loss != .squared else { return (arithmetic.steps, margin, margin) }
    let probability = arithmetic.sigmoid(margin)
    return (arithmetic.steps, margin, probability)
  }

  /// The margin of class `output`, from its sum with the bias.
  func classMargin(_ sum: String, output: Int) -> String {
    let arithmetic = SQLArithmetic(dialect)
    var margin = sum
    if !model.shifts.isEmpty {
      margin = arithmetic.sum(margin, arithmetic.number(model.shifts[output]))
    }
    if case .temperature(let temperature)? = model.calibrator {
      margin = arithmetic.quotient(margin, arithmetic.number(temperature))
    }
    return margin
  }
}
