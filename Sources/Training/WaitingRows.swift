internal import ModelFile
internal import RowStream
internal import SparseBatches

/// Rows that wait before they are learned, and where each of them stands in the input.
struct WaitingRows: ~Copyable {
  /// In the order in which they came; `rowsInChunk` counts them.
  private(set) var batch = SparseBatch()
  /// Names of the inputs that the rows come from, each once.
  private var sources: [String] = []
  /// One for each row; or none, where a checkpoint did not know them.
  private var places: [Place] = []

  /// A `RowPlace` in 16 bytes: a window can have many rows.
  private struct Place: BitwiseCopyable {
    static let unknown = Place(source: 0, line: 0, row: 0)

    /// Number of the input, from 1 on; 0: nothing is known.
    var source: UInt32
    /// 0: not known.
    var line: UInt32
    var row: Int
  }

  var count: Int { batch.rowCount }

  /// What they take: 8 bytes a feature and 44 a row, of which 20 lie in the batch, 16 are its place,
  /// and 8 its number in the order in which rows are given out. Of the rows alone, so that what is
  /// decided by it does not depend on how memory was asked for.
  var bytes: Int { 8 * batch.slots.count + 44 * count }

  mutating func append(_ other: borrowing SparseBatch, row: Int, place: RowPlace?) {
    if places.count == count { places.append(compact(place)) }
    batch.appendRow(of: other, row: row, rowInChunk: count)
  }

  private mutating func compact(_ place: RowPlace?) -> Place {
    guard let place else { return .unknown }
    let known = sources.lastIndex(of: place.source)
    if known == nil { sources.append(place.source) }
    let number = known.map { $0 + 1 } ?? sources.count
    return Place(
      source: UInt32(number), line: place.line.flatMap { UInt32(exactly: $0) } ?? 0,
      row: place.row)
  }

  /// Where the row with this number stands.
  func place(_ row: Int) -> RowPlace? {
    guard row < places.count, places[row].source > 0 else { return nil }
    let place = places[row]
    return RowPlace(
      source: sources[Int(place.source) - 1], row: place.row,
      line: place.line > 0 ? Int(place.line) : nil)
  }

  mutating func removeAll() {
    batch.removeAll()
    sources.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }
}

// MARK: - Checkpoints

extension WaitingRows {
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    removeAll()
    try reader.readBatch(into: &batch, limits)
  }

  func encodePlaces(into writer: inout ByteWriter) {
    writer.append(sources.count)
    for source in sources { writer.append(counted: Array(source.utf8)) }
    writer.append(places.count)
    for place in places {
      writer.append(varint: UInt64(place.source))
      guard place.source > 0 else { continue }
      writer.append(varint: UInt64(place.row))
      writer.append(varint: UInt64(place.line))
    }
  }

  /// Call after `restore`.
  mutating func restorePlaces(from reader: inout ByteReader) throws(RunFailure) {
    sources = []
    for _ in 0..<(try reader.readCount(elementBytes: 8)) {
      sources.append(String(decoding: try reader.readCountedBytes(), as: UTF8.self))
    }
    places = []
    for _ in 0..<(try reader.readCount(elementBytes: 1)) {
      let source = try reader.readVarint()
      guard source > 0 else {
        places.append(.unknown)
        continue
      }
      let (row, line) = (try reader.readVarint(), try reader.readVarint())
      guard source <= sources.count, row < 1 << 60, let line = UInt32(exactly: line) else {
        throw reader.failure("the place of a row that waits is out of range")
      }
      places.append(Place(source: UInt32(source), line: line, row: Int(row)))
    }
    guard places.isEmpty || places.count == count else {
      throw reader.failure("the places of the rows that wait are not complete")
    }
  }
}
