import Learning
import SparseBatches
import Testing

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
