internal import SparseBatches

// L-BFGS for Σ s·ℓ + (λ2/2)‖w‖₂² (Nocedal & Wright 2006, chapter 7); with λ1‖w‖₁ beside it, OWL-QN
// (Andrew & Gao 2007). One pass a trial step, almost always one trial an iteration.
extension ExactLearner {
  internal mutating func minimizeByLBFGS(
    _ limits: SolverLimits, rows: inout some RowPasses & ~Copyable, _ state: SolverState?,
    _ tell: (SolverState, SolverProgress) throws(RunFailure) -> Void
  ) throws(RunFailure) -> SolverOutcome {
    var run: SolverRun
    let start: SolverStart
    (start, run) = try begin(limits, state, rows: &rows)
    var memory = LBFGSMemory(steps: state?.steps ?? [], changes: state?.changes ?? [])
    try tell(self.state(run, memory), run.progress(passes: objective.passes))
    while true {
      if let reason = reasonToStop(run) { return try finish(run, reason, rows: &rows) }
      guard let next = try lbfgsStep(from: run.current, memory, start, rows: &rows) else {
        // What was learned about the curvature may be at fault: begin once more without it.
        if memory.isEmpty { return try finish(run, .precisionLimit, rows: &rows) }
        memory.removeAll()
        continue
      }
      memory.append(
        step: VectorArithmetic.sum(next.point, -1, times: run.current.point),
        change: VectorArithmetic.sum(next.gradient, -1, times: run.current.gradient))
      run.accept(next)
      point = start.space.point(next.point)
      try tell(self.state(run, memory), run.progress(passes: objective.passes))
    }
  }

  private func state(_ run: SolverRun, _ memory: LBFGSMemory) -> SolverState {
    var state = state(run)
    state.steps = memory.steps
    state.changes = memory.changes
    return state
  }

  /// The next iterate; nil when no step lowers the objective.
  private mutating func lbfgsStep(
    from current: Iterate, _ memory: LBFGSMemory, _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    let direction =
      objective.l1 > 0
      ? OrthantWise.direction(from: current, memory) : memory.descent(from: current.steepest)
    let slope = VectorArithmetic.dot(current.steepest, direction)
    guard slope < 0 else { return nil }
    var firstStep = 1.0
    if memory.isEmpty {
      // Nothing is known of the length of the direction: one more pass finds the minimum of the
      // quadratic model along it, instead of several that try.
      let product = try hessianProduct(at: current, along: direction, start, rows: &rows)
      let step = -slope / VectorArithmetic.dot(direction, product)
      if step > 0 && step.isFinite { firstStep = step }
    }
    return objective.l1 > 0
      ? try orthantWiseSearch(from: current, direction, firstStep, start, rows: &rows)
      : try wolfeSearch(from: current, direction, slope, firstStep, start, rows: &rows)
  }

  private mutating func wolfeSearch(
    from current: Iterate, _ direction: [Double], _ slope: Double, _ firstStep: Double,
    _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    var search = WolfeSearch(value: current.objective, slope: slope, firstStep: firstStep)
    while true {
      let point = VectorArithmetic.sum(current.point, search.step, times: direction)
      let trial = try iterate(at: point, start, rows: &rows)
      let trialSlope = VectorArithmetic.dot(trial.gradient, direction)
      switch search.consider(value: trial.objective, slope: trialSlope) {
      case .accepted: return trial
      case .tryNext: continue
      case .failed: return nil
      }
    }
  }

  /// Backtracking along the projected path (their section 3.3).
  private mutating func orthantWiseSearch(
    from current: Iterate, _ direction: [Double], _ firstStep: Double, _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    var step = firstStep
    let noise = 1e-14 * current.objective.magnitude
    for _ in 0..<30 {
      let point = OrthantWise.move(current, step, direction, start.thresholds)
      let moved = VectorArithmetic.sum(point, -1, times: current.point)
      let expected = VectorArithmetic.dot(current.steepest, moved)
      guard expected < 0 else { return nil }
      let trial = try iterate(at: point, start, rows: &rows)
      let change = trial.objective - current.objective
      if trial.isFinite && change <= 1e-4 * expected + noise { return trial }
      // The minimum of the parabola through both values and the first slope.
      let share = -expected / (2 * (change - expected))
      step *= share.isNaN ? 0.1 : min(max(share, 0.1), 0.5)
    }
    return nil
  }
}
