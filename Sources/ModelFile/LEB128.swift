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

  /// Reads one value that is known to be well formed, and steps behind it.
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
