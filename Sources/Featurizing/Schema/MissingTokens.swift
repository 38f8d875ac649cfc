internal import SparseBatches

/// The texts that mean "no value", compared byte for byte after trimming.
package struct MissingTokens: Equatable, Sendable {
  package let tokens: [[UInt8]]
  let firstBytes: FirstBytes
  /// Bit n is set when some token has n bytes, 63 or more for the last bit.
  let lengths: UInt64
  let holdsEmpty: Bool

  /// Texts that databases, spreadsheets and data frames write for "no value". Such as may be a
  /// category (`-`, `none`, `nil`, `na`) are not among them: advice names them where they stand
  /// among numbers. The list is stored in each model, which keeps the one it was trained with.
  package static let standard = MissingTokens(
    [
      "", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NULL", "null", "(null)", "None",
      "\\N", "?",
    ].map { Array($0.utf8) })

  /// What stands for all of `standard` in a list.
  package static let defaultWord = "default"

  /// - Parameter texts: as they are given; the word `default` stands for the default ones.
  package init(list texts: [String]) {
    self.init(
      texts.flatMap { $0 == Self.defaultWord ? Self.standard.tokens : [Array($0.utf8)] })
  }

  package init(_ tokens: [[UInt8]]) {
    self.tokens = tokens
    holdsEmpty = tokens.contains([])
    firstBytes = FirstBytes(tokens)
    lengths = tokens.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
  }

  package static func == (left: MissingTokens, right: MissingTokens) -> Bool {
    left.tokens == right.tokens
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  func contains(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    guard count > 0 else { return holdsEmpty }
    let first = unsafe base[0]
    guard firstBytes.hold(first), lengths >> UInt64(min(count, 63)) & 1 == 1 else { return false }
    return unsafe compare(base, count: count)
  }

  @unsafe @inline(never)
  private func compare(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    for token in tokens where token.count == count {
      var index = 0
      while index < count, unsafe base[index] == token[index] { index += 1 }
      if index == count { return true }
    }
    return false
  }
}

/// The bytes that tokens start with: turns away nearly every value with one test that the processor
/// predicts well.
struct FirstBytes: BitwiseCopyable, Sendable {
  /// Bit b is set when some token starts with a byte whose low six bits are b.
  let bits: UInt64

  init(_ tokens: [[UInt8]]) {
    bits = tokens.compactMap(\.first).reduce(0) { $0 | 1 << UInt64($1 & 63) }
  }

  /// Whether a token may start with this byte.
  @inline(__always)
  func hold(_ byte: UInt8) -> Bool { bits >> UInt64(byte & 63) & 1 == 1 }
}

extension MissingTokens: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(try container.decode([ByteText].self).map(\.bytes))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(tokens.map { ByteText(bytes: $0) })
  }
}

/// How many values of a stream were missing, by column.
package struct MissingValues: Codable, Equatable, Sendable {
  /// Rows whose values were looked at: bad ones and those that sampling left out are not among
  /// them.
  package private(set) var rows = 0
  /// By column of the schema, 0 for columns without features; empty where rows have no columns.
  package private(set) var byColumn: [Int] = []

  package init() {}

  /// Adds what a chunk showed. Chunks come in their order, each once.
  ///
  /// - Parameters:
  ///   - rows: good rows of the chunk.
  ///   - addMissing: adds the missing values of each column.
  mutating func add(rows: Int, _ addMissing: (inout [Int]) -> Void) {
    self.rows += rows
    addMissing(&byColumn)
  }

  /// The counts of several streams that all went on from `base`, which each of them counts too.
  package static func joined(
    _ streams: [MissingValues], onTopOf base: MissingValues
  ) -> MissingValues {
    var joined = base
    for stream in streams {
      joined.rows += stream.rows - base.rows
      if joined.byColumn.isEmpty {
        joined.byColumn = Array(repeating: 0, count: stream.byColumn.count)
      }
      for (column, count) in stream.byColumn.enumerated() {
        let before = base.byColumn.indices.contains(column) ? base.byColumn[column] : 0
        joined.byColumn[column] += count - before
      }
    }
    return joined
  }

  /// What is wrong with counts that were stored: nil when they can be of these rows and columns.
  ///
  /// - Parameter rows: of the stream, bad ones included.
  package func defect(rows: Int, schema: FeatureSchema) -> String? {
    var columns = 0
    if case .csv(let csv) = schema.source { columns = csv.columns.count }
    let fits =
      (0...max(rows, 0)).contains(self.rows) && [0, columns].contains(byColumn.count)
      && byColumn.allSatisfy { (0...self.rows).contains($0) }
    return fits ? nil : "counts of missing values are invalid"
  }
}

/// The missing values of one chunk, by column of the schema.
struct MissingCounts: ~Copyable {
  private var counts: GrowableBuffer<UInt32>

  init(columns: Int) {
    counts = GrowableBuffer(capacity: columns)
    for _ in 0..<columns { counts.append(0) }
  }

  mutating func beginChunk() {
    for column in 0..<counts.count { counts[column] = 0 }
  }

  @inline(__always)
  mutating func add(_ column: Int) { counts[column] &+= 1 }

  /// For an inner loop: a count for each column of the schema.
  @unsafe @inline(__always)
  var base: UnsafeMutablePointer<UInt32> { unsafe counts.base }

  /// Takes back a value of a row that turned out bad.
  mutating func remove(_ column: Int) { counts[column] &-= 1 }

  func add(to totals: inout [Int]) {
    if totals.isEmpty { totals = Array(repeating: 0, count: counts.count) }
    for column in 0..<counts.count { totals[column] += Int(counts[column]) }
  }
}
