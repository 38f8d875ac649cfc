import Learning
import SparseBatches
import Testing

@Suite("Single exact steps, and what is refused")
struct ExactStepTests {
  @Test("one Newton step solves least squares")
  func newtonStep() throws {
    var rows = HeldRows(exactRows(.squared, 100, slots: 24, seed: 1))
    var learner = try ExactLearner(loss: .squared, l1: 0, l2: 2, bits: 5, rows: &rows)
    try learner.takeNewtonStep(rows: &rows)
    let after = try learner.objective.evaluate(at: learner.point, rows: &rows)
    #expect(after.gradient.allSatisfy { $0.magnitude < 1e-6 })
    // Nothing is left to do.
    let outcome = try learner.minimize(by: .newton, limits: SolverLimits(), rows: &rows)
    #expect(outcome.iterations == 0 && outcome.reason == .converged)
  }

  @Test("Newton's error is squared from step to step")
  func newtonConvergence() throws {
    var rows = HeldRows(exactRows(.logistic, 100, slots: 24, seed: 1))
    var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 2, bits: 5, rows: &rows)
    var objectives: [Double] = []
    for _ in 0..<6 { objectives.append(try learner.takeNewtonStep(rows: &rows)) }
    let best = try learner.objective.evaluate(at: learner.point, rows: &rows).value
    #expect(objectives[4] - best <= 1e-12 * best)
    #expect(objectives[0] - best > 0.1)
  }

  @Test("a gradient step is w − rate·∇, by hand")
  func gradientStep() throws {
    let reference = [
      ReferenceRow([(0, 2), (3, -1)], label: 1), ReferenceRow([(3, 4)], label: 0, weight: 2),
    ]
    var rows = HeldRows(reference)
    var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 2, rows: &rows)
    let before = try learner.takeGradientStep(rate: 0.1, rows: &rows)
    #expect((before - 3 * 0.6931471805599453).magnitude < 1e-14)
    // ∇ = Σ s(½ − y)x: slot 0: −½·2; slot 3: −½·−1 + 2·½·4; bias: −½ + 2·½.
    for (found, expected) in zip(learner.point, [0.1, -0.45, -0.05]) {
      #expect((found - expected).magnitude < 1e-15)
    }
  }

  @Test("with L1, a gradient step ends in the proximal step")
  func proximalStep() throws {
    var rows = HeldRows([ReferenceRow([(0, 2), (1, -1)], label: 1)])
    var learner = try ExactLearner(loss: .logistic, l1: 0.75, l2: 0, bits: 1, rows: &rows)
    try learner.takeGradientStep(rate: 0.5, rows: &rows)
    // Gradient (−1, ½, −½), times −½; then |w| falls by 0.375, the bias does not.
    #expect(learner.point == [0.125, 0, 0.25])
    #expect(try learner.takeGradientStep(rate: 0.5, rows: &rows) < 0.6931471805599453)
  }

  @Test("small gradient steps go down to the minimum")
  func gradientDescent() throws {
    var rows = HeldRows(exactRows(.logistic, 60, slots: 8, seed: 1))
    var learner = try ExactLearner(loss: .logistic, l1: 0.5, l2: 1, bits: 3, rows: &rows)
    var last = Double.infinity
    for _ in 0..<400 {
      let objective = try learner.takeGradientStep(rate: 0.01, rows: &rows)
      #expect(objective <= last)
      last = objective
    }
    let best = try learner.minimize(by: .lbfgs, limits: SolverLimits(), rows: &rows).objective
    #expect(last - best <= 1e-6 * best)
  }

  @Test("what is impossible is refused with the right code")
  func refusals() throws {
    var rows = HeldRows(exactRows(.logistic, 20, slots: 8, seed: 1))
    func refusal(_ body: () throws -> Void) -> RunFailure.Kind? {
      do {
        try body()
        return nil
      } catch { return (error as? RunFailure)?.kind }
    }
    for bad in [-1, Double.nan, .infinity] {
      #expect(
        refusal { _ = try ExactLearner(loss: .logistic, l1: bad, l2: 0, bits: 3, rows: &rows) }
          == .usage)
      #expect(
        refusal { _ = try ExactLearner(loss: .logistic, l1: 0, l2: bad, bits: 3, rows: &rows) }
          == .usage)
      #expect(refusal { _ = try SolverLimits(tolerance: bad) } == .usage)
    }
    #expect(refusal { _ = try SolverLimits(maximumIterations: 0) } == .usage)
    var learner = try ExactLearner(loss: .logistic, l1: 1, l2: 0, bits: 3, rows: &rows)
    let passes = rows.passes
    #expect(
      refusal { _ = try learner.minimize(by: .newton, limits: SolverLimits(), rows: &rows) }
        == .usage)
    #expect(refusal { try learner.takeNewtonStep(rows: &rows) } == .usage)
    #expect(refusal { try learner.takeGradientStep(rate: 0, rows: &rows) } == .usage)
    #expect(rows.passes == passes)
    #expect(refusal { try learner.takeGradientStep(rate: 1e308, rows: &rows) } == .usage)
    #expect(learner.point.allSatisfy { $0 == 0 })
  }

  @Test(
    "labels that do not fit the loss name the row",
    arguments: [
      (ModelLoss.logistic, Float(2)), (.logistic, -1), (.probit, 1.5), (.squared, .infinity),
      (.softmax(classes: 3), 3), (.softmax(classes: 3), 0.5), (.softmax(classes: 3), -1),
    ])
  func badLabels(_ loss: ModelLoss, _ label: Float) {
    var rows = HeldRows([
      ReferenceRow([(0, 1)], label: 1), ReferenceRow([(0, 1)], label: label),
    ])
    let failure = #expect(throws: RunFailure.self) {
      _ = try ExactLearner(loss: loss, l1: 0, l2: 0, bits: 3, rows: &rows)
    }
    #expect(failure?.kind == .badData && failure?.message.contains("row 2") == true)
  }

  @Test("no rows, or none with weight")
  func nothingToLearn() {
    for reference in [[], [ReferenceRow([(0, 1)], label: 1, weight: 0)]] {
      var rows = HeldRows(reference)
      let failure = #expect(throws: RunFailure.self) {
        _ = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 3, rows: &rows)
      }
      #expect(failure?.kind == .badData)
    }
  }

  @Test("a failing pass ends the run; the last iteration's model stays")
  func failingPass() throws {
    for method in ExactMethod.allCases {
      var rows = HeldRows(exactRows(.logistic, 100, slots: 24, seed: 1))
      rows.failure = (pass: 12, error: RunFailure(.inputOutput, "the disk is gone"))
      var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 0.1, bits: 5, rows: &rows)
      var iterations = 0
      let failure = #expect(throws: RunFailure.self) {
        _ = try learner.minimize(by: method, limits: SolverLimits(), rows: &rows) {
          iterations = $0.iteration
        }
      }
      #expect(failure?.message == "the disk is gone")
      #expect(iterations > 0 && learner.point.contains { $0 != 0 })
    }
  }

  @Test("a file that somebody writes to is noticed")
  func changedRows() throws {
    let reference = exactRows(.logistic, 30, slots: 16, seed: 3)
    for changed in [Array(reference.dropLast()), reference + reference.prefix(1)] {
      var rows = HeldRows(reference)
      var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 1, bits: 6, rows: &rows)
      rows.batches = HeldRows(changed).batches
      let failure = #expect(throws: RunFailure.self) {
        _ = try learner.minimize(by: .lbfgs, limits: SolverLimits(), rows: &rows)
      }
      #expect(failure?.kind == .inputOutput)
    }
  }
}
