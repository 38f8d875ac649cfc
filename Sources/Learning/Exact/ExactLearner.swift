package import SparseBatches

/// The exact solvers.
package enum ExactMethod: String, CaseIterable, Sendable {
  /// Limited-memory BFGS; with L1, its orthant-wise variant OWL-QN.
  case lbfgs
  /// Trust-region Newton with conjugate gradients.
  case newton
}

/// When a solver gives up or is content.
package struct SolverLimits: Equatable, Sendable {
  /// `--max-iterations`: accepted steps.
  package var maximumIterations: Int
  /// `--tolerance`: how small the gradient must become, relative to the gradient at zero times the
  /// smallest class's share of the rows.
  package var tolerance: Double

  package static var defaultMaximumIterations: Int { 100 }
  package static var defaultTolerance: Double { 1e-6 }

  /// - Throws: `RunFailure` (usage) for fewer than 1 iteration or a tolerance outside 0 ..< 1.
  package init(
    maximumIterations: Int = Self.defaultMaximumIterations,
    tolerance: Double = Self.defaultTolerance
  ) throws(RunFailure) {
    guard maximumIterations >= 1 else {
      throw RunFailure(
        .usage, "--max-iterations is \(maximumIterations)", cure: "give 1 or more")
    }
    guard tolerance > 0 && tolerance < 1 else {
      throw RunFailure(
        .usage, "--tolerance is \(tolerance)", cure: "give a number between 0 and 1, like 1e-6")
    }
    self.maximumIterations = maximumIterations
    self.tolerance = tolerance
  }
}

/// Where a solver stands after an iteration (0: before the first).
package struct SolverProgress: Equatable, Sendable {
  package var iteration: Int
  /// Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package var objective: Double
  /// Euclidean norm of its gradient; with L1, of the subgradient nearest to zero.
  package var gradientNorm: Double
  /// Passes over the rows so far.
  package var passes: Int

  package init(iteration: Int, objective: Double, gradientNorm: Double, passes: Int) {
    self.iteration = iteration
    self.objective = objective
    self.gradientNorm = gradientNorm
    self.passes = passes
  }
}

/// A linear model learned exactly, by many passes over rows that need not fit in memory.
///
///     var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 22, rows: &rows)
///     let outcome = try learner.minimize(by: .newton, limits: SolverLimits(), rows: &rows)
///
/// The objective is stated at `Objective`, the coordinates that the solvers work in at
/// `SolverSpace`. Nothing depends on how the rows are cut into batches. Memory beside the
/// objective's: about 30 vectors for L-BFGS, 10 for Newton, each as long as a point.
package struct ExactLearner: ~Copyable, Sendable {
  package var objective: Objective
  /// Weights of the slots that occur, then the biases; zero at first.
  package internal(set) var point: [Double]
  internal var start: SolverStart?

  /// Makes the first pass over the rows. Parameters and errors as `Objective.init`.
  package init(
    loss: ModelLoss, l1: Double, l2: Double, bits: Int, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) {
    objective = try Objective(loss: loss, l1: l1, l2: l2, bits: bits, rows: &rows)
    point = Array(repeating: 0, count: objective.dimension)
  }

  /// Goes from `point` to the minimum of the objective, or to where the limits allow.
  ///
  /// - Parameters:
  ///   - state: what the same method with the same limits had come to over the same rows; then it
  ///     goes on there, not from `point`. nil: from `point`.
  ///   - progress: called before the first iteration and after each.
  ///   - keep: takes what the solver knows then.
  /// - Throws: `RunFailure`: usage for `newton` with an L1 penalty, before any pass; bad data for a
  ///   state of another problem; what `rows` and `keep` throw, with `point` left at the last
  ///   iteration.
  package mutating func minimize(
    by method: ExactMethod, limits: SolverLimits, rows: inout some RowPasses & ~Copyable,
    continuing state: SolverState? = nil,
    progress: (SolverProgress) -> Void = { _ in },
    keep: (SolverState) throws(RunFailure) -> Void = { _ in }
  ) throws(RunFailure) -> SolverOutcome {
    let tell = { (state: SolverState, now: SolverProgress) throws(RunFailure) in
      progress(now)
      try keep(state)
    }
    return switch method {
    case .lbfgs: try minimizeByLBFGS(limits, rows: &rows, state, tell)
    case .newton: try minimizeByNewton(limits, rows: &rows, state, tell)
    }
  }

  /// Where a solver begins: at what `state` says, else at `point`.
  internal mutating func begin(
    _ limits: SolverLimits, _ state: SolverState?, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (SolverStart, SolverRun) {
    guard let state else {
      let (start, first) = try firstIterate(rows: &rows)
      return (start, SolverRun(limits, start, first, share: objective.survey.smallestShare))
    }
    guard let restored = restore(state, limits) else {
      throw RunFailure(
        .badData, "the state of the exact solver does not fit the rows",
        cure: "start over with --fresh")
    }
    return restored
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
  /// - Parameter rate: finite and > 0; below 1 / (greatest curvature), each step lowers the
  ///   objective.
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
  /// the safe way. Where H is singular along the gradient, the step is that of the other
  /// directions.
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

/// A point of the solvers' path, in the coordinates of `SolverSpace`.
internal struct Iterate: Sendable {
  var point: [Double]
  /// F, penalties included.
  var objective: Double
  /// Gradient of the smooth part.
  var gradient: [Double]
  /// The subgradient of F that is nearest to zero; `gradient` itself without L1.
  var steepest: [Double]
  /// Norm of the same subgradient by (w, b): what people are told.
  var plainNorm: Double
  /// Norm of `steepest`.
  var ownNorm: Double
  var worstMargin: Double

  var isFinite: Bool { objective.isFinite && plainNorm.isFinite && ownNorm.isFinite }
}

/// What is known from the first evaluation, at zero.
internal struct SolverStart: Sendable {
  var space: SolverSpace
  /// λ1 by coordinate of the space; empty without L1.
  var thresholds: [Double]
  var objective = 0.0
  var plainNorm = 0.0
  var ownNorm = 0.0
}

extension ExactLearner {
  /// The iterate at `point`; evaluates at zero first when that is not done yet.
  internal mutating func firstIterate(
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (SolverStart, Iterate) {
    if let start {
      return (start, try iterate(at: start.space.own(point), start, rows: &rows))
    }
    let zero = Array(repeating: 0.0, count: point.count)
    let noMoments = RowMoments(count: objective.coordinates.count)
    let evaluation = try objective.evaluate(at: zero, moments: noMoments, rows: &rows)
    let space = SolverSpace(
      moments: evaluation.moments ?? noMoments, weight: objective.survey.weight,
      curvature: objective.loss.curvatureAtZero, l2: objective.l2, outputs: objective.loss.outputs)
    var start = SolverStart(
      space: space, thresholds: objective.l1 > 0 ? space.thresholds(l1: objective.l1) : [])
    let origin = iterate(at: zero, zero, evaluation, start)
    start.objective = origin.objective
    start.plainNorm = origin.plainNorm
    start.ownNorm = origin.ownNorm
    self.start = start
    if point.allSatisfy({ $0 == 0 }) { return (start, origin) }
    return (start, try iterate(at: space.own(point), start, rows: &rows))
  }

  /// One pass: the iterate at `own`, in the solver's coordinates.
  internal mutating func iterate(
    at own: [Double], _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate {
    let point = start.space.point(own)
    let evaluation = try objective.evaluate(at: point, rows: &rows)
    return iterate(at: own, point, evaluation, start)
  }

  private func iterate(
    at own: [Double], _ point: [Double], _ evaluation: Evaluation, _ start: SolverStart
  ) -> Iterate {
    let gradient = start.space.gradient(evaluation.gradient)
    var (steepest, plain) = (gradient, evaluation.gradient)
    if objective.l1 > 0 {
      steepest = OrthantWise.steepest(gradient, at: own, start.thresholds)
      let thresholds = point.indices.map { $0 < objective.penalizedCount ? objective.l1 : 0 }
      plain = OrthantWise.steepest(plain, at: point, thresholds)
    }
    return Iterate(
      point: own, objective: evaluation.value + objective.l1Penalty(at: point), gradient: gradient,
      steepest: steepest, plainNorm: VectorArithmetic.norm(plain),
      ownNorm: VectorArithmetic.norm(steepest), worstMargin: evaluation.worstMargin)
  }

  /// H v in the solver's coordinates: one pass.
  internal mutating func hessianProduct(
    at iterate: Iterate, along direction: [Double], _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> [Double] {
    let product = try objective.hessianProduct(
      at: start.space.point(iterate.point), along: start.space.point(direction), rows: &rows)
    return start.space.gradient(product)
  }
}
