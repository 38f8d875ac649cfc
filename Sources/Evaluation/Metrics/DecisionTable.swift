internal import ElementaryMath

/// The decisions that a set of scores allows, from the strictest on. Rows of equal score are called
/// alike; beyond the capacity so are those of one range.
package struct DecisionTable: Sendable {
  /// Shares of the rows that `top` answers for in reports.
  package static let reportedShares = [0.01, 0.05, 0.1]

  /// Rows called positive down to here.
  private struct Step {
    var threshold: Double
    var hits: Double
    var misses: Double
  }

  /// In descending order of threshold.
  private var steps: [Step] = []
  private let positives: Double
  private let negatives: Double

  /// - Parameters:
  ///   - bins: in ascending order of score.
  ///   - probability: of a score.
  init(_ bins: [ScoreBin], probability: (Double) -> Double) {
    var hits = CompensatedSum()
    var misses = CompensatedSum()
    steps.reserveCapacity(bins.count)
    for bin in bins.reversed() {
      hits.add(bin.positiveWeight)
      misses.add(bin.negativeWeight)
      steps.append(
        Step(
          threshold: probability(ScoreHistogram.score(bin.low)), hits: hits.value,
          misses: misses.value))
    }
    positives = hits.value
    negatives = misses.value
  }

  /// The strictest decision that calls at least `share` of the rows positive; more where scores
  /// tie.
  package func top(_ share: Double) -> Decision? {
    // A share of a sum of rounded weights: a hair less must do.
    let needed = share * (positives + negatives) * (1 - 1e-12)
    return steps.first { $0.hits + $0.misses >= needed }.map(decision)
  }

  /// The decision of the largest F1, the strictest of equals. nil without positives.
  package var bestF1: Decision? {
    guard positives > 0 else { return nil }
    func f1(_ step: Step) -> Double { 2 * step.hits / (step.hits + step.misses + positives) }
    var best: Step?
    for step in steps where best.map({ f1(step) > f1($0) }) ?? true { best = step }
    return best.map(decision)
  }

  /// The decision of the least mean cost, the strictest of equals; calling nothing positive is one
  /// of them. nil without rows of any weight.
  package func cheapest(_ costs: DecisionCosts) -> CostedDecision? {
    guard positives + negatives > 0 else { return nil }
    var best: Step?
    var least = cost(nil, costs)
    for step in steps {
      let cost = cost(step, costs)
      if cost < least { (best, least) = (step, cost) }
    }
    return costed(best, costs)
  }

  /// The decision to call positive what has at least this probability, and its mean cost.
  package func at(threshold: Double, _ costs: DecisionCosts) -> CostedDecision? {
    guard positives + negatives > 0 else { return nil }
    return costed(steps.last { $0.threshold >= threshold }, costs)
  }

  private func cost(_ step: Step?, _ costs: DecisionCosts) -> Double {
    costs.falsePositive * (step?.misses ?? 0)
      + costs.falseNegative * (positives - (step?.hits ?? 0))
  }

  private func costed(_ step: Step?, _ costs: DecisionCosts) -> CostedDecision {
    CostedDecision(
      decision: step.map(decision) ?? nothing,
      cost: cost(step, costs) / (positives + negatives))
  }

  private var nothing: Decision {
    Decision(
      threshold: nil, share: 0, precision: nil, recall: quotient(0, positives),
      f1: quotient(0, positives), lift: nil)
  }

  private func decision(_ step: Step) -> Decision {
    let called = step.hits + step.misses
    let precision = quotient(step.hits, called)
    return Decision(
      threshold: step.threshold, share: called / (positives + negatives), precision: precision,
      recall: quotient(step.hits, positives),
      f1: positives > 0 ? 2 * step.hits / (called + positives) : nil,
      lift: precision.flatMap { quotient($0 * (positives + negatives), positives) })
  }
}

/// What calling every row at or above a threshold positive would give. Shares are of weight.
package struct Decision: Sendable, Equatable {
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
