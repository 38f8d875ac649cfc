internal import ElementaryMath

/// Figures of predictions of one of several classes: one pass, weighted.
package struct MulticlassMetrics: Sendable {
  private var rows = 0
  private var weights = CompensatedSum()
  private var losses = CompensatedSum()
  private var right = CompensatedSum()

  package init() {}

  /// - Parameters:
  ///   - loss: −log of the probability given to the row's class.
  ///   - isRight: whether that class had the greatest probability.
  ///   - weight: finite and >= 0.
  package mutating func add(loss: Double, isRight: Bool, weight: Double) {
    rows += 1
    weights.add(weight)
    losses.add(weight * loss)
    if isRight { right.add(weight) }
  }

  package var summary: MulticlassSummary {
    MulticlassSummary(
      rows: rows, logLoss: quotient(losses.value, weights.value),
      accuracy: quotient(right.value, weights.value))
  }
}

/// Figures of `MulticlassMetrics`; nil where there are no rows of any weight.
package struct MulticlassSummary: Equatable, Sendable {
  package var rows: Int
  package var logLoss: Double?
  package var accuracy: Double?
  /// nil unless it was asked for.
  package var detail: ClassSummary?
}
