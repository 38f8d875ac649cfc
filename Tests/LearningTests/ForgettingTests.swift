import Learning
import SparseBatches
import Testing

/// `--forget`: the evidence goes, the weights stay.
@Suite struct ForgettingTests {
  private func learner(batchSize: Int = 1) throws -> FTRLProximal<LogisticLoss> {
    try FTRLProximal<LogisticLoss>(
      bits: 8, parameters: try FTRLParameters(alpha: 0.1, beta: 1, l1: 0.3, l2: 0.1),
      batchSize: batchSize)
  }

  private func rows(_ count: Int) -> SparseBatch {
    var batch = SparseBatch()
    for row in 0..<count {
      for feature in 0..<4 {
        batch.addFeature(UInt32((row * 7 + feature * 61) % 251), Float(feature + 1) / 2)
      }
      batch.endRow(label: row % 3 == 0 ? 1 : 0, weight: 1, rowInChunk: row)
    }
    return batch
  }

  @Test(arguments: [1, 0.5, 1e-4])
  func weightsStayAndEvidenceGoes(_ share: Double) throws {
    var learner = try learner()
    try learner.learn(rows(400))
    let before = (0..<256).map { learner.exactWeight(slot: UInt32($0)) }
    let evidence = (0..<256).map { Double(learner[slot: UInt32($0)].rootN) }
    let bias = learner.bias
    #expect(before.contains { $0 != 0 } && before.contains { $0 == 0 })
    learner.forgetSlots(keeping: share)
    learner.forgetBias(keeping: share)
    for slot in 0..<256 {
      let after = learner.exactWeight(slot: UInt32(slot))
      // z is a Float of about λ1 or more, of which the weight is what is left beyond λ1.
      #expect(abs(after - before[slot]) <= 1e-6 * max(abs(before[slot]), 0.1))
      #expect((after == 0) == (before[slot] == 0))
      let root = Double(learner[slot: UInt32(slot)].rootN)
      #expect(abs(root - share.squareRoot() * evidence[slot]) <= 1e-6 * evidence[slot])
    }
    #expect(abs(learner.bias - bias) <= 1e-12 * abs(bias))
  }

  @Test func aMiniBatchUnderWayForgetsToo() throws {
    var learner = try learner(batchSize: 50)
    try learner.learn(rows(120))
    let state = learner.checkpoint
    #expect(state.pendingRows == 20)
    learner.forgetSlots(keeping: 0.25)
    try learner.restore(state)
    learner.forgetBias(keeping: 0.25)
    let slot = try #require(state.pendingSlots.first { learner[slot: $0].rootN > 0 })
    let forgotten = learner[slot: slot].rootN
    try learner.finish()
    // It was applied to the forgotten state, and not to a copy from before.
    #expect(learner[slot: slot].rootN < 2 * forgotten)
  }

  @Test func stateGoesThroughWordsExactly() throws {
    var learner = try learner(batchSize: 7)
    try learner.learn(rows(100))
    let state = learner.checkpoint
    #expect(FTRLBias(words: state.bias.words[...]) == state.bias)
    #expect(ProgressiveLoss(words: state.progress.words[...]) == state.progress)
    var sgd = try OnlineLearner<SGDCoordinates, LogisticLoss>(
      bits: 8, parameters: try SGDParameters(rate: RateOptions(), l1: 0, l2: 0.1))
    try sgd.learn(rows(100))
    #expect(RateClock(words: sgd.checkpoint.clock.words[...]) == sgd.checkpoint.clock)
    #expect(SGDBias(words: sgd.checkpoint.bias.words[...]) == sgd.checkpoint.bias)
  }
}
