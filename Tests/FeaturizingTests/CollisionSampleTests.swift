import Testing

@testable import Featurizing

/// How many features there are and how many share a slot.
@Suite struct CollisionSampleTests {
  /// Distinct numbers that look like hashes.
  private func hashes(_ count: Int) -> [UInt32] {
    (0..<count).map { MurmurHash3.hash([0, 1, 2].map { UInt8($0 * 8) }, seed: UInt32($0)) }
  }

  private struct Truth {
    var distinct: Int
    var slots: Int
    var collided: Int
  }

  private func truth(_ hashes: [UInt32], bits: Int) -> Truth {
    let mask = FeatureHashing(bits: bits).mask
    let distinct = Set(hashes)
    let features = Dictionary(grouping: distinct) { $0 & mask }.mapValues(\.count)
    return Truth(
      distinct: distinct.count, slots: features.count,
      collided: features.values.filter { $0 > 1 }.reduce(0, +))
  }

  private func sample(_ hashes: [UInt32], bits: Int) -> CollisionSample {
    var sample = CollisionSample(hashing: FeatureHashing(bits: bits))
    for hash in hashes { sample.insert(hash) }
    return sample
  }

  @Test(arguments: [10, 12, 16, 22, 30])
  func fewFeaturesAreCountedExactly(bits: Int) {
    for count in [0, 1, 100, 16_384] {
      let hashes = hashes(count)
      let truth = truth(hashes + hashes, bits: bits)
      let figures = sample(hashes + hashes, bits: bits).figures
      #expect(figures.distinctFeatures == Double(truth.distinct))
      #expect(figures.slotsUsed == Double(truth.slots))
      #expect(figures.relativeError == 0)
      let share = count == 0 ? 0 : Double(truth.collided) / Double(truth.distinct)
      #expect(figures.collidedShare == share)
    }
  }

  @Test(arguments: [(100_000, 16), (200_000, 18), (300_000, 22), (300_000, 30), (400_000, 14)])
  func manyFeaturesAreEstimatedWithinFourStandardErrors(count: Int, bits: Int) throws {
    let hashes = hashes(count)
    let truth = truth(hashes, bits: bits)
    let figures = sample(hashes, bits: bits).figures
    let error = try #require(figures.relativeError)
    #expect(error > 0 && error < 0.1)
    let distinct = Double(truth.distinct)
    #expect(abs(figures.distinctFeatures / distinct - 1) < 4 * error)
    #expect(abs(figures.slotsUsed / Double(truth.slots) - 1) < 4 * error)
    #expect(abs(figures.collidedShare - Double(truth.collided) / distinct) < 0.03)
  }

  @Test func theOrderDoesNotMatter() {
    let hashes = hashes(120_000)
    let expected = sample(hashes, bits: 20).figures
    #expect(expected.relativeError ?? 0 > 0)
    #expect(sample(hashes.reversed(), bits: 20).figures == expected)
    let mixed = (0..<hashes.count).map { hashes[$0 * 7919 % hashes.count] }
    #expect(sample(mixed + hashes, bits: 20).figures == expected)
  }

  @Test func tooManyFeaturesForTheSlotsAreSaidToBe() {
    // 2^10 slots: sixteen at the highest level, sampled whole up to 2^14 features.
    let figures = sample(hashes(1_500_000), bits: 10).figures
    #expect(figures.relativeError == nil && figures.collidedShare == 1)
    #expect(figures.distinctFeatures == Double(1 << 20), "at least")
    #expect(figures.isSound)
  }

  @Test(arguments: [
    (Double.nan, 0.1, 1.0, 0.5), (-1, 0.1, 1, 0.5), (.infinity, 0.1, 1, 0.5), (1, .nan, 1, 0.5),
    (1, -1, 1, 0.5), (1, 0.1, .nan, 0.5), (1, 0.1, -1, 0.5), (1, 0.1, 1, 1.5), (1, 0.1, 1, .nan),
  ])
  func figuresThatCannotBeAreNotSound(_ figures: (Double, Double, Double, Double)) {
    let collisions = CollisionFigures(
      distinctFeatures: figures.0, relativeError: figures.1, slotsUsed: figures.2,
      collidedShare: figures.3)
    #expect(!collisions.isSound)
  }

  @Test func moreBitsAreAdvisedWhenMoreThanATenthCollide() {
    func advised(_ distinct: Double, _ share: Double, now bits: Int) -> Int? {
      CollisionFigures(
        distinctFeatures: distinct, relativeError: 0, slotsUsed: 1, collidedShare: share
      ).advisedBits(now: bits)
    }
    #expect(advised(1_000_000, 0.1, now: 22) == nil)
    #expect(advised(1_000_000, 0.21, now: 22) == 25)
    #expect(advised(1e12, 1, now: 22) == 30)
    #expect(advised(1e12, 1, now: 30) == nil, "there are no more")
  }
}
