internal import ModelFile
internal import SparseBatches

/// The held-out rows of one class: those of the smallest draws, in bounded memory.
struct HoldoutStratum: Equatable, Sendable {
  /// A row with its features.
  struct Row: Equatable, Sendable {
    var draw: UInt64
    var ordinal: Int
    var label: Float
    var weight: Float
    var slots: [UInt32]
    var values: [Float]
  }

  /// What the heap moves about in place of the row.
  private struct Place: Equatable, Sendable, BitwiseCopyable {
    var draw: UInt64
    var row: Int
  }

  /// In no order.
  private(set) var rows: [Row] = []
  /// One for each row, the largest draw on top.
  private var heap: [Place] = []
  /// Rows held out, kept or not, by half.
  private(set) var seenForFitting = 0
  private(set) var seenForReporting = 0

  func seen(_ half: HoldoutReservoir.Half) -> Int {
    half == .fitting ? seenForFitting : seenForReporting
  }

  mutating func count(_ half: HoldoutReservoir.Half) {
    if half == .fitting { seenForFitting += 1 } else { seenForReporting += 1 }
  }

  /// Whether a row of this draw would stay.
  func wants(_ draw: UInt64, capacity: Int) -> Bool {
    rows.count < capacity || draw < heap[0].draw
  }

  /// Takes in a row that is wanted; when there is no room the row of the largest draw goes.
  mutating func insert(_ row: Row, capacity: Int) {
    guard rows.count == capacity else {
      heap.append(Place(draw: row.draw, row: rows.count))
      rows.append(row)
      return rise()
    }
    let place = heap[0].row
    rows[place] = row
    heap[0] = Place(draw: row.draw, row: place)
    sink()
  }

  private mutating func rise() {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[parent].draw < heap[child].draw else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var largest = parent
      for child in 2 * parent + 1...2 * parent + 2 where child < heap.count {
        if heap[child].draw > heap[largest].draw { largest = child }
      }
      guard largest != parent else { return }
      heap.swapAt(parent, largest)
      parent = largest
    }
  }
}

extension HoldoutStratum {
  /// Rows go in the heap's order.
  func encode(into writer: inout ByteWriter) {
    writer.append(seenForFitting)
    writer.append(seenForReporting)
    writer.append(rows.count)
    for place in heap {
      let row = rows[place.row]
      writer.append(row.draw)
      writer.append(row.ordinal)
      writer.append(row.label)
      writer.append(row.weight)
      writer.append(row.slots.count)
      for (slot, value) in zip(row.slots, row.values) {
        writer.append(slot)
        writer.append(value)
      }
    }
  }

  init(from reader: inout ByteReader, capacity: Int) throws(RunFailure) {
    seenForFitting = try reader.readTally()
    seenForReporting = try reader.readTally()
    let count = try reader.readCount(elementBytes: 32)
    guard count <= min(seenForFitting + seenForReporting, capacity) else {
      throw reader.failure("it holds more rows than were held out")
    }
    rows.reserveCapacity(count)
    for _ in 0..<count { rows.append(try Self.row(from: &reader)) }
    heap = rows.indices.map { Place(draw: rows[$0].draw, row: $0) }
  }

  private static func row(from reader: inout ByteReader) throws(RunFailure) -> Row {
    var row = Row(
      draw: try reader.readUInt64(), ordinal: try reader.readTally(),
      label: try reader.readFloat(), weight: try reader.readFloat(), slots: [], values: [])
    let features = try reader.readCount(elementBytes: 8)
    row.slots.reserveCapacity(features)
    row.values.reserveCapacity(features)
    for _ in 0..<features {
      row.slots.append(try reader.readUInt32())
      row.values.append(try reader.readFloat())
    }
    return row
  }
}
