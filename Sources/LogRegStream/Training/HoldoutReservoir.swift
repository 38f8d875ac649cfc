internal import ModelFile
internal import SparseBatches

/// Rows that are never trained on: a bounded, stratified sample of those chosen by hash.
///
/// Each class keeps the rows whose drawn number is smallest, so that which rows stay does not depend
/// on the order in which they came. Of two classes, each has half of the room: rare positives are not
/// lost. A row stands for seen / kept rows of its class and half. Where labels are something else, all
/// rows are one class.
///
/// Rows are kept with their features and scored with weights as they are when asked, never with
/// weights as they were mid-stream.
struct HoldoutReservoir {
  /// What a row is used for.
  enum Half {
    /// Decides when to stop, and fits the calibrator.
    case fitting
    /// Figures are reported on these.
    case reporting
  }

  private let isStratified: Bool
  private let capacityOfClass: Int
  /// The rows that are held out.
  let chosen: RowShare
  private let kept: RowLottery
  private let halves: RowLottery
  /// All that changes: negatives, positives; or all rows and none.
  private var strata = [HoldoutStratum(), HoldoutStratum()]

  /// - Parameters:
  ///   - fraction: of all rows, 0…1.
  ///   - capacity: greatest number of rows kept.
  ///   - isStratified: whether labels are 0 and 1.
  init(fraction: Double, capacity: Int, seed: UInt64, isStratified: Bool = true) {
    self.isStratified = isStratified
    capacityOfClass = isStratified ? max(1, capacity / 2) : capacity
    chosen = RowShare(fraction, seed: seed, .holdout)
    kept = RowLottery(seed: seed, .reservoir)
    halves = RowLottery(seed: seed, .holdoutHalf)
  }

  /// Whether the row with this ordinal is held out.
  func holds(_ ordinal: Int) -> Bool { chosen.takes(ordinal) }

  /// Takes in a row that `holds` chose.
  mutating func offer(_ batch: borrowing SparseBatch, row: Int, ordinal: Int) {
    let label = batch.labels[row]
    let stratum = isStratified && label > 0 ? 1 : 0
    strata[stratum].count(half(of: ordinal))
    let draw = kept.draw(ordinal)
    guard strata[stratum].wants(draw, capacity: capacityOfClass) else { return }
    let features = batch.features(ofRow: row)
    strata[stratum].insert(
      HoldoutStratum.Row(
        draw: draw, ordinal: ordinal, label: label, weight: batch.weights[row],
        slots: features.map { batch.slots[$0] }, values: features.map { batch.values[$0] }),
      capacity: capacityOfClass)
  }

  /// How many rows were held out, kept or not.
  var rowsSeen: Int {
    strata.reduce(0) { $0 + $1.seenForFitting + $1.seenForReporting }
  }

  /// How many rows of one half were held out, negatives and positives; nil unless stratified.
  func classesSeen(_ half: Half) -> (negatives: Int, positives: Int)? {
    isStratified ? (strata[0].seen(half), strata[1].seen(half)) : nil
  }

  private func half(of ordinal: Int) -> Half {
    halves.draw(ordinal) & 1 == 0 ? .fitting : .reporting
  }

  /// One half as a batch, in the order of the stream; weights stand for the rows not kept too.
  ///
  /// - Parameter factors: further factors on the weights of negatives and positives.
  func batch(
    _ half: Half, factors: (negative: Double, positive: Double) = (1, 1)
  ) -> SparseBatch {
    var places: [(ordinal: Int, stratum: Int, row: Int)] = []
    var shares: [Float] = []
    for (index, stratum) in strata.enumerated() {
      let others = places.count
      for (row, held) in stratum.rows.enumerated() where self.half(of: held.ordinal) == half {
        places.append((held.ordinal, index, row))
      }
      let kept = places.count - others
      let factor = isStratified ? (index == 0 ? factors.negative : factors.positive) : 1
      shares.append(Float(Double(stratum.seen(half)) / Double(max(1, kept)) * factor))
    }
    places.sort { $0.ordinal < $1.ordinal }
    var batch = SparseBatch()
    for place in places {
      let row = strata[place.stratum].rows[place.row]
      for index in row.slots.indices { batch.addFeature(row.slots[index], row.values[index]) }
      batch.endRow(
        label: row.label, weight: row.weight * shares[place.stratum], rowInChunk: batch.rowCount)
    }
    return batch
  }
}

extension HoldoutReservoir {
  func encode(into writer: inout ByteWriter) {
    for stratum in strata { stratum.encode(into: &writer) }
  }

  /// Takes over the rows of a reservoir of the same fraction, capacity and seed.
  mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    for index in strata.indices {
      strata[index] = try HoldoutStratum(from: &reader, capacity: capacityOfClass)
    }
  }
}
