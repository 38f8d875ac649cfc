import Foundation
import SparseBatches
import Testing

@testable import RowCache

@Suite struct RowCacheTests {
  private func batch(rows: Int, seed: UInt64) -> SparseBatch {
    var generator = SeededGenerator(state: seed)
    var batch = SparseBatch()
    for row in 0..<rows {
      for _ in 0..<Int.random(in: 0...70, using: &generator) {
        let value = Bool.random(using: &generator) ? 1 : Float.random(in: -9...9, using: &generator)
        batch.addFeature(UInt32.random(in: 0...(.max), using: &generator), value)
      }
      batch.endRow(
        label: Float(row % 3), weight: Float.random(in: 0...2, using: &generator), rowInChunk: row)
    }
    return batch
  }

  private func isSame(_ left: borrowing SparseBatch, _ right: borrowing SparseBatch) -> Bool {
    guard left.rowCount == right.rowCount, left.slots.count == right.slots.count else {
      return false
    }
    return (0..<left.rowCount).allSatisfy {
      left.rowEnds[$0] == right.rowEnds[$0] && left.labels[$0] == right.labels[$0]
        && left.weights[$0] == right.weights[$0]
    }
      && (0..<left.slots.count).allSatisfy {
        left.slots[$0] == right.slots[$0]
          && left.values[$0].bitPattern == right.values[$0].bitPattern
      }
  }

  @Test func everyPassGivesTheRowsBack() throws {
    let cache = try RowCache(file: nil)
    for seed in 0..<20 { try cache.append(batch(rows: seed * 3, seed: UInt64(seed))) }
    var read = SparseBatch()
    for _ in 0..<3 {
      cache.rewind()
      for seed in 1..<20 {
        let hasMore = try cache.next(&read)
        let same = isSame(read, batch(rows: seed * 3, seed: UInt64(seed)))
        #expect(hasMore && same)
      }
      let hasMore = try cache.next(&read)
      #expect(!hasMore)
    }
    #expect(cache.rows == (0..<20).reduce(0) { $0 + $1 * 3 })
  }

  @Test func aNamedCacheIsRemovedAndNeverReplacesAFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "row-cache-\(UUID().uuidString)").path
    do {
      let cache = try RowCache(file: path)
      try cache.append(batch(rows: 5, seed: 1))
      #expect(FileManager.default.fileExists(atPath: path))
      let failure = #expect(throws: RunFailure.self) { try RowCache(file: path) }
      #expect(failure?.kind == .cannotCreate)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func theLimitHolds() throws {
    let cache = try RowCache(file: nil, limit: 10_000)
    let failure = #expect(throws: RunFailure.self) {
      for seed in 0..<100 { try cache.append(batch(rows: 10, seed: UInt64(seed))) }
    }
    #expect(failure?.kind == .inputOutput)
    #expect(failure?.message.contains("is full") == true)
  }

  @Test func everyFlippedBitIsSeen() throws {
    var bytes = GrowableBuffer<UInt8>()
    let original = batch(rows: 4, seed: 5)
    BatchRecord.encode(original, into: &bytes)
    let (checksum, count) = BatchRecord.prefix(bytes)
    var body = GrowableBuffer<UInt8>()
    for index in 0..<count { body.append(bytes[BatchRecord.prefixBytes + index]) }
    var read = SparseBatch()
    let decoded = BatchRecord.decode(body, checksum: checksum, into: &read)
    let same = isSame(read, original)
    #expect(decoded && same)
    for bit in 0..<(8 * count) {
      body[bit / 8] ^= 1 << UInt8(bit % 8)
      let decoded = BatchRecord.decode(body, checksum: checksum, into: &read)
      #expect(!decoded)
      body[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    body.setCount(count - 1)
    #expect(!BatchRecord.decode(body, checksum: checksum, into: &read))
  }

  @Test func aCacheThatIsCutIsRefused() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "row-cache-\(UUID().uuidString)").path
    let cache = try RowCache(file: path)
    try cache.append(batch(rows: 50, seed: 1))
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.truncate(atOffset: 100)
    var read = SparseBatch()
    let failure = #expect(throws: RunFailure.self) { try cache.next(&read) }
    #expect(failure?.kind == .inputOutput)
  }
}

/// A generator of fixed numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.bits(state)
  }
}
