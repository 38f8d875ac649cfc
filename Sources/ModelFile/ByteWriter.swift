package import SparseBatches

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

  /// A length in 64 bits, then UTF-8.
  package mutating func append(_ text: String) { append(counted: text.utf8) }

  package mutating func append(varint value: UInt64) { LEB128.encode(value) { bytes.append($0) } }
}

extension ByteWriter: ByteSink {
  package mutating func write(_ piece: Span<UInt8>) {
    // The buffer is read within the call only.
    unsafe piece.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }
}
