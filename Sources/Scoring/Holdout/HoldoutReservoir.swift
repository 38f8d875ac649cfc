package import ModelFile
package import SparseBatches

/// Rows that are never trained on: a bounded, stratified sample of those chosen by hash.
///
/// Each class keeps the rows whose drawn number is smallest, so that which rows stay does not depend
/// on the order in which they came. Of two classes, each has half of the room: rare positives are not
/// lost. A row stands for seen / kept rows of its class and half. Where labels are something else, all
/// rows are one class.
///
/// Rows are kept with their features and scored with weights as they are when asked, never with
/// weights as they were mid-stream.
package struct HoldoutReservoir {
  /// What a row is used for.
  package enum Half {
    /// Decides when to stop, and fits the calibrator.
    case fitting
    /// Figures are reported on these.
    case reporting
  }

  private let isStratified: Bool
  private let capacityOfClass: Int
  /// The rows that are held out.
  package let chosen: RowShare
  private let kept: RowLottery
  private let halves: RowLottery
  /// All that changes: negatives, positives; or all rows and none.
  private var strata = [HoldoutStratum(), HoldoutStratum()]

  /// - Parameters:
  ///   - fraction: of all rows, 0…1.
  ///   - capacity: greatest number of rows kept.
  ///   - isStratified: whether labels are 0 and 1.
  package init(fraction: Double, capacity: Int, seed: UInt64, isStratified: Bool = true) {
    self.isStratified = isStratified
    capacityOfClass = isStratified ? max(1, capacity / 2) : capacity
    chosen = RowShare(fraction, seed: seed, .holdout)
    kept = RowLottery(seed: seed, .reservoir)
    halves = RowLottery(seed: seed, .holdoutHalf)
  }

  /// Whether the row with this ordinal is held out.
  package func holds(_ ordinal: Int) -> Bool { chosen.takes(ordinal) }

  /// Takes in a row that `holds` chose.
  package mutating func offer(_ batch: borrowing SparseBatch, row: Int, ordinal: Int) {
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
  package var rowsSeen: Int {
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
  package func batch(
    _ half: Half, factors: (negative: Double, positive: Double) = (1, 1)
  ) -> SparseBatch {
    var places: [(ordinal: Int, stratum: Int, row: Int)] = []
    var shares: [Double] = []
    for (index, stratum) in strata.enumerated() {
      let others = places.count
      for (row, held) in stratum.rows.enumerated() where self.half(of: held.ordinal) == half {
        places.append((held.ordinal, index, row))
      }
      let kept = places.count - others
      let factor = isStratified ? (index == 0 ? factors.negative : factors.positive) : 1
      let share = Double(stratum.seen(half)) / Double(max(1, kept)) * factor
      shares.append(min(share, .greatestFiniteMagnitude))
    }
    places.sort { $0.ordinal < $1.ordinal }
    var batch = SparseBatch()
    for place in places {
      let row = strata[place.stratum].rows[place.row]
      for index in row.slots.indices { batch.addFeature(row.slots[index], row.values[index]) }
      // The largest weights there are, of rows that stand for others, are still weights.
      let weight = Double(row.weight) * shares[place.stratum]
      batch.endRow(
        label: row.label, weight: Float(min(weight, Double(Float.greatestFiniteMagnitude))),
        rowInChunk: batch.rowCount)
    }
    return batch
  }
}

extension HoldoutReservoir {
  package func encode(into writer: inout ByteWriter) {
    for stratum in strata { stratum.encode(into: &writer) }
  }

  /// Takes over the rows of a reservoir of the same fraction, capacity and seed.
  ///
  /// - Parameter limits: what rows of the training can hold.
  package mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    for index in strata.indices {
      strata[index] = try HoldoutStratum(from: &reader, capacity: capacityOfClass)
      for row in strata[index].rows where !canHold(row, in: index, limits) {
        throw reader.failure("held-out row \(row.ordinal) is not one that the options choose")
      }
    }
  }

  private func canHold(_ row: HoldoutStratum.Row, in stratum: Int, _ limits: RowLimits) -> Bool {
    chosen.takes(row.ordinal) && kept.draw(row.ordinal) == row.draw
      && stratum == (isStratified && row.label > 0 ? 1 : 0)
      && limits.admits(label: row.label) && limits.admits(weight: row.weight)
      && row.slots.allSatisfy(limits.admits(slot:)) && row.values.allSatisfy(\.isFinite)
  }
}

/// The held-out rows of one class: those of the smallest draws, in bounded memory.
struct HoldoutStratum: Equatable, Sendable {
  /// A row with its features.
  struct Row: Equatable, Sendable {
    var draw: UInt64
    var ordinal: Int
    var label: Float
    var weight: Float
    var slots: [UInt32]
    var values: [Float]
  }

  /// What the heap moves about in place of the row.
  private struct Place: Equatable, Sendable, BitwiseCopyable {
    var draw: UInt64
    var row: Int
  }

  /// In no order.
  private(set) var rows: [Row] = []
  /// One for each row, the largest draw on top.
  private var heap: [Place] = []
  /// Rows held out, kept or not, by half.
  private(set) var seenForFitting = 0
  private(set) var seenForReporting = 0

  func seen(_ half: HoldoutReservoir.Half) -> Int {
    half == .fitting ? seenForFitting : seenForReporting
  }

  mutating func count(_ half: HoldoutReservoir.Half) {
    if half == .fitting { seenForFitting += 1 } else { seenForReporting += 1 }
  }

  /// Whether a row of this draw would stay.
  func wants(_ draw: UInt64, capacity: Int) -> Bool {
    rows.count < capacity || draw < heap[0].draw
  }

  /// Takes in a row that is wanted; when there is no room the row of the largest draw goes.
  mutating func insert(_ row: Row, capacity: Int) {
    guard rows.count == capacity else {
      heap.append(Place(draw: row.draw, row: rows.count))
      rows.append(row)
      return rise()
    }
    let place = heap[0].row
    rows[place] = row
    heap[0] = Place(draw: row.draw, row: place)
    sink()
  }

  private mutating func rise() {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[parent].draw < heap[child].draw else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var largest = parent
      for child in 2 * parent + 1...2 * parent + 2 where child < heap.count {
        if heap[child].draw > heap[largest].draw { largest = child }
      }
      guard largest != parent else { return }
      heap.swapAt(parent, largest)
      parent = largest
    }
  }
}

extension HoldoutStratum {
  /// Rows go in the heap's order.
  package func encode(into writer: inout ByteWriter) {
    writer.append(seenForFitting)
    writer.append(seenForReporting)
    writer.append(rows.count)
    for place in heap {
      let row = rows[place.row]
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

  package init(from reader: inout ByteReader, capacity: Int) throws(RunFailure) {
    seenForFitting = try reader.readTally()
    seenForReporting = try reader.readTally()
    let count = try reader.readCount(elementBytes: 32)
    guard count <= min(seenForFitting + seenForReporting, capacity) else {
      throw reader.failure("it holds more rows than were held out")
    }
    rows.reserveCapacity(count)
    for _ in 0..<count { rows.append(try Self.row(from: &reader)) }
    heap = rows.indices.map { Place(draw: rows[$0].draw, row: $0) }
    guard rows.indices.dropFirst().allSatisfy({ heap[($0 - 1) / 2].draw >= heap[$0].draw }),
      Set(rows.map(\.ordinal)).count == count
    else { throw reader.failure("its held-out rows are not in their order") }
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
