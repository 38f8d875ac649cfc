import Learning
import SparseBatches

struct ReferenceRow: Sendable {
  var features: [(slot: UInt32, value: Float)]
  var label, weight: Float

  init(_ features: [(slot: UInt32, value: Float)], label: Float, weight: Float = 1) {
    self.features = features
    self.label = label
    self.weight = weight
  }
}

/// SplitMix64, so that random tests are the same on each run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}

/// Rows of 0 to 11 features, some slots frequent, labels that depend on the features.
func randomRows(_ count: Int, slots: UInt32, seed: UInt64) -> [ReferenceRow] {
  var generator = SeededGenerator(state: seed)
  return (0..<count).map { _ in
    var seen: Set<UInt32> = []
    var features: [(slot: UInt32, value: Float)] = []
    var score = Float(0)
    for _ in 0..<Int.random(in: 0...11, using: &generator) {
      let limit = Bool.random(using: &generator) ? slots : 8
      let slot = UInt32.random(in: 0..<limit, using: &generator)
      guard seen.insert(slot).inserted else { continue }
      let value = Float.random(in: -2...2, using: &generator)
      score += value * Float(Int(slot % 7) - 3)
      features.append((slot, value))
    }
    let noise = Float.random(in: -3...3, using: &generator)
    let weight = Float([1, 1, 1, 0, 0.25, 3].randomElement(using: &generator) ?? 1)
    return ReferenceRow(features, label: score + noise > 0 ? 1 : 0, weight: weight)
  }
}

func batch(_ rows: some Sequence<ReferenceRow>) -> SparseBatch {
  var batch = SparseBatch()
  for (index, row) in rows.enumerated() {
    for feature in row.features { batch.addFeature(feature.slot, feature.value) }
    batch.endRow(label: row.label, weight: row.weight, rowInChunk: index)
  }
  return batch
}

typealias LogisticFTRL = FTRLProximal<LogisticLoss>

/// Everything that a learner knows, to compare two learners bit for bit.
struct LearnerBits: Equatable {
  var slots: [UInt8]
  var checkpoint: LearnerCheckpoint<FTRLCoordinates>

  init(_ learner: borrowing LogisticFTRL) {
    slots = learner.withSlotBytes(of: 0..<learner.slotCount) { bytes in
      bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    checkpoint = learner.checkpoint
  }
}

/// Learns the rows given in batches of random lengths, then finishes.
func learned(
  _ rows: [ReferenceRow], bits: Int, parameters: FTRLParameters, batchSize: Int,
  splitSeed: UInt64 = 0
) throws -> LogisticFTRL {
  var learner = try LogisticFTRL(bits: bits, parameters: parameters, batchSize: batchSize)
  var generator = SeededGenerator(state: splitSeed)
  var start = 0
  while start < rows.count {
    let length = splitSeed == 0 ? rows.count : Int.random(in: 0...9, using: &generator)
    let end = min(start + length, rows.count)
    try learner.learn(batch(rows[start..<end]))
    start = end
  }
  try learner.finish()
  return learner
}
