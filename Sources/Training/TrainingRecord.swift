package import Learning
package import ModelFile
package import SparseBatches

/// The course of a training run, for its report: few points, however many rows there are.
///
/// Points lie at fixed numbers of rows, so that they do not depend on chunks or threads.
package final class TrainingRecord {
  /// Loss and weight of all rows up to a moment, each row before it was learned.
  package struct Moment: Equatable {
    package var rows: Int
    package var loss: Double
    package var weight: Double

    package init(rows: Int, loss: Double, weight: Double) {
      self.rows = rows
      self.loss = loss
      self.weight = weight
    }
  }

  package struct EpochEnd: Equatable {
    package var moment: Moment
    /// On the half of the holdout that may decide; nil without one.
    package var holdoutLoss: Double?
  }

  private var moments: [Moment] = []
  package private(set) var epochs = ThinnedCourse<EpochEnd>()
  package private(set) var steps = ThinnedCourse<SolverProgress>()
  private var rows = 0
  private var next = TrainingRecord.firstPoint

  private static let firstPoint = 32

  /// The point after one: a quarter more rows.
  private static func point(after rows: Int) -> Int { rows + rows / 4 }

  /// Rows that may be learned before `note` must be told.
  package var rowsToNextPoint: Int { next - rows }

  /// So many more rows were learned, no more than `rowsToNextPoint`.
  ///
  /// - Parameter loss: of all rows so far, each before it was learned.
  package func note(rows more: Int, loss: @autoclosure () -> (sum: Double, weight: Double)) {
    rows += more
    guard rows == next else { return }
    moments.append(moment(loss()))
    next = Self.point(after: next)
  }

  /// An epoch has ended.
  package func endEpoch(loss: (sum: Double, weight: Double), holdoutLoss: Double?) {
    epochs.append(EpochEnd(moment: moment(loss), holdoutLoss: holdoutLoss))
  }

  /// Points and ends of epochs in the order of rows.
  package var course: [Moment] {
    (moments + epochs.elements.map(\.moment)).sorted { $0.rows < $1.rows }
  }

  /// An exact solver has made another step.
  package func note(_ step: SolverProgress) { steps.append(step) }

  private func moment(_ loss: (sum: Double, weight: Double)) -> Moment {
    Moment(rows: rows, loss: loss.sum, weight: loss.weight)
  }
}

// MARK: - Checkpoints

extension TrainingRecord {
  /// What a checkpoint holds of it.
  package var section: ContainerSection {
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
  package func restore(_ container: Container) throws(RunFailure) {
    var reader = try container.reader(of: .trainingRecord)
    rows = try reader.readTally()
    (moments, next) = ([], Self.firstPoint)
    while next <= rows {
      moments.append(try Self.moment(next, from: &reader))
      next = Self.point(after: next)
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
package struct ThinnedCourse<Element> {
  private static var capacity: Int { 256 }
  private var kept: [Element] = []
  private var last: Element?
  private var stride = 1
  /// Elements appended.
  package private(set) var count = 0

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

  package var elements: [Element] {
    guard let last, (count - 1) % stride != 0 else { return kept }
    return kept + [last]
  }
}
