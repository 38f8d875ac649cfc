package import SparseBatches

/// Hyperparameters of FTRL-proximal, in the notation of McMahan et al. 2013, Algorithm 1.
package struct FTRLParameters: Equatable, Sendable {
  /// Scale of the learning rate α / (β + √n).
  package var alpha: Double
  /// Damps the first steps of a coordinate.
  package var beta: Double
  /// λ1 of the objective Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package var l1: Double
  /// λ2 of the same.
  package var l2: Double

  package static var defaultAlpha: Double { 0.1 }
  package static var defaultBeta: Double { 1 }

  /// - Throws: `RunFailure` (usage) naming the option that is out of range.
  package init(
    alpha: Double = Self.defaultAlpha, beta: Double = Self.defaultBeta, l1: Double = 0,
    l2: Double = 0
  ) throws(RunFailure) {
    self.alpha = alpha
    self.beta = beta
    self.l1 = l1
    self.l2 = l2
    // The slots compute in Float: a value that is 0 or infinite there would not mean what it says.
    guard alpha >= 1e-30 && alpha <= 1e30 else {
      throw Self.refusal("--alpha", alpha, allowed: "a number from 1e-30 to 1e30")
    }
    for (name, value) in [("--beta", beta), ("--l1", l1), ("--l2", l2)]
    where !(value >= 0 && value <= 1e30) {
      throw Self.refusal(name, value, allowed: "a number from 0 to 1e30")
    }
  }

  private static func refusal(_ name: String, _ value: Double, allowed: String) -> RunFailure {
    RunFailure(.usage, "\(name) is \(value)", cure: "give \(allowed)")
  }
}
