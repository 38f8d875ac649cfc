import Learning
import SparseBatches
import Testing

@Suite("Exact solvers on separable data")
struct ExactSeparationTests {
  private func outcome(
    _ loss: ModelLoss, by method: ExactMethod, l1: Double = 0, l2: Double = 0,
    _ reference: [ReferenceRow]
  ) throws -> (SolverOutcome, [Double]) {
    var rows = HeldRows(reference)
    var learner = try ExactLearner(loss: loss, l1: l1, l2: l2, bits: 6, rows: &rows)
    let outcome = try learner.minimize(by: method, limits: SolverLimits(), rows: &rows)
    #expect(learner.point.allSatisfy { $0.isFinite })
    #expect(outcome.objective.isFinite && outcome.gradientNorm.isFinite)
    #expect(outcome.passes < 400)
    return (outcome, learner.point)
  }

  /// Feature 0 separates at 0; feature 1 is noise.
  private let separable = (0..<20).map { index in
    ReferenceRow(
      [(0, Float(index) - 9.5), (1, Float(index * 7 % 5))], label: index < 10 ? 0 : 1)
  }

  @Test(
    "separated classes without a penalty", arguments: [ModelLoss.logistic, .probit],
    ExactMethod.allCases)
  func separated(_ loss: ModelLoss, _ method: ExactMethod) throws {
    let (outcome, point) = try outcome(loss, by: method, separable)
    #expect(outcome.reason == .separable)
    #expect(outcome.message.contains("--l2"))
    for row in separable {
      let margin =
        point[0] * Double(row.features[0].value) + point[1] * Double(row.features[1].value)
        + point[2]
      #expect(row.label == 1 ? margin > 0 : margin < 0)
    }
  }

  @Test("separated classes of softmax", arguments: ExactMethod.allCases)
  func separatedSoftmax(_ method: ExactMethod) throws {
    let rows = (0..<30).map { ReferenceRow([(UInt32($0 % 3), 1)], label: Float($0 % 3)) }
    #expect(try outcome(.softmax(classes: 3), by: method, rows).0.reason == .separable)
  }

  @Test("a penalty makes the optimum finite", arguments: ExactMethod.allCases)
  func penalized(_ method: ExactMethod) throws {
    #expect(try outcome(.logistic, by: method, l2: 0.1, separable).0.reason == .converged)
    guard method == .lbfgs else { return }
    #expect(try outcome(.logistic, by: method, l1: 0.1, separable).0.reason == .converged)
  }

  @Test("least squares has an optimum on separable data", arguments: ExactMethod.allCases)
  func squared(_ method: ExactMethod) throws {
    #expect(try outcome(.squared, by: method, separable).0.reason == .converged)
  }

  @Test("one feature occurs in one class only", arguments: ExactMethod.allCases)
  func partlySeparated(_ method: ExactMethod) throws {
    let mixed = exactRows(.logistic, 100, slots: 8, seed: 21).enumerated().map { index, row in
      index % 9 == 0 ? ReferenceRow(row.features + [(40, 1)], label: 1) : row
    }
    let noisy = mixed.enumerated().map { index, row in
      index % 4 == 1 && index % 9 != 0 ? ReferenceRow(row.features, label: 1 - row.label) : row
    }
    let (outcome, _) = try outcome(.logistic, by: method, noisy)
    #expect(outcome.reason == .partlySeparable)
    #expect(outcome.message.contains("--l2"))
  }

  @Test("noisy rows are not called separable", arguments: ExactMethod.allCases)
  func overlapping(_ method: ExactMethod) throws {
    for seed in UInt64(30)..<34 {
      let rows = exactRows(.logistic, 120, slots: 8, seed: seed).enumerated().map { index, row in
        index % 5 == 0 ? ReferenceRow(row.features, label: 1 - row.label) : row
      }
      #expect(try outcome(.logistic, by: method, rows).0.reason == .converged)
    }
  }

  @Test(
    "rows of one class have no finite bias, penalty or not", arguments: ExactMethod.allCases,
    [0.0, 1.0])
  func oneClass(_ method: ExactMethod, _ l2: Double) throws {
    for label in [Float(0), 1] {
      let rows = separable.map { ReferenceRow($0.features, label: label) }
      let (outcome, _) = try outcome(.logistic, by: method, l2: l2, rows)
      #expect(outcome.reason == .separable)
      #expect(outcome.message.contains("one class"))
    }
  }

  @Test("soft labels are never separable")
  func softLabels() throws {
    let rows = separable.map { ReferenceRow($0.features, label: $0.label == 1 ? 0.9 : 0.1) }
    let (outcome, _) = try outcome(.logistic, by: .newton, rows)
    #expect(outcome.reason == .converged)
  }

  @Test("two columns that are the same, and rows without features", arguments: ExactMethod.allCases)
  func singular(_ method: ExactMethod) throws {
    let rows = exactRows(.logistic, 120, slots: 4, seed: 30).enumerated().map { index, row in
      let twins = row.features + row.features.map { ($0.slot + 8, $0.value) } + [(30, 0), (31, 1)]
      return ReferenceRow(
        index % 10 == 0 ? [] : twins, label: index % 5 == 0 ? 1 - row.label : row.label)
    }
    #expect(try outcome(.logistic, by: method, rows).0.reason == .converged)
  }

  @Test("values at the ends of single precision", arguments: ExactMethod.allCases)
  func extremeValues(_ method: ExactMethod) throws {
    let rows = exactRows(.logistic, 60, slots: 4, seed: 30).enumerated().map { index, row in
      ReferenceRow(
        row.features.map { ($0.slot, $0.slot == 1 ? $0.value * 1e38 : $0.value * 1e-38) },
        label: index % 5 == 0 ? 1 - row.label : row.label)
    }
    _ = try outcome(.logistic, by: method, rows)
    _ = try outcome(.logistic, by: method, l2: 1, rows)
  }
}
