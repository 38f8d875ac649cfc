import Foundation
import Learning
import SparseBatches
import Testing

struct ExactCase: Sendable, CustomTestStringConvertible {
  var name: String
  var method: ExactMethod

  var testDescription: String { "\(name) by \(method)" }

  static let all = [
    ExactCase(name: "heart_scale", method: .lbfgs),
    ExactCase(name: "heart_scale", method: .newton),
    ExactCase(name: "heart_scale unpenalised", method: .lbfgs),
    ExactCase(name: "heart_scale unpenalised", method: .newton),
    ExactCase(name: "heart_scale l1", method: .lbfgs),
    ExactCase(name: "heart_scale l1 and l2", method: .lbfgs),
    ExactCase(name: "heart_scale ridge", method: .lbfgs),
    ExactCase(name: "heart_scale ridge", method: .newton),
    ExactCase(name: "heart_scale least squares", method: .newton),
    ExactCase(name: "a1a", method: .lbfgs),
    ExactCase(name: "a1a", method: .newton),
    ExactCase(name: "a1a l1", method: .lbfgs),
    ExactCase(name: "a9a", method: .lbfgs),
    ExactCase(name: "a9a", method: .newton),
    ExactCase(name: "a9a l1", method: .lbfgs),
    ExactCase(name: "rcv1_small", method: .lbfgs),
    ExactCase(name: "rcv1_small", method: .newton),
    ExactCase(name: "rcv1_small l1", method: .lbfgs),
    ExactCase(name: "dna softmax", method: .lbfgs),
    ExactCase(name: "dna softmax", method: .newton),
  ]
}

@Suite(
  "Exact solvers against scikit-learn",
  .enabled(
    if: ExactReference.areFilesPresent, "the public data sets are not at ../shared/data"))
struct ExactReferenceTests {
  @Test(arguments: ExactCase.all)
  func reachesTheOptimum(_ testCase: ExactCase) throws {
    let reference = try ExactReference.stored(testCase.name)
    var rows = try reference.heldRows()
    let clock = ContinuousClock().now
    var learner = try ExactLearner(
      loss: reference.exactLoss, l1: reference.l1, l2: reference.l2, bits: 22, rows: &rows)
    let outcome = try learner.minimize(by: testCase.method, limits: SolverLimits(), rows: &rows)
    print(
      testCase.testDescription, outcome.reason, outcome.iterations, outcome.passes,
      outcome.objective, outcome.objective / reference.objective - 1,
      ContinuousClock().now - clock)
    #expect(outcome.reason == .converged)
    #expect(learner.objective.survey.rows == reference.rows)
    #expect(outcome.passes == rows.passes)
    let difference = (outcome.objective - reference.objective).magnitude / reference.objective
    #expect(difference <= 1e-6)
  }
}
