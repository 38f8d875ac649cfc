package import ElementaryMath

/// Progressive validation: each row's loss at the weights before the row was learned, so that
/// every row is a test row first (Blum, Kalai & Langford 1999).
package struct ProgressiveLoss: Equatable, Sendable {
  /// Σ s·ℓ.
  package var weightedLoss = CompensatedSum()
  /// Σ s.
  package var weight = CompensatedSum()
  package var rows = 0

  package init() {}

  /// Σ s·ℓ / Σ s; nil before any row of positive weight.
  package var mean: Double? { weight.value > 0 ? weightedLoss.value / weight.value : nil }

  package mutating func add(loss: Double, weight: Double) {
    weightedLoss.add(weight * loss)
    self.weight.add(weight)
    rows += 1
  }
}
