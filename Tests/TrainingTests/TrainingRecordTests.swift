import Configuration
import Learning
import ModelFile
import SparseBatches
import Testing

@testable import Training

/// The course of a training, as checkpoints keep it.
@Suite struct TrainingRecordTests {
  private func session() throws -> any TrainingSession {
    try TrainingSessions.make(LearnerConfiguration(), loss: .logistic, bits: 10)
  }

  /// Learns rows `range`, in one batch.
  private func learn(
    _ range: Range<Int>, _ record: TrainingRecord, _ session: any TrainingSession
  ) throws {
    var batch = SparseBatch()
    for row in range {
      batch.addFeature(UInt32(row * 7 % 1000), 1)
      batch.endRow(label: row % 3 == 0 ? 1 : 0, weight: 1, rowInChunk: 0)
    }
    var learning = RecordedLearning(record)
    try learning.learn(batch, by: session) { _ in nil }
  }

  private func container(_ section: ContainerSection) -> Container {
    Container(kind: .checkpoint, headerJSON: [], sections: [section], name: "test")
  }

  private func restored(_ section: ContainerSection) throws -> TrainingRecord {
    let record = TrainingRecord()
    try record.restore(container(section))
    return record
  }

  @Test(arguments: [0, 1, 31, 32, 33, 500, 4999])
  func aRecordGoesOnAsIfItHadNotBeenStored(_ cut: Int) throws {
    let (whole, session) = (TrainingRecord(), try session())
    try learn(0..<5000, whole, session)
    whole.endEpoch(loss: session.progressiveLoss, holdoutLoss: 0.5)
    let again = try self.session()
    let before = TrainingRecord()
    try learn(0..<cut, before, again)
    let after = try restored(before.section)
    #expect(after.section == before.section)
    try learn(cut..<5000, after, again)
    after.endEpoch(loss: again.progressiveLoss, holdoutLoss: 0.5)
    #expect(after.course == whole.course && whole.course.count > 20)
    #expect(after.epochs.elements == whole.epochs.elements)
    #expect(after.section == whole.section)
  }

  @Test(arguments: [0, 1, 2, 254, 255, 256, 257, 511, 512, 5000])
  func stepsAreThinnedAsBefore(_ cut: Int) throws {
    func step(_ index: Int) -> SolverProgress {
      SolverProgress(iteration: index, objective: Double(index), gradientNorm: 1, passes: index + 1)
    }
    let (whole, before) = (TrainingRecord(), TrainingRecord())
    for index in 0..<6000 { whole.note(step(index)) }
    for index in 0..<cut { before.note(step(index)) }
    let after = try restored(before.section)
    #expect(after.steps.elements == before.steps.elements)
    for index in cut..<6000 { after.note(step(index)) }
    #expect(after.steps.elements == whole.steps.elements)
    #expect(whole.steps.elements.count <= 257 && whole.steps.elements.last?.iteration == 5999)
    #expect(whole.section.data.count < 10_000)
  }

  private func section() throws -> ContainerSection {
    let (record, session) = (TrainingRecord(), try session())
    try learn(0..<100, record, session)
    record.endEpoch(loss: session.progressiveLoss, holdoutLoss: 0.25)
    try learn(100..<200, record, session)
    record.endEpoch(loss: session.progressiveLoss, holdoutLoss: nil)
    record.note(SolverProgress(iteration: 0, objective: 1, gradientNorm: 2, passes: 3))
    return record.section
  }

  @Test func whatIsCutOffOrTooLongIsRefused() throws {
    let section = try section()
    for count in 0..<section.data.count {
      let short = ContainerSection(type: section.type, data: Array(section.data.prefix(count)))
      #expect(throws: RunFailure.self) { try restored(short) }
    }
    let long = ContainerSection(type: section.type, data: Array(section.data) + [0])
    #expect(throws: RunFailure.self) { try restored(long) }
    let none = Container(kind: .checkpoint, headerJSON: [], sections: [], name: "test")
    #expect(throws: RunFailure.self) { try TrainingRecord().restore(none) }
  }

  /// A checksum keeps accidents out; whoever writes a right one must still not crash the program.
  @Test func noChangedByteCrashes() throws {
    let section = try section()
    for place in section.data.indices {
      for byte: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
        var bytes = Array(section.data)
        bytes[place] = byte
        do throws(RunFailure) {
          let record = TrainingRecord()
          try record.restore(container(ContainerSection(type: section.type, data: bytes)))
          #expect(record.course.allSatisfy { $0.weight >= 0 && !$0.loss.isNaN })
        } catch {
          #expect(error.kind == .badData)
        }
      }
    }
  }

  @Test func pointsThatContradictEachOtherAreRefused() throws {
    /// No rows learned; then the ends of epochs.
    func section(rows: [Int], weight: Double = 1) -> ContainerSection {
      var writer = ByteWriter()
      writer.append(20)
      writer.append(rows.count)
      for row in rows {
        writer.append(row)
        writer.append(1.0)
        writer.append(weight)
        writer.append(false)
        writer.append(0.0)
      }
      writer.append(0)
      return ContainerSection(type: .trainingRecord, data: writer.bytes)
    }
    #expect(try restored(section(rows: [10, 20])).epochs.count == 2)
    for rows in [[20, 10], [21], [-1]] {
      #expect(throws: RunFailure.self) { try restored(section(rows: rows)) }
    }
    for weight in [-1, Double.nan] {
      #expect(throws: RunFailure.self) { try restored(section(rows: [10], weight: weight)) }
    }
  }
}
