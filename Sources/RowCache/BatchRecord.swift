internal import SparseBatches

// Design note
//
// One record holds one batch of hashed rows, in host byte order: the file lives no longer than the
// run that wrote it.
//
//     UInt64 checksum of all that follows     UInt64 bytes that follow
//     UInt32 rows, UInt32 features, UInt32 values that are not 1, UInt32 zero
//     UInt32 features of each row, Float labels, Float weights
//     UInt32 slots
//     UInt64 words: bit i is set when feature i has the value 1 (categories: nearly all)
//     Float values of the other features, in order
//
// That is 4.1 bytes for a category and 8.1 for a number, a third of the text they came from.

/// Batches to bytes and back.
enum BatchRecord {
  static let prefixBytes = 16
  private static let countBytes = 16

  /// Replaces what `bytes` holds by the record of `batch`.
  static func encode(_ batch: borrowing SparseBatch, into bytes: inout GrowableBuffer<UInt8>) {
    let rows = batch.rowCount
    let features = batch.slots.count
    let words = (features + 63) / 64
    bytes.removeAll()
    bytes.reserve(prefixBytes + countBytes + 12 * rows + 4 * features + 8 * words + 4 * features)
    var writer = unsafe RecordCursor(base: UnsafeMutableRawPointer(bytes.base))
    // Proof for the pointers below: the record's greatest length was reserved, and each part is
    // written once, in order.
    unsafe writer.offset = prefixBytes + countBytes
    var start = 0
    for row in 0..<rows {
      let end = batch.rowEnds[row]
      unsafe writer.put(UInt32(end - start))
      start = end
    }
    unsafe writer.put(batch.labels.base, rows)
    unsafe writer.put(batch.weights.base, rows)
    unsafe writer.put(batch.slots.base, features)
    let others = unsafe encodeValues(batch, words: words, &writer)
    let end = unsafe writer.offset
    unsafe writer.offset = prefixBytes
    for count in [rows, features, others, 0] { unsafe writer.put(UInt32(count)) }
    bytes.setCount(end)
    let checksum = unsafe RecordChecksum.of(bytes.base + prefixBytes, count: end - prefixBytes)
    unsafe writer.offset = 0
    unsafe writer.put(checksum)
    unsafe writer.put(UInt64(end - prefixBytes))
  }

  /// - Returns: how many values are not 1.
  @unsafe
  private static func encodeValues(
    _ batch: borrowing SparseBatch, words: Int, _ writer: inout RecordCursor
  ) -> Int {
    let values = unsafe batch.values.base
    let features = batch.values.count
    for word in 0..<words {
      var mask: UInt64 = 0
      for bit in 0..<min(64, features - 64 * word) where unsafe values[64 * word + bit] == 1 {
        mask |= 1 << UInt64(bit)
      }
      unsafe writer.put(mask)
    }
    var others = 0
    for index in 0..<features where unsafe values[index] != 1 {
      unsafe writer.put(values[index])
      others += 1
    }
    return others
  }

  /// Bytes after a prefix, and their checksum.
  static func prefix(_ bytes: borrowing GrowableBuffer<UInt8>) -> (checksum: UInt64, count: Int) {
    precondition(bytes.count >= prefixBytes, "a prefix has 16 bytes")
    // Proof: 16 bytes are there.
    let base = unsafe UnsafeRawPointer(bytes.base)
    let count = unsafe base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    return (
      unsafe base.loadUnaligned(as: UInt64.self), Int(clamping: count)
    )
  }

  /// Replaces what `batch` holds. A checksum is no proof: anybody can make one.
  ///
  /// - Parameter limits: what the rows can hold; nil: nobody but this process can have written them.
  /// - Returns: false when the bytes are not what was written.
  static func decode(
    _ bytes: borrowing GrowableBuffer<UInt8>, checksum: UInt64, limits: RowLimits? = nil,
    into batch: inout SparseBatch
  ) -> Bool {
    batch.removeAll()
    guard bytes.count >= countBytes,
      unsafe RecordChecksum.of(bytes.base, count: bytes.count) == checksum
    else { return false }
    // Proof for the pointers below: the lengths are held against the bytes that are there, and the
    // values that the words promise against those that follow.
    var reader = unsafe RecordCursor(base: UnsafeMutableRawPointer(bytes.base))
    let rows = Int(unsafe reader.take(UInt32.self))
    let features = Int(unsafe reader.take(UInt32.self))
    let others = Int(unsafe reader.take(UInt32.self))
    let words = (features + 63) / 64
    guard rows > 0, others <= features, unsafe reader.take(UInt32.self) == 0,
      bytes.count == countBytes + 12 * rows + 4 * features + 8 * words + 4 * others
    else { return false }
    unsafe reader.offset = countBytes + 12 * rows + 4 * features
    guard unsafe countOnes(reader, features: features, words: words) == features - others else {
      return false
    }
    unsafe reader.offset = countBytes
    batch.rowEnds.reserve(rows)
    batch.rowsInChunk.reserve(rows)
    var end = 0
    for row in 0..<rows {
      end += Int(unsafe reader.take(UInt32.self))
      batch.rowEnds.append(end)
      batch.rowsInChunk.append(UInt32(row))
    }
    unsafe reader.take(rows, into: &batch.labels)
    unsafe reader.take(rows, into: &batch.weights)
    unsafe reader.take(features, into: &batch.slots)
    unsafe decodeValues(&reader, features: features, words: words, into: &batch.values)
    return end == features && limits?.defect(of: batch) == nil
  }

  /// - Returns: how many values are 1; nil when a bit stands for no feature.
  @unsafe
  private static func countOnes(_ start: RecordCursor, features: Int, words: Int) -> Int? {
    var reader = unsafe start
    var ones = 0
    for word in 0..<words {
      let mask = unsafe reader.take(UInt64.self)
      let count = features - 64 * word
      guard count >= 64 || mask >> UInt64(count) == 0 else { return nil }
      ones += mask.nonzeroBitCount
    }
    return ones
  }

  @unsafe
  private static func decodeValues(
    _ reader: inout RecordCursor, features: Int, words: Int,
    into values: inout GrowableBuffer<Float>
  ) {
    values.reserve(features)
    var others = unsafe RecordCursor(base: reader.base, offset: reader.offset + 8 * words)
    let target = unsafe values.base
    for word in 0..<words {
      let mask = unsafe reader.take(UInt64.self)
      let first = 64 * word
      let count = min(64, features - first)
      if mask == ~0 {
        for bit in 0..<64 { unsafe target[first + bit] = 1 }
        continue
      }
      for bit in 0..<count {
        let isOne = mask >> UInt64(bit) & 1 == 1
        unsafe target[first + bit] = isOne ? 1 : others.take(Float.self)
      }
    }
    values.setCount(features)
  }
}

/// Where the next value of a record is written or read.
@unsafe
struct RecordCursor {
  let base: UnsafeMutableRawPointer
  var offset = 0

  init(base: UnsafeMutableRawPointer, offset: Int = 0) {
    unsafe self.base = unsafe base
    unsafe self.offset = offset
  }

  @inline(__always)
  mutating func put<Value: BitwiseCopyable>(_ value: Value) {
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    unsafe offset += MemoryLayout<Value>.size
  }

  mutating func put<Value: BitwiseCopyable>(_ values: UnsafeMutablePointer<Value>, _ count: Int) {
    unsafe (base + offset).copyMemory(
      from: values, byteCount: count * MemoryLayout<Value>.stride)
    unsafe offset += count * MemoryLayout<Value>.stride
  }

  @inline(__always)
  mutating func take<Value: BitwiseCopyable>(_ type: Value.Type) -> Value {
    let value = unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
    unsafe offset += MemoryLayout<Value>.size
    return value
  }

  mutating func take<Value: BitwiseCopyable>(
    _ count: Int, into buffer: inout GrowableBuffer<Value>
  ) {
    buffer.reserve(count)
    unsafe UnsafeMutableRawPointer(buffer.base).copyMemory(
      from: base + offset, byteCount: count * MemoryLayout<Value>.stride)
    buffer.setCount(count)
    unsafe offset += count * MemoryLayout<Value>.stride
  }
}

/// A 64-bit checksum against damage on disk, several times faster than a CRC.
///
/// Four lanes of multiply and rotate over 8-byte words, folded with the length: any change of one
/// word changes its lane, since both steps are bijections of the lane's state.
enum RecordChecksum {
  private static let prime: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  static func of(_ base: UnsafeMutablePointer<UInt8>, count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(base)
    var lanes = SIMD4<UInt64>(1, 2, 3, 4)
    var offset = 0
    while offset + 32 <= count {
      let words = unsafe raw.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
      lanes = mix(lanes, words)
      offset += 32
    }
    var rest = SIMD4<UInt64>()
    var lane = 0
    while offset < count {
      for byte in 0..<min(8, count - offset) {
        rest[lane] |= UInt64(unsafe base[offset + byte]) << UInt64(8 * byte)
      }
      offset += 8
      lane += 1
    }
    lanes = mix(lanes, rest)
    var sum = UInt64(count)
    for lane in 0..<4 { sum = rotated((sum ^ lanes[lane]) &* prime) }
    return sum
  }

  @inline(__always)
  private static func mix(_ lanes: SIMD4<UInt64>, _ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
    let product = (lanes ^ words) &* prime
    return product &<< 29 | product &>> 35
  }

  private static func rotated(_ word: UInt64) -> UInt64 { word << 29 | word >> 35 }
}
