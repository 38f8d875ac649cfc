internal import ModelFile
internal import RowStream
internal import SparseBatches

/// Rows that wait before they are learned, and where each of them stands in the input.
struct WaitingRows: ~Copyable {
  /// In the order in which they came; `rowsInChunk` counts them.
  private(set) var batch = SparseBatch()
  /// One for each row; or none, where a checkpoint did not know them.
  private var places: [RowPlace?] = []

  var count: Int { batch.rowCount }

  mutating func append(_ other: borrowing SparseBatch, row: Int, place: RowPlace?) {
    if places.count == count { places.append(place) }
    batch.appendRow(of: other, row: row, rowInChunk: count)
  }

  /// Where the row with this number stands.
  func place(_ row: Int) -> RowPlace? { row < places.count ? places[row] : nil }

  mutating func removeAll() {
    batch.removeAll()
    places.removeAll(keepingCapacity: true)
  }
}

// MARK: - Checkpoints

extension WaitingRows {
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    try reader.readBatch(into: &batch, limits)
    places = []
  }

  func encodePlaces(into writer: inout ByteWriter) {
    var numbers: [String: Int] = [:]
    for case let place? in places where numbers[place.source] == nil {
      numbers[place.source] = numbers.count
    }
    writer.append(numbers.count)
    for (source, _) in numbers.sorted(by: { $0.value < $1.value }) {
      writer.append(counted: Array(source.utf8))
    }
    writer.append(places.count)
    for place in places {
      writer.append(varint: UInt64(place.flatMap { numbers[$0.source] }.map { $0 + 1 } ?? 0))
      guard let place else { continue }
      writer.append(varint: UInt64(place.row))
      writer.append(varint: UInt64(place.line ?? 0))
    }
  }

  /// Call after `restore`.
  mutating func restorePlaces(from reader: inout ByteReader) throws(RunFailure) {
    var sources: [String] = []
    for _ in 0..<(try reader.readCount(elementBytes: 8)) {
      sources.append(String(decoding: try reader.readCountedBytes(), as: UTF8.self))
    }
    var places: [RowPlace?] = []
    for _ in 0..<(try reader.readCount(elementBytes: 1)) {
      let number = try reader.readVarint()
      guard number > 0 else {
        places.append(nil)
        continue
      }
      let (row, line) = (try reader.readVarint(), try reader.readVarint())
      guard number <= sources.count, row < 1 << 60, line < 1 << 60 else {
        throw reader.failure("the place of a row that waits is out of range")
      }
      places.append(
        RowPlace(
          source: sources[Int(number) - 1], row: Int(row), line: line > 0 ? Int(line) : nil))
    }
    guard places.isEmpty || places.count == count else {
      throw reader.failure("the places of the rows that wait are not complete")
    }
    self.places = places
  }
}
