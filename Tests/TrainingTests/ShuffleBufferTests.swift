import ModelFile
import SparseBatches
import Testing

@testable import Training

@Suite struct ShuffleBufferTests {
  /// Rows 0 ..< count, each with its number as label and slot.
  private func rows(_ range: Range<Int>) -> SparseBatch {
    var batch = SparseBatch()
    for row in range {
      batch.addFeature(UInt32(row), 1)
      batch.endRow(label: Float(row), weight: 1, rowInChunk: row)
    }
    return batch
  }

  private func order(
    _ count: Int, window: Int, seed: UInt64, epoch: Int = 1, cut: Int = 7
  ) throws -> [Int] {
    var buffer = ShuffleBuffer(capacity: .window(rows: window), seed: seed, epoch: epoch)
    var order: [Int] = []
    func take(_ batch: borrowing SparseBatch) {
      for row in 0..<batch.rowCount {
        #expect(batch.slots[batch.features(ofRow: row).lowerBound] == UInt32(batch.labels[row]))
        order.append(Int(batch.labels[row]))
      }
    }
    for start in stride(from: 0, to: count, by: cut) {
      try buffer.add(rows(start..<min(start + cut, count)), place: { _ in nil }) {
        (batch, _) throws(RunFailure) in
        take(batch)
      }
    }
    try buffer.flush { (batch, _) throws(RunFailure) in take(batch) }
    return order
  }

  @Test func everyRowComesOnce() throws {
    for window in [2, 3, 10, 100, 1000] {
      #expect(try order(100, window: window, seed: 1).sorted() == Array(0..<100))
    }
  }

  @Test func rowsStayInTheirWindow() throws {
    let order = try order(100, window: 10, seed: 1)
    for (place, row) in order.enumerated() { #expect(place / 10 == row / 10) }
  }

  @Test func theOrderDependsOnSeedAndEpochAlone() throws {
    let first = try order(1000, window: 1000, seed: 5)
    #expect(try order(1000, window: 1000, seed: 5, cut: 333) == first)
    #expect(try order(1000, window: 1000, seed: 6) != first)
    #expect(try order(1000, window: 1000, seed: 5, epoch: 2) != first)
  }

  /// Where row 0 of ten ends up is even: 2,000 draws, each place within 5 standard deviations.
  @Test func placesAreEven() throws {
    var counts = Array(repeating: 0, count: 10)
    for seed in 0..<2000 {
      let place = try order(10, window: 10, seed: UInt64(seed)).firstIndex(of: 0)
      counts[place ?? 0] += 1
    }
    #expect(counts.allSatisfy { abs($0 - 200) < 70 })
  }

  /// The order in which `count` rows of one feature come out of a buffer with room for so many, and
  /// whether it gave up.
  private func order(
    _ count: Int, room: Int, cut: Int
  ) throws -> (rows: [Int], hasGivenUp: Bool, places: [RowPlace?]) {
    var buffer = ShuffleBuffer(capacity: .whole(bytes: 52 * room), seed: 3, epoch: 1)
    var order: [Int] = []
    var places: [RowPlace?] = []
    func take(_ batch: borrowing SparseBatch, _ place: (Int) -> RowPlace?) {
      for row in 0..<batch.rowCount {
        order.append(Int(batch.labels[row]))
        places.append(place(Int(batch.rowsInChunk[row])))
      }
    }
    func place(_ row: Int) -> RowPlace? { RowPlace(source: "a", row: row, line: nil) }
    for start in stride(from: 0, to: count, by: cut) {
      try buffer.add(rows(start..<min(start + cut, count)), place: place) {
        (batch, place) throws(RunFailure) in take(batch, place)
      }
    }
    let hasGivenUp = buffer.hasGivenUp
    try buffer.flush { (batch, place) throws(RunFailure) in take(batch, place) }
    return (order, hasGivenUp, places)
  }

  @Test func allRowsAreMixedOrNone() throws {
    for cut in [1, 7, 100] {
      let mixed = try order(100, room: 100, cut: cut)
      #expect(mixed.rows.sorted() == Array(0..<100) && !mixed.hasGivenUp)
      #expect(mixed.rows == (try order(100, window: 1000, seed: 3)))
      let kept = try order(101, room: 100, cut: cut)
      #expect(kept.rows == Array(0..<101) && kept.hasGivenUp)
    }
  }

  /// A row takes room with few features too, and with none.
  @Test(arguments: [0, 1, 9]) func rowsAndFeaturesTakeRoom(_ features: Int) throws {
    for (count, isMixed) in [(50, true), (51, false)] {
      var batch = SparseBatch()
      for row in 0..<count {
        for feature in 0..<features { batch.addFeature(UInt32(feature), 1) }
        batch.endRow(label: Float(row), weight: 1, rowInChunk: row)
      }
      var buffer = ShuffleBuffer(
        capacity: .whole(bytes: 50 * (44 + 8 * features)), seed: 3, epoch: 1)
      try buffer.add(batch, place: { _ in nil }) { (_, _) throws(RunFailure) in }
      let hasGivenUp = buffer.hasGivenUp
      #expect(hasGivenUp == !isMixed)
    }
  }

  @Test func rowsKeepTheirPlaces() throws {
    for room in [20, 100] {
      let (rows, _, places) = try order(100, room: room, cut: 9)
      #expect(places.map { $0?.row } == rows)
    }
  }

  @Test(arguments: [30, 200]) func theStateOfAWholeWindowIsRestored(_ room: Int) throws {
    var buffer = ShuffleBuffer(capacity: .whole(bytes: 52 * room), seed: 3, epoch: 1)
    try buffer.add(rows(0..<60), place: { RowPlace(source: "a", row: $0, line: 2 * $0) }) {
      (_, _) throws(RunFailure) in
    }
    var writer = ByteWriter()
    buffer.encode(into: &writer)
    var places = ByteWriter()
    buffer.waiting.encodePlaces(into: &places)
    var other = ShuffleBuffer(capacity: .whole(bytes: 52 * room), seed: 3, epoch: 1)
    var reader = ByteReader(writer.bytes[...], subject: "test")
    try other.restore(from: &reader, RowLimits(bits: 10, labels: .number))
    reader = ByteReader(places.bytes[...], subject: "test")
    try other.waiting.restorePlaces(from: &reader)
    #expect(other.hasGivenUp == (room < 60))
    #expect(other.waiting.place(7) == (room < 60 ? nil : RowPlace(source: "a", row: 7, line: 14)))
    var again = ByteWriter()
    other.encode(into: &again)
    other.waiting.encodePlaces(into: &again)
    #expect(again.bytes == writer.bytes + places.bytes)
    // Room for fewer rows than wait, and places that name no input.
    #expect(throws: RunFailure.self) {
      var small = ShuffleBuffer(capacity: .whole(bytes: 520), seed: 3, epoch: 1)
      var reader = ByteReader(writer.bytes[...], subject: "test")
      try small.restore(from: &reader, RowLimits(bits: 10, labels: .number))
      var hostile = places.bytes
      hostile[hostile.count - 3] = 9
      reader = ByteReader(hostile[...], subject: "test")
      try small.waiting.restorePlaces(from: &reader)
    }
  }
}
