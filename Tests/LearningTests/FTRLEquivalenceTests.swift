import ElementaryMath
import Learning
import SparseBatches
import Testing

@Suite struct FTRLEquivalenceTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var batchSize: Int
    var alpha = 0.1
    var beta = 1.0
    var l1 = 0.0
    var l2 = 0.0

    var testDescription: String { "B \(batchSize) α \(alpha) β \(beta) λ1 \(l1) λ2 \(l2)" }

    func parameters() throws -> FTRLParameters {
      try FTRLParameters(alpha: alpha, beta: beta, l1: l1, l2: l2)
    }
  }

  static let settings: [Setting] = [1, 3, 64].flatMap { size in
    [
      Setting(batchSize: size), Setting(batchSize: size, alpha: 0.5, beta: 0),
      Setting(batchSize: size, l1: 0.8), Setting(batchSize: size, l2: 4),
      Setting(batchSize: size, alpha: 0.3, beta: 0.5, l1: 0.4, l2: 1),
    ]
  }

  /// 600 rows touch a frequent slot some 200 times; each time z and √n are rounded by at most
  /// 2^-23, in random directions. Measured: 3e-6; allowed: 1e-5 of the larger of 1 and the value.
  @Test(arguments: settings, ReferenceLearner.Loss.allCases)
  func agreesWithTheReferenceLearner(_ setting: Setting, _ loss: ReferenceLearner.Loss) throws {
    switch loss {
    case .logistic: try agrees(setting, loss, LogisticLoss.self)
    case .squared: try agrees(setting, loss, SquaredLoss.self)
    case .probit: try agrees(setting, loss, ProbitLoss.self)
    }
  }

  private func agrees<Loss: MarginLoss>(
    _ setting: Setting, _ loss: ReferenceLearner.Loss, _: Loss.Type
  ) throws {
    let rows = randomRows(600, slots: 61, seed: 7)
    let parameters = try setting.parameters()
    var learner = try FTRLProximal<Loss>(
      bits: 6, parameters: parameters, batchSize: setting.batchSize)
    try learn(rows, by: &learner)
    var oracle = ReferenceLearner(
      slots: 64, parameters, loss: loss, batchSize: setting.batchSize)
    oracle.learn(rows)
    func isClose(_ value: Double, _ reference: Double) -> Bool {
      abs(value - reference) <= 1e-5 * max(1, abs(reference))
    }
    for (slot, weight) in oracle.weights.enumerated() {
      let state = learner[slot: UInt32(slot)]
      #expect(isClose(Double(learner.weight(slot: UInt32(slot))), weight), "slot \(slot)")
      #expect(isClose(Double(state.z), oracle.z[slot]), "z \(slot)")
      #expect(isClose(Double(state.rootN), oracle.n[slot].squareRoot()), "n \(slot)")
    }
    #expect(isClose(learner.bias, oracle.bias))
    #expect(learner.nonZeroCount == oracle.weights.count { $0 != 0 })
    #expect(isClose(learner.progress.weight.value, oracle.weight))
    #expect(isClose(try #require(learner.progress.mean), oracle.meanLoss))
    for (row, margin) in oracle.margins.enumerated() {
      #expect(isClose(learner.margins[row], margin), "row \(row)")
    }
  }

  @Test(arguments: settings.filter { $0.batchSize == 1 })
  func aMiniBatchOfOneRowIsTheOnlineAlgorithmBitForBit(_ setting: Setting) throws {
    let rows = randomRows(500, slots: 200, seed: 11)
    var general = try LogisticFTRL(bits: 8, parameters: setting.parameters())
    try general.learnInMiniBatches(batch(rows))
    var online = try LogisticFTRL(bits: 8, parameters: setting.parameters())
    try online.learnOnline(batch(rows))
    #expect(LearnerBits(general) == LearnerBits(online))
    #expect(online.margins.count == rows.count)
    for row in rows.indices { #expect(general.margins[row] == online.margins[row]) }
  }

  @Test(arguments: [1, 3, 64], [1, 2, 3] as [UInt64])
  func theCutIntoBatchesDoesNotMatter(batchSize: Int, cuts: UInt64) throws {
    let rows = randomRows(400, slots: 100, seed: 5)
    let parameters = try FTRLParameters(l1: 0.1, l2: 0.1)
    let whole = try learned(rows, bits: 7, parameters: parameters, batchSize: batchSize)
    let cut = try learned(
      rows, bits: 7, parameters: parameters, batchSize: batchSize, cuts: cuts)
    #expect(LearnerBits(whole) == LearnerBits(cut))
  }

  @Test(arguments: [1, 3, 64], [0, 100, 131])
  func aCheckpointContinuesExactly(batchSize: Int, rowsBefore: Int) throws {
    let rows = randomRows(300, slots: 100, seed: 3)
    let parameters = try FTRLParameters(l1: 0.1)
    let whole = try learned(rows, bits: 7, parameters: parameters, batchSize: batchSize)
    var first = try LogisticFTRL(bits: 7, parameters: parameters, batchSize: batchSize)
    try first.learn(batch(rows[..<rowsBefore]))
    var second = try LogisticFTRL(bits: 7, parameters: parameters, batchSize: batchSize)
    // In two pieces, as a file would hold them.
    for range in [0..<50, 50..<128] {
      first.withSlotBytes(of: range) { bytes in second.loadSlots(bytes, at: range.lowerBound) }
    }
    try second.restore(first.checkpoint)
    try second.learn(batch(rows[rowsBefore...]))
    try second.finish()
    #expect(LearnerBits(whole) == LearnerBits(second))
  }

  @Test(arguments: [1, 4])
  func aCheckpointThatContradictsItselfIsRefused(batchSize: Int) throws {
    let parameters = try FTRLParameters()
    let start = LearnerCheckpoint<FTRLCoordinates>(parameters)
    var bad = Array(repeating: start, count: 6)
    bad[0].pendingRows = batchSize
    bad[1].pendingSlots = [1]
    bad[2].pendingSlots = [4]
    bad[2].pendingGradients = [1]
    bad[3].pendingSlots = [1, 1]
    bad[3].pendingGradients = [1, 2]
    bad[4].bias = FTRLBias(z: .nan, n: 1)
    bad[5].pendingWeighingRows = 1
    for checkpoint in bad {
      var learner = try LogisticFTRL(bits: 2, parameters: parameters, batchSize: batchSize)
      var kind: RunFailure.Kind?
      do throws(RunFailure) { try learner.restore(checkpoint) } catch { kind = error.kind }
      #expect(kind == .badData)
    }
  }
}
