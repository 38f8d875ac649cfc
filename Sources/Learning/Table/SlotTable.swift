private import CKernels
private import Glibc
package import SparseBatches

/// 2^bits zeroed entries, mapped so that untouched pages cost nothing.
///
/// Entries are reached at random, one a feature, so a look-up costs a cache miss and often a TLB
/// miss. Measured on 2^22 slots of 8 bytes, learning online: 16.8 ns a feature without prefetching,
/// 8.0 with, 6.4 with prefetches spread over the forward pass, 6.1 on 2 MiB pages (MADV_HUGEPAGE,
/// hence the alignment; the gain grows with the table).
@safe
package struct SlotTable<Entry: BitwiseCopyable>: ~Copyable {
  package let bits: Int
  private let entriesPerSlot: Int
  /// Aligned to 2 MiB, valid for `count` entries for the life of the owner.
  @unsafe private let entries: UnsafeMutablePointer<Entry>
  /// The whole mapping, of which `entries` is the aligned part.
  @unsafe private let mapping: UnsafeMutableRawPointer
  private let mappingBytes: Int

  private static var hugePage: Int { 2 << 20 }

  /// - Parameters:
  ///   - bits: 0…30; the table has 2^bits slots.
  ///   - entriesPerSlot: at least 1; they lie side by side, all bits zero.
  /// - Throws: `RunFailure` (usage) when the system has no room for the table.
  package init(bits: Int, entriesPerSlot: Int = 1) throws(RunFailure) {
    precondition((0...30).contains(bits), "bits out of range")
    precondition(1..<1 << 24 ~= entriesPerSlot, "entries per slot out of range")
    let bytes = (MemoryLayout<Entry>.stride * entriesPerSlot) << bits
    let mappingBytes = bytes + Self.hugePage
    let address = unsafe mmap(
      nil, mappingBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw RunFailure(
        .usage,
        "the table of 2^\(bits) slots needs \(bytes >> 20) MiB of memory, which is not available",
        cure: "use fewer --bits")
    }
    self.bits = bits
    self.entriesPerSlot = entriesPerSlot
    self.mappingBytes = mappingBytes
    unsafe mapping = address
    // The mapping is one huge page longer than the entries, so its aligned part holds them all.
    let aligned = unsafe address.alignedUp(toMultipleOf: Self.hugePage)
    // Only a hint: without huge pages the table works as well, but slower.
    _ = unsafe madvise(aligned, bytes, MADV_HUGEPAGE)
    // Anonymous memory starts as zeros, which are a valid value of a trivial type.
    unsafe entries = aligned.bindMemory(to: Entry.self, capacity: entriesPerSlot << bits)
  }

  deinit { _ = unsafe munmap(mapping, mappingBytes) }

  /// Entries of all slots.
  package var count: Int { entriesPerSlot << bits }

  /// The entries, for inner loops: a value that needs no reload after each store.
  @inline(__always)
  package var view: SlotView<Entry> {
    unsafe SlotView(
      entries: entries, mask: UInt32((1 << bits) - 1), entriesPerSlot: entriesPerSlot)
  }

  package subscript(slot: UInt32) -> Entry {
    get { view[slot] }
    set { view.store(newValue, at: slot) }
  }

  /// The bytes of the entries `range`, in this machine's byte order.
  package func withBytes<Result, Failure: Error>(
    of range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of the table")
    let stride = MemoryLayout<Entry>.stride
    let start = unsafe UnsafeRawPointer(entries + range.lowerBound)
    return try unsafe body(RawSpan(_unsafeStart: start, byteCount: range.count * stride))
  }

  /// Overwrites the entries from `first` on with bytes that `withBytes` gave.
  package mutating func load(_ bytes: RawSpan, at first: Int) {
    let stride = MemoryLayout<Entry>.stride
    precondition(bytes.byteCount % stride == 0, "bytes end inside an entry")
    precondition(first >= 0 && first <= count - bytes.byteCount / stride, "beyond the table")
    // In range by the line above; the two cannot overlap because the table is held exclusively.
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(entries + first)
        .copyMemory(from: start, byteCount: source.count)
    }
  }
}

// The table has one owner (~Copyable): handing it to another thread hands over all access.
extension SlotTable: @unchecked Sendable where Entry: Sendable {}

/// Access to the entries of a `SlotTable`, valid while the table lives and nobody else writes to
/// it.
@safe
package struct SlotView<Entry: BitwiseCopyable>: BitwiseCopyable {
  @unsafe internal let entries: UnsafeMutablePointer<Entry>
  internal let mask: UInt32
  private let entriesPerSlot: Int

  fileprivate init(entries: UnsafeMutablePointer<Entry>, mask: UInt32, entriesPerSlot: Int) {
    unsafe self.entries = entries
    self.mask = mask
    self.entriesPerSlot = entriesPerSlot
  }

  // In range in all three: the mask leaves an index below the table's count.

  @inline(__always)
  package subscript(slot: UInt32) -> Entry { unsafe entries[Int(slot & mask)] }

  @inline(__always)
  package func store(_ entry: Entry, at slot: UInt32) { unsafe entries[Int(slot & mask)] = entry }

  /// Starts fetching an entry's cache lines.
  @inline(__always)
  package func prefetch(_ slot: UInt32) {
    let entry = unsafe entries + Int(slot & mask)
    unsafe lrs_prefetch_for_write(entry)
    // Entries of no power of two bytes may reach into the next line.
    if 64 % MemoryLayout<Entry>.stride != 0 {
      unsafe lrs_prefetch_for_write(UnsafeRawPointer(entry) + (MemoryLayout<Entry>.stride - 1))
    }
  }

  /// An entry by its index in the whole table.
  package subscript(entry entry: Int) -> Entry {
    @inline(__always) get {
      precondition(entry >= 0 && entry < (Int(mask) + 1) * entriesPerSlot)
      return unsafe entries[entry]
    }
  }

  // Several entries a slot: in range because the slot is masked and the entry checked.

  package subscript(slot: UInt32, entry: Int) -> Entry {
    @inline(__always) get {
      precondition(entry >= 0 && entry < entriesPerSlot)
      return unsafe entries[Int(slot & mask) * entriesPerSlot + entry]
    }
  }

  @inline(__always)
  package func store(_ value: Entry, at slot: UInt32, _ entry: Int) {
    precondition(entry >= 0 && entry < entriesPerSlot)
    unsafe entries[Int(slot & mask) * entriesPerSlot + entry] = value
  }

  /// Starts fetching all entries of a slot.
  @inline(__always)
  package func prefetchAll(_ slot: UInt32) {
    let first = unsafe UnsafeRawPointer(entries + Int(slot & mask) * entriesPerSlot)
    for byte in stride(from: 0, to: entriesPerSlot * MemoryLayout<Entry>.stride, by: 64) {
      unsafe lrs_prefetch_for_write(first + byte)
    }
  }
}
