internal import SparseBatches

/// Ends rows of a batch so that no slot occurs twice in one: features that share a slot are added.
///
/// Idea: each row stamps the low bits of its slots, with a number of its own, into a table of 16,384
/// bytes; a stamp that is there already tells that two slots may be the same, and only then does the
/// exact pass run. It uses an open-addressing table of the row's features: its time is linear in any
/// row.
struct RowBuilder: ~Copyable {
  /// The number of the row that last met each place; never `stamp` between rows.
  private var stamps = GrowableBuffer<UInt8>(capacity: Self.places)
  private static let places = 1 << 14
  private var stamp: UInt8 = 0
  /// Index into the row + 1; 0 is free. Sized to a power of two of at least twice the row.
  private var table = GrowableBuffer<UInt32>(capacity: 64)

  init() {
    for _ in 0..<Self.places { stamps.append(0) }
  }

  /// - Parameter start: the index of the row's first feature in `batch.slots`.
  @inline(__always)
  mutating func mergeSharedSlots(of batch: inout SparseBatch, from start: Int) {
    if unsafe mayShareSlots(batch, from: start) { addUpSharedSlots(of: &batch, from: start) }
  }

  @unsafe @inline(__always)
  private mutating func mayShareSlots(_ batch: borrowing SparseBatch, from start: Int) -> Bool {
    stamp &+= 1
    if stamp == 0 { forgetRows() }
    // Proof: `stamps` has 2^14 entries and the index 14 bits; slot indices are below the count.
    let places = unsafe stamps.base
    let slots = unsafe batch.slots.base
    let stamp = stamp
    var repeated: UInt8 = 0
    for index in start..<batch.slots.count {
      let place = unsafe Int(slots[index] & UInt32(Self.places - 1))
      // No branch: each would be one more to foresee.
      repeated |= unsafe places[place] == stamp ? 1 : 0
      unsafe places[place] = stamp
    }
    return repeated != 0
  }

  /// The stamps are used up: every 255 rows.
  @inline(never)
  private mutating func forgetRows() {
    for place in 0..<Self.places { stamps[place] = 0 }
    stamp = 1
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
