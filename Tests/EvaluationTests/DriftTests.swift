import Testing

@testable import Evaluation

/// Distances of two samples, tests of them, and what many tests may count for.
@Suite struct DriftTests {
  struct Case: Sendable {
    var reference: [Double]
    var sample: [Double]
    /// By numpy from the definition, and by scipy 1.17's `jensenshannon(…, base=2)`.
    var stability: Double
    var distance: Double
  }

  static let cases = [
    Case(
      reference: [10, 20, 30, 40], sample: [40, 30, 20, 10], stability: 0.8719768526109903,
      distance: 0.3918681606471551),
    Case(
      reference: [100, 0, 50], sample: [80, 20, 50], stability: 0.51953433792461,
      distance: 0.2683673429531495),
    Case(
      reference: [5000, 3000, 2000], sample: [520, 290, 190], stability: 0.0015925781566572214,
      distance: 0.017177730224723547),
    Case(reference: [1, 0], sample: [0, 1], stability: 1.0986122886681098, distance: 1),
    Case(
      reference: [0, 7, 3, 0], sample: [0, 70, 30, 0], stability: 0.0012272075021091682,
      distance: 0),
  ]

  @Test(arguments: cases) func distancesAreThoseOfTheDefinitions(_ item: Case) throws {
    let found = try #require(Divergence(reference: item.reference, sample: item.sample))
    #expect(abs(found.stability - item.stability) < 1e-12)
    #expect(abs(found.distance - item.distance) < 1e-9)
    let turned = try #require(Divergence(reference: item.sample, sample: item.reference))
    #expect(abs(turned.stability - found.stability) < 1e-12)
    #expect(abs(turned.distance - found.distance) < 1e-12)
    #expect(abs(turned.chance - found.chance) < 1e-12)
  }

  @Test func anEmptySampleHasNoDistance() {
    #expect(Divergence(reference: [0, 0], sample: [1, 2]) == nil)
    #expect(Divergence(reference: [1, 2], sample: [0, 0]) == nil)
    #expect(Divergence(reference: [], sample: []) == nil)
  }

  @Test func theSameSharesAreNoDifference() throws {
    let found = try #require(Divergence(reference: [400, 200, 200], sample: [40, 20, 20]))
    #expect(found.distance == 0)
    #expect(found.chance > 0.99)
  }

  /// By scipy 1.17's `chi2.sf`.
  @Test(arguments: [
    (3.84, 1, 0.05004352124870519), (10, 3, 0.01856613546304325), (0.5, 4, 0.9735009788392561),
    (100, 9, 1.5735176303753876e-17), (500, 1, 9.505397766554137e-111),
    (40, 30, 0.10486428110798468), (1e-3, 2, 0.9995001249791693), (25, 25, 0.46237366292661375),
  ]) func tailsAreThoseOfSciPy(_ statistic: Double, _ degrees: Int, _ expected: Double) {
    let found = Tail.chiSquared(statistic, degrees: degrees)
    #expect(abs(found - expected) <= 1e-9 * expected)
  }

  @Test func tailsEndWhereTheyShould() {
    #expect(Tail.chiSquared(0, degrees: 3) == 1)
    #expect(Tail.chiSquared(1e9, degrees: 3) == 0)
    #expect(Tail.chiSquared(.infinity, degrees: 3) == 0)
    #expect(abs(Tail.normal(1.959963984540054) - 0.05) < 1e-12)
    #expect(abs(Tail.normalPoint(0.05) - 1.959963984540054) < 1e-9)
  }

  /// By scipy 1.17's `chi2_contingency`, for two bins with Yates' correction.
  @Test func testsOfHomogeneityAreThoseOfSciPy() {
    let three = HomogeneityTest.chance([5000, 3000, 2000], [520, 290, 190])
    #expect(abs(three - 0.47587263848858496) < 1e-9)
    let two = HomogeneityTest.chance([500, 300], [40, 60])
    #expect(abs(two - 2.4227970826961956e-05) < 1e-12)
  }

  /// By scipy 1.17's `hypergeom`, the smaller tail doubled.
  @Test(arguments: [
    ([60, 100, 300, 800], 2.9712578213137197e-05), ([5, 200, 10, 8000], 4.0413291894940924e-05),
    ([0, 200, 400, 8000], 7.983890964993988e-05), ([82, 200, 164, 8192], 4.582744778107982e-76),
    ([3, 200, 0, 8192], 2.6677006886316108e-05),
    ([50_000, 100_000, 4000, 8192], 0.042558891522538424),
  ]) func sharesAreTestedExactly(_ counts: [Double], _ expected: Double) {
    let found = HomogeneityTest.chance(
      hits: counts[0], of: counts[1], reference: counts[2], of: counts[3])
    #expect(abs(found - expected) <= 1e-7 * expected, "\(found)")
  }

  @Test func sharesThatSayNothingAreNoEvidence() {
    for counts in [[0.0, 200, 0, 8000], [200, 200, 80, 80], [0, 0, 4, 80], [4, 80, 0, 0]] {
      #expect(
        HomogeneityTest.chance(
          hits: counts[0], of: counts[1], reference: counts[2], of: counts[3]) == 1)
    }
    #expect(HomogeneityTest.chance(hits: 10, of: 100, reference: 100, of: 1000) > 0.9)
  }

  @Test func binsThatHoldTooLittleAreJoined() {
    // Sixty values that came once each, in turn on one side and on the other: no evidence at all.
    let one = (0..<60).map { Double($0 % 2) }
    let other = one.map { 1 - $0 }
    #expect(HomogeneityTest.chance([1000, 1000] + one, [1000, 1000] + other) > 0.5)
    #expect(HomogeneityTest.chance([3, 2], [2, 3]) == 1)
    #expect(HomogeneityTest.chance([0, 0], [2, 3]) == 1)
  }

  /// Of samples of one population, chances are about even: the share below a level is about the level.
  @Test func chancesKeepTheirLevel() {
    var generator = SystemLikeGenerator(state: 11)
    var below = [0.05: 0, 0.01: 0, 0.001: 0]
    let shares = [0.3, 0.2, 0.2, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01]
    let (runs, reference, sample) = (4000, 2000, 300)
    for _ in 0..<runs {
      let chance = HomogeneityTest.chance(
        generator.counts(shares, reference), generator.counts(shares, sample))
      for level in below.keys where chance <= level { below[level, default: 0] += 1 }
    }
    for (level, count) in below {
      let expected = level * Double(runs)
      #expect(Double(count) < expected + 4 * expected.squareRoot() + 3, "\(level): \(count)")
    }
    #expect(below[0.05, default: 0] > runs / 40)
  }

  @Test func holmCountsFromTheSmallestOn() {
    let counted = FalseAlarms.surprising([0.03, 0.001, 0.012, 0.8], level: 0.05)
    #expect(counted == [false, true, true, false])
    #expect(FalseAlarms.surprising([], level: 0.05).isEmpty)
    #expect(FalseAlarms.surprising([0.05], level: 0.05) == [true])
    // The second smallest is too large: all after it stay out, however small their levels would be.
    #expect(
      FalseAlarms.surprising([0.01, 0.04, 0.041], level: 0.05) == [true, false, false])
  }

  @Test func whatLooksSpendAddsUpToTheLevel() {
    var alarms = FalseAlarms(level: 0.01)
    #expect(alarms.spend() == 0.005)
    var spent = 0.005
    for _ in 1..<10_000 { spent += alarms.spend() }
    #expect(spent < 0.01 && spent > 0.0099)
    #expect(alarms.looks == 10_000)
  }
}

/// Even numbers, the same in each run.
struct SystemLikeGenerator {
  var state: UInt64

  mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
  }

  /// So many draws from bins of these shares.
  mutating func counts(_ shares: [Double], _ draws: Int) -> [Double] {
    var counts = Array(repeating: 0.0, count: shares.count)
    for _ in 0..<draws {
      var (rest, bin) = (uniform(), 0)
      while bin < shares.count - 1, rest >= shares[bin] {
        rest -= shares[bin]
        bin += 1
      }
      counts[bin] += 1
    }
    return counts
  }
}
