import ElementaryMath
import Learning
import SparseBatches
import Testing

@testable import Learning

@Suite struct ModelWeightsTests {
  @Test(arguments: [10, 30])
  func marginsOfClassesHaveTheBitsOfTraining(claimedBits: Int) throws {
    let rows = randomRows(400, slots: 900, seed: 5).enumerated().map { index, row in
      var row = row
      row.label = Float(index % 3)
      return row
    }
    var learner = try SoftmaxLearner<FTRLCoordinates>(
      bits: 10, classes: 3, parameters: try FTRLParameters(alpha: 0.5, l1: 0.3))
    try learner.learn(batch(rows))
    var (slots, outputs, weights): ([UInt32], [UInt32], [Float]) = ([], [], [])
    learner.forEachNonZeroWeight { slot, output, weight in
      slots.append(slot)
      outputs.append(UInt32(output))
      weights.append(weight)
    }
    // Some slots lack some classes, or the test would show less.
    #expect(Set(slots).count * 3 > slots.count && slots.count > 300)
    let model = try ModelWeights(
      loss: .softmax(classes: 3), bits: claimedBits,
      biases: (0..<3).map { learner.bias(output: $0) }, slots: slots, outputs: outputs,
      weights: weights)
    var served = GrowableBuffer<Double>()
    var learned = GrowableBuffer<Double>()
    model.predict(batch(rows), into: &served)
    learner.predict(batch(rows), into: &learned)
    #expect(served.count == 1200 && learned.count == 1200)
    for index in 0..<served.count { #expect(served[index] == learned[index]) }
  }

  /// A probit model speaks in log-odds, so that whatever follows need not know it.
  @Test func theSigmoidOfProbitLogOddsIsTheNormalDistribution() throws {
    let model = try ModelWeights(
      loss: .probit, bits: 4, biases: [0.25], slots: [3], outputs: [], weights: [2])
    var scores = GrowableBuffer<Double>()
    model.predict(
      batch([ReferenceRow([], label: 0), ReferenceRow([(slot: 3, value: 0.5)], label: 0)]),
      into: &scores)
    // Φ(0.25) and Φ(1.25), of tables.
    #expect(abs(Elementary.sigmoid(scores[0]) - 0.598_706_325_682_923_7) < 1e-15)
    #expect(abs(Elementary.sigmoid(scores[1]) - 0.894_350_226_333_144_8) < 1e-15)
    for margin in [-1e3, -40, -8, 0, 8, 40, 1e3] {
      let logOdds = ProbitLoss.logOdds(margin: margin)
      #expect(logOdds.isFinite)
      let loss = ProbitLoss.loss(margin: margin, label: 1)
      #expect(abs(Elementary.softplus(-logOdds) - loss) <= 1e-12 * max(loss, 1e-300))
    }
  }

  @Test func squaredScoresAreThePredictions() throws {
    let model = try ModelWeights(
      loss: .squared, bits: 4, biases: [10], slots: [1, 2], outputs: [], weights: [2, -3])
    var scores = GrowableBuffer<Double>()
    model.predict(batch([ReferenceRow([(slot: 2, value: 2)], label: 0)]), into: &scores)
    #expect(scores[0] == 4)
  }

  @Test func probabilitiesOfClassesAddUpAndStayFinite() {
    var margins = GrowableBuffer<Double>()
    for margin in [1000, 0, -1000, 1, 2, 3] as [Double] { margins.append(margin) }
    for row in [0..<3, 3..<6] {
      var shares: [Double] = []
      SoftmaxLoss.forEachProbability(margins, row: row) { _, share, _ in shares.append(share) }
      #expect(abs(shares.reduce(0, +) - 1) < 1e-15 && shares.allSatisfy(\.isFinite))
      for (output, share) in shares.enumerated() where share > 0 {
        let loss = SoftmaxLoss.loss(margins, row: row, label: output)
        #expect(abs(-Elementary.log(share) - loss) < 1e-12)
      }
    }
  }
}

@Suite struct LinearModelWeightsTests {
  /// A model with the weights of `learner`.
  private func model(
    of learner: borrowing LogisticFTRL, bits: Int
  ) throws -> LinearModelWeights {
    var slots: [UInt32] = []
    var weights: [Float] = []
    learner.forEachNonZeroWeight { slot, _, weight in
      slots.append(slot)
      weights.append(weight)
    }
    #expect(slots == slots.sorted())
    #expect(slots.count == learner.nonZeroCount)
    return try LinearModelWeights(
      bits: bits, bias: learner.bias, slots: slots.span, weights: weights.span)
  }

  /// 10 bits: a plain table; claimed to be 30: the hash table.
  @Test(arguments: [10, 30])
  func marginsHaveTheBitsOfTraining(claimedBits: Int) throws {
    let rows = randomRows(500, slots: 1000, seed: 21)
    var learner = try learned(
      rows, bits: 10, parameters: FTRLParameters(alpha: 0.5, l1: 0.2), batchSize: 1)
    let model = try model(of: learner, bits: claimedBits)
    var served = GrowableBuffer<Double>()
    model.predict(batch(rows), into: &served)
    #expect(served.count == rows.count)
    // Row by row, so that the margins of training are all at the same weights.
    for (index, row) in rows.enumerated() {
      var silent = row
      silent.weight = 0
      try learner.learn(batch([silent]))
      #expect(served[index] == learner.margins[0], "row \(index)")
    }
  }

  @Test func memoryFollowsTheWeightsAndNotTheBits() throws {
    let slots: [UInt32] = [5, 1 << 29, (1 << 30) - 1]
    let weights: [Float] = [1, -2, 3]
    let model = try LinearModelWeights(
      bits: 30, bias: 0.5, slots: slots.span, weights: weights.span)
    #expect(model.tableBytes < 1024)
    #expect(model.weight(slot: 1 << 29) == -2)
    #expect(model.weight(slot: (1 << 30) - 1) == 3)
    #expect(model.weight(slot: 6) == 0)
  }

  @Test func everyWeightIsFoundInAFullHashTable() throws {
    let slots = (0..<4096).map { UInt32($0 &* 262_139) }
    let weights = slots.indices.map { Float($0 + 1) }
    let model = try LinearModelWeights(
      bits: 30, bias: 0, slots: slots.span, weights: weights.span)
    for (slot, weight) in zip(slots, weights) {
      #expect(model.weight(slot: slot) == weight)
      #expect(model.weight(slot: slot + 1) == 0)
    }
  }

  @Test func aModelWithoutWeightsGivesItsBias() throws {
    for bits in [4, 30] {
      let model = try LinearModelWeights(
        bits: bits, bias: -1.25, slots: [UInt32]().span, weights: [Float]().span)
      var margins = GrowableBuffer<Double>()
      model.predict(batch([ReferenceRow([(3, 2)], label: 0)]), into: &margins)
      #expect(margins[0] == -1.25)
    }
  }
}
