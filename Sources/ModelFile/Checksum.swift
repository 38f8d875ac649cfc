internal import CyclicChecksum

/// CRC-32 as in gzip and PNG (polynomial 0xEDB88320), of bytes that come in pieces.
struct Checksum: Equatable {
  private(set) var value: UInt32 = 0

  init() {}

  init(of bytes: ArraySlice<UInt8>) { append(bytes.span) }

  mutating func append(_ bytes: Span<UInt8>) { value = CRC32.extend(value, bytes) }

  /// Appends `length` bytes of which only the checksum is known, without reading them again.
  mutating func append(_ other: Checksum, length: Int) {
    value = CRC32.join(value, other.value, length: length)
  }
}
