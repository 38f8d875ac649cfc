internal import Checkpoints
internal import ModelFile
internal import Notices
internal import Scoring
internal import SparseBatches

/// Learns batches, cut where a point of the training's record lies, and takes down the margins.
struct RecordedLearning: ~Copyable {
  private let record: TrainingRecord?
  /// nil where no calibrator is to come from the stream.
  var calibration: StreamCalibration?
  /// nil where predictions are no single number, or nobody wants them.
  var predictions: PredictionSample?
  private var part = SparseBatch()

  /// - Parameter record: nil: batches are learned whole.
  init(_ record: TrainingRecord?, _ calibration: StreamCalibration? = nil) {
    self.record = record
    self.calibration = calibration
  }

  /// Has `session` learn a batch, and takes down its margins where they are wanted.
  private static func learn(
    _ batch: borrowing SparseBatch, by session: any TrainingSession,
    _ calibration: inout StreamCalibration?, _ predictions: PredictionSample?,
    place: (Int) -> RowPlace?
  ) throws(RunFailure) {
    try session.learn(batch, place: place)
    guard calibration != nil || predictions != nil else { return }
    session.withMargins {
      calibration?.add(batch, margins: $0)
      predictions?.add(batch, margins: $0)
    }
  }

  /// - Parameter place: as `TrainingSession.learn` has it.
  mutating func learn(
    _ batch: borrowing SparseBatch, by session: any TrainingSession, place: (Int) -> RowPlace?
  ) throws(RunFailure) {
    guard let record, record.rowsToNextPoint <= batch.rowCount else {
      try Self.learn(batch, by: session, &calibration, predictions, place: place)
      record?.note(rows: batch.rowCount, loss: session.progressiveLoss)
      return
    }
    var first = 0
    while first < batch.rowCount {
      let end = min(batch.rowCount, first + record.rowsToNextPoint)
      part.removeAll()
      part.appendRows(of: batch, first..<end)
      try Self.learn(part, by: session, &calibration, predictions, place: place)
      record.note(rows: end - first, loss: session.progressiveLoss)
      first = end
    }
  }
}

// MARK: - Checkpoints

extension RecordedLearning {
  /// nil where no margins are wanted.
  var marginSection: ContainerSection? {
    guard let calibration else { return nil }
    var writer = ByteWriter()
    calibration.encode(into: &writer)
    return ContainerSection(type: .streamMargins, data: writer.bytes)
  }

  /// Goes on with the margins and predictions of a state, where it has any.
  mutating func goOn(from origin: LearningOrigin) throws(RunFailure) {
    guard case .state(let state) = origin else { return }
    try restorePredictions(state.container, atMost: state.header.totals.learnedRows)
    guard calibration != nil, state.container.has(.streamMargins) else { return }
    var reader = try state.container.reader(of: .streamMargins)
    try calibration?.restore(from: &reader, atMost: state.header.totals.learnedRows)
    try reader.expectEnd()
  }

  /// - Parameter rows: the most that can have been learned.
  mutating func restoreMargins(
    _ container: Container, atMost rows: Int, _ notices: NoticeBoard
  ) throws(RunFailure) {
    guard calibration != nil else { return }
    guard container.has(.streamMargins) else {
      notices.post(
        "the checkpoint has no margins of the rows learned so far: the calibrator will rest on "
          + "those that come now")
      return
    }
    var reader = try container.reader(of: .streamMargins)
    try calibration?.restore(from: &reader, atMost: rows)
    try reader.expectEnd()
  }

  /// nil where no predictions are wanted.
  var predictionSection: ContainerSection? {
    guard let predictions else { return nil }
    var writer = ByteWriter()
    predictions.encode(into: &writer)
    return ContainerSection(type: .profilePredictions, data: writer.bytes)
  }

  /// - Parameter rows: the most that can have been learned.
  func restorePredictions(_ container: Container, atMost rows: Int) throws(RunFailure) {
    // A program that kept no profile stored none of them.
    guard let predictions, container.has(.profilePredictions) else { return }
    var reader = try container.reader(of: .profilePredictions)
    try predictions.restore(from: &reader, atMost: rows)
    try reader.expectEnd()
  }
}
