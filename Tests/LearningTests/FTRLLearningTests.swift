import ElementaryMath
import Learning
import SparseBatches
import Testing

@Suite struct FTRLLearningTests {
  @Test(arguments: [1, 8])
  func largeL1LeavesEveryWeightExactlyZero(batchSize: Int) throws {
    let rows = randomRows(300, slots: 100, seed: 2)
    let learner = try learned(
      rows, bits: 7, parameters: FTRLParameters(l1: 1e4), batchSize: batchSize)
    #expect(learner.nonZeroCount == 0)
    #expect(learner.bias != 0)
  }

  @Test(arguments: [1, 3])
  func rowsOfWeightZeroChangeNothingButTheRowCount(batchSize: Int) throws {
    let rows = randomRows(90, slots: 50, seed: 4)
    let silent = (0..<batchSize).map { _ in ReferenceRow([(3, 1), (9, -2)], label: 1, weight: 0) }
    let without = try learned(
      rows, bits: 6, parameters: FTRLParameters(), batchSize: batchSize)
    let with = try learned(
      Array(rows[..<30] + silent + rows[30...] + silent), bits: 6, parameters: FTRLParameters(),
      batchSize: batchSize)
    var expected = LearnerBits(without)
    expected.checkpoint.progress.rows += 2 * batchSize
    #expect(LearnerBits(with) == expected)
  }

  @Test func progressIsTheLossBeforeEachUpdate() throws {
    let rows = randomRows(200, slots: 50, seed: 8)
    var learner = try LogisticFTRL(bits: 6, parameters: FTRLParameters())
    try learner.learn(batch(rows))
    var oracle = ReferenceLearner(slots: 64, try FTRLParameters())
    oracle.learn(rows)
    #expect(oracle.margins.first == 0)
    let loss = oracle.weightedLoss
    #expect(abs(learner.progress.weightedLoss.value - loss) <= 1e-5 * loss)
    #expect(abs(learner.progress.weight.value - oracle.weight) <= 1e-9)
    #expect(learner.margins.count == 200)
    for (row, margin) in oracle.margins.enumerated() {
      #expect(abs(learner.margins[row] - margin) <= 1e-5 * max(1, abs(margin)))
    }
  }

  @Test func predictingLearnsNothingAndGivesTheMarginsOfNow() throws {
    let rows = randomRows(200, slots: 50, seed: 9)
    var learner = try learned(rows, bits: 6, parameters: FTRLParameters(), batchSize: 1)
    let before = LearnerBits(learner)
    var margins = GrowableBuffer<Double>()
    learner.predict(batch(rows), into: &margins)
    #expect(LearnerBits(learner) == before)
    // The first row's margin before its update is the one that prediction gave.
    try learner.learn(batch(rows))
    #expect(margins.count == 200)
    #expect(learner.margins[0] == margins[0])
  }

  @Test(arguments: [1, 2])
  func aGradientBeyondTheRangeNamesRowAndFeatureAndChangesNothing(batchSize: Int) throws {
    // n = g² = 1e76 is beyond a Float, √n = g is not; at weight 1e3 g itself is.
    let good = ReferenceRow([(1, 1)], label: 1)
    let bad = ReferenceRow([(1, 1), (2, 3e38), (3, 1)], label: 0, weight: 1000)
    var learner = try LogisticFTRL(
      bits: 4, parameters: FTRLParameters(), batchSize: batchSize)
    var expected = try LogisticFTRL(
      bits: 4, parameters: FTRLParameters(), batchSize: batchSize)
    try expected.learn(batch([good, good]))
    var found: NonFiniteRow?
    do throws(NonFiniteRow) { try learner.learn(batch([good, good, bad, good])) } catch {
      found = error
    }
    let row = NonFiniteRow(quantity: .gradient, row: 2, feature: 3, slot: 2)
    #expect(found == row)
    #expect(learner.progress.rows == 2)
    try learner.finish()
    #expect(LearnerBits(learner) == LearnerBits(expected))
  }

  @Test(arguments: [1, 2])
  func aMarginBeyondTheRangeNamesRowAndFeature(batchSize: Int) throws {
    var learner = try LogisticFTRL(
      bits: 4, parameters: FTRLParameters(alpha: 1e30), batchSize: batchSize)
    // Such a weight, −α·z/(β + √n), is itself beyond a Float.
    learner[slot: 5] = FTRLSlot(z: 1e30, rootN: 1)
    var found: NonFiniteRow?
    let rows = [ReferenceRow([(1, 1)], label: 1), ReferenceRow([(2, 1), (5, 1)], label: 0)]
    do throws(NonFiniteRow) { try learner.learn(batch(rows)) } catch { found = error }
    let row = NonFiniteRow(quantity: .margin, row: 1, feature: 2, slot: 5)
    #expect(found == row)
  }

  @Test func aSumOverAMiniBatchBeyondTheRangeNamesTheRowThatCompletedIt() throws {
    let large = ReferenceRow([(2, 3e38)], label: 0, weight: 1.5)
    var learner = try LogisticFTRL(bits: 4, parameters: FTRLParameters(), batchSize: 2)
    var found: NonFiniteRow?
    do throws(NonFiniteRow) { try learner.learn(batch([large, large])) } catch { found = error }
    let row = NonFiniteRow(quantity: .gradient, row: 1, feature: nil, slot: 2)
    #expect(found == row)
    #expect(learner[slot: 2] == FTRLSlot(z: 0, rootN: 0))
  }
}
