private import ElementaryMath
package import SparseBatches

// Design note
//
// The mean-convention objective (1/N)Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂² pulls at every weight in every
// step, also at those whose features the row does not have. Between two touches nothing else moves
// a weight, so all the pulls due are taken at the next touch, as the exact solution of
//
//     d|w|/dτ = −λ2|w| − λ1 until |w| = 0:   |w| ← max(0, |w|e^(−λ2τ) − λ1(1 − e^(−λ2τ))/λ2)
//
// over τ = c·Σ η_t of the steps since the last touch: c = 1 for sgd, 1/√(ε + n) for adagrad, where
// n is the same between touches. The flow composes (τ, then τ' is τ + τ'), so a weight ends where
// it would if every coordinate were updated in every step; products of (1 − ηλ2) would not, and
// underflow on long runs. To first order in η it is the proximal step of FoBoS (Duchi & Singer
// 2009).

/// The two penalties as a flow.
package struct PenaltyFlow: BitwiseCopyable, Equatable, Sendable {
  package let l1: Double
  package let l2: Double

  /// - Throws: `RunFailure` (usage) naming the option that is out of range.
  package init(l1: Double, l2: Double) throws(RunFailure) {
    // Below 1e-30, λ1/λ2 could leave the range of the numbers.
    for (name, value) in [("--l1", l1), ("--l2", l2)]
    where !(value == 0 || value >= 1e-30 && value <= 1e30) {
      throw RunFailure(
        .usage, "\(name) is \(value)", cure: "give 0, or a number from 1e-30 to 1e30")
    }
    self.l1 = l1
    self.l2 = l2
  }

  @inline(__always)
  package var isNone: Bool { l1 == 0 && l2 == 0 }

  /// The weights after `time` each.
  package func flowed(_ weights: SIMD4<Double>, time: SIMD4<Double>) -> SIMD4<Double> {
    var sizes = weights.replacing(with: -weights, where: weights .< 0)
    if l2 == 0 {
      sizes -= l1 * time
    } else {
      let (kept, lost) = Self.shares(l2 * time)
      sizes = sizes * kept - lost * (l1 / l2)
    }
    sizes.replace(with: 0, where: sizes .< 0)
    return sizes.replacing(with: -sizes, where: weights .< 0)
  }

  /// e^−x and 1 − e^−x, x >= 0. Times are short as a rule: then by Taylor's series, four at once.
  private static func shares(
    _ x: SIMD4<Double>
  ) -> (kept: SIMD4<Double>, lost: SIMD4<Double>) {
    let isLong = x .> 0.25
    var sum = SIMD4<Double>(repeating: 1)
    // To x¹³: the error is below 10⁻¹⁸ of the result.
    for k in stride(from: 13.0, to: 1, by: -1) { sum = 1 - x * (1 / k) * sum }
    var lost = x * sum
    var kept = 1 - lost
    guard any(isLong) else { return (kept, lost) }
    for lane in 0..<4 where isLong[lane] {
      kept[lane] = Elementary.exp(-x[lane])
      lost[lane] = -Elementary.expm1(-x[lane])
    }
    return (kept, lost)
  }
}
