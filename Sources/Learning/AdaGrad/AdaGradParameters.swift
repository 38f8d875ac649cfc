package import SparseBatches

/// Hyperparameters of AdaGrad.
package struct AdaGradParameters: Equatable, Sendable {
  package let rate: LearningRate
  /// λ1 and λ2 of the objective (1/N)Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package let penalty: PenaltyFlow

  // The best of a grid on held-out quarters of the training parts of a9a and adult (log loss 0.326
  // and 0.327), where half or twice the rate costs 0.004 at most.
  package static var defaultSchedule: RateSchedule { .constant }
  package static var defaultRate: Double { 0.1 }

  /// Damps the first steps of a coordinate, as β does for ftrl.
  package static var epsilon: Double { 1 }

  /// - Throws: `RunFailure` (usage) naming the option that is out of range.
  package init(
    rate options: RateOptions = RateOptions(), l1: Double = 0, l2: Double = 0
  ) throws(RunFailure) {
    try checkPenalties(l1: l1, l2: l2)
    penalty = PenaltyFlow(l1: l1, l2: l2)
    rate = try LearningRate(
      options, defaultSchedule: Self.defaultSchedule, defaultRate: Self.defaultRate, l2: l2)
  }
}
