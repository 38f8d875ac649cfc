/// What calling every row at or above a threshold positive would give. Shares are of weight.
package struct Decision: Sendable, Equatable, Codable {
  /// The least probability called positive; nil when nothing is.
  package var threshold: Double?
  /// Of all rows, those called positive.
  package var share: Double
  /// Of those called positive, those that are. nil when nothing is called positive.
  package var precision: Double?
  /// Of the positives, those called so. nil without any.
  package var recall: Double?
  /// Harmonic mean of precision and recall. nil without positives.
  package var f1: Double?
  /// Precision over the base rate. nil where either is undefined or the base rate is 0.
  package var lift: Double?
}

/// What a wrong decision costs, per row.
package struct DecisionCosts: Sendable, Equatable {
  package var falsePositive: Double
  package var falseNegative: Double

  /// - Parameters: finite and > 0.
  package init(falsePositive: Double, falseNegative: Double) {
    precondition(falsePositive > 0 && falseNegative > 0, "a cost is positive")
    self.falsePositive = falsePositive
    self.falseNegative = falseNegative
  }

  /// Where calling a row positive begins to pay, if probabilities mean what they say.
  package var calibratedThreshold: Double { falsePositive / (falsePositive + falseNegative) }
}

/// A decision and its mean cost a row.
package struct CostedDecision: Sendable, Equatable {
  package var decision: Decision
  package var cost: Double
}
