package import ElementaryMath
package import Learning
package import SparseBatches

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
