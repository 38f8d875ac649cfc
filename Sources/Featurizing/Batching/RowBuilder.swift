internal import SparseBatches

/// Ends rows of a batch so that no slot occurs twice in one: features that share a slot are added.
///
/// Idea: a map of 65,536 bits over the low bits of the row's slots tells, in two operations a
/// feature, that there is surely no repetition; only when two bits fall together does the exact pass
/// run. It uses an open-addressing table of the row's features: its time is linear in any row.
struct RowBuilder: ~Copyable {
  /// All zero between rows: cleared by walking the row again, not by filling 8 KiB.
  private var seen = GrowableBuffer<UInt64>(capacity: Self.words)
  private static let words = 1024
  /// Index into the row + 1; 0 is free. Sized to a power of two of at least twice the row.
  private var table = GrowableBuffer<UInt32>(capacity: 64)

  init() {
    for _ in 0..<Self.words { seen.append(0) }
  }

  /// - Parameter start: the index of the row's first feature in `batch.slots`.
  @inline(__always)
  mutating func mergeSharedSlots(of batch: inout SparseBatch, from start: Int) {
    if unsafe mayShareSlots(batch, from: start) { addUpSharedSlots(of: &batch, from: start) }
  }

  @unsafe @inline(__always)
  private mutating func mayShareSlots(_ batch: borrowing SparseBatch, from start: Int) -> Bool {
    // Proof: `seen` holds 1024 words and the index is 10 bits; slot indices are below the count.
    let words = unsafe seen.base
    let slots = unsafe batch.slots.base
    let end = batch.slots.count
    var repeated: UInt64 = 0
    for index in start..<end {
      let slot = unsafe slots[index]
      let bit: UInt64 = 1 << UInt64(slot & 63)
      let word = unsafe words[Int(slot >> 6 & 1023)]
      repeated |= word & bit
      unsafe words[Int(slot >> 6 & 1023)] = word | bit
    }
    for index in start..<end { unsafe words[Int(slots[index] >> 6 & 1023)] = 0 }
    return repeated != 0
  }

  @inline(never)
  private mutating func addUpSharedSlots(of batch: inout SparseBatch, from start: Int) {
    let end = batch.slots.count
    let mask = prepareTable(for: end - start)
    var kept = start
    for index in start..<end {
      let slot = batch.slots[index]
      var probe = Int(slot &* 0x9e37_79b1 >> 8) & mask
      while table[probe] != 0, batch.slots[start + Int(table[probe]) - 1] != slot {
        probe = (probe + 1) & mask
      }
      if table[probe] != 0 {
        batch.values[start + Int(table[probe]) - 1] += batch.values[index]
      } else {
        table[probe] = UInt32(kept - start + 1)
        batch.slots[kept] = slot
        batch.values[kept] = batch.values[index]
        kept += 1
      }
    }
    batch.slots.setCount(kept)
    batch.values.setCount(kept)
  }

  private mutating func prepareTable(for features: Int) -> Int {
    var size = 64
    while size < 2 * features { size *= 2 }
    table.removeAll()
    table.reserve(size)
    for _ in 0..<size { table.append(0) }
    return size - 1
  }
}
