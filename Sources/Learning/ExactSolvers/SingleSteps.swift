package import SparseBatches

extension ExactLearner {
  /// Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂² at `point`, in one pass.
  package mutating func currentObjective(
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Double {
    try objective.evaluate(at: point, rows: &rows).value + objective.l1Penalty(at: point)
  }

  /// One step of gradient descent, in one pass:
  ///
  ///     w ← soft(w − rate·∇w, rate·λ1),   b ← b − rate·∇b
  ///
  /// with ∇ the gradient of Σ s·ℓ + (λ2/2)‖w‖₂² and soft(v, t) = sgn(v)·max(|v| − t, 0), which is
  /// the plain step when λ1 is 0 and the proximal step else.
  ///
  /// - Parameter rate: finite and > 0; below 1 / (greatest curvature), each step lowers the objective.
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure`: usage for a rate that is no positive number or so large that the step
  ///   leaves the range of numbers, with `point` as it was; what `rows` throws.
  @discardableResult
  package mutating func takeGradientStep(
    rate: Double, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Double {
    guard rate > 0 && rate.isFinite else {
      throw RunFailure(.usage, "a gradient step of rate \(rate)", cure: "give a rate above 0")
    }
    let before = try objective.evaluate(at: point, rows: &rows)
    var next = VectorArithmetic.sum(point, -rate, times: before.gradient)
    if objective.l1 > 0 {
      let threshold = rate * objective.l1
      for index in 0..<objective.penalizedCount {
        let size = max(next[index].magnitude - threshold, 0)
        next[index] = next[index] < 0 ? -size : size
      }
    }
    guard next.allSatisfy(\.isFinite) else {
      throw RunFailure(
        .usage, "a gradient step of rate \(rate) leaves the range of numbers",
        cure: "give a smaller rate")
    }
    defer { point = next }
    return before.value + objective.l1Penalty(at: point)
  }

  /// One full Newton step: (w, b) ← (w, b) − H⁻¹∇, the system solved by conjugate gradients to a
  /// residual of 1e-10 of the gradient. For the squared loss, one step reaches the optimum.
  ///
  /// No line search and no trust region: far from the optimum the step can overshoot; `minimize` is
  /// the safe way. Where H is singular along the gradient, the step is that of the other directions.
  ///
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure`: usage with an L1 penalty; what `rows` throws.
  @discardableResult
  package mutating func takeNewtonStep(
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Double {
    guard objective.l1 == 0 else { throw Self.newtonWithL1 }
    let (start, current) = try firstIterate(rows: &rows)
    let solution = try conjugateGradients(
      current, start, radius: .infinity, tolerance: 1e-10, rows: &rows)
    let next = VectorArithmetic.sum(current.point, 1, times: solution.step)
    point = start.space.point(next)
    return current.objective
  }
}
