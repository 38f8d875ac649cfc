internal import Learning
internal import SparseBatches

/// The course of a training run, for its report: few points, however many rows there are.
///
/// Points lie at fixed numbers of rows, so that they do not depend on chunks or threads.
final class TrainingRecord {
  /// Loss and weight of all rows up to a moment, each row before it was learned.
  struct Moment: Equatable {
    var rows: Int
    var loss: Double
    var weight: Double
  }

  struct EpochEnd: Equatable {
    var epoch: Int
    var moment: Moment
    /// On the half of the holdout that may decide; nil without one.
    var holdoutLoss: Double?
  }

  private var moments: [Moment] = []
  private(set) var epochs = ThinnedCourse<EpochEnd>()
  private(set) var steps = ThinnedCourse<SolverProgress>()
  private var rows = 0
  private var next = 32
  private var part = SparseBatch()

  /// Has `session` learn a batch, cut where a point of the course lies.
  func learn(
    _ batch: borrowing SparseBatch, by session: any TrainingSession, place: (Int) -> String?
  ) throws(RunFailure) {
    guard rows + batch.rowCount >= next else {
      try session.learn(batch, place: place)
      rows += batch.rowCount
      return
    }
    var first = 0
    while first < batch.rowCount {
      let end = min(batch.rowCount, first + next - rows)
      part.removeAll()
      for row in first..<end { part.appendRow(of: batch, row: row) }
      try session.learn(part, place: place)
      rows += end - first
      first = end
      guard rows == next else { continue }
      moments.append(moment(session))
      next += next / 4
    }
  }

  func endEpoch(of session: any TrainingSession, holdoutLoss: Double?) {
    epochs.append(
      EpochEnd(epoch: epochs.count + 1, moment: moment(session), holdoutLoss: holdoutLoss))
  }

  /// Points and ends of epochs in the order of rows.
  var course: [Moment] {
    (moments + epochs.elements.map(\.moment)).sorted { $0.rows < $1.rows }
  }

  /// An exact solver has made another step.
  func note(_ step: SolverProgress) { steps.append(step) }

  private func moment(_ session: any TrainingSession) -> Moment {
    let loss = session.progressiveLoss
    return Moment(rows: rows, loss: loss.sum, weight: loss.weight)
  }
}

/// Every element while there are few, then every second, every fourth, … and always the last.
struct ThinnedCourse<Element> {
  private static var capacity: Int { 256 }
  private var kept: [Element] = []
  private var last: Element?
  private var stride = 1
  /// Elements appended.
  private(set) var count = 0

  mutating func append(_ element: Element) {
    if count % stride == 0 { kept.append(element) }
    if kept.count == Self.capacity {
      kept = kept.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      stride *= 2
    }
    last = element
    count += 1
  }

  var elements: [Element] {
    guard let last, (count - 1) % stride != 0 else { return kept }
    return kept + [last]
  }
}
