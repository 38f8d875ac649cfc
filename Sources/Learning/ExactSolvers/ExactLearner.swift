package import SparseBatches

// Design note
//
// Both solvers work in coordinates u = w / scale, scale = 1 / √(Σ s·ℓ''(0)·x² + λ2): the Hessian at
// zero then has a diagonal of ones. A column in cents and one in millions, and the bias beside them,
// converge alike; without it, an income in dollars beside a share costs thousands of iterations. The
// objective and its optimum are those of w; only the path changes. Where the trust region is a ball
// in u, it is an ellipsoid in w (Lin, Weng & Keerthi 2008 allow any such norm).
//
// Memory: L-BFGS holds 2·10 + 8 vectors, Newton 9, each as long as the distinct slots (times the
// classes).

/// A linear model learned exactly, by many passes over rows that need not fit in memory.
///
///     var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 22, rows: &rows)
///     let outcome = try learner.minimize(by: .newton, limits: SolverLimits(), rows: &rows)
///
/// The objective is stated at `Objective`. Nothing depends on how the rows are cut into batches.
package struct ExactLearner: ~Copyable, Sendable {
  package internal(set) var objective: Objective
  /// Weights of the slots that occur, then the biases; zero at first.
  package internal(set) var point: [Double]
  internal var start: SolverStart?

  /// Makes the first pass over the rows. Parameters and errors as `Objective.init`.
  package init(
    loss: ExactLoss, l1: Double, l2: Double, bits: Int, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) {
    objective = try Objective(loss: loss, l1: l1, l2: l2, bits: bits, rows: &rows)
    point = Array(repeating: 0, count: objective.dimension)
  }

  /// Goes from `point` to the minimum of the objective, or to where the limits allow.
  ///
  /// - Parameter progress: called before the first iteration and after each.
  /// - Throws: `RunFailure`: usage for `newton` with an L1 penalty, before any pass; what `rows`
  ///   throws, with `point` left at the last iteration.
  package mutating func minimize(
    by method: ExactMethod, limits: SolverLimits, rows: inout some RowPasses & ~Copyable,
    progress: (SolverProgress) -> Void = { _ in }
  ) throws(RunFailure) -> SolverOutcome {
    switch method {
    case .lbfgs: try minimizeByLBFGS(limits, rows: &rows, progress)
    case .newton: try minimizeByNewton(limits, rows: &rows, progress)
    }
  }

  /// b, of one class for softmax.
  package func bias(output: Int = 0) -> Double { point[objective.penalizedCount + output] }

  /// Calls `body` with each weight that is not 0: its slot, its class for softmax (else 0), its
  /// value. In rising order of slot, then class.
  package func forEachNonZeroWeight<Failure: Error>(
    _ body: (_ slot: UInt32, _ output: Int, _ weight: Double) throws(Failure) -> Void
  ) throws(Failure) {
    let outputs = objective.loss.outputs
    var coordinate = 0
    try objective.coordinates.forEachSlot { (slot) throws(Failure) in
      for output in 0..<outputs {
        let weight = point[coordinate * outputs + output]
        if weight != 0 { try body(slot, output, weight) }
      }
      coordinate += 1
    }
  }
}

extension ExactLearner {
  /// The iterate at `point`; finds the scales first when they are not known.
  internal mutating func firstIterate(
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (SolverStart, Iterate) {
    if let start {
      return (start, try iterate(at: unscaledToScaled(point, start), start, rows: &rows))
    }
    let zero = Array(repeating: 0.0, count: point.count)
    let evaluation = try objective.evaluate(at: zero, withSquares: true, rows: &rows)
    var start = SolverStart(
      scales: scales(squares: evaluation.squares), thresholds: [], objective: evaluation.value,
      plainNorm: 0, scaledNorm: 0)
    if objective.l1 > 0 {
      start.thresholds = VectorArithmetic.scaled(start.scales, by: objective.l1)
      for index in objective.penalizedCount..<point.count { start.thresholds[index] = 0 }
    }
    let origin = iterate(at: zero, evaluation, start)
    start.plainNorm = origin.plainNorm
    start.scaledNorm = origin.scaledNorm
    self.start = start
    if point.allSatisfy({ $0 == 0 }) { return (start, origin) }
    return (start, try iterate(at: unscaledToScaled(point, start), start, rows: &rows))
  }

  private func scales(squares: [Double]) -> [Double] {
    let curvature = objective.loss.curvatureAtZero
    return squares.indices.map { index in
      let penalty = index < objective.penalizedCount ? objective.l2 : 0
      let diagonal = curvature * squares[index] + penalty
      // A feature that is always 0 never moves; neither does one beyond the range of numbers.
      return diagonal > 0 && diagonal.isFinite ? 1 / diagonal.squareRoot() : 1
    }
  }

  private func unscaledToScaled(_ point: [Double], _ start: SolverStart) -> [Double] {
    point.indices.map { point[$0] / start.scales[$0] }
  }

  /// One pass: the iterate at scaled coordinates.
  internal mutating func iterate(
    at scaled: [Double], _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate {
    let unscaled = VectorArithmetic.products(scaled, start.scales)
    let evaluation = try objective.evaluate(at: unscaled, rows: &rows)
    return iterate(at: scaled, evaluation, start)
  }

  private func iterate(
    at scaled: [Double], _ evaluation: Evaluation, _ start: SolverStart
  ) -> Iterate {
    let gradient = VectorArithmetic.products(evaluation.gradient, start.scales)
    var penalty = 0.0
    var steepest = gradient
    if objective.l1 > 0 {
      penalty = objective.l1Penalty(at: VectorArithmetic.products(scaled, start.scales))
      steepest = OrthantWise.steepest(gradient, at: scaled, start.thresholds)
    }
    var squares = 0.0
    for index in steepest.indices {
      let unscaled = steepest[index] / start.scales[index]
      squares += unscaled * unscaled
    }
    return Iterate(
      point: scaled, objective: evaluation.value + penalty, gradient: gradient, steepest: steepest,
      plainNorm: squares.squareRoot(), scaledNorm: VectorArithmetic.norm(steepest),
      worstMargin: evaluation.worstMargin)
  }

  /// H v in scaled coordinates: one pass.
  internal mutating func hessianProduct(
    at iterate: Iterate, along direction: [Double], _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> [Double] {
    let product = try objective.hessianProduct(
      at: VectorArithmetic.products(iterate.point, start.scales),
      along: VectorArithmetic.products(direction, start.scales), rows: &rows)
    return VectorArithmetic.products(product, start.scales)
  }
}
