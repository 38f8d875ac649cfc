package import ElementaryMath
package import Learning
package import SparseBatches

/// Takes little-endian values from bytes that nobody vouches for.
///
/// Whatever the bytes hold, a call returns what is there or throws: it never traps, and never
/// allocates more than a small multiple of the bytes it was given.
package struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  /// What is being read, for messages: `m.lrs: section SPWT 0`.
  package let subject: String

  package init(_ bytes: ArraySlice<UInt8>, subject: String) {
    self.bytes = bytes
    self.subject = subject
    position = bytes.startIndex
  }

  /// Bytes not yet read.
  package var remaining: Int { bytes.endIndex - position }

  /// The error to throw for a value that is there but makes no sense.
  package func failure(_ what: String) -> RunFailure {
    .damaged(subject, what)
  }

  package mutating func readUInt8() throws(RunFailure) -> UInt8 { try readInteger() }

  package mutating func readUInt32() throws(RunFailure) -> UInt32 { try readInteger() }

  package mutating func readUInt64() throws(RunFailure) -> UInt64 { try readInteger() }

  package mutating func readInt() throws(RunFailure) -> Int {
    Int(Int64(bitPattern: try readUInt64()))
  }

  package mutating func readFloat() throws(RunFailure) -> Float {
    Float(bitPattern: try readUInt32())
  }

  package mutating func readDouble() throws(RunFailure) -> Double {
    Double(bitPattern: try readUInt64())
  }

  package mutating func readBool() throws(RunFailure) -> Bool {
    let value = try readUInt8()
    guard value < 2 else { throw failure("a yes-or-no value is \(value)") }
    return value == 1
  }

  /// A count in 64 bits of elements that still follow.
  ///
  /// - Parameter elementBytes: the fewest bytes that an element takes, at least 1. A count that
  ///   the remaining bytes cannot hold is refused, so that it is safe to allocate for it.
  package mutating func readCount(elementBytes: Int) throws(RunFailure) -> Int {
    precondition(elementBytes > 0, "an element takes at least a byte")
    let count = try readUInt64()
    guard count <= UInt64(remaining / elementBytes) else {
      throw failure("it promises \(count) elements, but only \(remaining) bytes follow")
    }
    return Int(count)
  }

  package mutating func readBytes(_ count: Int) throws(RunFailure) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw endsEarly(count) }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// What `ByteWriter.append(counted:)` wrote.
  package mutating func readCountedBytes() throws(RunFailure) -> ArraySlice<UInt8> {
    try readBytes(try readCount(elementBytes: 1))
  }

  /// LEB128, in its one shortest form only: equal values have equal bytes.
  package mutating func readVarint() throws(RunFailure) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < bytes.endIndex else { throw endsEarly(1) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        let isShortest = byte != 0 || shift == 0
        guard isShortest, shift < 63 || byte == 1 else { throw failure("a number is malformed") }
        return value
      }
      shift += 7
      guard shift <= 63 else { throw failure("a number is malformed") }
    }
  }

  /// Refuses bytes after the last value.
  package func expectEnd() throws(RunFailure) {
    guard remaining == 0 else { throw failure("\(remaining) bytes follow its last value") }
  }

  private mutating func readInteger<Value: FixedWidthInteger & UnsignedInteger>()
    throws(RunFailure) -> Value
  {
    let size = Value.bitWidth / 8
    guard size <= remaining else { throw endsEarly(size) }
    var value: UInt64 = 0
    for byte in 0..<size { value |= UInt64(bytes[position + byte]) << UInt64(8 * byte) }
    position += size
    return Value(truncatingIfNeeded: value)
  }

  private func endsEarly(_ wanted: Int) -> RunFailure {
    failure("it ends where \(wanted) more bytes should follow, and \(remaining) do")
  }
}

/// Where encoded bytes go, piece by piece.
package protocol ByteSink: ~Copyable {
  mutating func write(_ bytes: Span<UInt8>) throws(RunFailure)
}

/// Builds little-endian bytes in memory.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func reserve(_ additional: Int) {
    bytes.reserveCapacity(bytes.count + additional)
  }

  package mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
    // The bytes of an integer, read while it is in scope.
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Two's complement in 64 bits.
  package mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

  /// The bit pattern: NaN payloads and negative zero survive.
  package mutating func append(_ value: Float) { append(value.bitPattern) }

  package mutating func append(_ value: Double) { append(value.bitPattern) }

  package mutating func append(_ value: Bool) { append(value ? UInt8(1) : 0) }

  package mutating func append(contentsOf raw: some Sequence<UInt8>) {
    bytes.append(contentsOf: raw)
  }

  /// A length in 64 bits, then the bytes.
  package mutating func append(counted raw: some Collection<UInt8>) {
    append(raw.count)
    bytes.append(contentsOf: raw)
  }

  package mutating func append(varint value: UInt64) { LEB128.encode(value) { bytes.append($0) } }
}

extension ByteWriter: ByteSink {
  package mutating func write(_ piece: Span<UInt8>) {
    // The buffer is read within the call only.
    unsafe piece.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }
}

/// Unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all bytes but the last.
enum LEB128 {
  /// Calls `put` with each byte of the value.
  @inline(__always)
  static func encode(_ value: UInt64, _ put: (UInt8) -> Void) {
    var rest = value
    while rest >= 0x80 {
      put(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    put(UInt8(truncatingIfNeeded: rest))
  }

  /// Reads one value that is known to be well formed, and steps past it.
  static func next(in bytes: Span<UInt8>, _ position: inout Int) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }
}

extension RunFailure {
  /// A file whose bytes are not what was once written.
  static func damaged(_ subject: String, _ what: String) -> RunFailure {
    RunFailure(
      .badData, "\(subject) is damaged: \(what)",
      cure: "restore the file from a copy, or train again")
  }
}

// Exact values to bytes and back, for checkpoints. Everything that is read was checked by a CRC,
// and is checked again for what would crash or take memory out of proportion.

extension ByteWriter {
  package mutating func append(words: [UInt64]) {
    for word in words { append(word) }
  }

  package mutating func append(_ sum: CompensatedSum) {
    append(sum.leading)
    append(sum.dropped)
  }

  /// A count, then the elements as they are in memory (little-endian).
  package mutating func append<Element: BitwiseCopyable>(
    _ buffer: borrowing GrowableBuffer<Element>
  ) {
    append(buffer.count)
    // The first `count` elements are initialised, and only read during the call.
    unsafe append(
      contentsOf: UnsafeRawBufferPointer(
        start: buffer.base, count: buffer.count * MemoryLayout<Element>.stride))
  }

  /// A count, then the numbers as they are in memory (little-endian).
  package mutating func append(_ vector: [Double]) {
    append(vector.count)
    // The array's own bytes, only read during the call.
    unsafe vector.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// The rows of a batch.
  package mutating func append(_ batch: borrowing SparseBatch) {
    append(batch.rowEnds)
    append(batch.labels)
    append(batch.weights)
    append(batch.slots)
    append(batch.values)
  }
}

extension ByteReader {
  package mutating func readWords(_ count: Int) throws(RunFailure) -> ArraySlice<UInt64> {
    var words: [UInt64] = []
    for _ in 0..<count { words.append(try readUInt64()) }
    return words[...]
  }

  package mutating func readCoded<Value: WordCoded>(_ type: Value.Type) throws(RunFailure) -> Value
  {
    Value(words: try readWords(Value.wordCount))
  }

  package mutating func readSum() throws(RunFailure) -> CompensatedSum {
    CompensatedSum(leading: try readDouble(), dropped: try readDouble())
  }

  /// A count that can be added to without overflow.
  package mutating func readTally() throws(RunFailure) -> Int {
    let count = try readInt()
    guard (0..<1 << 60).contains(count) else { throw failure("a count is \(count)") }
    return count
  }

  package mutating func readBuffer<Element: BitwiseCopyable>(
    into buffer: inout GrowableBuffer<Element>
  ) throws(RunFailure) {
    let stride = MemoryLayout<Element>.stride
    let count = try readCount(elementBytes: stride)
    let bytes = try readBytes(count * stride)
    buffer.removeAll()
    buffer.reserve(count)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      // Room for `count` elements was reserved, and every pattern of bits is one.
      unsafe UnsafeMutableRawPointer(buffer.base).copyMemory(from: start, byteCount: source.count)
    }
    buffer.setCount(count)
  }

  package mutating func readVector() throws(RunFailure) -> [Double] {
    let count = try readCount(elementBytes: 8)
    let bytes = try readBytes(8 * count)
    return unsafe [Double](unsafeUninitializedCapacity: count) { target, initialized in
      // Proof: both have room for `count` numbers, and every pattern of bits is one.
      unsafe UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes)
      initialized = count
    }
  }

  /// Replaces what the batch holds.
  ///
  /// - Parameter limits: what rows of the training can hold.
  package mutating func readBatch(
    into batch: inout SparseBatch, _ limits: RowLimits
  ) throws(RunFailure) {
    batch.removeAll()
    try readBuffer(into: &batch.rowEnds)
    try readBuffer(into: &batch.labels)
    try readBuffer(into: &batch.weights)
    try readBuffer(into: &batch.slots)
    try readBuffer(into: &batch.values)
    let rows = batch.rowEnds.count
    guard batch.labels.count == rows, batch.weights.count == rows,
      batch.values.count == batch.slots.count
    else { throw failure("rows are not complete") }
    var end = 0
    for row in 0..<rows {
      guard batch.rowEnds[row] >= end else { throw failure("rows overlap") }
      end = batch.rowEnds[row]
      batch.rowsInChunk.append(UInt32(truncatingIfNeeded: row))
    }
    guard end == batch.slots.count else { throw failure("rows are not complete") }
    if let defect = limits.defect(of: batch) { throw failure("its rows are invalid: \(defect)") }
  }
}
