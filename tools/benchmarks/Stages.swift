import Featurizing
import Learning
import ModelFile
import SparseBatches

/// Inputs of the stages, the same in each run, and the stages themselves. Each returns a number
/// that depends on all it did, so that no work can be left out.
struct Stages: ~Copyable {
  static let rows = 4096
  private static let columns = 16

  private let numbers: RowChunk
  private let categories: RowChunk
  private let numeric: FeatureSchema
  private let categorical: FeatureSchema
  private var batch = SparseBatch()
  private var learner: FTRLProximal<LogisticLoss>
  private let weights: [(slot: UInt32, weight: Float)]

  init() throws(RunFailure) {
    var counter: UInt64 = 1
    func draw(below bound: UInt64) -> UInt64 {
      counter &+= SplitMix64.increment
      return SplitMix64.bits(counter) % bound
    }
    var weights: [(slot: UInt32, weight: Float)] = []
    var slot = UInt32(0)
    for _ in 0..<Self.rows {
      slot += 1 + UInt32(draw(below: 500))
      weights.append((slot, Float(1 + draw(below: 1000))))
    }
    let scale = NumericScale(transform: .standardize, mean: 0.5, standardDeviation: 0.3)
    let learner = try FTRLProximal<LogisticLoss>(bits: 18, parameters: FTRLParameters())
    // What may fail is done: a value that cannot be copied is made whole or not at all.
    self.weights = weights
    self.learner = learner
    numeric = Self.schema(.numeric(scale))
    categorical = Self.schema(.categorical)
    numbers = Self.chunk { "0.\(draw(below: 1_000_000))" }
    categories = Self.chunk { "value\(draw(below: 5000))" }
  }

  /// Split rows into fields and read numbers.
  mutating func parse() throws(RunFailure) -> Int {
    try Self.featurize(numbers, numeric, into: &batch)
  }

  /// Split rows into fields and hash categories.
  mutating func hash() throws(RunFailure) -> Int {
    try Self.featurize(categories, categorical, into: &batch)
  }

  /// Learn the batch that `hash` made last, row by row.
  mutating func learn() throws -> Int {
    try learner.learn(batch)
    return learner.progress.rows
  }

  /// The weights of a model as bytes, as many as there are rows.
  func encode() throws(RunFailure) -> Int {
    var encoded = SparseWeights()
    for (slot, weight) in weights { try encoded.append(slot: slot, weight: weight) }
    return encoded.encoded().count
  }

  private static func featurize(
    _ chunk: borrowing RowChunk, _ schema: FeatureSchema, into batch: inout SparseBatch
  ) throws(RunFailure) -> Int {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    _ = try featurizer.featurize(chunk, .undecided, into: &batch)
    return batch.slots.count
  }

  private static func schema(_ role: Column.Role) -> FeatureSchema {
    let names = (0..<columns).map { "c\($0)" }
    let columns = [("label", Column.Role.label)] + names.map { ($0, role) }
    return FeatureSchema(
      source: .csv(
        CSVSchema(
          delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: true,
          label: ByteText("label"), weight: nil, missing: .standard, clip: 8, ngrams: 1,
          columns: columns.map {
            Column(name: ByteText($0.0), role: $0.1, reason: .recorded("benchmark"))
          },
          crosses: [])),
      hashing: FeatureHashing(bits: 18), labels: .convention)
  }

  /// Rows as framing would make them.
  private static func chunk(_ cell: () -> String) -> RowChunk {
    var chunk = RowChunk(capacity: 1 << 20)
    for row in 0..<rows {
      let start = UInt32(chunk.bytes.count)
      for byte in "\(row % 2)".utf8 { chunk.bytes.append(byte) }
      for _ in 0..<columns {
        for byte in ",\(cell())".utf8 { chunk.bytes.append(byte) }
      }
      chunk.rows.append(RowExtent(start: start, end: UInt32(chunk.bytes.count)))
      chunk.bytes.append(UInt8(ascii: "\n"))
    }
    let header = "label," + (0..<columns).map { "c\($0)" }.joined(separator: ",")
    chunk.header = FileHeader(bytes: Array(header.utf8))
    chunk.firstLine = 2
    return chunk
  }
}

/// What a machine is slow or fast at in much the same way as the stages: dependent arithmetic, and
/// scattered reads and writes of a table as large as the learner's.
struct Calibration {
  private var table = [Float](repeating: 0, count: 1 << 18)

  mutating func run() -> Int {
    var state: UInt64 = 7
    for _ in 0..<(1 << 18) {
      state = (state ^ (state >> 27)) &* 0x94d0_49bb_1331_11eb &+ 1
      let slot = Int(truncatingIfNeeded: state >> 46)
      table[slot] = table[slot] * 0.5 + Float(state & 255)
    }
    return Int(truncatingIfNeeded: state & 1)
  }
}
