import Learning
import SparseBatches
import Testing

typealias ReferenceRow = ReferenceLearner.Row

/// SplitMix64, so that random tests are the same on each run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.bits(state)
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
struct LearnerBits<Rule: CoordinateRule>: Equatable {
  var slots: [UInt8]
  var checkpoint: LearnerCheckpoint<Rule>

  init<Loss>(_ learner: borrowing OnlineLearner<Rule, Loss>) {
    slots = learner.withSlotBytes(of: 0..<learner.slotCount) { bytes in
      bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    checkpoint = learner.checkpoint
  }
}

/// Has `learner` learn the rows, then finish.
///
/// - Parameter cuts: the seed of the random lengths of the batches; 0: all rows in one batch.
func learn<Learner: OnlineOptimizer & ~Copyable>(
  _ rows: [ReferenceRow], by learner: inout Learner, cuts: UInt64 = 0
) throws {
  var generator = SeededGenerator(state: cuts)
  var start = 0
  while start < rows.count {
    let length = cuts == 0 ? rows.count : Int.random(in: 0...9, using: &generator)
    let end = min(start + length, rows.count)
    try learner.learn(batch(rows[start..<end]))
    #expect(learner.margins.count == (end - start) * learner.outputs)
    start = end
  }
  try learner.finish()
}

/// A learner of the log loss that has learned the rows.
func learned<Rule: CoordinateRule>(
  _ rows: [ReferenceRow], bits: Int, parameters: Rule.Parameters, _: Rule.Type, batchSize: Int,
  cuts: UInt64 = 0
) throws -> OnlineLearner<Rule, LogisticLoss> {
  var learner = try OnlineLearner<Rule, LogisticLoss>(
    bits: bits, parameters: parameters, batchSize: batchSize)
  try learn(rows, by: &learner, cuts: cuts)
  return learner
}

/// The same with ftrl.
func learned(
  _ rows: [ReferenceRow], bits: Int, parameters: FTRLParameters, batchSize: Int, cuts: UInt64 = 0
) throws -> LogisticFTRL {
  try learned(
    rows, bits: bits, parameters: parameters, FTRLCoordinates.self, batchSize: batchSize, cuts: cuts
  )
}
