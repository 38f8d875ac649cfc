internal import Configuration
internal import Featurizing
internal import ModelFile
internal import RowStream
internal import SparseBatches

// Design note
//
// A profile has to say what the whole stream was like, its first and its last tenth, and nobody knows
// where a stream ends before it does. So some thousand rows are kept as they were, with their places,
// evenly over all of the stream, and looked at when it has ended. Shares are then those of a random
// sample of a size that is known: what a test of a window needs. Of 2 million rows about one in fifty
// is ever looked at; values are cut out by the threads that featurize, and copied by the one that
// learns.
//
// Two samples of the same rule: the values (`ProfileSample`), and the predictions before learning, by
// their place in the order of learning (`PredictionSample`), which belong to a learner: a sweep has
// several.
//
// Rejected: to ask the learner, before it learns a row, for which of the row's features it has no
// weight yet. That is how much a fresh row brings that is new, but the answer is only exact when
// each such row is learned as a batch of its own, and copying the batches took 4 % of the time. It is
// estimated from the sample instead (`FreshValues`).

/// Values of some rows of a stream.
final class ProfileSample {
  private(set) var rows: ThinnedRows
  let lot: ProfileLot
  private let schema: FeatureSchema
  /// The first row of which anything is known: not 0 in a run that goes on from a checkpoint of a
  /// program that kept no profile.
  private(set) var start = 0

  /// How many rows are kept, of few columns and of many.
  static let mostRows = 8192
  static let fewestRows = 1024
  private static let mostWords = 1 << 19

  init(_ schema: FeatureSchema, seed: UInt64) {
    self.schema = schema
    lot = ProfileLot(seed: seed)
    let capacity = Self.capacity(schema)
    rows = ThinnedRows(stride: Self.stride(schema), capacity: capacity, lot.lottery)
  }

  private static func stride(_ schema: FeatureSchema) -> Int {
    if case .csv = schema.source { return ProfiledColumns.indices(of: schema).count + 1 }
    return LineProfile.words
  }

  static func capacity(_ schema: FeatureSchema) -> Int {
    min(mostRows, max(fewestRows, mostWords / stride(schema)))
  }

  /// Takes in an item of the first pass.
  func take(_ item: PipelineItem) {
    let before = rows.level
    if let profiled = item.featurizer.profiled {
      take(profiled, ordinal: item.chunk.ordinal)
    } else {
      take(item.batch, ordinal: item.chunk.ordinal)
    }
    if rows.level > before { lot.raise(to: rows.level) }
  }

  private func take(_ profiled: ProfiledRows, ordinal: Int) {
    for index in 0..<profiled.rows.count {
      let row = ordinal + Int(profiled.rows[index])
      guard rows.wants(row) else { continue }
      rows.append(row, profiled.cells, at: index * profiled.stride)
    }
  }

  private func take(_ batch: borrowing SparseBatch, ordinal: Int) {
    for row in 0..<batch.rowCount {
      let place = ordinal + Int(batch.rowsInChunk[row])
      guard rows.wants(place) else { continue }
      rows.append(place) { LineProfile.word($0, of: batch, row: row) }
    }
  }
}

/// Predictions before their rows were learned, by their places in the order of learning.
final class PredictionSample {
  private(set) var rows: ThinnedRows
  /// Rows learned.
  private(set) var count = 0
  static let mostRows = 16_384

  /// A margin, and a label and a weight.
  init(seed: UInt64) {
    rows = ThinnedRows(
      stride: 2, capacity: Self.mostRows, RowLottery(seed: seed, .profile))
  }

  /// - Parameter margins: one for each row, as it was before the row was learned.
  func add(_ batch: borrowing SparseBatch, margins: borrowing GrowableBuffer<Double>) {
    for row in 0..<batch.rowCount {
      let ordinal = count
      count += 1
      guard rows.wants(ordinal), margins[row].isFinite else { continue }
      let label = ProfileLabel(label: batch.labels[row], weight: batch.weights[row])
      let margin = margins[row]
      rows.append(ordinal) { $0 == 0 ? margin.bitPattern : label.bits }
    }
  }
}

// MARK: - Checkpoints

extension ProfileSample {
  var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(start)
    rows.encode(into: &writer)
    return ContainerSection(type: .profileValues, data: writer.bytes)
  }

  /// - Parameter end: rows that were read.
  func restore(_ container: Container, rows end: Int) throws(RunFailure) {
    guard container.has(.profileValues) else {
      start = end
      return
    }
    var reader = try container.reader(of: .profileValues)
    start = try reader.readTally()
    guard start <= end else { throw reader.failure("its profile begins after its last row") }
    try rows.restore(from: &reader, below: end)
    try reader.expectEnd()
    lot.raise(to: rows.level)
  }
}

extension PredictionSample {
  func encode(into writer: inout ByteWriter) {
    writer.append(count)
    rows.encode(into: &writer)
  }

  /// - Parameter learned: the most rows that can have been learned.
  func restore(
    from reader: inout ByteReader, atMost learned: Int
  ) throws(RunFailure) {
    count = try reader.readTally()
    guard count <= learned else {
      throw reader.failure("it has predictions of more rows than were learned")
    }
    try rows.restore(from: &reader, below: count)
    for row in 0..<rows.count where !Double(bitPattern: rows.word(row, 0)).isFinite {
      throw reader.failure("a prediction of its sample is no number")
    }
  }
}

extension SectionType {
  static let profileValues = SectionType("PROV")
  static let profilePredictions = SectionType("PROP")
}
