import Learning
import ModelFile
import SparseBatches
import Testing

@testable import Training

/// What is noticed of rows on their way to a learner.
@Suite struct RowWatchTests {
  private func order(_ labels: [Float], _ loss: ModelLoss = .logistic, cut: Int = 50) -> LabelOrder
  {
    var order = LabelOrder(loss)
    for start in stride(from: 0, to: labels.count, by: cut) {
      var batch = SparseBatch()
      for label in labels[start..<min(start + cut, labels.count)] {
        batch.endRow(label: label, weight: 1, rowInChunk: batch.rowCount)
      }
      order.count(batch)
    }
    return order
  }

  private func random(_ count: Int, share: Double) -> [Float] {
    (0..<count).map { Double(SplitMix64.bits(UInt64($0)) >> 11) * 0x1p-53 < share ? 1 : 0 }
  }

  private func warning(_ order: LabelOrder, window: Int = 0) -> String? {
    order.warning(window: window, featuresPerRow: 10)
  }

  @Test func sortedLabelsAreNoticed() throws {
    let labels = random(4000, share: 0.3)
    for sorted in [labels.sorted(), labels.sorted(by: >), labels.sorted() + labels.sorted()] {
      let text = try #require(warning(order(sorted)))
      #expect(text.contains("--shuffle \(sorted.count)") && text.contains("sorted by label"))
    }
    #expect(warning(order(labels.sorted()), window: 4000) == nil)
    #expect(warning(order(labels.sorted()), window: 10)?.contains("too short") == true)
    let classes = (0..<900).map { Float($0 / 300) }
    #expect(warning(order(classes, .softmax(classes: 3))) != nil)
    #expect(warning(order((0..<900).map { Float($0) * 0.5 }, .squared)) != nil)
  }

  @Test func otherOrdersAreWell() {
    for share in [0.01, 0.1, 0.5, 0.9] {
      for count in [300, 5000] { #expect(warning(order(random(count, share: share))) == nil) }
    }
    #expect(warning(order((0..<1000).map { Float($0 % 2) })) == nil)
    #expect(warning(order(Array(repeating: 1, count: 1000))) == nil)
    // Too few to say.
    #expect(warning(order((0..<100).map { Float($0 / 50) })) == nil)
    let numbers = (0..<900).map { Float(SplitMix64.bits(UInt64($0)) >> 40) }
    #expect(warning(order(numbers, .squared)) == nil)
  }

  @Test func theConstantGuessIsTheEntropyOrTheVariance() throws {
    let binary = try #require(
      order(random(5000, share: 0) + [Float](repeating: 1, count: 5000))
        .constantGuess)
    #expect(abs(binary.loss - 0.693147) < 1e-6)
    let numbers = try #require(order([1, 3, 1, 3], .squared).constantGuess)
    #expect(abs(numbers.loss - 1) < 1e-12)
  }

  @Test(arguments: [ModelLoss.logistic, .squared, .softmax(classes: 3)])
  func theOrderGoesOnFromACheckpoint(loss: ModelLoss) throws {
    let labels = (0..<700).map { Float(SplitMix64.bits(UInt64($0)) % 2) }
    let whole = order(labels, loss)
    var writer = ByteWriter()
    order(Array(labels[..<333]), loss).encode(into: &writer)
    var reader = ByteReader(writer.bytes[...], subject: "a test")
    var continued = LabelOrder(loss)
    try continued.restore(from: &reader)
    try reader.expectEnd()
    for label in labels[333...] {
      var batch = SparseBatch()
      batch.endRow(label: label, weight: 1, rowInChunk: 0)
      continued.count(batch)
    }
    #expect(continued == whole)
  }

  // MARK: - The sample of rows

  private func sampled(_ rows: Range<Int>, into sample: inout RowThinning) {
    var batch = SparseBatch()
    for row in rows {
      batch.removeAll()
      for feature in 0..<(row % 7) { batch.addFeature(UInt32(row * 7 + feature), 1) }
      batch.endRow(label: 0, weight: 1, rowInChunk: 0)
      sample.offer(batch, row: 0, ordinal: row)
    }
  }

  private func slots(_ sample: borrowing RowThinning) -> [UInt32] {
    (0..<sample.rows.slots.count).map { sample.rows.slots[$0] }
  }

  @Test func theSampleIsBoundedAndGoesOnFromACheckpoint() throws {
    var whole = RowThinning(seed: 3)
    sampled(0..<20_000, into: &whole)
    let count = whole.rows.rowCount
    #expect((100...512).contains(count))
    var part = RowThinning(seed: 3)
    sampled(0..<7777, into: &part)
    var writer = ByteWriter()
    part.encode(into: &writer)
    var reader = ByteReader(writer.bytes[...], subject: "a test")
    var continued = RowThinning(seed: 3)
    try continued.restore(from: &reader, RowLimits(bits: 30, labels: .number))
    try reader.expectEnd()
    sampled(7777..<20_000, into: &continued)
    #expect(slots(continued) == slots(whole))
    // Rows of all parts of the stream.
    let last = try #require(slots(whole).last)
    #expect(last > 7 * 18_000)
  }

  @Test func impossibleStatesAreRefused() {
    var writer = ByteWriter()
    writer.append(64)
    writer.append(SparseBatch())
    var reader = ByteReader(writer.bytes[...], subject: "a test")
    var sample = RowThinning(seed: 3)
    #expect(throws: RunFailure.self) {
      try sample.restore(from: &reader, RowLimits(bits: 30, labels: .number))
    }
    var numbers = ByteWriter()
    numbers.append(5)
    numbers.append(Float.nan)
    for _ in 0..<8 { numbers.append(0.0) }
    var other = ByteReader(numbers.bytes[...], subject: "a test")
    var order = LabelOrder(.logistic)
    #expect(throws: RunFailure.self) { try order.restore(from: &other) }
  }
}
