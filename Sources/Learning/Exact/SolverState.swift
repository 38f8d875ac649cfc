/// All that an exact solver knows between two iterations: with it another process goes on to the
/// very bits of an undisturbed run.
///
/// Vectors are in the solver's coordinates (`SolverSpace`), as long as a point. Without L1 the
/// subgradient is the gradient, and with it follows from both, so it is not kept; nor is anything
/// that one pass over the rows finds again.
package struct SolverState: Equatable, Sendable {
  package var iteration = 0
  /// Passes over the rows so far.
  package var passes = 0
  /// Iterations since one brought the objective or the gradient down, and the smallest gradient so
  /// far.
  package var idleIterations = 0
  package var smallestNorm = 0.0
  /// The trust region's radius; 0 for L-BFGS.
  package var radius = 0.0

  /// Of the change of coordinates: a mean for each slot, a scale for each number of a point.
  package var means: [Double] = []
  package var scales: [Double] = []
  /// Objective and norms of its gradient at zero, by (w, b) and in the solver's coordinates.
  package var startObjective = 0.0
  package var startPlainNorm = 0.0
  package var startOwnNorm = 0.0

  /// Where it stands, what is known there, and the step that led there (empty before the first).
  package var point: [Double] = []
  package var gradient: [Double] = []
  package var lastStep: [Double] = []
  package var objective = 0.0
  package var plainNorm = 0.0
  package var ownNorm = 0.0
  package var worstMargin = 0.0

  /// L-BFGS: the last steps and changes of the gradient, the oldest first; else empty.
  package var steps: [[Double]] = []
  package var changes: [[Double]] = []

  package init() {}

  /// Whether it can be that of a problem with so many slots and outputs.
  ///
  /// Numbers of any value are safe: what they lead to is judged at every step.
  func fits(slots: Int, outputs: Int) -> Bool {
    let dimension = (slots + 1) * outputs
    let vectors = [scales, point, gradient] + steps + changes
    return means.count == slots && vectors.allSatisfy { $0.count == dimension }
      && (lastStep.isEmpty || lastStep.count == dimension)
      && steps.count == changes.count && steps.count <= LBFGSMemory.capacity
      && [iteration, passes, idleIterations].allSatisfy { (0..<1 << 40).contains($0) }
  }
}

extension ExactLearner {
  /// Takes over what a solver of the same problem had come to.
  ///
  /// - Returns: nil when the state is that of another problem.
  internal mutating func restore(
    _ state: SolverState, _ limits: SolverLimits
  ) -> (SolverStart, SolverRun)? {
    let outputs = objective.loss.outputs
    guard state.fits(slots: objective.coordinates.count, outputs: outputs) else { return nil }
    let space = SolverSpace(means: state.means, scales: state.scales, outputs: outputs)
    var start = SolverStart(
      space: space, thresholds: objective.l1 > 0 ? space.thresholds(l1: objective.l1) : [])
    start.objective = state.startObjective
    start.plainNorm = state.startPlainNorm
    start.ownNorm = state.startOwnNorm
    let steepest =
      objective.l1 > 0
      ? OrthantWise.steepest(state.gradient, at: state.point, start.thresholds) : state.gradient
    let current = Iterate(
      point: state.point, objective: state.objective, gradient: state.gradient,
      steepest: steepest, plainNorm: state.plainNorm, ownNorm: state.ownNorm,
      worstMargin: state.worstMargin)
    self.start = start
    point = space.point(state.point)
    objective.goOn(after: state.passes)
    return (
      start,
      SolverRun(limits, start, current, share: objective.survey.smallestShare, continuing: state)
    )
  }

  internal func state(_ run: SolverRun) -> SolverState {
    var state = SolverState()
    state.iteration = run.iteration
    state.passes = objective.passes
    state.idleIterations = run.idleIterations
    state.smallestNorm = run.smallestNorm
    state.means = run.start.space.means
    state.scales = run.start.space.scales
    state.startObjective = run.start.objective
    state.startPlainNorm = run.start.plainNorm
    state.startOwnNorm = run.start.ownNorm
    state.point = run.current.point
    state.gradient = run.current.gradient
    state.lastStep = run.lastStep
    state.objective = run.current.objective
    state.plainNorm = run.current.plainNorm
    state.ownNorm = run.current.ownNorm
    state.worstMargin = run.current.worstMargin
    return state
  }
}
