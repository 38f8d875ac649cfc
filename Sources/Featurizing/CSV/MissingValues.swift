internal import SparseBatches

/// How many values of a stream were missing, by column.
package struct MissingValues: Codable, Equatable, Sendable {
  /// Rows whose values were looked at: bad ones and those that sampling left out are not among them.
  package private(set) var rows = 0
  /// By column of the schema, 0 for columns without features; empty where rows have no columns.
  package private(set) var byColumn: [Int] = []

  package init() {}

  /// Adds what a chunk showed. Chunks come in their order, each once.
  ///
  /// - Parameter rows: good rows of the chunk.
  package mutating func take(_ featurizer: inout ChunkFeaturizer, rows: Int) {
    self.rows += rows
    featurizer.addMissing(to: &byColumn)
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
    return fits ? nil : "its counts of missing values cannot be"
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

  /// Takes back a value of a row that turned out bad.
  mutating func remove(_ column: Int) { counts[column] &-= 1 }

  func add(to totals: inout [Int]) {
    if totals.isEmpty { totals = Array(repeating: 0, count: counts.count) }
    for column in 0..<counts.count { totals[column] += Int(counts[column]) }
  }
}
