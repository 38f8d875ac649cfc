import Learning
import SparseBatches
import Testing

/// The averages of `Averaged` against the dense sums of the reference, and their state.
@Suite struct AveragingTests {
  private typealias AveragedFTRL = OnlineLearner<Averaged<FTRLCoordinates>, LogisticLoss>

  struct Setting: Sendable {
    var batchSize = 1
    var alpha = 0.5
    var l1 = 0.0
    var l2 = 0.0

    func parameters() throws -> FTRLParameters {
      try FTRLParameters(alpha: alpha, beta: 1, l1: l1, l2: l2)
    }
  }

  static let settings = [
    Setting(), Setting(batchSize: 3), Setting(batchSize: 64, l2: 2), Setting(l1: 0.8),
    Setting(alpha: 5),
  ]

  @Test(arguments: settings)
  func servesTheAverageOfTheReference(_ setting: Setting) throws {
    // Steps are counted by mini-batches: the reference must end with a whole one.
    let rows = randomRows(576, slots: 61, seed: 7).map {
      ReferenceRow($0.features, label: $0.label, weight: $0.weight == 0 ? 1 : $0.weight)
    }
    let parameters = try setting.parameters()
    var learner = try AveragedFTRL(
      bits: 6, parameters: parameters, batchSize: setting.batchSize)
    try learn(rows, by: &learner)
    var plain = try LogisticFTRL(bits: 6, parameters: parameters, batchSize: setting.batchSize)
    try learn(rows, by: &plain)
    var oracle = ReferenceLearner(slots: 64, parameters, batchSize: setting.batchSize)
    oracle.learn(rows)
    var moved = 0.0
    for (slot, average) in oracle.averages.enumerated() {
      let served = learner.exactWeight(slot: UInt32(slot))
      #expect(abs(served - average) <= 2e-5 * max(1, abs(average)), "slot \(slot)")
      // It learns from the weights that the plain learner has, bit for bit.
      #expect(learner[slot: UInt32(slot)].state == plain[slot: UInt32(slot)])
      moved = max(moved, abs(served - plain.exactWeight(slot: UInt32(slot))))
    }
    #expect(abs(learner.bias - oracle.averagedBias) <= 1e-5)
    #expect(moved > 1e-3)
    #expect(learner.nonZeroCount == oracle.averages.count { $0 != 0 })
    for (row, margin) in oracle.averagedMargins.enumerated() {
      #expect(abs(learner.margins[row] - margin) <= 1e-4 * max(1, abs(margin)), "row \(row)")
    }
  }

  @Test func aMiniBatchOfOneRowIsTheOnlineAlgorithmBitForBit() throws {
    let rows = randomRows(500, slots: 200, seed: 11)
    let parameters = try FTRLParameters(alpha: 0.5, l1: 0.1)
    var general = try AveragedFTRL(bits: 8, parameters: parameters)
    try general.learnInMiniBatches(batch(rows))
    var online = try AveragedFTRL(bits: 8, parameters: parameters)
    try online.learnOnline(batch(rows))
    #expect(LearnerBits(general) == LearnerBits(online))
    for row in rows.indices { #expect(general.margins[row] == online.margins[row]) }
  }

  /// K = 2: the weights of one class are the other's negated, and so are the averages.
  @Test func softmaxServesAveragesToo() throws {
    let rows = randomRows(400, slots: 50, seed: 3)
    let parameters = try FTRLParameters(alpha: 0.5)
    var learner = try SoftmaxLearner<Averaged<FTRLCoordinates>>(
      bits: 6, classes: 2, parameters: parameters)
    try learn(rows, by: &learner)
    var binary = try AveragedFTRL(bits: 6, parameters: try FTRLParameters(alpha: 1))
    try learn(rows, by: &binary)
    for slot in 0..<UInt32(64) {
      let (no, yes) = (
        learner.exactWeight(slot: slot, output: 0), learner.exactWeight(slot: slot, output: 1)
      )
      #expect(abs(no + yes) <= 1e-5)
      #expect(abs((yes - no) - binary.exactWeight(slot: slot)) <= 1e-4)
    }
    let last = rows.count - 1
    let difference = learner.margins[2 * last + 1] - learner.margins[2 * last]
    #expect(abs(difference - binary.margins[last]) <= 1e-4)
  }

  @Test func aWeightThatTheL1PenaltyHoldsAtZeroIsServedAsZero() throws {
    let rows = randomRows(300, slots: 61, seed: 5)
    var learner = try AveragedFTRL(bits: 6, parameters: try FTRLParameters(alpha: 0.5, l1: 3))
    try learn(rows, by: &learner)
    let zeros = (0..<UInt32(64)).filter {
      learner[slot: $0].lag != 0 && learner.exactWeight(slot: $0) == 0
    }
    #expect(!zeros.isEmpty)
  }

  @Test(arguments: [1, 4])
  func resumesExactlyFromEverywhere(_ batchSize: Int) throws {
    let rows = randomRows(200, slots: 61, seed: 13)
    let parameters = try FTRLParameters(alpha: 0.3)
    var whole = try AveragedFTRL(bits: 6, parameters: parameters, batchSize: batchSize)
    try learn(rows, by: &whole)
    for cut in [1, 57, 130] {
      var first = try AveragedFTRL(bits: 6, parameters: parameters, batchSize: batchSize)
      try first.learn(batch(rows[..<cut]))
      let state = LearnerCheckpoint<Averaged<FTRLCoordinates>>(parameters)
      var second = try AveragedFTRL(bits: 6, parameters: parameters, batchSize: batchSize)
      first.withSlotBytes(of: 0..<64) { second.loadSlots($0, at: 0) }
      #expect(
        AveragedClock<Timeless>(words: first.checkpoint.clock.words[...])
          == first.checkpoint.clock)
      #expect(state != first.checkpoint)
      try second.restore(first.checkpoint)
      try second.learn(batch(rows[cut...]))
      try second.finish()
      #expect(LearnerBits(second) == LearnerBits(whole), "cut \(cut)")
    }
  }

  /// The average is the same after as before, and what comes now moves it more.
  @Test(arguments: [0.5, 0.01])
  func forgettingShortensThePastOfTheAverage(_ share: Double) throws {
    let rows = randomRows(400, slots: 61, seed: 17)
    let more = randomRows(40, slots: 61, seed: 18)
    var learner = try AveragedFTRL(bits: 6, parameters: try FTRLParameters(alpha: 0.3))
    try learn(rows, by: &learner)
    var kept = try AveragedFTRL(bits: 6, parameters: try FTRLParameters(alpha: 0.3))
    try learn(rows, by: &kept)
    let before = (0..<UInt32(64)).map { learner.exactWeight(slot: $0) }
    let (bias, steps) = (learner.bias, learner.checkpoint.clock.steps)
    learner.forgetSlots(keeping: share)
    learner.forgetBias(keeping: share)
    for slot in 0..<UInt32(64) {
      #expect(abs(learner.exactWeight(slot: slot) - before[Int(slot)]) <= 1e-5)
    }
    #expect(abs(learner.bias - bias) <= 1e-9)
    #expect(learner.checkpoint.clock.steps == share * steps)
    try learn(more, by: &learner)
    try learn(more, by: &kept)
    func distance(_ weight: (UInt32) -> Double) -> Double {
      (0..<64).reduce(0.0) { $0 + abs(weight(UInt32($1)) - before[$1]) }
    }
    #expect(
      distance { learner.exactWeight(slot: $0) } > 1.2 * distance { kept.exactWeight(slot: $0) })
  }

  @Test func labelsInAnotherUnitGiveTheSameModelInThatUnit() throws {
    let rows = randomRows(300, slots: 61, seed: 19)
    let far = rows.map { ReferenceRow($0.features, label: 1000 + 50 * $0.label, weight: $0.weight) }
    typealias Squared = OnlineLearner<Averaged<FTRLCoordinates>, SquaredLoss>
    var plain = try Squared(bits: 6, parameters: try FTRLParameters(alpha: 0.3))
    try learn(rows, by: &plain)
    var scaled = try Squared(bits: 6, parameters: try FTRLParameters(alpha: 0.3))
    scaled.target = TargetScale(mean: 1000, deviation: 50)
    try learn(far, by: &scaled)
    for slot in 0..<UInt32(64) {
      #expect(abs(plain.exactWeight(slot: slot) - scaled.exactWeight(slot: slot)) <= 1e-6)
    }
    #expect(plain.progress.weight == scaled.progress.weight)
  }
}
