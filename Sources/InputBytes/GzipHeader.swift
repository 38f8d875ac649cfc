import CyclicChecksum
import SparseBatches

/// The header of one gzip member (RFC 1952, section 2.3), read and checked byte by byte.
struct GzipHeader {
  private static let headerChecksum: UInt8 = 0x02
  private static let extraField: UInt8 = 0x04
  private static let fileName: UInt8 = 0x08
  private static let comment: UInt8 = 0x10
  private static let reserved: UInt8 = 0xE0

  private let stored: StoredBytes
  private let damage: (String) -> RunFailure
  private var checksum: UInt32 = 0

  /// Consumes one header, whose magic bytes the caller has seen.
  ///
  /// - Parameter damage: makes the error for what was found.
  static func read(
    from stored: StoredBytes, damage: @escaping (String) -> RunFailure
  ) throws(RunFailure) {
    var header = GzipHeader(stored: stored, damage: damage)
    try header.read()
  }

  private init(
    stored: StoredBytes, damage: @escaping (String) -> RunFailure
  ) {
    self.stored = stored
    self.damage = damage
  }

  private mutating func read() throws(RunFailure) {
    try skip(2)
    let method = try byte()
    guard method == 8 else { throw damage("unknown compression method \(method)") }
    let flags = try byte()
    guard flags & GzipHeader.reserved == 0 else { throw damage("reserved header flags are set") }
    // Time, extra flags and operating system say nothing about the bytes.
    try skip(6)
    if flags & GzipHeader.extraField != 0 {
      let low = try byte()
      try skip(Int(low) | Int(try byte()) << 8)
    }
    if flags & GzipHeader.fileName != 0 { try skipText() }
    if flags & GzipHeader.comment != 0 { try skipText() }
    if flags & GzipHeader.headerChecksum != 0 { try verifyChecksum() }
  }

  private mutating func verifyChecksum() throws(RunFailure) {
    let computed = UInt16(truncatingIfNeeded: checksum)
    let low = try byte()
    let found = UInt16(low) | UInt16(try byte()) << 8
    guard found == computed else {
      throw damage(
        "header checksum does not match (stored \(hexadecimal(found)),"
          + " computed \(hexadecimal(computed)))")
    }
  }

  private mutating func skip(_ count: Int) throws(RunFailure) {
    for _ in 0..<count { _ = try byte() }
  }

  private mutating func skipText() throws(RunFailure) {
    while try byte() != 0 {}
  }

  private mutating func byte() throws(RunFailure) -> UInt8 {
    guard let next = try stored.next() else { throw damage("truncated inside the header") }
    // The pointer is used within the call only.
    checksum = unsafe withUnsafePointer(to: next) {
      unsafe CRC32.extend(checksum, UnsafeBufferPointer(start: $0, count: 1))
    }
    return next
  }
}

/// `0x` and all digits of the number.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(number, radix: 16)
  return "0x" + String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
}
