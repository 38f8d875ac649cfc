package import SparseBatches

/// A linear model learned exactly, by many passes over rows that need not fit in memory.
///
///     var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 22, rows: &rows)
///     let outcome = try learner.minimize(by: .newton, limits: SolverLimits(), rows: &rows)
///
/// The objective is stated at `Objective`, the coordinates that the solvers work in at `SolverSpace`.
/// Nothing depends on how the rows are cut into batches. Memory beside the objective's: about 30
/// vectors for L-BFGS, 10 for Newton, each as long as a point.
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
  ///   - state: what the same method with the same limits had come to over the same rows; then it goes on
  ///     there, not from `point`. nil: from `point`.
  ///   - progress: called before the first iteration and after each.
  ///   - keep: takes what the solver knows then.
  /// - Throws: `RunFailure`: usage for `newton` with an L1 penalty, before any pass; bad data for a state
  ///   of another problem; what `rows` and `keep` throw, with `point` left at the last iteration.
  package mutating func minimize(
    by method: ExactMethod, limits: SolverLimits, rows: inout some RowPasses & ~Copyable,
    continuing state: SolverState? = nil,
    progress: (SolverProgress) -> Void = { _ in },
    keep: (SolverState) throws(RunFailure) -> Void = { _ in }
  ) throws(RunFailure) -> SolverOutcome {
    let tell = { (state: SolverState, moment: SolverProgress) throws(RunFailure) in
      progress(moment)
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
