internal import ModelFile
internal import SparseBatches

/// A few hundred of the rows learned, evenly over the stream: those whose drawn number is below a
/// bound that halves whenever there is no more room. Which rows stay depends on their ordinals alone.
///
/// They tell at the end how the finished weights do on the rows that they were learned from: how many
/// features have a weight, and whether the margins are those of a model. Nothing is allocated once
/// the room was filled.
struct RowThinning: ~Copyable {
  private static let maximumRows = 512
  private static let maximumFeatures = 1 << 16
  /// Of a wide row, its first features.
  private static let maximumFeaturesOfRow = 1 << 10

  private let lottery: RowLottery
  /// Rows whose draw has its first `level` bits 0 are wanted.
  private var level = 0
  private(set) var rows = SparseBatch()
  private var spare = SparseBatch()
  private var ordinals: [Int] = []

  init(seed: UInt64) {
    lottery = RowLottery(seed: seed, .reservoir)
    ordinals.reserveCapacity(Self.maximumRows + 1)
    rows.reserveFeatures(Self.maximumFeatures / 4)
    spare.reserveFeatures(Self.maximumFeatures / 4)
  }

  private func wants(_ ordinal: Int) -> Bool {
    level == 0 || lottery.draw(ordinal) >> UInt64(64 - level) == 0
  }

  mutating func offer(_ batch: borrowing SparseBatch, row: Int, ordinal: Int) {
    guard wants(ordinal) else { return }
    append(batch, row: row)
    ordinals.append(ordinal)
    while rows.rowCount > Self.maximumRows
      || rows.slots.count > Self.maximumFeatures && rows.rowCount > 1
    { thin() }
  }

  private mutating func append(_ batch: borrowing SparseBatch, row: Int) {
    for index in batch.features(ofRow: row).prefix(Self.maximumFeaturesOfRow) {
      rows.addFeature(batch.slots[index], batch.values[index])
    }
    rows.endRow(
      label: batch.labels[row], weight: batch.weights[row], rowInChunk: rows.rowCount)
  }

  private mutating func thin() {
    level += 1
    spare.removeAll()
    var kept = 0
    for row in 0..<rows.rowCount where wants(ordinals[row]) {
      spare.appendRow(of: rows, row: row)
      ordinals[kept] = ordinals[row]
      kept += 1
    }
    ordinals.removeLast(ordinals.count - kept)
    swap(&rows, &spare)
  }
}

extension RowThinning {
  func encode(into writer: inout ByteWriter) {
    writer.append(level)
    writer.append(rows)
    for ordinal in ordinals { writer.append(ordinal) }
  }

  /// Takes over the rows of a sample of the same seed.
  mutating func restore(from reader: inout ByteReader, _ limits: RowLimits) throws(RunFailure) {
    level = try reader.readTally()
    try reader.readBatch(into: &rows, limits)
    guard level < 64, rows.rowCount <= Self.maximumRows else {
      throw reader.failure("its sample of rows has too many of them")
    }
    ordinals.removeAll(keepingCapacity: true)
    for _ in 0..<rows.rowCount { ordinals.append(try reader.readTally()) }
  }
}
