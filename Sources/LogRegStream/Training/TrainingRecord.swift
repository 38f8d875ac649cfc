internal import Learning
internal import ModelFile
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
    var moment: Moment
    /// On the half of the holdout that may decide; nil without one.
    var holdoutLoss: Double?
  }

  private var moments: [Moment] = []
  private(set) var epochs = ThinnedCourse<EpochEnd>()
  private(set) var steps = ThinnedCourse<SolverProgress>()
  private var rows = 0
  private var next = TrainingRecord.firstPoint
  private var part = SparseBatch()

  private static let firstPoint = 32

  /// The point behind one: a quarter more rows.
  private static func point(behind rows: Int) -> Int { rows + rows / 4 }

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
      next = Self.point(behind: next)
    }
  }

  func endEpoch(of session: any TrainingSession, holdoutLoss: Double?) {
    epochs.append(EpochEnd(moment: moment(session), holdoutLoss: holdoutLoss))
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

// MARK: - Checkpoints

extension TrainingRecord {
  /// What a checkpoint holds of it.
  var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(rows)
    for moment in moments { Self.encode(moment, into: &writer) }
    writer.append(epochs.count)
    for end in epochs.elements {
      writer.append(end.moment.rows)
      Self.encode(end.moment, into: &writer)
      writer.append(end.holdoutLoss != nil)
      writer.append(end.holdoutLoss ?? 0)
    }
    writer.append(steps.count)
    for step in steps.elements {
      writer.append(step.iteration)
      writer.append(step.objective)
      writer.append(step.gradientNorm)
      writer.append(step.passes)
    }
    return ContainerSection(type: .trainingRecord, data: writer.bytes)
  }

  /// Takes over a record as a checkpoint holds it. How many points it has follows from the rows: no
  /// length is believed.
  ///
  /// - Throws: badData when the points contradict each other.
  func restore(_ container: Container) throws(RunFailure) {
    var reader = try container.reader(of: .trainingRecord)
    rows = try reader.readTally()
    (moments, next) = ([], Self.firstPoint)
    while next <= rows {
      moments.append(try Self.moment(next, from: &reader))
      next = Self.point(behind: next)
    }
    var before = 0
    epochs = try ThinnedCourse(from: &reader) { reader throws(RunFailure) in
      let end = try Self.epochEnd(from: &reader)
      guard (before...self.rows).contains(end.moment.rows) else {
        throw reader.failure("its epochs do not follow one another")
      }
      before = end.moment.rows
      return end
    }
    steps = try ThinnedCourse(from: &reader) { reader throws(RunFailure) in
      SolverProgress(
        iteration: try reader.readTally(), objective: try Self.number(from: &reader),
        gradientNorm: try Self.number(from: &reader), passes: try reader.readTally())
    }
    try reader.expectEnd()
  }

  private static func encode(_ moment: Moment, into writer: inout ByteWriter) {
    writer.append(moment.loss)
    writer.append(moment.weight)
  }

  private static func moment(
    _ rows: Int, from reader: inout ByteReader
  ) throws(RunFailure) -> Moment {
    let moment = Moment(
      rows: rows, loss: try number(from: &reader), weight: try number(from: &reader))
    guard moment.weight >= 0 else { throw reader.failure("a weight is \(moment.weight)") }
    return moment
  }

  private static func epochEnd(from reader: inout ByteReader) throws(RunFailure) -> EpochEnd {
    let moment = try moment(try reader.readTally(), from: &reader)
    let hasLoss = try reader.readBool()
    let loss = try number(from: &reader)
    return EpochEnd(moment: moment, holdoutLoss: hasLoss ? loss : nil)
  }

  private static func number(from reader: inout ByteReader) throws(RunFailure) -> Double {
    let number = try reader.readDouble()
    guard !number.isNaN else { throw reader.failure("a loss is no number") }
    return number
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

  init() {}

  /// A count, then as many elements as are kept of so many.
  init(
    from reader: inout ByteReader,
    _ element: (inout ByteReader) throws(RunFailure) -> Element
  ) throws(RunFailure) {
    count = try reader.readTally()
    while count > (Self.capacity - 1) * stride { stride *= 2 }
    for _ in 0..<(count + stride - 1) / stride { kept.append(try element(&reader)) }
    last = count > 0 && (count - 1) % stride != 0 ? try element(&reader) : kept.last
  }

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
