import SparseBatches

@testable import Featurizing

/// Chunks as framing would make them, for text without line ends inside quotes.
enum ChunkMaking {
  static func chunk(_ text: String, header: String? = nil) -> RowChunk {
    chunk(Array(text.utf8), header: header)
  }

  static func chunk(_ bytes: [UInt8], header: String? = nil) -> RowChunk {
    var chunk = RowChunk(capacity: bytes.count)
    var start = 0
    for (index, byte) in (bytes + [10]).enumerated() {
      if index < bytes.count { chunk.bytes.append(byte) }
      guard byte == 10 else { continue }
      if index > start { chunk.rows.append(RowExtent(start: UInt32(start), end: UInt32(index))) }
      start = index + 1
    }
    chunk.hasQuotes = bytes.contains(UInt8(ascii: "\""))
    chunk.header = header.map { FileHeader(bytes: Array($0.utf8)) }
    chunk.firstLine = header == nil ? 1 : 2
    return chunk
  }

  static func csv(
    _ columns: [(String, Column.Role)], hasHeader: Bool = true, ngrams: Int = 1,
    crosses: [[Int]] = []
  ) -> CSVSchema {
    CSVSchema(
      delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: hasHeader,
      label: ByteText(columns.first { $0.1 == .label }?.0 ?? "label"),
      weight: columns.first { $0.1 == .weight }.map { ByteText($0.0) }, missing: .standard, clip: 8,
      ngrams: ngrams,
      columns: columns.map {
        Column(name: ByteText($0.0), role: $0.1, reason: .recorded("test"))
      },
      crosses: crosses.map { ColumnCross(columns: $0) })
  }

  static func schema(
    _ columns: [(String, Column.Role)], bits: Int = 22, ngrams: Int = 1, crosses: [[Int]] = []
  ) -> FeatureSchema {
    FeatureSchema(
      source: .csv(csv(columns, ngrams: ngrams, crosses: crosses)),
      hashing: FeatureHashing(bits: bits), labels: .convention)
  }

  static let unscaled = NumericScale(transform: .standardize, mean: 0, standardDeviation: 1)
}

/// A batch as plain values, to compare.
struct PlainBatch: Equatable {
  struct Row: Equatable {
    var label: Float
    var weight: Float
    var features: [UInt32: Float]
  }

  var rows: [Row] = []
  var issues: [RowIssue] = []
  var convention = LabelConvention.undecided

  init(
    _ schema: FeatureSchema, _ chunk: borrowing RowChunk, purpose: FeaturizingPurpose = .learn,
    convention start: LabelConvention = .undecided
  ) throws {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: purpose)
    var batch = SparseBatch()
    convention = try featurizer.featurize(chunk, start, into: &batch)
    for row in 0..<batch.rowCount {
      var features: [UInt32: Float] = [:]
      for index in batch.features(ofRow: row) {
        precondition(features[batch.slots[index]] == nil, "a slot occurs twice in a row")
        features[batch.slots[index]] = batch.values[index]
      }
      rows.append(Row(label: batch.labels[row], weight: batch.weights[row], features: features))
    }
    issues = batch.issues
  }
}

/// A generator with the same numbers every time.
struct SeededNumbers {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state &+= SplitMix64.increment
    return Int(SplitMix64.bits(state) % UInt64(limit))
  }
}

extension FeatureHashing {
  /// The slot of a LibSVM index.
  func slot(ofIndex index: UInt64) -> UInt32 { hash(ofIndex: index) & mask }
}
