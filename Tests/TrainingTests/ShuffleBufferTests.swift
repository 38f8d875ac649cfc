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
    var buffer = ShuffleBuffer(capacity: window, seed: seed, epoch: epoch)
    var order: [Int] = []
    func take(_ batch: borrowing SparseBatch) {
      for row in 0..<batch.rowCount {
        #expect(batch.slots[batch.features(ofRow: row).lowerBound] == UInt32(batch.labels[row]))
        order.append(Int(batch.labels[row]))
      }
    }
    for start in stride(from: 0, to: count, by: cut) {
      try buffer.add(rows(start..<min(start + cut, count))) { (batch) throws(RunFailure) in
        take(batch)
      }
    }
    try buffer.flush { (batch) throws(RunFailure) in take(batch) }
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
}
