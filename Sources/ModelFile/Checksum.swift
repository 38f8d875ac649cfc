internal import CZlib

/// CRC-32 as in gzip and PNG (polynomial 0xEDB88320), of bytes that come in pieces.
struct Checksum: Equatable {
  private(set) var value: UInt32 = 0

  init() {}

  init(of bytes: ArraySlice<UInt8>) { append(bytes.span) }

  mutating func append(_ bytes: Span<UInt8>) {
    // zlib reads exactly the bytes of the span, which outlives the call.
    value = unsafe bytes.withUnsafeBufferPointer { buffer in
      UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(value), buffer.baseAddress, buffer.count))
    }
  }

  /// Appends `length` bytes of which only the checksum is known, without reading them again.
  mutating func append(_ other: Checksum, length: Int) {
    value = UInt32(truncatingIfNeeded: crc32_combine(UInt(value), UInt(other.value), length))
  }
}
