package import SparseBatches

/// Numbers the slots of a few rows densely, in order of their first appearance: what learns from these
/// rows alone then needs a small table.
package struct CompactSlots: ~Copyable {
  private var index = SlotIndex()
  private var slots = GrowableBuffer<UInt32>()

  package init() {}

  /// Of the smallest table that has a slot for each.
  package var bits: Int {
    var bits = 0
    while 1 << bits < slots.count { bits += 1 }
    return bits
  }

  /// Adds a copy of a row with its slots renumbered.
  package mutating func append(
    _ batch: borrowing SparseBatch, row: Int, to compact: inout SparseBatch
  ) {
    let features = batch.features(ofRow: row)
    compact.reserveFeatures(features.count)
    for feature in features {
      compact.addFeature(
        index.findOrInsert(batch.slots[feature], in: &slots), batch.values[feature])
    }
    compact.endRow(
      label: batch.labels[row], weight: batch.weights[row],
      rowInChunk: Int(batch.rowsInChunk[row]))
  }
}
