import Learning
import SparseBatches
import Testing

/// Solvers that another process goes on with, after any iteration.
@Suite("Exact solvers, continued")
struct ExactResumeTests {
  private func learner(
    _ loss: ModelLoss, _ penalty: Penalty, _ rows: inout HeldRows
  ) throws -> ExactLearner {
    try ExactLearner(loss: loss, l1: penalty.l1, l2: penalty.l2, bits: 10, rows: &rows)
  }

  @Test(
    "from each state it comes to the same bits in as many passes",
    arguments: exactLosses, [ExactMethod.lbfgs, .newton])
  func everyIteration(_ loss: ModelLoss, _ method: ExactMethod) throws {
    let held = HeldRows(exactRows(loss, 60, slots: 32, seed: 4))
    for l1 in method == .lbfgs ? [0, 0.5] : [0] {
      let penalty = Penalty(l1: l1, l2: 0.1)
      var rows = held
      var whole = try learner(loss, penalty, &rows)
      var states: [SolverState] = []
      let ended = try whole.minimize(
        by: method, limits: SolverLimits(), rows: &rows, keep: { states.append($0) })
      #expect(states.map(\.iteration) == Array(0...ended.iterations))
      // Not all of them, but enough to fill the memory of L-BFGS and to push pairs out of it.
      for state in states where [0, 3, 10, 14].contains(state.iteration) {
        var again = held
        var resumed = try learner(loss, penalty, &again)
        var kept: [SolverState] = []
        let outcome = try resumed.minimize(
          by: method, limits: SolverLimits(), rows: &again, continuing: state,
          keep: { kept.append($0) })
        #expect(outcome == ended)
        #expect(resumed.point.map(\.bitPattern) == whole.point.map(\.bitPattern))
        #expect(kept == Array(states[state.iteration...]))
        // One pass finds the slots again; those before the state are not made again.
        #expect(again.passes == 1 + ended.passes - state.passes)
      }
    }
  }

  @Test("separable rows are found to be so after any iteration")
  func separable() throws {
    let held = HeldRows(
      (0..<40).map { ReferenceRow([($0 % 2 == 0 ? 3 : 5, 1)], label: Float($0 % 2)) })
    for method in ExactMethod.allCases {
      var rows = held
      var whole = try learner(.logistic, Penalty(l1: 0, l2: 0), &rows)
      var states: [SolverState] = []
      let ended = try whole.minimize(
        by: method, limits: SolverLimits(), rows: &rows, keep: { states.append($0) })
      #expect(ended.reason == .separable)
      for state in states {
        var again = held
        var resumed = try learner(.logistic, Penalty(l1: 0, l2: 0), &again)
        let outcome = try resumed.minimize(
          by: method, limits: SolverLimits(), rows: &again, continuing: state)
        #expect(outcome == ended && resumed.point == whole.point)
      }
    }
  }

  @Test("a state of another problem is refused, and so are impossible counts")
  func anotherProblem() throws {
    var rows = HeldRows(exactRows(.logistic, 60, slots: 32, seed: 12))
    var whole = try learner(.logistic, Penalty(l1: 0, l2: 1), &rows)
    var last = SolverState()
    _ = try whole.minimize(
      by: .lbfgs, limits: SolverLimits(), rows: &rows, keep: { last = $0 })
    let changes: [(inout SolverState) -> Void] = [
      { $0.point.removeLast() }, { $0.means.append(0) }, { $0.scales = [] },
      { $0.gradient.append(0) }, { $0.lastStep = [1] }, { $0.steps.removeLast() },
      { $0.changes[0] = [] }, { $0.iteration = -1 }, { $0.passes = .max },
      {
        $0.steps += Array(repeating: $0.point, count: 11)
        $0.changes += Array(repeating: $0.point, count: 11)
      },
    ]
    for change in changes {
      var state = last
      change(&state)
      var other = try learner(.logistic, Penalty(l1: 0, l2: 1), &rows)
      do throws(RunFailure) {
        _ = try other.minimize(
          by: .lbfgs, limits: SolverLimits(), rows: &rows, continuing: state)
        Issue.record("taken: \(state.iteration)")
      } catch {
        #expect(error.kind == .badData && error.cure?.contains("--fresh") == true)
      }
    }
  }
}
