package import SparseBatches

/// What the rows of the last chunk showed of what is watched, told by what made features of them.
package protocol WatchedRows: ~Copyable {
  /// Whether a watched column said something new.
  var sawWatched: Bool { mutating get }

  /// Calls `body` with a row's ordinal, the index of a watched column, and what it holds there, for
  /// all rows.
  mutating func forEachWatchedValue(
    of chunk: borrowing RowChunk, _ body: (Int, Int, PrefixValue.Kind) -> Void)

  /// Calls `body` with row, index and magnitude of each value that has no scale.
  mutating func forEachUnknownIndex(_ body: (Int, UInt64, Float) -> Void)

  /// Calls `body` with column or index, how many of its values were clipped, and whether it is a
  /// column.
  mutating func forEachClipped(_ body: (UInt64, Int, Bool) -> Void)
}

/// What the prefix says nothing of, watched until it comes alive: columns, or LibSVM indices.
///
/// Which rows decide depends on the rows alone, never on threads, chunks, or where a run stopped:
/// chunks are taken in their order, and what is gathered is a part of a checkpoint.
package struct SchemaWatch: Codable, Equatable, Sendable {
  package private(set) var columns: [WatchedColumn] = []
  package private(set) var indices: WatchedIndices?
  /// So many values make a scale.
  private let limit: Int

  static let mostLimit = 1 << 24
  /// More columns do not come alive at the same time: bounds the memory.
  private static let mostWindows = 4096

  /// - Parameter sniffRows: length of the prefix.
  init(columns: [WatchedColumn], sniffRows: Int) {
    self.columns = columns
    limit = min(sniffRows, Self.mostLimit)
  }

  /// - Parameter sniffRows: length of the prefix.
  package init(indicesAfter sniffRows: Int) {
    limit = min(sniffRows, Self.mostLimit)
    indices = WatchedIndices(boundary: 2 * limit)
  }

  package var isEmpty: Bool { columns.isEmpty && indices == nil }

  /// What comes alive in a chunk.
  ///
  /// - Parameters:
  ///   - shown: by the chunk's rows.
  ///   - from: the first row to look at; behind the last one that was looked at on return.
  /// - Returns: the schemas in force from later rows on; when there are any, the chunk must be
  ///   featurized again, and taken again.
  package mutating func take(
    _ shown: inout some WatchedRows & ~Copyable, _ chunk: borrowing RowChunk, from: inout Int,
    _ schema: FeatureSchema
  ) -> [(step: SchemaStep, notice: String?)] {
    switch schema.source {
    case .csv(let csv):
      guard from == chunk.ordinal else { return [] }
      from = chunk.ordinal + chunk.rows.count
      return takeColumns(&shown, chunk, schema, csv)
    case .libsvm(let scales?): return takeIndices(&shown, chunk, &from, schema, scales)
    case .libsvm, .vw: return []
    }
  }

  private mutating func takeColumns(
    _ shown: inout some WatchedRows & ~Copyable, _ chunk: borrowing RowChunk,
    _ schema: FeatureSchema,
    _ source: CSVSchema
  ) -> [(step: SchemaStep, notice: String?)] {
    var windows = columns.count { $0.window != nil }
    guard windows > 0 || shown.sawWatched else { return [] }
    var alive: [(index: Int, row: Int)] = []
    var isAlive = Array(repeating: false, count: columns.count)
    shown.forEachWatchedValue(of: chunk) { ordinal, index, kind in
      guard !isAlive[index] else { return }
      let wasOpen = columns[index].window != nil
      let comes = columns[index].add(
        kind, row: ordinal + 1, mayBegin: windows < Self.mostWindows, limit: limit)
      if !wasOpen, columns[index].window != nil { windows += 1 }
      guard comes else { return }
      isAlive[index] = true
      windows -= 1
      alive.append((index, ordinal))
    }
    var (steps, csv): ([(SchemaStep, String?)], CSVSchema) = ([], source)
    let watched = columns
    for (index, row) in alive {
      let column = watched[index]
      csv.columns[column.column] = column.revived(csv.columns[column.column])
      columns.removeAll { $0.column == column.column }
      var fresh = schema
      fresh.source = .csv(csv)
      let step = SchemaStep(firstRow: row + 1, schema: fresh, watch: self)
      steps.append((step, notice(column, csv.columns[column.column], row: row + 2)))
    }
    return steps
  }

  private func notice(_ watched: WatchedColumn, _ column: Column, row: Int) -> String {
    let name = column.name.display
    let first = watched.window?.firstRow ?? row
    return "column \"\(name)\" said nothing in the first rows (\(watched.words)), but does from "
      + "row \(first) on: it is learned as \(column.role.name) from row \(row) on; to learn it from "
      + "the start, use --sniff-rows \(row), or --ignore '\(name)' if it should not be learned"
  }

  private mutating func takeIndices(
    _ shown: inout some WatchedRows & ~Copyable, _ chunk: borrowing RowChunk, _ from: inout Int,
    _ schema: FeatureSchema, _ scales: IndexScales
  ) -> [(step: SchemaStep, notice: String?)] {
    guard var watched = indices else { return [] }
    defer { indices = watched }
    let end = chunk.ordinal + chunk.rows.count
    while from < end {
      let (start, stop) = (from, min(end, watched.boundary))
      shown.forEachUnknownIndex { row, index, magnitude in
        let ordinal = chunk.ordinal + row
        guard ordinal >= start, ordinal < stop else { return }
        watched.add(index, magnitude, known: scales.indices.count)
      }
      from = max(start, stop)
      guard watched.boundary <= end else { break }
      let row = watched.boundary
      let (joined, found) = (watched.joined(scales), watched.pending)
      watched.advance(step: limit)
      guard !found.isEmpty else { continue }
      var fresh = schema
      fresh.source = .libsvm(joined)
      indices = watched
      let isScaled = found.values.contains { $0 != 1 }
      let notice =
        "\(found.count) LibSVM indices that the rows before did not hold are scaled from row "
        + "\(row + 1) on; to scale them from the start, use --sniff-rows \(row)"
      return [(SchemaStep(firstRow: row, schema: fresh, watch: self), isScaled ? notice : nil)]
    }
    return []
  }

  /// The schema to publish when the rows end here: indices that wait are bounded as they were.
  package func final(_ schema: FeatureSchema) -> FeatureSchema {
    guard let indices, case .libsvm(let scales?) = schema.source else { return schema }
    var last = schema
    last.source = .libsvm(indices.joined(scales, atLeast: 1))
    return last
  }

  /// Warnings when the rows end here: of columns that began to say something too late.
  package func warnings(_ schema: FeatureSchema) -> [String] {
    guard case .csv(let csv) = schema.source else { return [] }
    return columns.compactMap { watched in
      guard let window = watched.window else { return nil }
      let name = csv.columns[watched.column].name.display
      return "warning: column \"\(name)\" said nothing in the first rows (\(watched.words)), and "
        + "holds only \(window.values) values from row \(window.firstRow) on: it is not scaled and not "
        + "learned as a number yet; use --sniff-rows \(window.firstRow + limit)"
    }
  }

  /// What is wrong with one that was stored.
  package func defect(_ schema: FeatureSchema) -> String? {
    let isValid: Bool
    switch schema.source {
    case .csv(let csv):
      isValid =
        indices == nil && columns.allSatisfy { $0.isValid(in: csv.columns) }
        && zip(columns, columns.dropFirst()).allSatisfy { $0.column < $1.column }
    case .libsvm(let scales?):
      isValid = columns.isEmpty && (indices.map { $0.isValid(scales) } ?? true)
    case .libsvm, .vw: isValid = isEmpty
    }
    return isValid && (1...Self.mostLimit).contains(limit) ? nil : "watched columns are invalid"
  }
}

/// The schema in force from a row on.
package final class SchemaStep: Sendable {
  /// Ordinal of the first row that is read by it.
  package let firstRow: Int
  package let schema: FeatureSchema
  /// As rows are read: watched numbers have no feature.
  let reading: FeatureSchema
  let watched: [WatchedColumn]
  let plans = ColumnPlanCache()
  /// For LibSVM rows.
  let scales: IndexScaleTable?

  package init(firstRow: Int, schema: FeatureSchema, watch: SchemaWatch?) {
    self.firstRow = firstRow
    self.schema = schema
    watched = watch?.columns ?? []
    var reading = schema
    var scales: IndexScaleTable?
    switch schema.source {
    case .csv(var csv):
      for watched in watch?.columns ?? [] {
        guard case .numeric(var scale) = csv.columns[watched.column].role else { continue }
        // Every standardized value is then 0, which is no feature.
        scale.standardDeviation = .greatestFiniteMagnitude
        csv.columns[watched.column].role = .numeric(scale)
      }
      reading.source = .csv(csv)
    case .libsvm(let known):
      scales = known.map { IndexScaleTable($0, watch: watch?.indices != nil) }
    case .vw: break
    }
    self.reading = reading
    self.scales = scales
  }
}
