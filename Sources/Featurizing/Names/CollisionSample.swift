/// Distinct features on a sample of the slots: how many features there are, and how many of them
/// share a slot.
///
/// Adaptive sampling (Wegman; analysed by Flajolet, "On adaptive sampling", Computing 43, 1990), by
/// slot: at level L a slot is watched when L bits of its scattered number are 0. When more than
/// `capacity` features are known, the level rises and half of the slots go. What is left depends on
/// the set of features alone, never on the order they came in. Two features whose 32-bit hashes
/// are equal are one here.
struct CollisionSample {
  private let slotMask: UInt32
  private let highestLevel: Int
  private(set) var level = 0
  /// More features than the sample can tell apart at its highest level.
  private(set) var isSaturated = false
  private(set) var hashes: Set<UInt32> = []

  static let capacity = 1 << 14

  init(hashing: FeatureHashing) {
    slotMask = hashing.mask
    highestLevel = Self.highestLevel(bits: hashing.bits)
  }

  /// Sixteen slots, about, are the fewest that say anything.
  static func highestLevel(bits: Int) -> Int { bits - 4 }

  /// A sample as it was.
  ///
  /// - Returns: nil when there can be no such sample.
  init?(hashing: FeatureHashing, hashes: [UInt32], level: Int, isSaturated: Bool) {
    self.init(hashing: hashing)
    guard (0...highestLevel).contains(level),
      !isSaturated || hashes.isEmpty && level == highestLevel
    else { return nil }
    self.level = level
    self.isSaturated = isSaturated
    self.hashes = Set(hashes)
    guard self.hashes.allSatisfy(isSampled) else { return nil }
  }

  mutating func insert(_ hash: UInt32) {
    guard !isSaturated, isSampled(hash), hashes.insert(hash).inserted else { return }
    while hashes.count > Self.capacity {
      guard level < highestLevel else {
        isSaturated = true
        hashes = []
        return
      }
      level += 1
      hashes = hashes.filter(isSampled)
    }
  }

  /// Leaves out what a higher level has no place for: a part of the features alone comes to it.
  mutating func raise(to newLevel: Int) {
    guard !isSaturated, newLevel > level else { return }
    level = newLevel
    hashes = hashes.filter(isSampled)
  }

  /// There are more features than can be told apart.
  mutating func saturate() {
    (level, isSaturated, hashes) = (highestLevel, true, [])
  }

  private func isSampled(_ hash: UInt32) -> Bool {
    FeatureBulletin.scattered(hash & slotMask) & FeatureBulletin.sampleMask(level: level) == 0
  }

  var figures: CollisionFigures {
    let scale = Double(1 << level)
    if isSaturated {
      return CollisionFigures(
        distinctFeatures: Double(Self.capacity) * scale, relativeError: nil,
        slotsUsed: Double(slotMask) + 1, collidedShare: 1)
    }
    var featuresOfSlot: [UInt32: Int] = [:]
    for hash in hashes { featuresOfSlot[hash & slotMask, default: 0] += 1 }
    var squares = 0
    var collided = 0
    // Sums of integers: the order of the dictionary does not matter.
    for features in featuresOfSlot.values {
      squares += features * features
      if features > 1 { collided += features }
    }
    let found = Double(hashes.count)
    // Slots are sampled with probability p = 1/scale: the variance of Σ k/p is Σ k²(1 − p)/p²
    // (Horvitz and Thompson 1952).
    let deviation = (Double(squares) * (1 - 1 / scale)).squareRoot()
    return CollisionFigures(
      distinctFeatures: found * scale, relativeError: found > 0 ? deviation / found : 0,
      slotsUsed: min(Double(featuresOfSlot.count) * scale, Double(slotMask) + 1),
      collidedShare: found > 0 ? Double(collided) / found : 0)
  }
}

/// How crowded the slots are: estimates, exact while there are few features.
package struct CollisionFigures: Codable, Equatable, Sendable {
  /// Distinct features of the good rows; at least that many when there is no `relativeError`.
  package var distinctFeatures: Double
  /// Standard error of `distinctFeatures` as a part of it; nil: there are too many to tell.
  package var relativeError: Double?
  /// Slots that some feature falls into.
  package var slotsUsed: Double
  /// Part of the distinct features that share their slot with another, 0…1.
  package var collidedShare: Double

  package init(
    distinctFeatures: Double, relativeError: Double?, slotsUsed: Double, collidedShare: Double
  ) {
    self.distinctFeatures = distinctFeatures
    self.relativeError = relativeError
    self.slotsUsed = slotsUsed
    self.collidedShare = collidedShare
  }

  /// What makes figures that were read from a file unusable.
  package var isSound: Bool {
    distinctFeatures.isFinite && distinctFeatures >= 0 && slotsUsed.isFinite && slotsUsed >= 0
      && collidedShare >= 0 && collidedShare <= 1
      && relativeError.map { $0.isFinite && $0 >= 0 } ?? true
  }

  /// Above this share more slots are advised.
  package static let crowdedShare = 0.1

  /// The fewest bits with which about one feature in twenty would share its slot, when many do now
  /// and there can be more.
  package func advisedBits(now bits: Int) -> Int? {
    guard collidedShare > Self.crowdedShare else { return nil }
    let most = FeatureHashing.allowedBits.upperBound
    // With n features in M slots 1 − e^(−n/M) of them share one: 0.05 at M = 19.5 n.
    var advised = bits
    while advised < most, Double(1 << advised) < 19.5 * distinctFeatures { advised += 1 }
    return advised > bits ? advised : nil
  }
}
