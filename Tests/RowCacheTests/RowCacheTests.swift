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

/// Caches that outlive their process: who can write to the directory can write to them.
@Suite struct HostileRowCacheTests {
  private static let limits = RowLimits(bits: 10, labels: .twoClasses)
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "caches-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private static func batch(rows: Int = 3) -> SparseBatch {
    var batch = SparseBatch()
    for row in 0..<rows {
      for slot in 0..<30 { batch.addFeature(UInt32(slot), slot % 3 == 0 ? 0.5 : 1) }
      batch.endRow(label: Float(row % 2), weight: 1, rowInChunk: row)
    }
    return batch
  }

  /// Whether a record is taken whose checksum was made right again.
  private static func takes(
    rows: (inout SparseBatch) -> Void = { _ in }, bytes change: (inout [UInt8]) -> Void = { _ in }
  ) -> Bool {
    var batch = batch()
    rows(&batch)
    var record = GrowableBuffer<UInt8>()
    BatchRecord.encode(batch, into: &record)
    var bytes = (BatchRecord.prefixBytes..<record.count).map { record[$0] }
    change(&bytes)
    var body = GrowableBuffer<UInt8>()
    for byte in bytes { body.append(byte) }
    let checksum = unsafe RecordChecksum.of(body.base, count: body.count)
    var read = SparseBatch()
    return BatchRecord.decode(body, checksum: checksum, limits: limits, into: &read)
  }

  private static func takesBytes(_ change: (inout [UInt8]) -> Void) -> Bool {
    takes(bytes: change)
  }

  @Test func lengthsThatContradictEachOther() {
    let (counts, rows, features) = (16, 3, 90)
    let masks = counts + 12 * rows + 4 * features
    #expect(Self.takes())
    // More or fewer ones than there are values for: these were read beyond the record.
    #expect(!Self.takesBytes { $0[masks] ^= 1 })
    #expect(!Self.takesBytes { for byte in 0..<12 { $0[masks + byte] = 0 } })
    #expect(!Self.takesBytes { for byte in 0..<12 { $0[masks + byte] = 255 } })
    // A bit after the last feature, moved there from before it.
    #expect(
      !Self.takesBytes {
        $0[masks] &= ~2
        $0[masks + 15] |= 128
      })
    for (offset, value) in [(0, UInt8(4)), (0, 0), (4, 91), (4, 89), (8, 31), (8, 255), (12, 1)] {
      #expect(!Self.takesBytes { $0[offset] = value }, "count at \(offset) is \(value)")
    }
    #expect(!Self.takesBytes { $0[counts] = 31 })
    #expect(!Self.takesBytes { $0[counts + 3] = 255 })
    #expect(!Self.takesBytes { $0.removeLast() })
    #expect(!Self.takesBytes { $0 = [] })
  }

  @Test func rowsThatNoTrainingHas() {
    for change: (inout SparseBatch) -> Void in [
      { $0.labels[0] = 2 }, { $0.labels[0] = .nan }, { $0.weights[1] = -1 },
      { $0.weights[1] = .infinity }, { $0.slots[3] = 1024 }, { $0.values[3] = .nan },
    ] {
      #expect(!Self.takes(rows: change))
    }
  }

  @Test func aLastingCacheGoesOn() throws {
    let path = path("rows.cache")
    var extent = RowCache.Extent(bytes: 0, rows: 0, features: 0)
    do {
      let cache = try RowCache(lasting: path, nil, Self.limits)
      try cache.append(Self.batch())
      extent = cache.extent
      try cache.append(Self.batch(rows: 5))
    }
    let cache = try RowCache(lasting: path, extent, Self.limits)
    var read = SparseBatch()
    let hasRows = try cache.next(&read)
    let count = read.rowCount
    let hasMore = try cache.next(&read)
    #expect(hasRows && count == 3 && !hasMore)
    // Fewer rows than were vouched for.
    extent.rows = 4
    let lying = try RowCache(lasting: path, extent, Self.limits)
    _ = try lying.next(&read)
    let failure = #expect(throws: RunFailure.self) { try lying.next(&read) }
    #expect(failure?.kind == .badData && failure?.cure == "start over with --fresh")
    extent.bytes = 1 << 40
    let short = #expect(throws: RunFailure.self) {
      try RowCache(lasting: path, extent, Self.limits)
    }
    #expect(short?.kind == .badData)
  }

  @Test func aLinkIsNotFollowed() throws {
    let victim = path("victim")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: victim))
    let link = path("rows.cache")
    let extent = RowCache.Extent(bytes: 0, rows: 0, features: 0)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: victim)
    let failure = #expect(throws: RunFailure.self) {
      try RowCache(lasting: link, extent, Self.limits)
    }
    #expect(failure?.kind == .badData)
    // A new cache takes the place of the link.
    try RowCache(lasting: link, nil, Self.limits).append(Self.batch())
    #expect(try Data(contentsOf: URL(fileURLWithPath: victim)) == Data("mine".utf8))
  }

  @Test func whatIsNoPlainFileIsRefused() throws {
    let fifo = path("fifo")
    #expect(unsafe mkfifo(fifo, 0o600) == 0)
    let extent = RowCache.Extent(bytes: 0, rows: 0, features: 0)
    for path in [fifo, folder.path] {
      let failure = #expect(throws: RunFailure.self) {
        try RowCache(lasting: path, extent, Self.limits)
      }
      #expect(failure?.kind == .badData)
    }
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
