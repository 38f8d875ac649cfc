internal import SparseBatches

/// 32 neighbouring slots: which of them occur in the rows, and how many do before them.
internal struct SlotWord: BitwiseCopyable, Sendable {
  var members: UInt32
  var before: UInt32
}

/// The slots that occur in the rows, numbered 0, 1, 2… in rising order.
///
/// A solver holds some thirty vectors. Over all 2^bits slots each would take 32 MiB at 22 bits;
/// over the slots that occur, most problems fit in the cache. The numbering is a bitmap with a
/// running count: 2^bits / 4 bytes, one memory access a look-up, and no order of insertion to
/// depend on.
internal struct SlotCoordinates: ~Copyable, Sendable {
  let bits: Int
  /// Slots numbered so far by `number()`.
  private(set) var count = 0
  private var words: SlotTable<SlotWord>

  /// - Throws: `RunFailure` (usage) when there is no memory for the bitmap.
  init(bits: Int) throws(RunFailure) {
    self.bits = bits
    words = try SlotTable(bits: max(bits - 5, 0))
  }

  /// Notes that the slots of `batch` occur.
  mutating func add(slotsOf batch: borrowing SparseBatch) {
    let view = words.view
    for index in 0..<batch.slots.count {
      let slot = batch.slots[index]
      var word = view[slot >> 5]
      let member = UInt32(1) << (slot & 31)
      guard word.members & member == 0 else { continue }
      word.members |= member
      view.store(word, at: slot >> 5)
    }
  }

  /// Numbers the slots added. Call once, after the last `add`.
  mutating func number() {
    let view = words.view
    for index in 0..<UInt32(words.count) {
      var word = view[index]
      word.before = UInt32(count)
      view.store(word, at: index)
      count += word.members.nonzeroBitCount
    }
  }

  /// For inner loops: a value that needs no reload after each store elsewhere.
  @inline(__always)
  var view: SlotCoordinateView { SlotCoordinateView(words: words.view) }

  /// The slots in rising order, so that the n-th call is of coordinate n.
  func forEachSlot<Failure: Error>(
    _ body: (UInt32) throws(Failure) -> Void
  ) throws(Failure) {
    let view = words.view
    for index in 0..<UInt32(words.count) {
      var members = view[index].members
      while members != 0 {
        try body(index << 5 | UInt32(members.trailingZeroBitCount))
        members &= members - 1
      }
    }
  }
}

/// Access to the numbering, valid while its owner lives.
internal struct SlotCoordinateView: BitwiseCopyable {
  fileprivate let words: SlotView<SlotWord>

  /// The coordinate of a slot; nil when it did not occur in the first pass.
  @inline(__always)
  subscript(slot: UInt32) -> Int? {
    let word = words[slot >> 5]
    let member = UInt32(1) << (slot & 31)
    guard word.members & member != 0 else { return nil }
    return Int(word.before) + (word.members & (member - 1)).nonzeroBitCount
  }
}
