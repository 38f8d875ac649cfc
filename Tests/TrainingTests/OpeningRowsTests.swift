import Configuration
import Learning
import ModelFile
import Notices
import SparseBatches
import Synchronization
import Testing

@testable import Training

/// How a run finds out from its first rows at what rate it learns, and in which unit.
@Suite struct OpeningRowsTests {
  /// Rows of a strong feature, a weak one and a random one; every `rare`-th is positive.
  private func rows(_ range: Range<Int>, rare: Int = 3, label: (Bool) -> Float = { $0 ? 1 : 0 })
    -> SparseBatch
  {
    var batch = SparseBatch()
    for row in range {
      let isPositive = SplitMix64.bits(UInt64(row)) % UInt64(rare) == 0
      batch.addFeature(isPositive ? 7 : 900_000, 1)
      batch.addFeature(UInt32(SplitMix64.bits(UInt64(row) + 99) % 50) + 10, 1)
      batch.endRow(label: label(isPositive), weight: 1, rowInChunk: row - range.lowerBound)
    }
    return batch
  }

  private func made(
    _ configuration: LearnerConfiguration, _ loss: ModelLoss
  ) throws -> OpeningRows {
    guard let opening = OpeningRows(configuration, loss: loss, seed: 1) else { throw NoneWait() }
    return opening
  }

  private struct NoneWait: Error {}

  private func waits(_ configuration: LearnerConfiguration, _ loss: ModelLoss) -> Bool {
    switch OpeningRows(configuration, loss: loss, seed: 1) {
    case .some: true
    case .none: false
    }
  }

  private func collected(
    _ count: Int, cut: Int, rare: Int = 3, _ configuration: LearnerConfiguration = .init()
  ) throws -> (taken: Int, isComplete: Bool, start: LearnerStart, notices: [String]) {
    var opening = try made(configuration, .logistic)
    var taken = 0
    for first in stride(from: 0, to: count, by: cut) where !opening.isComplete {
      taken += opening.take(rows(first..<min(first + cut, count), rare: rare)) { _ in nil }
    }
    let texts = Mutex<[String]>([])
    let start = try opening.findings(
      NoticeBoard { text in texts.withLock { $0.append(text) } })
    return (taken, opening.isComplete, start, texts.withLock { $0 })
  }

  @Test func howManyRowsWaitDoesNotDependOnTheBatches() throws {
    let whole = try collected(20_000, cut: 20_000)
    #expect(whole.taken == 5000 && whole.isComplete)
    for cut in [1000, 1237, 4999] {
      let other = try collected(20_000, cut: cut)
      #expect(other.taken == whole.taken && other.start == whole.start)
    }
    let race = try #require(whole.start.race)
    #expect(race.rows == 5000 && race.trials.map(\.rate) == [0.03, 0.1, 0.3, 1, 3, 10])
    #expect(whole.start.rate == race.winner && whole.notices.isEmpty)
    // A column that tells the label: the faster the better.
    #expect(try #require(whole.start.rate) >= 3)
  }

  @Test func fewRareRowsMakeItWaitForMore() throws {
    let rare = try collected(60_000, cut: 1000, rare: 400)
    #expect(rare.taken > 5000 && rare.isComplete && rare.start.race != nil)
    let none = try collected(3000, cut: 1000, rare: 1000)
    #expect(!none.isComplete && none.start.rate == nil && none.start.race == nil)
    #expect(none.notices.contains { $0.contains("rarer class") && $0.contains("--alpha is 0.3") })
  }

  @Test func raceRowsAreTakenAtTheirWord() throws {
    var configuration = LearnerConfiguration()
    configuration.raceRows = 700
    let found = try collected(5000, cut: 64, configuration)
    #expect(found.taken == 700 && found.start.race?.rows == 700)
  }

  @Test func nothingWaitsWhereTheRateIsGiven() throws {
    var configuration = LearnerConfiguration()
    configuration.alpha = 0.1
    #expect(!waits(configuration, .logistic))
    configuration.optimizer = .sgd
    #expect(waits(configuration, .logistic))
    configuration.learningRate.schedule = .optimal
    #expect(!waits(configuration, .logistic))
    configuration.learningRate.schedule = nil
    configuration.learningRate.initial = 0.2
    #expect(!waits(configuration, .logistic))
    // Labels need a unit whatever the rate.
    #expect(waits(configuration, .squared))
  }

  @Test func labelsOfSquaredLossGetTheUnitOfTheFirstRows() throws {
    var configuration = LearnerConfiguration()
    configuration.alpha = 0.3
    var opening = try made(configuration, .squared)
    let values: [Float] = [10, 20, 60]
    var batch = SparseBatch()
    for value in values { batch.endRow(label: value, weight: 1, rowInChunk: 0) }
    #expect(opening.take(batch) { _ in nil } == 3)
    let start = try opening.findings(NoticeBoard { _ in })
    #expect(start.target.mean == 30)
    #expect(abs(start.target.deviation - (1400.0 / 3).squareRoot()) < 1e-12)
    #expect(start.race == nil && start.rate == nil)
  }

  @Test func stateIsRestoredAndHostileStateIsRefused() throws {
    var opening = try made(.init(), .logistic)
    #expect(opening.take(rows(0..<3000)) { _ in nil } == 3000)
    var writer = ByteWriter()
    opening.encode(into: &writer)
    let limits = RowLimits(bits: 20, labels: .twoClasses)
    var other = try made(.init(), .logistic)
    var reader = ByteReader(writer.bytes[...], subject: "test")
    try other.restore(from: &reader, limits)
    #expect(other.take(rows(3000..<9000)) { _ in nil } == 2000)
    #expect(opening.take(rows(3000..<9000)) { _ in nil } == 2000)
    #expect(
      try other.findings(NoticeBoard { _ in }) == (try opening.findings(NoticeBoard { _ in })))
    // A number of rows that no run waits for.
    var hostile = writer.bytes
    hostile[7] = 1
    #expect(throws: RunFailure.self) {
      var fresh = try made(.init(), .logistic)
      var reader = ByteReader(hostile[...], subject: "test")
      try fresh.restore(from: &reader, limits)
    }
  }

  @Test func aStartGoesThroughBytesExactly() throws {
    let start = try collected(6000, cut: 500).start
    var writer = ByteWriter()
    start.encode(into: &writer)
    var reader = ByteReader(writer.bytes[...], subject: "test")
    #expect(try LearnerStart(from: &reader, .init()) == start)
    var given = LearnerConfiguration()
    given.alpha = 0.1
    #expect(throws: RunFailure.self) {
      var reader = ByteReader(writer.bytes[...], subject: "test")
      _ = try LearnerStart(from: &reader, given)
    }
    for word in 0..<4 {
      var hostile = writer.bytes
      hostile.replaceSubrange(8 * word..<8 * word + 8, with: Array(repeating: 0xFF, count: 8))
      #expect(throws: RunFailure.self, "word \(word)") {
        var reader = ByteReader(hostile[...], subject: "test")
        _ = try LearnerStart(from: &reader, .init())
      }
    }
  }
}
