import ModelFile
import SparseBatches
import Testing

@testable import Scoring

/// Which margins of the stream are kept, and what they stand for.
@Suite struct StreamCalibrationTests {
  struct Row {
    var margin: Double
    var label: Bool
    var weight: Float
  }

  /// One row in `every` is positive; weights 0.5, 1, 1.5 and, for one in seven, 0.
  static func rows(_ count: Int, every: Int = 3) -> [Row] {
    (0..<count).map { row -> Row in
      let margin = Double((row &* 7919) % 1009) / 100 - 5
      let weight: Float = row % 7 == 3 ? 0 : Float(1 + row / 5 % 3) / 2
      return Row(margin: margin, label: (row &* 7907) % every == 0, weight: weight)
    }
  }

  private func filled(_ rows: [Row], capacity: Int = 1 << 16) -> StreamCalibration {
    var stream = StreamCalibration(seed: 5, capacity: capacity)
    for row in rows { stream.add(margin: row.margin, label: row.label, weight: row.weight) }
    return stream
  }

  private func weight(_ window: StreamWindow, _ label: Bool) -> Double {
    window.rows.reduce(0) { $1.isPositive == label ? $0 + $1.weight : $0 }
  }

  /// The window is the last half and at most 1/16 of the stream more; while nothing has to go, every
  /// row of it is there with its own weight.
  @Test(arguments: [0, 1, 15, 16, 31, 32, 33, 100, 1023, 1024, 1025, 2047, 2048, 5000, 40_000])
  func theWindowIsTheLastHalf(count: Int) {
    let rows = Self.rows(count)
    let stream = filled(rows)
    let (window, start) = (stream.window(), stream.blocks.window.start)
    #expect(start <= count / 2 && start >= count / 2 - max(16, count / 32))
    let expected = rows[start...].filter { $0.weight > 0 }
    #expect(window.rowCount == expected.count)
    #expect(window.positives == expected.count { $0.label })
    for label in [false, true] {
      let kept = window.rows.filter { $0.isPositive == label }
      let ofClass = expected.filter { $0.label == label }
      #expect(kept.map(\.margin) == ofClass.map(\.margin))
      #expect(zip(kept, ofClass).allSatisfy { abs($0.weight - Double($1.weight)) < 1e-9 })
    }
  }

  @Test(arguments: [2, 3, 1000])
  func thinnedRowsStandForTheirClass(every: Int) {
    let rows = Self.rows(60_000, every: every)
    let capacity = 1000
    let stream = filled(rows, capacity: capacity)
    let window = stream.window()
    let whole = filled(rows).window()
    #expect(window.negatives == whole.negatives && window.positives == whole.positives)
    for label in [false, true] {
      #expect(abs(weight(window, label) / weight(whole, label) - 1) < 1e-12)
      let kept = window.rows.count { $0.isPositive == label }
      #expect(kept <= capacity)
      let seen = label ? window.positives : window.negatives
      #expect(kept == seen || kept > capacity / 8, "\(kept) of \(seen)")
    }
    // A row with the weight 1.5 stands for three times as much as one with 0.5.
    let weights = Set(window.rows.filter { !$0.isPositive }.map(\.weight)).sorted()
    #expect(weights.count == 3 && abs(weights[2] / weights[0] - 3) < 1e-12)
    // The rare class is not thinned for the other's sake.
    #expect(every < 1000 || stream.positives.level == 0 && stream.negatives.level > 3)
  }

  @Test func whatIsKeptDoesNotDependOnBatches() {
    let rows = Self.rows(5000)
    let single = filled(rows, capacity: 200)
    var batched = StreamCalibration(seed: 5, capacity: 200)
    var (start, size) = (0, 1)
    while start < rows.count {
      var batch = SparseBatch()
      var margins = GrowableBuffer<Double>()
      for row in rows[start..<min(rows.count, start + size)] {
        batch.endRow(label: row.label ? 1 : 0, weight: row.weight, rowInChunk: batch.rowCount)
        margins.append(row.margin)
      }
      batched.add(batch, margins: margins)
      start += size
      size = size * 3 % 97
    }
    #expect(bytes(single) == bytes(batched))
  }

  @Test func halvesAndFoldsAreEven() {
    let window = filled(Self.rows(80_000), capacity: 4096).window()
    let rows = Double(window.rows.count)
    #expect(abs(Double(window.rows.count { $0.half == 0 }) - rows / 2) < 3 * rows.squareRoot())
    for fold in 0..<5 {
      let count = window.rows.count { $0.fold(of: 5) == fold && $0.half == 1 }
      #expect(abs(Double(count) - rows / 10) < 3 * rows.squareRoot())
    }
  }

  /// What is kept at the usual size, in memory and in a checkpoint.
  @Test func memoryIsBounded() {
    var stream = StreamCalibration(seed: 1)
    for row in 0..<300_000 { stream.add(margin: 1, label: row % 2 == 0, weight: 1) }
    let rows = stream.negatives.rows.count + stream.positives.rows.count
    #expect(rows <= 2 << 16 && stream.negatives.level > 0)
    let bytes = (2 * (StreamCalibration.usualCapacity + 1)) * MemoryLayout<StreamStratum.Row>.stride
    #expect(bytes + 64 * MemoryLayout<StreamBlocks.Block>.stride < 4 << 20)
    #expect(self.bytes(stream).count < 4 << 20)
  }

  // MARK: - Checkpoints

  private func bytes(_ stream: StreamCalibration) -> [UInt8] {
    var writer = ByteWriter()
    stream.encode(into: &writer)
    return writer.bytes
  }

  private func restored(
    _ bytes: [UInt8], capacity: Int, atMost: Int = 1 << 40
  ) throws -> StreamCalibration {
    var reader = ByteReader(bytes[...], subject: "test")
    var stream = StreamCalibration(seed: 5, capacity: capacity)
    try stream.restore(from: &reader, atMost: atMost)
    try reader.expectEnd()
    return stream
  }

  @Test(arguments: [0, 1, 1000, 1024, 7777])
  func whatIsRestoredGoesOnAsIfNothingHadHappened(stop: Int) throws {
    let rows = Self.rows(12_000)
    for capacity in [100, 1 << 16] {
      let whole = filled(rows, capacity: capacity)
      var resumed = try restored(
        bytes(filled(Array(rows[..<stop]), capacity: capacity)), capacity: capacity, atMost: stop)
      #expect(resumed.rows == stop)
      for row in rows[stop...] {
        resumed.add(margin: row.margin, label: row.label, weight: row.weight)
      }
      #expect(bytes(resumed) == bytes(whole))
    }
  }

  @Test func whatNoStreamLeavesIsRefused() throws {
    for capacity in [50, 1000] {
      let sound = bytes(filled(Self.rows(1100), capacity: capacity))
      _ = try restored(sound, capacity: capacity, atMost: 1100)
      #expect(throws: RunFailure.self) { try restored(sound, capacity: capacity, atMost: 1099) }
      #expect(throws: RunFailure.self) { try restored(sound, capacity: capacity / 2) }
      #expect(throws: RunFailure.self) { try restored(sound.dropLast(), capacity: capacity) }
      #expect(throws: RunFailure.self) { try restored(sound + [0], capacity: capacity) }
      for pattern in [Double.nan.bitPattern, Double.infinity.bitPattern, .max, 1 << 62] {
        for start in stride(from: 0, to: sound.count - 7, by: 4) {
          var changed = sound
          for byte in 0..<8 {
            changed[start + byte] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte))
          }
          // Either it is refused, or it can be gone on with.
          do {
            var stream = try restored(changed, capacity: capacity)
            stream.add(margin: 1, label: true, weight: 1)
            #expect(stream.window().rows.allSatisfy { $0.margin.isFinite && $0.weight > 0 })
          } catch { #expect((error as? RunFailure)?.kind == .badData) }
        }
      }
    }
    // Words that are numbers, but not those of this stream: the first block's rows, the level.
    func changed(_ place: Int, _ value: Int) -> [UInt8] {
      var bytes = bytes(filled(Self.rows(40), capacity: 50))
      for byte in 0..<8 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
      return bytes
    }
    let level = 24 + 3 * 32
    for (place, value) in [(0, 17), (0, 8), (8, 16), (16, 1), (24, 16), (32, 16), (level, 1)] {
      #expect(throws: RunFailure.self, "\(place)") {
        try restored(changed(place, value), capacity: 50)
      }
    }
  }
}
