import Foundation
import Learning
import SparseBatches
import Testing

struct ExactCase: Sendable, CustomTestStringConvertible {
  var name: String
  var method: ExactMethod

  var testDescription: String { "\(name) by \(method)" }

  /// a9a, the largest, is stopped early to save the time of the tests: 80 iterations bring its
  /// objective close enough, though not yet its gradient.
  var isCutShort: Bool { name.hasPrefix("a9a") && method == .lbfgs }

  var limits: SolverLimits {
    get throws {
      if isCutShort { return try SolverLimits(maximumIterations: 80) }
      return try SolverLimits(tolerance: name.hasPrefix("a9a") ? 1e-5 : 1e-6)
    }
  }

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
    var learner = try ExactLearner(
      loss: reference.exactLoss, l1: reference.l1, l2: reference.l2, bits: 22, rows: &rows)
    let outcome = try learner.minimize(by: testCase.method, limits: testCase.limits, rows: &rows)
    #expect(outcome.reason == (testCase.isCutShort ? .maximumIterations : .converged))
    #expect(learner.objective.survey.rows == reference.rows)
    #expect(outcome.passes == rows.passes)
    let difference = (outcome.objective - reference.objective).magnitude / reference.objective
    #expect(difference <= 1e-6)
  }
}

extension ExactReferenceTests {
  /// A few weights of the stored optimum, which is unique where λ2 > 0 or columns are independent.
  @Test(arguments: [
    "heart_scale", "heart_scale ridge", "heart_scale l1", "rcv1_small", "dna softmax",
  ])
  func reachesTheWeights(_ name: String) throws {
    let reference = try ExactReference.stored(name)
    var rows = try reference.heldRows()
    var learner = try ExactLearner(
      loss: reference.exactLoss, l1: reference.l1, l2: reference.l2, bits: 16, rows: &rows)
    _ = try learner.minimize(
      by: .lbfgs, limits: SolverLimits(maximumIterations: 500, tolerance: 1e-9), rows: &rows)
    var found: [UInt32: [Double]] = [:]
    var nonzero = 0
    learner.forEachNonZeroWeight { slot, output, weight in
      found[slot, default: reference.biases.map { _ in 0 }][output] = weight
      nonzero += 1
    }
    #expect(nonzero == reference.nonzero)
    for weight in reference.weights {
      for (value, expected) in zip(found[weight.slot] ?? [], weight.values) {
        #expect((value - expected).magnitude <= 1e-5 * max(1, expected.magnitude))
      }
      #expect(found[weight.slot]?.count == weight.values.count)
    }
    // Softmax biases are free up to a constant added to all.
    let shift = reference.biases.count == 1 ? 0 : learner.bias() - reference.biases[0]
    for (output, expected) in reference.biases.enumerated() {
      #expect((learner.bias(output: output) - shift - expected).magnitude <= 1e-5)
    }
  }

  /// James, Witten, Hastie & Tibshirani, An Introduction to Statistical Learning, table 4.1.
  @Test("the published coefficients of Default ~ balance", arguments: ExactMethod.allCases)
  func islpDefault(_ method: ExactMethod) throws {
    var batch = SparseBatch()
    let text = String(decoding: try SharedData.bytes("islp/Default.csv.gz"), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: ",")
      batch.addFeature(0, try #require(Float(fields[2])))
      batch.endRow(label: fields[0] == "Yes" ? 1 : 0, weight: 1, rowInChunk: batch.rowCount)
    }
    var rows = HeldRows([HeldBatch(batch)])
    var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 0, bits: 4, rows: &rows)
    let outcome = try learner.minimize(by: method, limits: SolverLimits(), rows: &rows)
    #expect(outcome.reason == .converged)
    #expect((learner.bias() + 10.65133).magnitude < 5e-6)
    #expect((learner.point[0] - 0.00549892).magnitude < 5e-9)
    let reference = try ExactReference.stored("islp default")
    #expect((outcome.objective - reference.objective).magnitude <= 1e-9 * reference.objective)
    #expect((2 * outcome.objective - 1596.4517).magnitude < 5e-5)
  }
}
