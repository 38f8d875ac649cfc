import Configuration
import Featurizing
import Foundation
import Learning
import ModelFile
import Notices
import SparseBatches
import Synchronization
import Testing

@testable import Evaluation
@testable import Scoring
@testable import Training

/// Margins of the stream on their way from the learner to the calibrator.
@Suite struct StreamMarginTests {
  private func batch(rows: Range<Int>) -> SparseBatch {
    var batch = SparseBatch()
    for row in rows {
      batch.addFeature(UInt32(row % 7), 1)
      batch.endRow(label: Float(row % 3 == 0 ? 1 : 0), weight: 1, rowInChunk: batch.rowCount)
    }
    return batch
  }

  /// Learned a row at a time, the margin of a row is that of the weights of that moment.
  @Test(arguments: [LearnerConfiguration.Optimizer.ftrl, .sgd, .adagrad])
  func marginsAreThoseBeforeTheRow(_ optimizer: LearnerConfiguration.Optimizer) throws {
    var configuration = LearnerConfiguration()
    configuration.optimizer = optimizer
    let whole = try TrainingSessions.make(configuration, loss: .logistic, bits: 10)
    let single = try TrainingSessions.make(configuration, loss: .logistic, bits: 10)
    try whole.learn(batch(rows: 0..<60)) { _ in nil }
    var margins: [Double] = []
    whole.withMargins { buffer in for row in 0..<buffer.count { margins.append(buffer[row]) } }
    try #require(margins.count == 60)
    for row in 0..<60 {
      try single.learn(batch(rows: row..<row + 1)) { _ in nil }
      single.withMargins { #expect($0.count == 1 && $0[0] == margins[row]) }
    }
    #expect(margins[0] == 0 && Set(margins).count > 30)
  }

  /// However batches are cut, for a report or not.
  @Test func theRecordCutsNothingOutOfTheMargins() throws {
    func kept(_ record: TrainingRecord?, _ size: Int) throws -> [StreamStratum.Row] {
      let session = try TrainingSessions.make(
        LearnerConfiguration(), loss: .logistic, bits: 10)
      var learning = RecordedLearning(record, StreamCalibration(seed: 1))
      for start in stride(from: 0, to: 900, by: size) {
        try learning.learn(
          batch(rows: start..<min(900, start + size)), by: session, place: { _ in nil })
      }
      return learning.calibration.map { $0.negatives.rows + $0.positives.rows } ?? []
    }
    let rows = try kept(nil, 900)
    #expect(rows.count == 900)
    #expect(try kept(nil, 7) == rows && kept(TrainingRecord(), 900) == rows)
    #expect(try kept(TrainingRecord(), 31) == rows)
  }

  /// A checkpoint of a program that kept no margins is gone on with; what is said is said once.
  @Test func aCheckpointWithoutMarginsIsGoneOnWith() throws {
    let texts = Mutex<[String]>([])
    let notices = NoticeBoard { text in texts.withLock { $0.append(text) } }
    let session = try TrainingSessions.make(LearnerConfiguration(), loss: .logistic, bits: 10)
    var learning = RecordedLearning(nil, StreamCalibration(seed: 1))
    try learning.learn(batch(rows: 0..<50), by: session, place: { _ in nil })
    func container(_ sections: [ContainerSection]) -> Container {
      Container(kind: .checkpoint, headerJSON: [], sections: sections, name: "test")
    }
    let kept = learning.marginSection
    let section = try #require(kept)
    var resumed = RecordedLearning(nil, StreamCalibration(seed: 1))
    try resumed.restoreMargins(container([section]), atMost: 50, notices)
    let (rows, again) = (resumed.calibration?.rows, resumed.marginSection?.data)
    #expect(rows == 50 && again == section.data)
    #expect(texts.withLock { $0.isEmpty })
    #expect(throws: RunFailure.self) {
      try resumed.restoreMargins(container([section]), atMost: 49, notices)
    }
    var fresh = RecordedLearning(nil, StreamCalibration(seed: 1))
    try fresh.restoreMargins(container([]), atMost: 50, notices)
    let none = fresh.calibration?.rows
    #expect(none == 0)
    #expect(texts.withLock { $0.count == 1 && $0[0].contains("no margins") })
    // Where none are wanted, those that are there are passed over.
    var without = RecordedLearning(nil)
    try without.restoreMargins(container([section]), atMost: 0, notices)
    let nothing = without.marginSection
    #expect(nothing == nil)
  }

  /// By hand: of 100 negatives 25 were kept where half was planned, and class weights of 2 and 3 lie
  /// on the rows; the input had 0.1 of the population's negatives. A negative stands for 4 · 10.
  @Test func rowsWeighAsThePopulation() throws {
    for correction in [SamplingConfiguration.Correction.prior, .weight, .none] {
      var configuration = TrainingConfiguration(input: InputConfiguration(threads: 1))
      configuration.sampling.keepNegatives = 0.5
      configuration.sampling.negativesKept = 0.1
      configuration.sampling.correction = correction
      configuration.classWeights = try ClassWeights([
        .init(name: "negative", factor: 2), .init(name: "positive", factor: 3),
      ])
      var books = try RunBooks(configuration, loss: .logistic, labels: .convention)
      let factors = books.rowFactors
      #expect(factors == (correction == .weight ? [2 / 0.05, 3] : [2, 3]))
      var rows = SparseBatch()
      var stream = StreamCalibration(seed: 1)
      // Only negatives in the first half, which is not in the window of 16 of each class.
      for row in 0..<64 {
        let label = row >= 32 && row % 2 == 1
        stream.add(margin: 0, label: label, weight: Float(factors[label ? 1 : 0]))
      }
      for row in 0..<40 {
        rows.endRow(label: row < 25 ? 0 : 1, weight: 1, rowInChunk: row)
      }
      books.tally.count(rows)
      books.tally.countSampledOut(75)
      let finding = try books.streamFit(stream.window()).find(.kind(.intercept))
      let shift =
        try PriorShift(
          configuration.sampling, loss: .logistic, classFactors: books.classFactors
        ).shifts(books.tally).first ?? 0
      let served = (finding.calibrator?.parameters[0] ?? 0) + shift
      #expect(finding.rows == 32 && abs(served + log(40)) < 1e-6, "\(correction)")
    }
  }
}
