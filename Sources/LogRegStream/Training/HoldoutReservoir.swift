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

  struct Row: Equatable, Sendable {
    var draw: UInt64
    var ordinal: Int
    var label: Float
    var weight: Float
    var slots: [UInt32]
    var values: [Float]
  }

  /// One class: a heap with the largest draw on top.
  struct Stratum: Equatable, Sendable {
    var rows: [Row] = []
    /// Rows held out, kept or not, by half.
    var seenForFitting = 0
    var seenForReporting = 0

    func seen(_ half: Half) -> Int { half == .fitting ? seenForFitting : seenForReporting }
  }

  private let isStratified: Bool
  private let capacityOfClass: Int
  /// The rows that are held out.
  let chosen: RowShare
  private let kept: RowLottery
  private let halves: RowLottery
  /// All that changes: negatives, positives; or all rows and none.
  private(set) var strata = [Stratum(), Stratum()]

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
    if self.half(of: ordinal) == .fitting {
      strata[stratum].seenForFitting += 1
    } else {
      strata[stratum].seenForReporting += 1
    }
    let draw = kept.draw(ordinal)
    let isFull = strata[stratum].rows.count == capacityOfClass
    if isFull, draw >= strata[stratum].rows[0].draw { return }
    let features = batch.features(ofRow: row)
    let held = Row(
      draw: draw, ordinal: ordinal, label: label, weight: batch.weights[row],
      slots: features.map { batch.slots[$0] }, values: features.map { batch.values[$0] })
    if isFull {
      strata[stratum].rows[0] = held
      sink(in: stratum)
    } else {
      strata[stratum].rows.append(held)
      rise(in: stratum)
    }
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
    var rows: [Row] = []
    for (index, stratum) in strata.enumerated() {
      let kept = stratum.rows.filter { self.half(of: $0.ordinal) == half }
      let factor = isStratified ? (index == 0 ? factors.negative : factors.positive) : 1
      let share = Float(Double(stratum.seen(half)) / Double(max(1, kept.count)) * factor)
      for var row in kept {
        row.weight *= share
        rows.append(row)
      }
    }
    var batch = SparseBatch()
    for row in rows.sorted(by: { $0.ordinal < $1.ordinal }) {
      for (slot, value) in zip(row.slots, row.values) { batch.addFeature(slot, value) }
      batch.endRow(label: row.label, weight: row.weight, rowInChunk: batch.rowCount)
    }
    return batch
  }

  private mutating func rise(in stratum: Int) {
    var child = strata[stratum].rows.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard strata[stratum].rows[parent].draw < strata[stratum].rows[child].draw else { return }
      strata[stratum].rows.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink(in stratum: Int) {
    let count = strata[stratum].rows.count
    var parent = 0
    while true {
      var largest = parent
      for child in 2 * parent + 1...2 * parent + 2 where child < count {
        if strata[stratum].rows[child].draw > strata[stratum].rows[largest].draw { largest = child }
      }
      guard largest != parent else { return }
      strata[stratum].rows.swapAt(parent, largest)
      parent = largest
    }
  }
}

extension HoldoutReservoir {
  func encode(into writer: inout ByteWriter) {
    for stratum in strata {
      writer.append(stratum.seenForFitting)
      writer.append(stratum.seenForReporting)
      writer.append(stratum.rows.count)
      for row in stratum.rows {
        writer.append(row.draw)
        writer.append(row.ordinal)
        writer.append(row.label)
        writer.append(row.weight)
        writer.append(row.slots.count)
        for (slot, value) in zip(row.slots, row.values) {
          writer.append(slot)
          writer.append(value)
        }
      }
    }
  }

  /// Takes over the rows of a reservoir of the same fraction, capacity and seed.
  mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    for index in strata.indices {
      let fitting = try reader.readTally()
      let reporting = try reader.readTally()
      let count = try reader.readCount(elementBytes: 32)
      guard count <= min(fitting + reporting, capacityOfClass) else {
        throw reader.failure("it holds more rows than were held out")
      }
      var rows: [Row] = []
      rows.reserveCapacity(count)
      for _ in 0..<count { rows.append(try Self.row(from: &reader)) }
      strata[index] = Stratum(
        rows: rows, seenForFitting: fitting, seenForReporting: reporting)
    }
  }

  private static func row(from reader: inout ByteReader) throws(RunFailure) -> Row {
    var row = Row(
      draw: try reader.readUInt64(), ordinal: try reader.readTally(),
      label: try reader.readFloat(), weight: try reader.readFloat(), slots: [], values: [])
    let features = try reader.readCount(elementBytes: 8)
    row.slots.reserveCapacity(features)
    row.values.reserveCapacity(features)
    for _ in 0..<features {
      row.slots.append(try reader.readUInt32())
      row.values.append(try reader.readFloat())
    }
    return row
  }
}
