import SparseBatches

@testable import Configuration
@testable import Featurizing
@testable import Learning
@testable import ModelFile
@testable import RowCache
@testable import Scoring
@testable import Training

/// The sections of a checkpoint that hold what a training knows, each taken over as a training
/// would and then used.
final class StateTarget: FuzzTarget {
  private static let bits = 8
  private static let limits = RowLimits(.logistic, bits: bits)
  private static let hashing = FeatureHashing(bits: 10)
  private let losses: [ModelLoss] = [.logistic, .softmax(classes: 3), .probit, .squared]
  private var sessions: [any TrainingSession] = []
  private var makers: [() -> any TrainingSession] = []
  private let batch: SparseBatch

  init() {
    batch = StateTarget.rows(count: 5)
    for optimizer in [LearnerConfiguration.Optimizer.ftrl, .sgd, .adagrad] {
      for loss in losses {
        for size in [1, 4] {
          var configuration = LearnerConfiguration()
          configuration.optimizer = optimizer
          configuration.batchSize = size
          makers.append { [configuration] in
            guard
              let session = try? TrainingSessions.make(configuration, loss: loss, bits: Self.bits)
            else { fatalError("no session") }
            return session
          }
        }
      }
    }
    sessions = makers.map { $0() }
  }

  private static func rows(count: Int) -> SparseBatch {
    var batch = SparseBatch()
    for row in 0..<count {
      for slot in 0..<3 { batch.addFeature(UInt32(row * 7 + slot), Float(slot + 1) / 2) }
      batch.endRow(label: Float(row % 2), weight: 1, rowInChunk: row)
    }
    return batch
  }

  /// The first byte says which section it is.
  func run(_ bytes: [UInt8]) {
    var parts = InputParts(bytes)
    let choice = Int(parts.byte())
    if choice < 64 { return restore(choice % sessions.count, parts) }
    let rest = parts.remainder()
    let reader = ByteReader(rest[...], subject: "input")
    expectAnswer { () throws(RunFailure) in
      switch choice % 9 {
      case 0: _ = try SparseWeights.decode(reader, bits: Self.bits)
      case 1: _ = try SparseWeights.decode(reader, bits: Self.bits, outputsPerSlot: 3).slots
      case 2: _ = try FeatureNames.decode(reader, bits: Self.bits)
      case 3: try readRegister(reader)
      case 4: try readRecord(rest)
      case 5: try readWindow(reader)
      case 6: try readBooks(reader)
      case 7: try readEpochs(reader)
      default: try readSolver(reader)
      }
    }
  }

  private func restore(_ index: Int, _ input: InputParts) {
    let session = sessions[index]
    var parts = input
    var sections = [ContainerSection(type: .learnerState, data: parts.part())]
    sections.append(ContainerSection(type: .usedStates, data: parts.part()))
    sections.append(ContainerSection(type: .learnerTable, data: parts.part()))
    if sections[1].length == 0 { sections.removeLast(2) }
    let container = Container(
      kind: .checkpoint, headerJSON: [], sections: sections, name: "input")
    // A checkpoint is taken over by a learner that has learned nothing, and once.
    defer { sessions[index] = makers[index]() }
    guard isTaken(container, by: session) else { return }
    expectAnswer { () throws(RunFailure) in
      _ = session.section
      _ = try session.weights()
      try session.learn(batch) { _ in nil }
      try session.finishEpoch()
    }
  }

  private func isTaken(_ container: Container, by session: any TrainingSession) -> Bool {
    do throws(RunFailure) {
      try session.restore(container)
      return true
    } catch {
      precondition(error.kind == .badData, "refused by \(error.kind)")
      return false
    }
  }

  private func readRegister(_ source: ByteReader) throws(RunFailure) {
    var reader = source
    let state = try FeatureRegisterState(from: &reader)
    let register = FeatureRegister(hashing: Self.hashing, nameLimit: 64)
    guard register.restore(state) else { return }
    _ = register.collisions
    _ = try register.names(of: (0..<1024).map { UInt32($0) })
    precondition(register.state == state, "a register does not survive being written")
  }

  private func readRecord(_ bytes: [UInt8]) throws(RunFailure) {
    let record = TrainingRecord()
    try record.restore(
      Container(
        kind: .checkpoint, headerJSON: [],
        sections: [ContainerSection(type: .trainingRecord, data: bytes)], name: "input"))
    _ = record.course
    record.note(rows: 1, loss: (1, 1))
  }

  private func readWindow(_ source: ByteReader) throws(RunFailure) {
    var reader = source
    var window = ShuffleBuffer(capacity: .window(rows: 32), seed: 1, epoch: 1)
    try window.restore(from: &reader, Self.limits)
    let session = sessions[0]
    try window.flush { rows, _ throws(RunFailure) in try session.learn(rows) { _ in nil } }
  }

  private func readBooks(_ source: ByteReader) throws(RunFailure) {
    var reader = source
    var configuration = TrainingConfiguration(input: InputConfiguration())
    configuration.passes.holdout = 0.5
    configuration.passes.holdoutRows = 16
    var books = try RunBooks(configuration, loss: .logistic, labels: .convention)
    try books.restore(from: &reader, Self.limits)
    let weights = try ModelWeights(
      loss: .logistic, bits: Self.bits, biases: [0], slots: [3], outputs: [], weights: [1])
    _ = try books.correction()
    _ = try books.decidingLoss(weights)
  }

  private func readEpochs(_ source: ByteReader) throws(RunFailure) {
    var reader = source
    let outcome = try EpochOutcome(from: &reader, bits: Self.bits, outputs: 3)
    _ = try outcome.bestWeights?.modelWeights(.softmax(classes: 3), bits: Self.bits)
  }

  private func readSolver(_ source: ByteReader) throws(RunFailure) {
    var reader = source
    let state = try SolverState(from: &reader)
    try reader.expectEnd()
    _ = state.fits(slots: 3, outputs: 1)
  }

  // MARK: - Seeds

  var seeds: [[UInt8]] { sessions.indices.map(sessionSeed) + sectionSeeds }

  private func sessionSeed(_ index: Int) -> [UInt8] {
    let snapshot = TableSnapshot()
    try? sessions[index].learn(batch) { _ in nil }
    sessions[index].copyTable(into: snapshot)
    let parts = [sessions[index].section] + snapshot.packedSections()
    return [UInt8(index)]
      + InputParts.joined(Array(parts[0].data), Array(parts[1].data), Array(parts[2].data))
  }

  private var sectionSeeds: [[UInt8]] {
    var weights = SparseWeights()
    for slot in [UInt32(2), 9, 200] { try? weights.append(slot: slot, weight: 0.5) }
    var names = FeatureNames()
    try? names.append(slot: 4, name: Array("four".utf8))
    var state = FeatureRegisterState()
    state.slots = [3, 5]
    state.lengths = [1, 2]
    state.bytes = Array("abb".utf8)
    state.sample = [3, 5]
    var window = ShuffleBuffer(capacity: .window(rows: 32), seed: 1, epoch: 1)
    try? window.add(batch, place: { _ in nil }) { _, _ throws(RunFailure) in }
    let record = TrainingRecord()
    record.note(rows: 20, loss: (1, 1))
    record.endEpoch(loss: (1, 2), holdoutLoss: 0.5)
    record.note(SolverProgress(iteration: 1, objective: 2, gradientNorm: 3, passes: 4))
    var solver = SolverState()
    solver.means = [0, 0, 0]
    solver.steps = [[1, 2, 3, 4]]
    solver.changes = [[1, 2, 3, 4]]
    return [
      tagged(0, weights.encoded()), tagged(2, names.encoded()),
      tagged(3) { state.encode(into: &$0) },
      tagged(4, Array(record.section.data)), tagged(5) { window.encode(into: &$0) }, books,
      tagged(8) { solver.encode(into: &$0) }, epochs,
    ]
  }

  private var books: [UInt8] {
    var tally = RowTally(isBinary: true)
    tally.count(batch)
    var reservoir = HoldoutReservoir(fraction: 0.5, capacity: 16, seed: 1)
    for ordinal in 0..<8 where reservoir.holds(ordinal) {
      reservoir.offer(batch, row: ordinal % 5, ordinal: ordinal)
    }
    return tagged(6) { writer in
      tally.encode(into: &writer)
      writer.append(true)
      reservoir.encode(into: &writer)
    }
  }

  private var epochs: [UInt8] {
    tagged(7) { writer in
      writer.append(2)
      writer.append(1)
      writer.append(0.5)
      writer.append(true)
      writer.append(3)
      for _ in 0..<3 { writer.append(0.25) }
      var weights = SparseWeights(outputsPerSlot: 3)
      try? weights.append(slot: 2, output: 1, weight: 1)
      writer.append(counted: weights.encoded())
    }
  }

  private func tagged(_ choice: Int, _ bytes: [UInt8]) -> [UInt8] { [UInt8(72 + choice)] + bytes }

  private func tagged(_ choice: Int, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    body(&writer)
    return tagged(choice, writer.bytes)
  }
}

/// A record of the row cache whose checksum is right.
final class RowCacheTarget: FuzzTarget {
  private var batch = SparseBatch()
  private var body = GrowableBuffer<UInt8>()
  private let limits = RowLimits(bits: 8, labels: .number)

  var seeds: [[UInt8]] {
    [0, 1, 5, 70].map { count in
      var rows = SparseBatch()
      for row in 0..<count {
        for slot in 0..<row % 4 { rows.addFeature(UInt32(slot), slot % 2 == 0 ? 1 : 0.5) }
        rows.endRow(label: 1, weight: 1, rowInChunk: row)
      }
      var bytes = GrowableBuffer<UInt8>()
      BatchRecord.encode(rows, into: &bytes)
      return (BatchRecord.prefixBytes..<bytes.count).map { bytes[$0] }
    }
  }

  func run(_ bytes: [UInt8]) {
    // As long as the input: a read after its end is seen.
    body = GrowableBuffer(capacity: max(1, bytes.count))
    for byte in bytes { body.append(byte) }
    let checksum = unsafe RecordChecksum.of(body.base, count: body.count)
    guard BatchRecord.decode(body, checksum: checksum, limits: limits, into: &batch) else { return }
    for row in 0..<batch.rowCount {
      for index in batch.features(ofRow: row) { _ = batch.slots[index] }
    }
  }
}
