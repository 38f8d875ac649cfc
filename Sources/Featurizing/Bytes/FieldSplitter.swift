internal import CKernels
internal import Processor
internal import SparseBatches

/// Where one field lies in the bytes it was found in.
///
/// In memory what kernels call `lrs_extent`.
struct FieldExtent: BitwiseCopyable {
  var start: UInt32
  var end: UInt32

  @inline(__always)
  var count: Int { Int(end &- start) }
}

extension UnsafePointer<FieldExtent> {
  /// The same for a kernel.
  @unsafe @inline(__always)
  var forKernel: UnsafePointer<lrs_extent> {
    // Both are two 32-bit integers: start, then end.
    unsafe UnsafeRawPointer(self).assumingMemoryBound(to: lrs_extent.self)
  }
}

/// One row cut into its fields.
///
/// Idea: a bit mask of the delimiters in 64 bytes at once, then one step per set bit instead of one
/// per byte: by a kernel where a whole block can be read, else by the Swift form. A row with quotes
/// is rewritten without them into `unquoted` and found there.
/// Invariant: framing has checked the quotes, so that every quoted field here is closed and
/// followed by a delimiter or the end of the row.
struct FieldSplitter: ~Copyable {
  private(set) var fields = GrowableBuffer<FieldExtent>(capacity: 64)
  private(set) var unquoted = GrowableBuffer<UInt8>(capacity: 256)
  /// Whether a field of the row may begin or end with a blank: most rows hold none, and then
  /// nothing needs trimming.
  private(set) var mayHoldBlanks = false
  let delimiter: UInt8
  let quote: UInt8?
  /// Where a row has more fields than this it is bad: the fields after it are only counted, so that
  /// a row of millions takes no memory.
  var limit = Int.max
  /// Whether a block of 64 bytes can be read wherever a field of the last row starts.
  private(set) var isReadableBeyond = false
  /// What the kernel uses; nil: none.
  private let path: lrs_path?
  /// Fields of the last row that are not among `fields`.
  private var surplus = 0
  /// How many fields the last row has.
  var fieldCount: Int { fields.count + surplus }

  /// - Parameter path: the instructions of the kernel; nil: none is used.
  init(delimiter: UInt8, quote: UInt8?, path: ProcessorPath? = .chosen) {
    self.delimiter = delimiter
    self.quote = quote
    self.path = path?.code
  }

  /// Cuts the row `extent` of `bytes`.
  ///
  /// - Returns: the pointer that `fields` count from: into `bytes`, or into `unquoted`.
  @unsafe @inline(__always)
  mutating func split(
    _ bytes: borrowing GrowableBuffer<UInt8>, _ extent: RowExtent, mayHoldQuotes: Bool
  ) -> UnsafePointer<UInt8> {
    fields.removeAll()
    surplus = 0
    let base = unsafe UnsafePointer(bytes.base)
    if mayHoldQuotes, let quote, unsafe holds(quote, base, extent) {
      mayHoldBlanks = true
      unsafe splitQuoted(base, extent, quote: quote)
      isReadableBeyond = true
      return unsafe UnsafePointer(unquoted.base)
    }
    isReadableBeyond = Int(extent.end) + Self.block <= bytes.capacity
    // Proof: extents lie inside `bytes`; a block of 64 is read only where 64 bytes are left, by the
    // kernel where so many are allocated behind the row: what they hold is masked off.
    if isReadableBeyond, let path {
      unsafe splitByKernel(base, extent, path)
    } else {
      unsafe splitPlain(base, extent, readable: bytes.count)
    }
    return unsafe base
  }

  /// Finds one field of the row `extent` of `bytes` without looking at what comes after it.
  ///
  /// - Returns: the pointer that the field counts from, as `split` returns it; nil when the row has
  ///   no such field.
  @unsafe @inline(__always)
  mutating func field(
    _ index: Int, of bytes: borrowing GrowableBuffer<UInt8>, _ extent: RowExtent,
    mayHoldQuotes: Bool
  ) -> (base: UnsafePointer<UInt8>, field: FieldExtent)? {
    let base = unsafe UnsafePointer(bytes.base)
    if mayHoldQuotes, let quote, unsafe holds(quote, base, extent) {
      let unquoted = unsafe split(bytes, extent, mayHoldQuotes: true)
      return unsafe index < fields.count ? (unquoted, fields[index]) : nil
    }
    let end = Int(extent.end)
    var fieldStart = extent.start
    var left = index
    var offset = Int(extent.start)
    while offset < end {
      var mask = unsafe delimiters(base, offset, end: end, readable: bytes.count)
      while mask != 0 {
        let position = UInt32(truncatingIfNeeded: offset + mask.trailingZeroBitCount)
        if left == 0 { return unsafe (base, FieldExtent(start: fieldStart, end: position)) }
        left -= 1
        fieldStart = position + 1
        mask &= mask - 1
      }
      offset += 64
    }
    return unsafe left == 0 ? (base, FieldExtent(start: fieldStart, end: extent.end)) : nil
  }

  /// A bit for each delimiter among the 64 bytes at `offset` that lie before `end`.
  @unsafe @inline(__always)
  private func delimiters(
    _ base: UnsafePointer<UInt8>, _ offset: Int, end: Int, readable: Int
  ) -> UInt64 {
    let mask =
      offset + 64 <= readable
      ? unsafe lrs_match_mask64(base + offset, delimiter)
      : unsafe tailMask(base + offset, count: readable - offset)
    let left = end - offset
    return left < 64 ? mask & ((1 << UInt64(left)) - 1) : mask
  }

  @unsafe @inline(__always)
  private mutating func splitByKernel(
    _ base: UnsafePointer<UInt8>, _ extent: RowExtent, _ path: lrs_path
  ) {
    let end = Int(extent.end)
    var offset = Int(extent.start)
    var blanks: Int32 = 0
    var count = 0
    fields.reserve(Self.fieldsInBlock + 1)
    unsafe fields.base[0].start = extent.start
    while offset < end {
      // The extent at `count` has a start already, which growing must keep.
      fields.setCount(count + 1)
      if count > limit {
        unsafe countSurplus(base, from: offset, end: end)
        break
      }
      fields.reserve(count + Self.fieldsInBlock + 1)
      // The kernel stops where there is no room for a block more.
      let cut = unsafe lrs_cut_row(
        path, base, offset, end, delimiter,
        UnsafeMutablePointer(mutating: UnsafePointer(fields.base + count).forKernel),
        fields.capacity - count)
      count &+= cut.delimiters
      offset = cut.offset
      blanks |= cut.holds_blank
    }
    unsafe fields.base[count].end = extent.end
    fields.setCount(count + 1)
    mayHoldBlanks = blanks != 0
  }

  /// The row is bad for its many fields.
  @unsafe @inline(never)
  private mutating func countSurplus(_ base: UnsafePointer<UInt8>, from start: Int, end: Int) {
    for offset in stride(from: start, to: end, by: Self.block) {
      let mask = unsafe delimiters(base, offset, end: end, readable: end + Self.block)
      surplus += mask.nonzeroBitCount
    }
  }

  /// Takes the blanks around the fields of the last row off.
  ///
  /// - Parameter base: what `split` returned.
  @unsafe @inline(never)
  mutating func trimFields(_ base: UnsafePointer<UInt8>) {
    for index in 0..<fields.count { fields[index] = unsafe Blanks.trim(base, fields[index]) }
    mayHoldBlanks = false
  }

  // Eight delimiters at a time are written, whether there are so many or not: how many of 64 bytes
  // are delimiters cannot be foreseen, so a loop over them would end in a misprediction each time.
  @unsafe @inline(__always)
  private mutating func splitPlain(
    _ base: UnsafePointer<UInt8>, _ extent: RowExtent, readable: Int
  ) {
    let end = Int(extent.end)
    var offset = Int(extent.start)
    var blanks: Int32 = 0
    var count = 0
    fields.reserve(Self.fieldsInBlock + 1)
    unsafe fields.base[0].start = extent.start
    while offset < end {
      var mask = unsafe delimiters(base, offset, end: end, readable: readable)
      if count > limit {
        surplus &+= mask.nonzeroBitCount
        offset += 64
        continue
      }
      blanks |= unsafe holdsBlank(base, offset, readable: readable)
      // The extent at `count` has a start already, which growing must keep. Proof for the pointer:
      // at most 64 extents and the start of one more are written below.
      fields.setCount(count + 1)
      fields.reserve(count + Self.fieldsInBlock + 1)
      let found = unsafe fields.base + count
      let total = mask.nonzeroBitCount
      var done = 0
      repeat {
        for next in done..<done + 8 {
          let position = UInt32(truncatingIfNeeded: offset + mask.trailingZeroBitCount)
          unsafe found[next].end = position
          unsafe found[next + 1].start = position &+ 1
          mask &= mask &- 1
        }
        done &+= 8
      } while done < total
      count &+= total
      offset += 64
    }
    unsafe fields.base[count].end = extent.end
    fields.setCount(count + 1)
    mayHoldBlanks = blanks != 0
  }

  private static var fieldsInBlock: Int { 64 }
  private static var block: Int { 64 }

  /// Not 0 when there is a blank among the 64 bytes at `offset`, or when they are not all there.
  @unsafe @inline(__always)
  private func holdsBlank(_ base: UnsafePointer<UInt8>, _ offset: Int, readable: Int) -> Int32 {
    offset + 64 <= readable ? unsafe lrs_holds_byte64(base + offset, UInt8(ascii: " ")) : 1
  }

  @unsafe
  private func tailMask(_ base: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    var mask: UInt64 = 0
    for index in 0..<min(count, 64) where unsafe base[index] == delimiter {
      mask |= 1 << UInt64(index)
    }
    return mask
  }

  @unsafe
  private func holds(
    _ quote: UInt8, _ base: UnsafePointer<UInt8>, _ extent: RowExtent
  ) -> Bool {
    for offset in Int(extent.start)..<Int(extent.end) where unsafe base[offset] == quote {
      return true
    }
    return false
  }

  @unsafe
  private mutating func splitQuoted(
    _ base: UnsafePointer<UInt8>, _ extent: RowExtent, quote: UInt8
  ) {
    unquoted.removeAll()
    unquoted.reserve(Int(extent.end - extent.start) + Self.block)
    var offset = Int(extent.start)
    let end = Int(extent.end)
    while true {
      let start = UInt32(unquoted.count)
      if offset < end, unsafe base[offset] == quote {
        unsafe copyQuoted(base, &offset, end: end, quote: quote)
      }
      while offset < end, unsafe base[offset] != delimiter {
        unquoted.append(unsafe base[offset])
        offset += 1
      }
      if fields.count > limit {
        surplus += 1
      } else {
        fields.append(FieldExtent(start: start, end: UInt32(unquoted.count)))
      }
      guard offset < end else { return }
      offset += 1
    }
  }

  /// Copies the inside of the quoted field at `offset`, doubled quotes once, and steps past it.
  @unsafe
  private mutating func copyQuoted(
    _ base: UnsafePointer<UInt8>, _ offset: inout Int, end: Int, quote: UInt8
  ) {
    offset += 1
    while offset < end {
      let byte = unsafe base[offset]
      offset += 1
      if byte == quote {
        guard offset < end, unsafe base[offset] == quote else { return }
        offset += 1
      }
      unquoted.append(byte)
    }
  }
}
