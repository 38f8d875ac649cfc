import Foundation
import Learning
import SparseBatches
import Testing

@Suite struct SoftmaxTests {
  private func buffer(_ values: [Double]) -> GrowableBuffer<Double> {
    var buffer = GrowableBuffer<Double>()
    for value in values { buffer.append(value) }
    return buffer
  }

  /// Rows of `randomRows` with one of `classes` labels that depends on the features.
  private func rows(_ count: Int, classes: Int, seed: UInt64) -> [ReferenceRow] {
    var generator = SeededGenerator(state: seed)
    return randomRows(count, slots: 50, seed: seed).map { row in
      var row = row
      let sum = row.features.reduce(Float(0)) { $0 + $1.value * Float(Int($1.slot % 5) - 2) }
      let noise = Float.random(in: -1...1, using: &generator)
      row.label = Float(min(classes - 1, max(0, Int((sum + noise).rounded()) + classes / 2)))
      return row
    }
  }

  @Test func lossAndDerivativesFarOut() {
    for (margins, label, loss): ([Double], Int, Double) in [
      ([0, 0, 0], 1, log(3)), ([1000, -1000, 0], 0, 0), ([1000, -1000, 0], 1, 2000),
      ([1000, -1000, 0], 2, 1000), ([0, 40], 1, exp(-40)), ([0, 40], 0, 40),
      ([-700, -700, -740], 0, log(2)), ([3, 1, 2], 0, 0.40760596444438),
    ] {
      let found = SoftmaxLoss.loss(buffer(margins), row: 0..<margins.count, label: label)
      #expect(abs(found - loss) <= 1e-13 * max(loss, 1e-17), "\(margins) \(label)")
      var derivatives = GrowableBuffer<Double>()
      SoftmaxLoss.differentiate(
        buffer(margins), row: 0..<margins.count, label: label, into: &derivatives)
      var sum = 0.0
      for output in margins.indices {
        #expect(derivatives[output].isFinite)
        sum += derivatives[output]
        let step = 1e-5
        var (up, down) = (margins, margins)
        up[output] += step
        down[output] -= step
        let slope =
          (SoftmaxLoss.loss(buffer(up), row: 0..<up.count, label: label)
            - SoftmaxLoss.loss(buffer(down), row: 0..<down.count, label: label)) / (2 * step)
        #expect(abs(slope - derivatives[output]) <= 5e-9 * max(1, loss))
      }
      #expect(abs(sum) <= 1e-15)
    }
  }

  struct Setting: Sendable {
    var alpha = 0.1
    var beta = 1.0
    var l1 = 0.0
    var l2 = 0.0
    var batchSize = 1
  }

  /// w₁ = −w₀ = w/2: with z₁ = z, n₁ = n as in logistic, −(z − λ1)/((β + √n)/α + λ2) is half of
  /// −(z − λ1)/((β + √n)/2α + λ2/2).
  @Test(arguments: [
    Setting(), Setting(alpha: 0.5, beta: 0), Setting(l1: 0.8), Setting(l2: 4, batchSize: 3),
    Setting(alpha: 0.3, beta: 0.5, l1: 0.4, l2: 1, batchSize: 64),
  ])
  func twoClassesAreLogistic(_ setting: Setting) throws {
    let rows = randomRows(600, slots: 61, seed: 7)
    var softmax = try SoftmaxLearner<FTRLCoordinates>(
      bits: 6, classes: 2,
      parameters: FTRLParameters(
        alpha: setting.alpha, beta: setting.beta, l1: setting.l1, l2: setting.l2),
      batchSize: setting.batchSize)
    try softmax.learn(batch(rows))
    let margins = rows.indices.map { softmax.margins[2 * $0 + 1] - softmax.margins[2 * $0] }
    try softmax.finish()
    let logistic = try learned(
      rows, bits: 6,
      parameters: FTRLParameters(
        alpha: 2 * setting.alpha, beta: setting.beta, l1: setting.l1, l2: setting.l2 / 2),
      batchSize: setting.batchSize)
    var oracle = ReferenceLearner(
      slots: 64,
      try FTRLParameters(
        alpha: 2 * setting.alpha, beta: setting.beta, l1: setting.l1, l2: setting.l2 / 2),
      batchSize: setting.batchSize)
    oracle.learn(rows)
    for slot in 0..<64 as Range<UInt32> {
      let weight = Double(softmax.weight(slot: slot, output: 1))
      // Each lane rounds at random on its own: equal as far as Floats are.
      #expect(abs(2 * weight - Double(logistic.weight(slot: slot))) <= 2e-5 * max(1, abs(weight)))
      #expect(abs(weight + Double(softmax.weight(slot: slot, output: 0))) <= 2e-5)
    }
    let bias = softmax.bias(output: 1) - softmax.bias(output: 0)
    #expect(abs(bias - logistic.bias) <= 2e-5)
    for (row, margin) in margins.enumerated() {
      #expect(abs(margin - oracle.margins[row]) <= 2e-5 * max(1, abs(margin)))
    }
  }

  private func learner<Rule: CoordinateRule>(
    _ parameters: Rule.Parameters, _: Rule.Type, classes: Int, batchSize: Int,
    _ rows: [ReferenceRow]
  ) throws -> SoftmaxLearner<Rule> {
    var learner = try SoftmaxLearner<Rule>(
      bits: 6, classes: classes, parameters: parameters, batchSize: batchSize)
    try learn(rows, by: &learner)
    return learner
  }

  private func forEachRule(
    l1: Double = 0, _ body: (any SoftmaxCase) throws -> Void
  ) throws {
    try body(RuleCase<FTRLCoordinates>(parameters: FTRLParameters(l1: 10 * l1)))
    try body(RuleCase<AdaGradCoordinates>(parameters: AdaGradParameters(l1: l1)))
    try body(RuleCase<SGDCoordinates>(parameters: SGDParameters(l1: l1)))
  }

  @Test(arguments: [1, 3, 64])
  func learnsTheClassesHoweverRowsAreCut(batchSize: Int) throws {
    let rows = rows(2000, classes: 5, seed: 4)
    try forEachRule { rule in
      let whole = try rule.outcome(rows, classes: 5, batchSize: batchSize, cuts: 0)
      let cut = try rule.outcome(rows, classes: 5, batchSize: batchSize, cuts: 3)
      #expect(whole == cut)
      // Five classes at random: log 5 = 1.609.
      #expect(whole.loss < (batchSize == 64 ? 1.6 : 1.35), "\(rule) \(whole.loss)")
      #expect(whole.nonZero > 100)
    }
  }

  @Test(arguments: [1, 3, 64], [0, 100, 131])
  func aCheckpointContinuesExactly(batchSize: Int, rowsBefore: Int) throws {
    let rows = rows(300, classes: 4, seed: 3)
    func check<Rule: CoordinateRule>(_ parameters: Rule.Parameters, _: Rule.Type) throws {
      func make() throws -> SoftmaxLearner<Rule> {
        try SoftmaxLearner<Rule>(
          bits: 6, classes: 4, parameters: parameters, batchSize: batchSize)
      }
      var whole = try make()
      try whole.learn(batch(rows))
      try whole.finish()
      var first = try make()
      try first.learn(batch(rows[..<rowsBefore]))
      var second = try make()
      #expect(first.stateCount == 256)
      for range in [0..<101, 101..<256] {
        first.withStateBytes(of: range) { bytes in second.loadStates(bytes, at: range.lowerBound) }
      }
      try second.restore(first.checkpoint)
      try second.learn(batch(rows[rowsBefore...]))
      try second.finish()
      #expect(whole.checkpoint == second.checkpoint)
      for slot in 0..<64 as Range<UInt32> {
        for output in 0..<4 {
          let one = whole.exactWeight(slot: slot, output: output)
          let two = second.exactWeight(slot: slot, output: output)
          #expect(one == two)
        }
      }
    }
    try check(FTRLParameters(l1: 0.1), FTRLCoordinates.self)
    try check(AdaGradParameters(l1: 0.001, l2: 0.01), AdaGradCoordinates.self)
    try check(SGDParameters(l1: 0.001, l2: 0.01), SGDCoordinates.self)
  }

  @Test func aCheckpointThatContradictsItselfIsRefused() throws {
    let parameters = try FTRLParameters()
    let start = SoftmaxCheckpoint<FTRLCoordinates>(parameters, classes: 3)
    var bad = Array(repeating: start, count: 7)
    bad[0].pendingRows = 4
    bad[1].pendingSlots = [1]
    bad[2].pendingSlots = [4]
    bad[2].pendingGradients = [1, 2, 3]
    bad[3].pendingSlots = [1, 1]
    bad[3].pendingGradients = [1, 2, 3, 4, 5, 6]
    bad[4].biases[1] = FTRLBias(z: .nan, n: 1)
    bad[5].pendingWeighingRows = 1
    bad[6].biases = []
    for checkpoint in bad {
      var learner = try SoftmaxLearner<FTRLCoordinates>(
        bits: 2, classes: 3, parameters: parameters, batchSize: 4)
      var kind: RunFailure.Kind?
      do throws(RunFailure) { try learner.restore(checkpoint) } catch { kind = error.kind }
      #expect(kind == .badData)
    }
  }

  /// Runge and Kutta's method of order 4 in 4,000 steps of all margins.
  @Test(arguments: [[0.0, 0, 0], [3, -2, 0.5, 1], [-6, 4, 4, -1], [5, -5]])
  func theStepOfSGDFollowsTheFlowOfTheMargins(_ margins: [Double]) throws {
    func slopes(_ margins: [Double], _ label: Int) -> [Double] {
      let total = margins.reduce(0) { $0 + exp($1) }
      return margins.indices.map { ($0 == label ? 1 : 0) - exp(margins[$0]) / total }
    }
    func moved(_ margins: [Double], _ slopes: [Double], _ step: Double) -> [Double] {
      zip(margins, slopes).map { $0 + step * $1 }
    }
    for label in margins.indices {
      // Rate 2 and a row without features: the biases flow for a time of 2.
      let parameters = try SGDParameters(
        rate: RateOptions(learningRate: 2, schedule: .constant))
      var learner = try SoftmaxLearner<SGDCoordinates>(
        bits: 2, classes: margins.count, parameters: parameters)
      var checkpoint = learner.checkpoint
      for output in margins.indices { checkpoint.biases[output].weight = margins[output] }
      try learner.restore(checkpoint)
      try learner.learn(batch([ReferenceRow([], label: Float(label))]))
      var reached = margins
      let step = 2.0 / 4000
      for _ in 0..<4000 {
        let k1 = slopes(reached, label)
        let k2 = slopes(moved(reached, k1, step / 2), label)
        let k3 = slopes(moved(reached, k2, step / 2), label)
        let k4 = slopes(moved(reached, k3, step), label)
        for output in reached.indices {
          reached[output] += step / 6 * (k1[output] + 2 * k2[output] + 2 * k3[output] + k4[output])
        }
      }
      for output in margins.indices {
        #expect(abs(learner.bias(output: output) - reached[output]) <= 1e-9)
      }
    }
  }

  @Test func largeL1LeavesOnlyTheBiases() throws {
    let rows = rows(300, classes: 4, seed: 5)
    try forEachRule(l1: 1e5) { rule in
      let outcome = try rule.outcome(rows, classes: 4, batchSize: 1, cuts: 0)
      #expect(outcome.nonZero == 0)
      #expect(outcome.biases.allSatisfy { $0 != 0 })
    }
  }

  @Test(arguments: [1, 2])
  func aRowBeyondTheRangeLeavesNoTrace(batchSize: Int) throws {
    let good = ReferenceRow([(1, 1)], label: 2)
    let bad = ReferenceRow([(1, 1), (2, .infinity)], label: 0)
    try forEachRule { rule in
      let row = NonFiniteRow(quantity: .margin, row: 2, feature: 3, slot: 2)
      let found = try rule.refusal([good, good, bad], classes: 3, batchSize: batchSize)
      #expect(found == row)
    }
  }

  @Test func fewerThanTwoClassesAreRefused() {
    var kind: RunFailure.Kind?
    do throws(RunFailure) {
      _ = try SoftmaxLearner<FTRLCoordinates>(bits: 2, classes: 1, parameters: FTRLParameters())
    } catch { kind = error.kind }
    #expect(kind == .usage)
  }

  @Test func theInvariantStepComposesAndDoesNotOvershoot() throws {
    let before = rows(40, classes: 4, seed: 3)
    let features: [(slot: UInt32, value: Float)] = [(1, 2), (5, -0.5), (9, 1)]
    func weights(_ last: [ReferenceRow]) throws -> [Double] {
      let parameters = try SGDParameters(
        rate: RateOptions(learningRate: 0.3, schedule: .constant))
      let learned = try learner(
        parameters, SGDCoordinates.self, classes: 4, batchSize: 1, before + last)
      return (0..<64).flatMap { slot in
        (0..<4).map { learned.exactWeight(slot: UInt32(slot), output: $0) }
      } + (0..<4).map { learned.bias(output: $0) }
    }
    for weight: Float in [1e-3, 1, 2.5, 1e6] {
      let one = try weights([ReferenceRow(features, label: 2, weight: weight)])
      let half = ReferenceRow(features, label: 2, weight: weight / 2)
      for (one, two) in zip(one, try weights([half, half])) {
        #expect(abs(one - two) <= 1e-9 * max(1, abs(one)))
      }
      // A lead like log v, not like v.
      #expect(one.allSatisfy { abs($0) < 20 })
    }
    // A small step is the gradient's.
    let small = try weights([ReferenceRow(features, label: 2, weight: 1e-7)])
    let none = try weights([])
    var sum = 0.0
    for output in 0..<4 { sum += small[4 + output] - none[4 + output] }
    #expect(abs(sum) <= 1e-15)
    #expect(small[4 + 2] > none[4 + 2])
  }
}

/// One rule with its parameters, for loops over the rules.
protocol SoftmaxCase {
  func outcome(
    _ rows: [ReferenceRow], classes: Int, batchSize: Int, cuts: UInt64
  ) throws -> SoftmaxOutcome
  func refusal(_ rows: [ReferenceRow], classes: Int, batchSize: Int) throws -> NonFiniteRow?
}

struct SoftmaxOutcome: Equatable {
  var weights: [Float]
  var biases: [Double]
  var loss: Double
  var nonZero: Int { weights.count { $0 != 0 } }
}

struct RuleCase<Rule: CoordinateRule>: SoftmaxCase {
  var parameters: Rule.Parameters

  private func outcome(
    of learner: borrowing SoftmaxLearner<Rule>, classes: Int
  ) -> SoftmaxOutcome {
    var weights: [Float] = []
    for slot in 0..<64 as Range<UInt32> {
      for output in 0..<classes { weights.append(learner.weight(slot: slot, output: output)) }
    }
    let nonZero = learner.nonZeroCount
    #expect(nonZero == weights.count { $0 != 0 })
    return SoftmaxOutcome(
      weights: weights, biases: (0..<classes).map { learner.bias(output: $0) },
      loss: learner.progress.mean ?? 0)
  }

  func outcome(
    _ rows: [ReferenceRow], classes: Int, batchSize: Int, cuts: UInt64
  ) throws -> SoftmaxOutcome {
    var learner = try SoftmaxLearner<Rule>(
      bits: 6, classes: classes, parameters: parameters, batchSize: batchSize)
    try learn(rows, by: &learner, cuts: cuts)
    return outcome(of: learner, classes: classes)
  }

  func refusal(_ rows: [ReferenceRow], classes: Int, batchSize: Int) throws -> NonFiniteRow? {
    var learner = try SoftmaxLearner<Rule>(
      bits: 6, classes: classes, parameters: parameters, batchSize: batchSize)
    var found: NonFiniteRow?
    do throws(NonFiniteRow) { try learner.learn(batch(rows)) } catch { found = error }
    #expect(learner.margins.count == (rows.count - 1) * classes)
    try learner.finish()
    let before = Array(rows.dropLast())
    let expected = try outcome(before, classes: classes, batchSize: batchSize, cuts: 0)
    #expect(outcome(of: learner, classes: classes) == expected)
    return found
  }
}
