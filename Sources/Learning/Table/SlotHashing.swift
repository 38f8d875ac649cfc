internal import SparseBatches

// Hash tables by slot, by open addressing: from a slot's first cell on, cell by cell, until the
// slot or an empty cell is found. No table is ever full, so every search ends.
//
//     SlotIndex               the slots of a mini-batch; emptied without a look at its cells
//     SlotTable of SlotCells  the weights of a served model; filled once, never emptied

/// Where the search for a slot begins, and how large a table must be.
internal enum SlotHash {
  /// Fibonacci hashing: the high bits of the product depend on all bits of the slot.
  @inline(__always)
  static func firstCell(_ slot: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(slot) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }

  /// Of the smallest table that `count` slots leave at least half empty.
  static func tableBits(count: Int) -> Int {
    var bits = 1
    while 1 << bits < 2 * count { bits += 1 }
    return bits
  }
}

/// What a hash table holds of one slot. All bits zero is an empty cell.
internal protocol SlotCell: BitwiseCopyable, Sendable {
  var slot: UInt32 { get }
  var isEmpty: Bool { get }
}

extension SlotTable where Entry: SlotCell {
  /// Adds a cell that is not empty, of a slot that the table does not have.
  internal mutating func insert(_ cell: Entry) {
    var index = SlotHash.firstCell(cell.slot)
    while !self[index].isEmpty { index &+= 1 }
    self[index] = cell
  }
}

extension SlotView where Entry: SlotCell {
  /// The cell of a slot; an empty one for a slot that the table does not have.
  @inline(__always)
  internal func cell(of slot: UInt32) -> Entry {
    // The view takes an index modulo its size: after the last cell comes the first.
    var index = SlotHash.firstCell(slot)
    while true {
      let cell = self[index]
      if cell.isEmpty || cell.slot == slot { return cell }
      index &+= 1
    }
  }
}

/// From slot to its index in a list: open addressing, emptied in O(1).
internal struct SlotIndex: ~Copyable, Sendable {
  struct Cell: BitwiseCopyable {
    /// The cell is in use when this is the current generation.
    var generation: UInt32
    var index: UInt32
  }

  private var cells = GrowableBuffer<Cell>()
  private var generation: UInt32 = 1

  init() { resetCells(64) }

  /// The index of `slot` in `list`, to which it is appended when it is new.
  @inline(__always)
  mutating func findOrInsert(_ slot: UInt32, in list: inout GrowableBuffer<UInt32>) -> UInt32 {
    let mask = cells.count - 1
    var cell = Int(SlotHash.firstCell(slot)) & mask
    while cells[cell].generation == generation {
      let index = cells[cell].index
      if list[Int(index)] == slot { return index }
      cell = (cell + 1) & mask
    }
    let index = UInt32(list.count)
    cells[cell] = Cell(generation: generation, index: index)
    list.append(slot)
    // At most a quarter full: a second probe is a mispredicted branch.
    if list.count * 4 > cells.count { grow(list) }
    return index
  }

  mutating func removeAll() {
    if generation == .max {
      resetCells(cells.count)
    } else {
      generation += 1
    }
  }

  @inline(never)
  private mutating func grow(_ list: borrowing GrowableBuffer<UInt32>) {
    resetCells(cells.count * 2)
    let mask = cells.count - 1
    for index in 0..<list.count {
      var cell = Int(SlotHash.firstCell(list[index])) & mask
      while cells[cell].generation == generation { cell = (cell + 1) & mask }
      cells[cell] = Cell(generation: generation, index: UInt32(index))
    }
  }

  private mutating func resetCells(_ count: Int) {
    cells.removeAll()
    cells.reserve(count)
    for _ in 0..<count { cells.append(Cell(generation: 0, index: 0)) }
    generation = 1
  }
}
