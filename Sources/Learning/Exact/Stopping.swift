internal import SparseBatches

/// ‖∇F‖ <= tolerance · (smallest class's share) · ‖∇F at zero‖, as liblinear stops, both by (w, b)
/// and in the solver's coordinates: the norm by w alone is that of the largest columns, and forgets
/// the others.
internal struct StopRule {
  let plainTarget: Double
  let ownTarget: Double

  init(_ start: SolverStart, tolerance: Double, share: Double) {
    plainTarget = tolerance * share * start.plainNorm
    ownTarget = tolerance * share * start.ownNorm
  }

  func isMet(by iterate: Iterate) -> Bool {
    iterate.plainNorm <= plainTarget && iterate.ownNorm <= ownTarget
  }
}

/// The part that both solvers share: counting, telling, and knowing when to stop.
internal struct SolverRun {
  let limits: SolverLimits
  let start: SolverStart
  let rule: StopRule
  private(set) var current: Iterate
  private(set) var iteration = 0
  /// The last accepted step, in the solver's coordinates; empty before the first.
  private(set) var lastStep: [Double] = []
  /// The smallest gradient so far, and iterations since one brought the objective or it down.
  private(set) var smallestNorm: Double
  private(set) var idleIterations = 0

  init(
    _ limits: SolverLimits, _ start: SolverStart, _ first: Iterate, share: Double
  ) {
    self.limits = limits
    self.start = start
    current = first
    smallestNorm = first.ownNorm
    rule = StopRule(start, tolerance: limits.tolerance, share: share)
  }

  /// Goes on from `state`, whose iterate is `current`.
  init(
    _ limits: SolverLimits, _ start: SolverStart, _ current: Iterate, share: Double,
    continuing state: SolverState
  ) {
    self.init(limits, start, current, share: share)
    iteration = state.iteration
    lastStep = state.lastStep
    smallestNorm = state.smallestNorm
    idleIterations = state.idleIterations
  }

  /// Whether steps only wander within rounding.
  var isStalled: Bool { idleIterations >= 10 }

  mutating func accept(_ next: Iterate) {
    let isLower = next.objective < current.objective - 1e-13 * current.objective.magnitude
    let isFlatter = next.ownNorm < 0.9 * smallestNorm
    idleIterations = isLower || isFlatter ? 0 : idleIterations + 1
    smallestNorm = min(smallestNorm, next.ownNorm)
    lastStep = VectorArithmetic.sum(next.point, -1, times: current.point)
    current = next
    iteration += 1
  }

  func progress(passes: Int) -> SolverProgress {
    SolverProgress(
      iteration: iteration, objective: current.objective, gradientNorm: current.plainNorm,
      passes: passes)
  }
}

// Separable data. When every row is on its right side and nothing is penalised, multiplying all
// weights by t > 1 lowers the loss for ever: a proof that there is no finite optimum. The solver
// goes on until the loss is a thousandth of that at zero, then stops. When only some direction v
// moves rows to their right side and none to its wrong side, the optimum is at infinity along v
// (Albert & Anderson 1984: quasi-complete separation): the loss does converge, while each step
// still moves these rows by about 1. So the last step is looked at, in one more pass.
extension ExactLearner {
  /// Whether the data can be without a finite optimum.
  private var canDiverge: Bool {
    objective.loss.isClassification && (objective.isUnpenalized || objective.survey.isOneClass)
  }

  internal func reasonToStop(_ run: SolverRun) -> SolverOutcome.Reason? {
    let isSeparated = canDiverge && run.current.worstMargin > 0
    if isSeparated && run.current.objective <= 1e-3 * run.start.objective { return .separable }
    if run.rule.isMet(by: run.current) { return isSeparated ? .separable : .converged }
    if run.isStalled { return .precisionLimit }
    guard run.iteration >= run.limits.maximumIterations else { return nil }
    return isSeparated ? .separable : .maximumIterations
  }

  internal mutating func finish(
    _ run: SolverRun, _ reason: SolverOutcome.Reason, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> SolverOutcome {
    var reason = reason
    if canDiverge && reason != .separable && !run.lastStep.isEmpty {
      if run.current.worstMargin > 0 {
        reason = .separable
      } else {
        let step = run.start.space.point(run.lastStep)
        let change = try objective.sideChanges(along: step, rows: &rows)
        let stillMoves = change.largest > 0.01
        if stillMoves && change.smallest >= -0.02 * change.largest { reason = .partlySeparable }
      }
    }
    let progress = run.progress(passes: objective.passes)
    return SolverOutcome(
      iterations: run.iteration, passes: objective.passes, objective: progress.objective,
      gradientNorm: progress.gradientNorm, reason: reason,
      message: reason.message(progress, isOneClass: objective.survey.isOneClass))
  }
}

/// How a solver ended.
package struct SolverOutcome: Equatable, Sendable {
  package enum Reason: String, Sendable {
    case converged
    case maximumIterations = "max_iterations"
    /// The model separates the classes: without a penalty there is no finite optimum.
    case separable
    /// Some weights, though not all rows, could grow for ever without a penalty.
    case partlySeparable = "partly_separable"
    /// No step lowers the objective any more within the precision of the numbers.
    case precisionLimit = "precision_limit"
  }

  package var iterations: Int
  /// Passes over the rows, the first survey included.
  package var passes: Int
  package var objective: Double
  package var gradientNorm: Double
  package var reason: Reason
  /// One sentence for the user: what happened and, unless all is well, what to do.
  package var message: String
}

extension SolverOutcome.Reason {
  /// Whether the model is not what was asked for, or nobody's optimum.
  package var isWarning: Bool {
    switch self {
    case .converged, .precisionLimit: false
    case .maximumIterations, .separable, .partlySeparable: true
    }
  }

  internal func message(_ progress: SolverProgress, isOneClass: Bool) -> String {
    let iterations = "\(progress.iteration) iteration\(progress.iteration == 1 ? "" : "s")"
    switch self {
    case .converged:
      return "converged after \(iterations)"
    case .maximumIterations:
      return "stopped after \(iterations), the limit, before the gradient was small: "
        + "the model may not be the optimum (raise --max-iterations)"
    case .separable where isOneClass:
      return "all rows are of one class, so that the best intercept is infinite: stopped after "
        + "\(iterations) with a finite one (give rows of another class too)"
    case .separable:
      return
        "the classes can be separated perfectly, so that the weights would grow for ever and no "
        + "finite optimum exists: stopped after \(iterations) with a model that separates all rows "
        + "(give a penalty such as --l2 1)"
    case .partlySeparable:
      return
        "some features separate a part of the rows perfectly, so that their weights would grow "
        + "for ever: stopped after \(iterations) with finite ones (give a penalty such as --l2 1)"
    case .precisionLimit:
      return
        "stopped after \(iterations): no step lowers the objective any more within the precision "
        + "of the numbers (the gradient is not as small as --tolerance asks)"
    }
  }
}
