import Configuration
import Featurizing
import Learning
import ModelFile
import SparseBatches
import Testing

@testable import Scoring
@testable import Training

/// Sections of checkpoints whose checksums are right and whose values are not: refused, each with
/// exit code 65.
@Suite struct HostileStateTests {
  private static let limits = RowLimits(bits: 10, labels: .twoClasses)

  private func refusal(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch {
      return (error as? RunFailure)?.kind == .badData
    }
  }

  // MARK: - Learners

  private func session(
    _ optimizer: LearnerConfiguration.Optimizer, _ loss: ModelLoss
  ) throws -> any TrainingSession {
    var configuration = LearnerConfiguration()
    configuration.optimizer = optimizer
    configuration.batchSize = 4
    configuration.l2 = 0.01
    return try TrainingSessions.make(configuration, loss: loss, bits: 10)
  }

  private func sections(_ session: any TrainingSession) throws -> [ContainerSection] {
    var batch = SparseBatch()
    for row in 0..<6 {
      batch.addFeature(UInt32(row), 1)
      batch.addFeature(500, 0.5)
      batch.endRow(label: Float(row % 2), weight: 1, rowInChunk: row)
    }
    try session.learn(batch) { _ in nil }
    let snapshot = TableSnapshot()
    session.copyTable(into: snapshot)
    return [session.section] + snapshot.packedSections()
  }

  /// Every word of the state, in turn, is made a number that no run comes to.
  @Test(
    arguments: [LearnerConfiguration.Optimizer.ftrl, .sgd, .adagrad],
    [ModelLoss.logistic, .softmax(classes: 3)])
  func numbersThatAreNone(_ optimizer: LearnerConfiguration.Optimizer, _ loss: ModelLoss) throws {
    let sections = try sections(try session(optimizer, loss))
    func restore(_ changed: [ContainerSection]) throws {
      let session = try session(optimizer, loss)
      try session.restore(
        Container(kind: .checkpoint, headerJSON: [], sections: changed, name: "test"))
      // What is taken over can be published.
      let weights = try session.weights()
      #expect(weights.biases.allSatisfy { $0.isFinite })
    }
    try restore(sections)
    for section in sections.indices where sections[section].type != .usedStates {
      let data = Array(sections[section].data)
      for pattern in [Double.nan.bitPattern, Double.infinity.bitPattern, .max] {
        for start in stride(from: 0, to: data.count - 7, by: 4) {
          var changed = sections
          var bytes = data
          for byte in 0..<8 {
            bytes[start + byte] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte))
          }
          changed[section].data = bytes[...]
          // Either it is refused, or what changed means nothing that cannot be.
          do { try restore(changed) } catch {
            #expect((error as? RunFailure)?.kind == .badData, "byte \(start): \(error)")
          }
        }
      }
    }
    for value in [Float.nan, .infinity] {
      var changed = sections
      var bytes = Array(sections[2].data)
      // With z or weight first, a pattern of Double or Float.
      let pattern = optimizer == .ftrl ? UInt64(value.bitPattern) : Double(value).bitPattern
      for byte in 0..<(optimizer == .ftrl ? 4 : 8) {
        bytes[byte] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * byte))
      }
      changed[2].data = bytes[...]
      #expect(refusal { try restore(changed) }, "\(optimizer) with \(value)")
    }
  }

  /// A rate that is not the schedule's: with one of 1e300 the flow of probit never came to its end.
  @Test(arguments: [LearnerConfiguration.Optimizer.sgd, .adagrad])
  func aClockOfAnotherSchedule(_ optimizer: LearnerConfiguration.Optimizer) throws {
    let sections = try sections(try session(optimizer, .probit))
    func restore(word: Int, _ value: UInt64) throws {
      var changed = sections
      // Whether it is the first epoch, its loss; then the bias, of one word or two, and its average.
      let start = 10 + 8 * ((optimizer == .sgd ? 2 : 3) + word)
      var bytes = Array(sections[0].data)
      for byte in 0..<8 {
        bytes[start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
      }
      changed[0].data = bytes[...]
      try session(optimizer, .probit).restore(
        Container(kind: .checkpoint, headerJSON: [], sections: changed, name: "test"))
    }
    // Where the rate falls with the rows, these are seen to be others.
    #expect(optimizer == .adagrad || refusal { try restore(word: 0, 1 << 40) })
    #expect(refusal { try restore(word: 1, (1e300).bitPattern) })
    #expect(refusal { try restore(word: 2, (1e300).bitPattern) })
    #expect(refusal { try restore(word: 2, (0.1234).bitPattern) })
  }

  // MARK: - Rows

  private func window(_ change: (inout SparseBatch) -> Void) throws -> ByteReader {
    var batch = SparseBatch()
    for row in 0..<3 {
      batch.addFeature(UInt32(row), 1)
      batch.endRow(label: 1, weight: 1, rowInChunk: row)
    }
    change(&batch)
    var writer = ByteWriter()
    writer.append(UInt64(7))
    writer.append(batch)
    return ByteReader(writer.bytes[...], subject: "test")
  }

  private func takesWindow(_ change: (inout SparseBatch) -> Void) throws -> Bool {
    var reader = try window(change)
    return !refusal {
      var buffer = ShuffleBuffer(capacity: .window(rows: 10), seed: 1, epoch: 1)
      try buffer.restore(from: &reader, Self.limits)
    }
  }

  @Test func rowsOfTheShuffleWindow() throws {
    #expect(try takesWindow { _ in })
    #expect(try !takesWindow { $0.labels[1] = 0.5 })
    #expect(try !takesWindow { $0.labels[1] = 2 })
    #expect(try !takesWindow { $0.labels[1] = .nan })
    #expect(try !takesWindow { $0.weights[2] = -1 })
    #expect(try !takesWindow { $0.weights[2] = .infinity })
    #expect(try !takesWindow { $0.slots[0] = 1024 })
    #expect(try !takesWindow { $0.values[0] = .nan })
    #expect(try !takesWindow { $0.rowEnds[1] = 0 })
    #expect(try !takesWindow { $0.rowEnds[2] = 9 })
  }

  @Test func labelsOfOtherLosses() {
    let classes = RowLimits(.softmax(classes: 3), bits: 4)
    #expect(classes.admits(label: 2) && !classes.admits(label: 3) && !classes.admits(label: -1))
    #expect(!classes.admits(label: 0.5) && !classes.admits(label: .nan))
    let numbers = RowLimits(.squared, bits: 4)
    #expect(numbers.admits(label: -7.5) && !numbers.admits(label: .infinity))
    #expect(numbers.admits(slot: 15) && !numbers.admits(slot: 16))
    #expect(numbers.admits(weight: 0) && !numbers.admits(weight: -0.5))
  }

  private func takesHoldout(_ change: (inout HoldoutStratum.Row) -> Void) throws -> Bool {
    let fresh = HoldoutReservoir(fraction: 0.5, capacity: 100, seed: 3)
    let lottery = RowLottery(seed: 3, .reservoir)
    let ordinals = (0..<40).filter(fresh.holds)
    var rows = ordinals.map {
      HoldoutStratum.Row(
        draw: lottery.draw($0), ordinal: $0, label: 0, weight: 1, slots: [5], values: [0.5])
    }
    rows.sort { $0.draw > $1.draw }
    change(&rows[rows.count - 1])
    var writer = ByteWriter()
    for count in [rows.count, 0, rows.count] { writer.append(count) }
    for row in rows {
      writer.append(row.draw)
      writer.append(row.ordinal)
      writer.append(row.label)
      writer.append(row.weight)
      writer.append(1)
      writer.append(row.slots[0])
      writer.append(row.values[0])
    }
    for _ in 0..<3 { writer.append(0) }
    var reader = ByteReader(writer.bytes[...], subject: "test")
    return !refusal {
      var reservoir = fresh
      try reservoir.restore(from: &reader, Self.limits)
    }
  }

  @Test func rowsOfTheHoldout() throws {
    #expect(try takesHoldout { _ in })
    #expect(try !takesHoldout { $0.label = 1 })
    #expect(try !takesHoldout { $0.label = .nan })
    #expect(try !takesHoldout { $0.weight = -1 })
    #expect(try !takesHoldout { $0.slots = [1024] })
    #expect(try !takesHoldout { $0.values = [.infinity] })
    #expect(try !takesHoldout { $0.draw = .max })
    #expect(try !takesHoldout { $0.draw &-= 1 })
    #expect(try !takesHoldout { $0.ordinal += 1 })
  }

  // MARK: - Counts and names

  private func takesTally(rows: Int, positives: Int, weight: Double, positive: Double) -> Bool {
    var writer = ByteWriter()
    for count in [rows, positives, 3] { writer.append(count) }
    for number in [weight, 0, positive, 0] { writer.append(number) }
    writer.append(0)
    var reader = ByteReader(writer.bytes[...], subject: "test")
    return !refusal {
      var tally = RowTally(isBinary: true)
      try tally.restore(from: &reader)
    }
  }

  @Test func countsOfRows() {
    #expect(takesTally(rows: 3, positives: 2, weight: 3, positive: 2))
    #expect(!takesTally(rows: 3, positives: 4, weight: 3, positive: 2))
    #expect(!takesTally(rows: -3, positives: 0, weight: 3, positive: 2))
    #expect(!takesTally(rows: 3, positives: 2, weight: .nan, positive: 2))
    #expect(!takesTally(rows: 3, positives: 2, weight: 1, positive: 2))
    #expect(!takesTally(rows: 3, positives: 2, weight: -1, positive: -2))
    #expect(!takesTally(rows: 3, positives: 0, weight: 3, positive: 2))
    #expect(!takesTally(rows: 0, positives: 0, weight: 0, positive: 0))
  }

  private func takesEpochs(
    made: Int = 3, best: Int, loss: Double, outputs: Int?, bias: Double = 0
  ) -> Bool {
    var writer = ByteWriter()
    writer.append(made)
    writer.append(best)
    writer.append(loss)
    writer.append(outputs != nil)
    if let outputs {
      writer.append(outputs)
      for _ in 0..<outputs { writer.append(bias) }
      writer.append(counted: SparseWeights(outputsPerSlot: outputs).encoded())
    }
    var reader = ByteReader(writer.bytes[...], subject: "test")
    return !refusal { _ = try EpochOutcome(from: &reader, bits: 10, outputs: 2) }
  }

  @Test func theBestEpoch() {
    #expect(takesEpochs(best: 0, loss: .infinity, outputs: nil))
    #expect(takesEpochs(best: 2, loss: 0.5, outputs: 2))
    #expect(!takesEpochs(best: 4, loss: 0.5, outputs: 2))
    #expect(!takesEpochs(best: 2, loss: .nan, outputs: 2))
    #expect(!takesEpochs(best: 2, loss: 0.5, outputs: nil))
    #expect(!takesEpochs(best: 0, loss: .infinity, outputs: 2))
    // Other outputs than the loss has were a trap when the model was made.
    #expect(!takesEpochs(best: 2, loss: 0.5, outputs: 1))
    #expect(!takesEpochs(best: 2, loss: 0.5, outputs: 3))
    #expect(!takesEpochs(best: 2, loss: 0.5, outputs: 2, bias: .infinity))
  }

  @Test func aSolverWhoseNumbersAreNone() throws {
    func takes(_ change: (inout SolverState) -> Void) -> Bool {
      var state = SolverState()
      (state.means, state.scales, state.point) = ([0, 0], [1, 1, 1], [1, 2, 3])
      (state.gradient, state.lastStep) = ([1, 2, 3], [1, 2, 3])
      (state.steps, state.changes) = ([[1, 2, 3]], [[1, 2, 3]])
      change(&state)
      var writer = ByteWriter()
      state.encode(into: &writer)
      var reader = ByteReader(writer.bytes[...], subject: "test")
      return !refusal { _ = try SolverState(from: &reader) }
    }
    #expect(takes { _ in })
    #expect(!takes { $0.point[1] = .nan })
    #expect(!takes { $0.means[0] = .infinity })
    #expect(!takes { $0.scales[2] = -.infinity })
    #expect(!takes { $0.changes[0][0] = .nan })
    #expect(!takes { $0.radius = .nan })
    #expect(!takes { $0.objective = .nan })
  }
}
