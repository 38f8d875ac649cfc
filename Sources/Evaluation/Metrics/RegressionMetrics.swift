internal import ElementaryMath

/// Figures of predictions of a number: one pass, weighted.
package struct RegressionMetrics: Sendable {
  private var rows = 0
  private var weights = CompensatedSum()
  private var squares = CompensatedSum()
  private var magnitudes = CompensatedSum()
  /// Labels are taken from here, so that their variance does not drown in their mean.
  private var origin: Double?
  private var labels = CompensatedSum()
  private var labelSquares = CompensatedSum()

  package init() {}

  /// - Parameter weight: finite and >= 0.
  package mutating func add(prediction: Double, label: Double, weight: Double) {
    rows += 1
    guard weight > 0 else { return }
    let origin = origin ?? label
    self.origin = origin
    let (miss, shifted) = (prediction - label, label - origin)
    weights.add(weight)
    squares.add(weight * miss * miss)
    magnitudes.add(weight * miss.magnitude)
    labels.add(weight * shifted)
    labelSquares.add(weight * shifted * shifted)
  }

  package var summary: RegressionSummary {
    let weight = weights.value
    let mean = quotient(squares.value, weight)
    // Σ s(y − ȳ)².
    let spread = quotient(labels.value * labels.value, weight).map { labelSquares.value - $0 }
    return RegressionSummary(
      rows: rows, meanSquaredError: mean, rootMeanSquaredError: mean?.squareRoot(),
      meanAbsoluteError: quotient(magnitudes.value, weight),
      explainedShare: spread.flatMap { $0 > 0 ? 1 - squares.value / $0 : nil })
  }
}

/// Figures of `RegressionMetrics`; nil where there are no rows of any weight.
package struct RegressionSummary: Equatable, Sendable {
  package var rows: Int
  package var meanSquaredError: Double?
  package var rootMeanSquaredError: Double?
  package var meanAbsoluteError: Double?
  /// R², 1 − Σ s(m − y)² / Σ s(y − ȳ)²; nil also when all labels are the same.
  package var explainedShare: Double?
  /// nil unless they were asked for.
  package var pictures: RegressionPictures?
}
