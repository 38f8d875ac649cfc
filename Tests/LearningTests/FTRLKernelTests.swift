import Learning
import Processor
import SparseBatches
import Testing

/// The kernels of ftrl against the Swift form, on each path of this machine: bit for bit.
@Suite struct FTRLKernelTests {
  private typealias Averages = OnlineLearner<Averaged<FTRLCoordinates>, LogisticLoss>

  private static let parameters: [(alpha: Double, beta: Double, l1: Double, l2: Double)] = [
    (0.1, 1, 0, 0), (0.5, 0, 0.7, 0), (0.05, 2, 0.1, 0.3),
  ]

  /// `perLength` rows of each number of features, some slots frequent.
  private func rows(perLength: Int, lengths: Range<Int>, seed: UInt64) -> SparseBatch {
    var generator = SeededGenerator(state: seed)
    let rows = (0..<perLength * lengths.count).map { index in
      let length = lengths.lowerBound + index % lengths.count
      var features: [(slot: UInt32, value: Float)] = []
      var seen: Set<UInt32> = []
      while features.count < length {
        let limit: UInt32 = Bool.random(using: &generator) ? 1 << 10 : 100
        let slot = UInt32.random(in: 0..<limit, using: &generator)
        guard seen.insert(slot).inserted else { continue }
        let size = Float.random(in: -3...3, using: &generator)
        features.append((slot, [1, size, size * 1e-6, size * 1e4, 0][Int(slot % 5)]))
      }
      let weight: Float = [1, 1, 0, 2.5][Int.random(in: 0..<4, using: &generator)]
      return ReferenceRow(
        features, label: Bool.random(using: &generator) ? 1 : 0, weight: weight)
    }
    return batch(rows)
  }

  @Test(arguments: ProcessorPath.available, 0..<3)
  func theBitsAreThoseOfTheSwiftForm(path: ProcessorPath, parameters index: Int) throws {
    let chosen = Self.parameters[index]
    let parameters = try FTRLParameters(
      alpha: chosen.alpha, beta: chosen.beta, l1: chosen.l1, l2: chosen.l2)
    let rows = rows(perLength: 40, lengths: 0..<71, seed: 5)
    var plain = try LogisticFTRL(bits: 10, parameters: parameters, path: path)
    var plainOracle = try LogisticFTRL(bits: 10, parameters: parameters, path: nil)
    var averages = try Averages(bits: 10, parameters: parameters, path: path)
    var averagesOracle = try Averages(bits: 10, parameters: parameters, path: nil)
    for _ in 0..<2 {
      try plain.learn(rows)
      try plainOracle.learn(rows)
      try averages.learn(rows)
      try averagesOracle.learn(rows)
      for row in 0..<rows.rowCount {
        #expect(plain.margins[row].bitPattern == plainOracle.margins[row].bitPattern)
        #expect(averages.margins[row].bitPattern == averagesOracle.margins[row].bitPattern)
      }
    }
    #expect(LearnerBits(plain) == LearnerBits(plainOracle))
    #expect(LearnerBits(averages) == LearnerBits(averagesOracle))
    #expect(plain.nonZeroCount > 0)
  }

  @Test(arguments: ProcessorPath.available, [1, 3, 4, 5, 8, 11])
  func aRowThatIsRefusedLeavesNoTrace(path: ProcessorPath, length: Int) throws {
    // The gradient of the last feature is beyond a Float, whatever the margin: no row is half a class.
    let bad = ReferenceRow(
      (0..<length).map { (UInt32($0), $0 == length - 1 ? 3e38 : 1) }, label: 0.5, weight: 1000)
    let good = rows(perLength: 4, lengths: 0..<12, seed: 8)
    func check<Rule: CoordinateRule>(
      _ learner: consuming OnlineLearner<Rule, LogisticLoss>,
      _ oracle: consuming OnlineLearner<Rule, LogisticLoss>
    ) throws {
      try learner.learn(good)
      try oracle.learn(good)
      let before = LearnerBits(learner)
      var found: [NonFiniteRow] = []
      do throws(NonFiniteRow) { try learner.learn(batch([bad])) } catch { found.append(error) }
      do throws(NonFiniteRow) { try oracle.learn(batch([bad])) } catch { found.append(error) }
      #expect(found.count == 2 && found.first == found.last)
      #expect(LearnerBits(learner) == before)
    }
    let parameters = try FTRLParameters()
    try check(
      LogisticFTRL(bits: 10, parameters: parameters, path: path),
      LogisticFTRL(bits: 10, parameters: parameters, path: nil))
    try check(
      Averages(bits: 10, parameters: parameters, path: path),
      Averages(bits: 10, parameters: parameters, path: nil))
  }
}
