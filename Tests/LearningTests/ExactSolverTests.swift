import Learning
import SparseBatches
import Testing

@Suite("Exact solvers")
struct ExactSolverTests {
  /// What a fit gives, to compare bit for bit.
  struct Fit: Equatable {
    var point: [Double]
    var outcome: SolverOutcome
    var progress: [SolverProgress]
  }

  private func fit(
    _ loss: ModelLoss, _ penalty: Penalty, by method: ExactMethod, _ rows: HeldRows,
    limits: SolverLimits? = nil
  ) throws -> Fit {
    var rows = rows
    var progress: [SolverProgress] = []
    var learner = try ExactLearner(
      loss: loss, l1: penalty.l1, l2: penalty.l2, bits: 10, rows: &rows)
    let outcome = try learner.minimize(by: method, limits: limits ?? SolverLimits(), rows: &rows) {
      progress.append($0)
    }
    #expect(outcome.passes == rows.passes)
    return Fit(point: learner.point, outcome: outcome, progress: progress)
  }

  @Test("both solvers find the same minimum, and every iteration goes down", arguments: exactLosses)
  func solversAgree(_ loss: ModelLoss) throws {
    let rows = HeldRows(exactRows(loss, 150, slots: 40, seed: 8))
    let penalty = Penalty(l1: 0, l2: 0.5)
    let newton = try fit(loss, penalty, by: .newton, rows)
    let lbfgs = try fit(loss, penalty, by: .lbfgs, rows)
    #expect(newton.outcome.reason == .converged && lbfgs.outcome.reason == .converged)
    let difference = newton.outcome.objective - lbfgs.outcome.objective
    #expect(difference.magnitude <= 1e-9 * newton.outcome.objective)
    for found in [newton, lbfgs] {
      #expect(found.progress.map(\.iteration) == Array(0...found.outcome.iterations))
      for (before, after) in zip(found.progress, found.progress.dropFirst()) {
        #expect(after.objective <= before.objective * (1 + 1e-12))
        #expect(after.passes > before.passes)
      }
    }
  }

  @Test(
    "the cut into batches changes no bit", arguments: exactLosses, [ExactMethod.lbfgs, .newton])
  func cutIndependence(_ loss: ModelLoss, _ method: ExactMethod) throws {
    let reference = exactRows(loss, 90, slots: 64, seed: 4)
    let penalty = Penalty(l1: method == .lbfgs ? 0.5 : 0, l2: 1)
    let whole = try fit(loss, penalty, by: method, HeldRows(reference))
    for lengths in [[1], [7, 0, 2], [64]] {
      let cut = try fit(loss, penalty, by: method, HeldRows(reference, cutBy: lengths))
      #expect(cut == whole)
    }
  }

  @Test("a row of weight 2 is two rows; a row of weight 0 is none")
  func rowWeights() throws {
    var weighted = exactRows(.logistic, 60, slots: 32, seed: 12)
    for index in weighted.indices { weighted[index].weight = Float(index % 3) }
    let repeated = weighted.flatMap { row in
      Array(repeating: ReferenceRow(row.features, label: row.label), count: Int(row.weight))
    }
    let penalty = Penalty(l1: 0, l2: 1)
    let first = try fit(.logistic, penalty, by: .newton, HeldRows(weighted)).outcome
    let second = try fit(.logistic, penalty, by: .newton, HeldRows(repeated)).outcome
    #expect((first.objective - second.objective).magnitude <= 1e-9 * second.objective)
  }

  @Test("softmax with two classes is logistic, with half of λ2 on the difference of weights")
  func softmaxIsLogistic() throws {
    let rows = HeldRows(exactRows(.logistic, 80, slots: 32, seed: 6))
    // With w₁ = −w₀ = w/2: (λ2/2)(w₀² + w₁²) = (λ2/4)·w².
    let binary = try fit(.logistic, Penalty(l1: 0, l2: 0.5), by: .newton, rows)
    for method in ExactMethod.allCases {
      let both = try fit(.softmax(classes: 2), Penalty(l1: 0, l2: 1), by: method, rows)
      #expect((both.outcome.objective - binary.outcome.objective).magnitude <= 1e-8)
      for index in binary.point.indices {
        let difference = both.point[2 * index + 1] - both.point[2 * index]
        #expect((difference - binary.point[index]).magnitude <= 1e-4)
      }
    }
  }

  @Test("a large λ1 gives weights of exactly zero, and the best bias", arguments: exactLosses)
  func largeL1(_ loss: ModelLoss) throws {
    let reference = exactRows(loss, 100, slots: 32, seed: 7)
    let found = try fit(loss, Penalty(l1: 1e4, l2: 0), by: .lbfgs, HeldRows(reference))
    let weights = found.point.dropLast(loss.outputs)
    #expect(weights.allSatisfy { $0 == 0 })
    #expect(found.outcome.reason == .converged)
    if loss == .squared {
      let weight = reference.reduce(0) { $0 + Double($1.weight) }
      let mean = reference.reduce(0) { $0 + Double($1.weight * $1.label) } / weight
      #expect((found.point[found.point.count - 1] - mean).magnitude <= 1e-6)
    }
  }

  /// liblinear's scale: the share of the rare class, by which the gradient at zero is too large.
  @Test("with a rare class, the gradient must become smaller", arguments: ExactMethod.allCases)
  func rareClass(_ method: ExactMethod) throws {
    var reference = exactRows(.logistic, 400, slots: 32, seed: 15)
    for index in reference.indices {
      reference[index].label = index % 50 == 7 ? 1 : 0
      reference[index].weight = 1
    }
    var rows = HeldRows(reference)
    var objective = try Objective(loss: .logistic, l1: 0, l2: 0.1, bits: 10, rows: &rows)
    let zero = Array(repeating: 0.0, count: objective.dimension)
    let gradient = try objective.evaluate(at: zero, rows: &rows).gradient
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for tolerance in [0.3, 0.1, 1e-2, 1e-3] {
      let limits = try SolverLimits(maximumIterations: 100, tolerance: tolerance)
      let found = try fit(
        .logistic, Penalty(l1: 0, l2: 0.1), by: method, HeldRows(reference), limits: limits)
      #expect(found.outcome.reason == .converged)
      #expect(found.outcome.gradientNorm <= tolerance * (8.0 / 400) * norm)
    }
  }

  /// Columns that are nearly the same: weights enter, and must leave again, to exactly 0.
  @Test("L1 ends where the conditions of the minimum hold", arguments: [0.5, 2, 8])
  func l1Conditions(_ l1: Double) throws {
    var reference = exactRows(.logistic, 80, slots: 8, seed: 21)
    for index in reference.indices {
      let common = Float(index % 9) - 4
      reference[index].features = []
      for slot in 0..<24 {
        let own = Float((index * 31 + slot * slot * 17) % 13) / 8
        reference[index].features.append((UInt32(slot), common + own - 0.75))
      }
    }
    let limits = try SolverLimits(maximumIterations: 300, tolerance: 1e-8)
    let found = try fit(
      .logistic, Penalty(l1: l1, l2: 0), by: .lbfgs, HeldRows(reference), limits: limits)
    #expect(found.outcome.reason == .converged)
    var rows = HeldRows(reference)
    var objective = try Objective(loss: .logistic, l1: l1, l2: 0, bits: 10, rows: &rows)
    let gradient = try objective.evaluate(at: found.point, rows: &rows).gradient
    for (weight, slope) in zip(found.point.dropLast(), gradient) {
      if weight == 0 {
        #expect(slope.magnitude <= l1)
      } else {
        let pull = weight > 0 ? l1 : -l1
        #expect((slope + pull).magnitude <= 1e-4)
      }
    }
    let zeros = found.point.dropLast().count { $0 == 0 }
    #expect(zeros > 0 && zeros < 24)
  }

  @Test("weights leave as λ1 rises")
  func l1Path() throws {
    let rows = HeldRows(exactRows(.logistic, 200, slots: 64, seed: 10))
    let counts = try [0.0, 1, 4, 16, 64, 256].map { l1 in
      try fit(.logistic, Penalty(l1: l1, l2: 0.01), by: .lbfgs, rows)
        .point.dropLast().count { $0 != 0 }
    }
    #expect(counts == counts.sorted(by: >))
    #expect(counts.first == 64 && counts.last == 0)
  }

  @Test("weights come in rising order of slot and class, without the zeros")
  func weightsRead() throws {
    var rows = HeldRows(exactRows(.softmax(classes: 3), 60, slots: 1024, seed: 11))
    var learner = try ExactLearner(
      loss: .softmax(classes: 3), l1: 1, l2: 0, bits: 10, rows: &rows)
    _ = try learner.minimize(by: .lbfgs, limits: SolverLimits(), rows: &rows)
    var coordinates: [Int] = []
    var values: [Double] = []
    learner.forEachNonZeroWeight { slot, output, weight in
      coordinates.append(Int(slot) * 3 + output)
      values.append(weight)
    }
    #expect(!coordinates.isEmpty && coordinates == coordinates.sorted())
    #expect(Set(coordinates).count == coordinates.count)
    #expect(values == learner.point.dropLast(3).filter { $0 != 0 })
    #expect(learner.bias(output: 2) == learner.point.last)
  }

  @Test("stopped at the limit, it says so, and goes on from there")
  func limitOfIterations() throws {
    for method in ExactMethod.allCases {
      var rows = HeldRows(exactRows(.logistic, 150, slots: 40, seed: 8))
      var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 0.5, bits: 6, rows: &rows)
      let few = try SolverLimits(maximumIterations: 2)
      let first = try learner.minimize(by: method, limits: few, rows: &rows)
      #expect(first.reason == .maximumIterations && first.iterations == 2)
      #expect(first.message.contains("--max-iterations"))
      let second = try learner.minimize(by: method, limits: SolverLimits(), rows: &rows)
      #expect(second.reason == .converged && second.objective < first.objective)
      #expect(second.passes == rows.passes)
    }
  }

  @Test("a tolerance that rounding cannot meet ends all the same", arguments: ExactMethod.allCases)
  func hopelessTolerance(_ method: ExactMethod) throws {
    let rows = HeldRows(exactRows(.logistic, 150, slots: 40, seed: 8))
    let found = try fit(
      .logistic, Penalty(l1: 0, l2: 0.5), by: method, rows,
      limits: SolverLimits(maximumIterations: 10_000, tolerance: 1e-300))
    #expect(found.outcome.reason == .precisionLimit)
    #expect(found.outcome.gradientNorm < 1e-6)
    #expect(found.outcome.iterations < 200)
  }
}
