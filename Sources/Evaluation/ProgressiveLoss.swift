/// The loss of each row under the weights of just before it was learned, averaged: an honest
/// figure without a holdout (Blum, Kalai and Langford 1999, "Beating the hold-out").
///
/// A plain value: a checkpoint stores it whole, so that a resumed run reports the same figures.
package struct ProgressiveLoss: Sendable, Equatable, Codable {
  package private(set) var rows = 0
  /// Rows since `markReported`.
  package private(set) var rowsSinceReport = 0
  private var loss = CompensatedSum()
  private var weight = CompensatedSum()
  private var lossAtReport = 0.0
  private var weightAtReport = 0.0

  package init() {}

  /// - Parameters:
  ///   - loss: of the row, not yet multiplied with its weight; finite.
  ///   - weight: finite and >= 0.
  package mutating func add(loss rowLoss: Double, weight rowWeight: Double) {
    rows += 1
    rowsSinceReport += 1
    loss.add(rowLoss * rowWeight)
    weight.add(rowWeight)
  }

  package var totalLoss: Double { loss.value }

  package var totalWeight: Double { weight.value }

  /// nil before any weight.
  package var average: Double? { quotient(totalLoss, totalWeight) }

  /// The average over the rows since `markReported`; nil when they have no weight.
  package var averageSinceReport: Double? {
    quotient(totalLoss - lossAtReport, totalWeight - weightAtReport)
  }

  /// Starts the next stretch of rows for `averageSinceReport`.
  package mutating func markReported() {
    rowsSinceReport = 0
    lossAtReport = totalLoss
    weightAtReport = totalWeight
  }
}

/// nil where the quotient means nothing.
internal func quotient(_ numerator: Double, _ denominator: Double) -> Double? {
  guard denominator > 0 else { return nil }
  let value = numerator / denominator
  return value.isFinite ? value : nil
}
