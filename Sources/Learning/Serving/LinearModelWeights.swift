package import SparseBatches

/// The weights of a finished model, for computing margins.
///
/// Memory follows the number of weights, not 2^bits: a model file cannot claim gigabytes by its
/// header alone. Up to 2^22 slots, or when a quarter of the slots has a weight, a plain table of
/// Floats is used, else a hash table at most half full.
package struct LinearModelWeights: ~Copyable, Sendable {
  /// b, in log-odds.
  package let bias: Double
  package let bits: Int
  private let isDense: Bool
  /// Indexed by slot; one entry when the hash table is in use.
  private let dense: SlotTable<Float>
  /// Open addressing; one entry when the plain table is in use. Weight 0 marks an empty cell.
  private let cells: SlotTable<WeightCell>

  /// - Parameter slots: distinct, below 2^bits, as many as `weights`.
  /// - Parameter weights: none 0.
  /// - Throws: `RunFailure` (usage) when there is no memory for the weights.
  package init(
    bits: Int, bias: Double, slots: Span<UInt32>, weights: Span<Float>
  ) throws(RunFailure) {
    precondition(slots.count == weights.count, "each slot has a weight")
    let isDense = bits <= 22 || 1 << bits <= 4 * slots.count
    var dense = try SlotTable<Float>(bits: isDense ? bits : 0)
    var cells = try SlotTable<WeightCell>(
      bits: isDense ? 0 : WeightCell.tableBits(count: slots.count))
    for index in slots.indices {
      if isDense {
        dense[slots[index]] = weights[index]
      } else {
        WeightCell.insert(WeightCell(slot: slots[index], weight: weights[index]), into: &cells)
      }
    }
    self.bits = bits
    self.bias = bias
    self.isDense = isDense
    self.dense = dense
    self.cells = cells
  }

  /// The weight of a slot; 0 when the model has none for it.
  package func weight(slot: UInt32) -> Float {
    isDense ? dense.view[slot] : WeightCell.weight(slot, cells.view)
  }

  /// Bytes of address space taken by the tables.
  package var tableBytes: Int {
    dense.count * MemoryLayout<Float>.stride + cells.count * MemoryLayout<WeightCell>.stride
  }

  /// Margins of the rows of `batch`, with the bits that training saw at the same weights.
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount)
    let cells = cells.view
    let dense = dense.view
    for row in 0..<batch.rowCount {
      if isDense, row + 2 < batch.rowCount {
        let ahead = RowFeatures(batch, row: row + 2)
        for index in 0..<ahead.count { dense.prefetch(ahead.slot(index)) }
      }
      let features = RowFeatures(batch, row: row)
      margins.append(
        isDense
          ? features.margin(bias: bias) { index in Double(dense[features.slot(index)]) }
          : features.margin(bias: bias) { index in
            Double(WeightCell.weight(features.slot(index), cells))
          })
    }
  }
}

/// One weight in the hash table.
internal struct WeightCell: BitwiseCopyable, Sendable {
  var slot: UInt32
  var weight: Float

  /// The smallest table that `count` weights leave at least half empty.
  static func tableBits(count: Int) -> Int {
    var bits = 1
    while 1 << bits < 2 * count { bits += 1 }
    return bits
  }

  static func insert(_ cell: WeightCell, into table: inout SlotTable<WeightCell>) {
    var place = firstPlace(cell.slot)
    while table[place].weight != 0 { place &+= 1 }
    table[place] = cell
  }

  /// Ends because the table is never full; beyond its last cell it goes on with the first.
  @inline(__always)
  static func weight(_ slot: UInt32, _ table: SlotView<WeightCell>) -> Float {
    var place = firstPlace(slot)
    while true {
      let cell = table[place]
      if cell.slot == slot || cell.weight == 0 { return cell.weight }
      place &+= 1
    }
  }

  /// Fibonacci hashing: the high bits of the product depend on all bits of the slot.
  @inline(__always)
  static func firstPlace(_ slot: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(slot) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }
}
