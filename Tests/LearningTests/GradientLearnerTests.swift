import Learning
import SparseBatches
import Testing

/// What must hold for sgd and adagrad alike.
@Suite struct GradientLearnerTests {
  typealias Learner<Rule: CoordinateRule> = OnlineLearner<Rule, LogisticLoss>

  private static func options() -> RateOptions {
    RateOptions(learningRate: 0.2, schedule: .invscaling, decayRows: 50, warmupRows: 20)
  }

  private func sgd(l1: Double = 0.001, l2: Double = 0.01) throws -> SGDParameters {
    try SGDParameters(rate: Self.options(), l1: l1, l2: l2)
  }

  private func adaGrad(l1: Double = 0.001, l2: Double = 0.01) throws -> AdaGradParameters {
    try AdaGradParameters(rate: Self.options(), l1: l1, l2: l2)
  }

  private func learned<Rule: CoordinateRule>(
    _ rows: [ReferenceRow], _ parameters: Rule.Parameters, _: Rule.Type, batchSize: Int,
    cuts: UInt64 = 0
  ) throws -> Learner<Rule> {
    try LearningTests.learned(
      rows, bits: 7, parameters: parameters, Rule.self, batchSize: batchSize, cuts: cuts)
  }

  private func aBatchOfOneIsOnline<Rule: CoordinateRule>(
    _ parameters: Rule.Parameters, _: Rule.Type
  ) throws {
    let rows = randomRows(500, slots: 100, seed: 11)
    var general = try Learner<Rule>(bits: 7, parameters: parameters)
    try general.learnInMiniBatches(batch(rows))
    var online = try Learner<Rule>(bits: 7, parameters: parameters)
    try online.learnOnline(batch(rows))
    #expect(LearnerBits(general) == LearnerBits(online))
    for row in rows.indices { #expect(general.margins[row] == online.margins[row]) }
  }

  @Test func aMiniBatchOfOneRowIsTheOnlineAlgorithmBitForBit() throws {
    try aBatchOfOneIsOnline(sgd(), SGDCoordinates.self)
    try aBatchOfOneIsOnline(sgd(l1: 0, l2: 0), SGDCoordinates.self)
    try aBatchOfOneIsOnline(adaGrad(), AdaGradCoordinates.self)
    try aBatchOfOneIsOnline(adaGrad(l1: 0, l2: 0), AdaGradCoordinates.self)
  }

  @Test(arguments: [1, 3, 64], [1, 2] as [UInt64])
  func theCutIntoBatchesDoesNotMatter(batchSize: Int, cuts: UInt64) throws {
    let rows = randomRows(400, slots: 100, seed: 5)
    func check<Rule: CoordinateRule>(_ parameters: Rule.Parameters, _ rule: Rule.Type) throws {
      let whole = try learned(rows, parameters, rule, batchSize: batchSize)
      let cut = try learned(rows, parameters, rule, batchSize: batchSize, cuts: cuts)
      #expect(LearnerBits(whole) == LearnerBits(cut))
    }
    try check(sgd(), SGDCoordinates.self)
    try check(adaGrad(), AdaGradCoordinates.self)
  }

  @Test(arguments: [1, 3, 64], [0, 100, 131])
  func aCheckpointContinuesExactly(batchSize: Int, rowsBefore: Int) throws {
    let rows = randomRows(300, slots: 100, seed: 3)
    func check<Rule: CoordinateRule>(_ parameters: Rule.Parameters, _ rule: Rule.Type) throws {
      let whole = try learned(rows, parameters, rule, batchSize: batchSize)
      var first = try Learner<Rule>(bits: 7, parameters: parameters, batchSize: batchSize)
      try first.learn(batch(rows[..<rowsBefore]))
      var second = try Learner<Rule>(bits: 7, parameters: parameters, batchSize: batchSize)
      first.withSlotBytes(of: 0..<128) { bytes in second.loadSlots(bytes, at: 0) }
      try second.restore(first.checkpoint)
      try second.learn(batch(rows[rowsBefore...]))
      try second.finish()
      #expect(LearnerBits(whole) == LearnerBits(second))
    }
    try check(sgd(), SGDCoordinates.self)
    try check(adaGrad(), AdaGradCoordinates.self)
  }

  @Test(arguments: [1, 8])
  func largePenaltiesLeaveEveryWeightZeroAndTheBiasFree(batchSize: Int) throws {
    let rows = randomRows(300, slots: 100, seed: 2)
    let bare = rows.map { ReferenceRow([], label: $0.label, weight: $0.weight) }
    let descent = try learned(
      rows, sgd(l1: 1e5), SGDCoordinates.self, batchSize: batchSize)
    #expect(descent.nonZeroCount == 0)
    #expect(abs(descent.bias) > 1e-3)
    let adaptive = try learned(
      rows, adaGrad(l1: 1e5), AdaGradCoordinates.self, batchSize: batchSize)
    #expect(adaptive.nonZeroCount == 0)
    // Every weight is 0 at every margin, so the bias is that of rows without features.
    let alone = try learned(
      bare, adaGrad(l1: 1e5), AdaGradCoordinates.self, batchSize: batchSize)
    #expect(adaptive.bias == alone.bias)
    #expect(alone.bias != 0)
    // Neither penalty touches the bias.
    let free = try learned(
      bare, adaGrad(l1: 0, l2: 0), AdaGradCoordinates.self, batchSize: batchSize)
    let pulled = try learned(bare, adaGrad(l2: 1e3), AdaGradCoordinates.self, batchSize: batchSize)
    #expect(free.bias == pulled.bias)
    let freeDescent = try learned(
      bare, sgd(l1: 0, l2: 0), SGDCoordinates.self, batchSize: batchSize)
    let pulledDescent = try learned(bare, sgd(l2: 1e3), SGDCoordinates.self, batchSize: batchSize)
    #expect(freeDescent.bias == pulledDescent.bias)
  }

  @Test func weightsAreReadAsOfNowAndPredictionsUseThem() throws {
    let touch = ReferenceRow([(3, 1)], label: 1)
    let others = (0..<50).map { _ in ReferenceRow([(9, 1)], label: 0) }
    func check<Rule: CoordinateRule>(_ parameters: Rule.Parameters, _ rule: Rule.Type) throws {
      let before = try learned([touch], parameters, rule, batchSize: 1)
      let after = try learned([touch] + others, parameters, rule, batchSize: 1)
      let (old, new) = (before.weight(slot: 3), after.weight(slot: 3))
      #expect(new < old * 0.999 && new > 0)
      var margins = GrowableBuffer<Double>()
      after.predict(batch([touch]), into: &margins)
      #expect(margins[0] == after.bias + Double(new))
      var seen: [UInt32: Float] = [:]
      after.forEachNonZeroWeight { slot, _, weight in seen[slot] = weight }
      #expect(seen == [3: new, 9: after.weight(slot: 9)])
    }
    try check(sgd(l1: 0), SGDCoordinates.self)
    try check(adaGrad(l1: 0), AdaGradCoordinates.self)
  }

  @Test(arguments: [1, 2])
  func aRowBeyondTheRangeIsRefusedAndLeavesNoTrace(batchSize: Int) throws {
    let good = ReferenceRow([(1, 1)], label: 1)
    let bad = ReferenceRow([(1, 1), (2, .infinity)], label: 0)
    func check<Rule: CoordinateRule>(_ parameters: Rule.Parameters, _ rule: Rule.Type) throws {
      var learner = try Learner<Rule>(bits: 7, parameters: parameters, batchSize: batchSize)
      var found: NonFiniteRow?
      do throws(NonFiniteRow) {
        try learner.learn(batch([good, good, bad, good]))
      } catch { found = error }
      #expect(found == NonFiniteRow(quantity: .margin, row: 2, feature: 3, slot: 2))
      try learner.finish()
      let expected = try learned([good, good], parameters, rule, batchSize: batchSize)
      #expect(LearnerBits(learner) == LearnerBits(expected))
    }
    try check(sgd(), SGDCoordinates.self)
    try check(adaGrad(), AdaGradCoordinates.self)
  }

  /// Bias and weight share what the margin is to move, so two turns take the weight from 0 to
  /// 3.4e38, then to 5.1e38, which no Float can hold.
  @Test func aWeightBeyondTheRangeNamesItsFeatureAndLeavesNoTrace() throws {
    let low = ReferenceRow([], label: -3.4e38)
    let high = ReferenceRow([(2, 1)], label: 3.4e38)
    let parameters = try SGDParameters(rate: RateOptions(learningRate: 1e3, schedule: .constant))
    var learner = try StochasticGradient<SquaredLoss>(bits: 4, parameters: parameters)
    var found: NonFiniteRow?
    do throws(NonFiniteRow) {
      try learner.learn(batch([low, high, low, high]))
    } catch { found = error }
    #expect(found == NonFiniteRow(quantity: .gradient, row: 3, feature: 1, slot: 2))
    var expected = try StochasticGradient<SquaredLoss>(bits: 4, parameters: parameters)
    try expected.learn(batch([low, high, low]))
    #expect(LearnerBits(learner) == LearnerBits(expected))
  }

  /// Beyond 2^24 a Float would stand still.
  @Test func theSumOfSquaresDoesNotStall() throws {
    var learner = try AdaGrad<SquaredLoss>(bits: 4, parameters: AdaGradParameters())
    learner[slot: 2] = AdaGradSlot(weight: 0, n: 0x1p30, touched: 0)
    for _ in 0..<1000 { try learner.learn(batch([ReferenceRow([(2, 1)], label: 1)])) }
    let grown = learner[slot: 2].n - 0x1p30
    // The residual falls from 1 as the bias learns the label.
    #expect(grown > 1 && grown < 1000)
    #expect(learner.exactWeight(slot: 2) > 0)
  }

  /// Rows of weight 0 belong to the N of the mean: time passes for the penalties, nothing else.
  @Test func rowsOfWeightZeroOnlyLetTimePass() throws {
    let rows = randomRows(50, slots: 30, seed: 6)
    let silent = (0..<20).map { _ in ReferenceRow([(3, 1)], label: 1, weight: 0) }
    let with = try learned(
      rows + silent, sgd(), SGDCoordinates.self, batchSize: 1)
    let without = try learned(rows, sgd(), SGDCoordinates.self, batchSize: 1)
    #expect(with.bias == without.bias)
    #expect(with.exactWeight(slot: 3).magnitude < without.exactWeight(slot: 3).magnitude)
    let free = try learned(
      rows + silent, sgd(l1: 0, l2: 0), SGDCoordinates.self, batchSize: 1)
    let freeWithout = try learned(rows, sgd(l1: 0, l2: 0), SGDCoordinates.self, batchSize: 1)
    for slot in 0..<128 as Range<UInt32> {
      #expect(free.exactWeight(slot: slot) == freeWithout.exactWeight(slot: slot))
    }
  }
}
