import Configuration
import Learning
import ModelFile
import Notices
import SparseBatches
import Synchronization
import Testing

@testable import Scoring
@testable import Training

/// Rows that wait to be scored by averages and by last weights.
@Suite struct FrozenBlocksTests {
  private static let plan = FrozenBlocks.Plan(
    firstStart: 200, rows: 50, features: 120, fewestRows: 20)

  /// Two features a row; what the first says of the label turns over at `turn`.
  private func batch(_ rows: Range<Int>, turn: Int = .max) -> SparseBatch {
    var batch = SparseBatch()
    for row in rows {
      let bits = SplitMix64.bits(UInt64(row))
      let isOn = bits % 2 == 0
      batch.addFeature(UInt32(isOn ? 1 : 2), 1)
      batch.addFeature(UInt32(3 + bits / 2 % 5), 0.5)
      let isPositive = (bits / 64 % 10 < 8) == isOn
      batch.endRow(
        label: isPositive != (row >= turn) ? 1 : 0, weight: bits / 4096 % 4 == 0 ? 2 : 1,
        rowInChunk: batch.rowCount)
    }
    return batch
  }

  private func session(
    _ average: LearnerConfiguration.Average = .auto, loss: ModelLoss = .logistic,
    optimizer: LearnerConfiguration.Optimizer = .ftrl, batchSize: Int = 1
  ) throws -> any TrainingSession {
    var configuration = LearnerConfiguration()
    configuration.average = average
    configuration.optimizer = optimizer
    configuration.batchSize = batchSize
    return try TrainingSessions.make(
      configuration, loss: loss, bits: 8, LearnerStart(rate: optimizer == .sgd ? 0.05 : 0.3))
  }

  /// A run over rows, cut into batches.
  private final class Run {
    let session: any TrainingSession
    var blocks: FrozenBlocks
    /// Order in which rows were learned, by their places.
    var learned: [Int] = []

    init(_ session: any TrainingSession, plan: FrozenBlocks.Plan = FrozenBlocksTests.plan) {
      self.session = session
      blocks = FrozenBlocks(keepsMargins: true, plan)
    }

    var learn: ShuffleBuffer.Learning {
      { [self] batch, place throws(RunFailure) in
        for row in 0..<batch.rowCount {
          learned.append(place(Int(batch.rowsInChunk[row]))?.row ?? -1)
        }
        try session.learn(batch, place: place)
      }
    }

    func add(_ batch: borrowing SparseBatch, from first: Int) throws {
      try blocks.add(
        batch, place: { RowPlace(source: "a", row: first + $0, line: nil) },
        score: { [session] in session.score($0, into: &$1) }, learn)
    }

    func finish() throws {
      try blocks.flush(score: { [session] in session.score($0, into: &$1) }, learn)
      try session.finishEpoch()
    }

    var found: [FrozenBlock] { blocks.blocks }
  }

  private func run(
    _ count: Int, cut: Int, turn: Int = .max, _ session: any TrainingSession
  ) throws -> Run {
    let run = Run(session)
    for start in stride(from: 0, to: count, by: cut) {
      try run.add(batch(start..<min(count, start + cut), turn: turn), from: start)
    }
    try run.finish()
    return run
  }

  @Test func rowsAreLearnedInOrderAndAsWithout() throws {
    let plain = try session(.tail)
    try plain.learn(batch(0..<1000)) { _ in nil }
    try plain.finishEpoch()
    let weights = try plain.weights()
    for cut in [1, 7, 333, 1000] {
      let run = try run(1000, cut: cut, try session())
      #expect(run.learned == Array(0..<1000))
      let others = try run.session.weights()
      #expect(others.biases == weights.biases && others.weights == weights.weights)
      #expect(run.session.progressiveLoss == plain.progressiveLoss)
    }
  }

  /// At 200, 250, 312, 390, 487, 608, 760, 950; the last ones are judged.
  @Test func whereBlocksLieDependsOnTheRowsAlone() throws {
    let whole = try run(1000, cut: 1000, try session()).found
    #expect(whole.map(\.firstRow) == [608, 760, 950] && whole.map(\.rows) == [50, 50, 50])
    for cut in [1, 49, 501] {
      #expect(try run(1000, cut: cut, try session()).found == whole)
    }
    // The rest of the stream is a block where it is long enough.
    #expect(try run(969, cut: 100, try session()).found.map(\.firstRow) == [487, 608, 760])
    #expect(try run(970, cut: 100, try session()).found.last?.rows == 20)
    #expect(try run(200, cut: 100, try session()).found.isEmpty)
  }

  @Test func manyFeaturesEndABlockEarly() throws {
    let blocks = Run(
      try session(), plan: .init(firstStart: 10, rows: 50, features: 41, fewestRows: 2))
    for start in stride(from: 0, to: 60, by: 60) {
      try blocks.add(batch(start..<start + 60), from: start)
    }
    try blocks.finish()
    #expect(blocks.found.first.map { $0.firstRow } != nil)
    #expect(blocks.found.allSatisfy { $0.rows <= 20 })
    // One row that is longer than a block may be waits alone.
    let long = Run(try session(), plan: .init(firstStart: 4, rows: 50, features: 1, fewestRows: 1))
    try long.add(batch(0..<9), from: 0)
    try long.finish()
    #expect(long.learned == Array(0..<9) && long.found.allSatisfy { $0.rows == 1 })
  }

  /// What a block holds are the losses of models with both kinds of weights, made before it.
  @Test(
    arguments: [LearnerConfiguration.Optimizer.ftrl, .sgd, .adagrad],
    [ModelLoss.logistic, .squared, .probit, .softmax(classes: 2)])
  func lossesAreThoseOfModelsMadeBefore(
    _ optimizer: LearnerConfiguration.Optimizer, _ loss: ModelLoss
  ) throws {
    let averaged = try session(.tail, loss: loss, optimizer: optimizer, batchSize: 3)
    let last = try session(.none, loss: loss, optimizer: optimizer, batchSize: 3)
    for session in [averaged, last] { try session.learn(batch(0..<200)) { _ in nil } }
    var sums = [0.0, 0.0]
    for (index, session) in [averaged, last].enumerated() {
      let weights = try session.weights().modelWeights(loss, bits: 8)
      var margins = GrowableBuffer<Double>()
      let rows = batch(200..<250)
      weights.predict(rows, into: &margins)
      for row in 0..<rows.rowCount {
        let value: Double
        switch loss {
        case .logistic, .probit:
          value = LogisticLoss.loss(margin: margins[row], label: Double(rows.labels[row]))
        case .squared:
          value = SquaredLoss.loss(margin: margins[row], label: Double(rows.labels[row]))
        case .softmax:
          value = SoftmaxLoss.loss(
            margins, row: 2 * row..<2 * row + 2, label: Int(rows.labels[row]))
        }
        sums[index] += value * Double(rows.weights[row])
      }
    }
    let run = try run(250, cut: 250, try session(loss: loss, optimizer: optimizer, batchSize: 3))
    let block = try #require(run.found.first)
    let parts = block.parts
    #expect(abs(parts.reduce(0) { $0 + $1.averagedLoss } - sums[0]) < 1e-9 * sums[0])
    #expect(abs(parts.reduce(0) { $0 + $1.lastLoss } - sums[1]) < 1e-9 * sums[1])
    #expect(sums[0] != sums[1])
    // And served at the end are the weights of a run that never made averages.
    run.session.serveLastWeights()
    let plain = try session(.none, loss: loss, optimizer: optimizer, batchSize: 3)
    try plain.learn(batch(0..<250)) { _ in nil }
    try plain.finishEpoch()
    let (served, others) = (try run.session.weights(), try plain.weights())
    #expect(served.biases == others.biases && served.weights == others.weights)
  }

  @Test(arguments: [150, 225, 249, 250, 251, 630, 1000])
  func stateIsRestored(_ cut: Int) throws {
    let whole = try run(1200, cut: 1200, try session()).found
    let first = Run(try session())
    try first.add(batch(0..<cut), from: 0)
    var writer = ByteWriter()
    first.blocks.encode(into: &writer)
    var places = ByteWriter()
    first.blocks.waiting.encodePlaces(into: &places)
    let second = Run(first.session)
    let limits = RowLimits(bits: 8, labels: .twoClasses)
    var reader = ByteReader(writer.bytes[...], subject: "test")
    try second.blocks.restore(from: &reader, limits, atMost: cut)
    try reader.expectEnd()
    reader = ByteReader(places.bytes[...], subject: "test")
    try second.blocks.waiting.restorePlaces(from: &reader)
    try second.add(batch(cut..<1200), from: cut)
    try second.finish()
    #expect(first.learned + second.learned == Array(0..<1200))
    #expect(second.found == whole)
    // More rows than were learned.
    #expect(throws: RunFailure.self) {
      let other = Run(first.session)
      var reader = ByteReader(writer.bytes[...], subject: "test")
      try other.blocks.restore(from: &reader, limits, atMost: cut - 1)
    }
    // Whatever a word is made, what is taken over can be gone on with.
    let bytes = writer.bytes
    for start in stride(from: 0, to: bytes.count - 7, by: 4) {
      for pattern in [Double.nan.bitPattern, .max, 1 << 40, 0] {
        var hostile = bytes
        for byte in 0..<8 {
          hostile[start + byte] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte))
        }
        let other = Run(try session())
        var reader = ByteReader(hostile[...], subject: "test")
        do {
          try other.blocks.restore(from: &reader, limits, atMost: cut)
          #expect(WeightChoice(other.found).figures?.standardError.isFinite ?? true)
        } catch {
          #expect(error.kind == .badData, "byte \(start): \(error)")
        }
      }
    }
  }

  // MARK: - The choice

  @Test func theLastWeightsAreServedWhereTheRowsTurned() throws {
    let steady = WeightChoice(try run(1000, cut: 100, try session()).found)
    #expect(!steady.servesLast)
    let figures = try #require(steady.figures)
    #expect(figures.rows == 150 && figures.averagedLoss < 0.69)
    let turned = WeightChoice(try run(1000, cut: 100, turn: 600, try session()).found)
    #expect(turned.servesLast)
    #expect(try #require(turned.figures).averagedLoss > turned.figures?.lastLoss ?? .infinity)
    #expect(turned.margins.count == 150)
    #expect(WeightChoice([]).figures == nil && !WeightChoice([]).servesLast)
  }
}
