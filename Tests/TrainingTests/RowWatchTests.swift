import Featurizing
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

/// What is said of finished weights.
@Suite struct VerdictTests {
  /// A watch that saw rows of one feature, whose labels are drawn.
  private func watch(
    _ loss: ModelLoss, rows: Int, label: (Int) -> Float
  ) -> RowWatch {
    var watch = RowWatch(.convention, loss: loss, seed: 1)
    var batch = SparseBatch()
    for row in 0..<rows {
      batch.addFeature(3, 1)
      batch.endRow(label: label(row), weight: 1, rowInChunk: row)
    }
    watch.look(at: batch, ordinal: 0)
    return watch
  }

  private let cures = RowWatch.Cures(tooFar: "go less far", tooShort: "go on")

  private func said(
    _ loss: ModelLoss, rows: Int, mean: Double, constant: Double, atZero: Double,
    _ label: (Int) -> Float
  ) -> String? {
    let verdict = RowWatch.Verdict(meanLoss: mean, constantLoss: constant, lossAtZero: atZero)
    return watch(loss, rows: rows, label: label).divergence(
      progressive: mean, verdict, cures: cures)
  }

  @Test func fewRowsAreJudgedToo() {
    let half = { (row: Int) in Float(row % 2) }
    for (rows, mean, isSaid) in [
      (199, 50.0, false), (200, 50, true), (200, 0.9, false), (1000, 1.5, true), (200, 0.6, false),
      (200, Double.nan, true), (5000, .infinity, true),
    ] {
      let text = said(.logistic, rows: rows, mean: mean, constant: 0.693, atZero: 0.693, half)
      #expect((text != nil) == isSaid, "\(rows) \(mean)")
      #expect(text?.hasPrefix("warning: ") ?? true)
    }
    // Few rows and a rare class: the bias is on its way.
    let rare = { (row: Int) -> Float in row % 50 == 0 ? 1 : 0 }
    #expect(said(.logistic, rows: 200, mean: 0.3, constant: 0.098, atZero: 0.693, rare) == nil)
  }

  @Test(arguments: [ModelLoss.logistic, .probit, .softmax(classes: 3), .squared])
  func everyLossIsJudged(loss: ModelLoss) throws {
    let far = try #require(
      said(loss, rows: 300, mean: 1e6, constant: 0.6, atZero: 0.7) { Float($0 % 2) })
    #expect(far.contains("diverges: go less far"))
  }

  @Test func aLearnerAtZeroIsToldFromOneThatDiverges() throws {
    let text = try #require(
      said(.squared, rows: 300, mean: 9990, constant: 0.25, atZero: 1e4) { 100 + Float($0 % 2) })
    #expect(text.contains("hardly left 0, where it began: go on") && !text.contains("diverges"))
  }

  @Test func anExactSolverIsHeldAgainstTheNullModel() {
    let watch = watch(.logistic, rows: 300) { Float($0 % 2) }
    let null = 300 * 0.693147180559945
    func said(_ objective: Double, mean: Double = 0.6) -> String? {
      watch.failure(
        objective: objective, weight: 300,
        RowWatch.Verdict(meanLoss: mean, constantLoss: 0.693, lossAtZero: 0.693), cure: "scale")
    }
    #expect(said(null) == nil && said(0.9 * null) == nil)
    for text in [said(1.01 * null), said(.nan), said(.infinity), said(null / 2, mean: 40)] {
      #expect(text?.hasPrefix("warning: ") == true && text?.contains("worse than none") == true)
    }
    #expect(said(null / 2, mean: .nan)?.contains("finished weights") == true)
  }
}
