internal import Glibc
package import SparseBatches

/// What a plain file holds once it is inflated: the same for a log and for its gzip, however that was
/// packed.
package struct FileContent: Equatable, Sendable {
  /// CRC-32 of the uncompressed bytes.
  package var checksum: UInt32
  /// Their number; modulo 2^32 when `isShort`.
  package var bytes: Int
  /// Whether only the low 32 bits of the number are known: a gzip trailer holds no more.
  package var isShort = false

  package init(checksum: UInt32, bytes: Int) {
    self.checksum = checksum
    self.bytes = bytes
  }

  /// Whether the content may be of this length.
  package func fits(bytes count: Int) -> Bool {
    isShort
      ? UInt32(truncatingIfNeeded: count) == UInt32(truncatingIfNeeded: bytes) : count == bytes
  }

  /// Whether both are the same content, as far as is known of them.
  package func isSame(as other: FileContent) -> Bool {
    checksum == other.checksum && (isShort ? fits(bytes: other.bytes) : other.fits(bytes: bytes))
  }
}

extension FileContent {
  /// What the last eight bytes of a gzip file say of its last member (RFC 1952, section 2.3.1), which
  /// most often is the only one.
  ///
  /// - Returns: nil for what is no gzip file.
  package static func trailer(ofFile path: String) throws(RunFailure) -> FileContent? {
    // Two short reads: there may be thousands of files.
    let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputSource.file(path).cannotOpen(errno) }
    defer { close(descriptor) }
    guard let stamp = FileStamp(descriptor: descriptor), stamp.size >= 18 else { return nil }
    var magic = [UInt8](repeating: 0, count: GzipMembers.magic.count)
    var bytes = [UInt8](repeating: 0, count: 8)
    // As many bytes are read as the arrays have.
    guard unsafe pread(descriptor, &magic, magic.count, 0) == magic.count,
      magic == GzipMembers.magic,
      unsafe pread(descriptor, &bytes, bytes.count, stamp.size - 8) == bytes.count
    else { return nil }
    func word(_ start: Int) -> UInt32 {
      bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    var content = FileContent(checksum: word(0), bytes: Int(word(4)))
    content.isShort = true
    return content
  }

  /// Whether a gzip file can hold more than one member: whether the start of another stands anywhere
  /// after its own. Compressed data holds these bytes by chance about once in a gigabyte.
  package static func mayHaveMembers(_ path: String) throws(RunFailure) -> Bool {
    let stored = try InputSource.file(path).open(try ReadInterruption())
    guard try stored.buffer(atLeast: 2) else { return false }
    stored.consume(1)
    while true {
      // The magic, the only method there is, and flags of which three bits must be 0.
      let length = 4
      guard try stored.buffer(atLeast: length) else { return false }
      let bytes = unsafe stored.unconsumed
      var start = 0
      while start + length <= bytes.count {
        // Proof: the range from `start` on lies within the buffer.
        let found = unsafe memchr(
          bytes.baseAddress.unsafelyUnwrapped + start, Int32(GzipMembers.magic[0]),
          bytes.count - start - length + 1)
        guard let found = unsafe found else { break }
        start = unsafe UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped).distance(
          to: UnsafeRawPointer(found))
        // Proof: at least `length` bytes are left from `start` on.
        if unsafe bytes[start + 1] == GzipMembers.magic[1] && bytes[start + 2] == 8
          && bytes[start + 3] < 0x20
        {
          return true
        }
        start += 1
      }
      stored.consume(bytes.count - length + 1)
    }
  }

  /// The content of a plain file, which is read, and inflated, whole for it.
  ///
  /// - Parameter limit: content that is longer is not wanted.
  /// - Returns: nil when it is longer.
  /// - Throws: badData when it is damaged.
  package static func reading(
    _ path: String, limit: Int = .max
  ) throws(RunFailure) -> FileContent? {
    let bytes = try uncompressed(path)
    let scratch = GrowableBuffer<UInt8>(capacity: blockBytes)
    while true {
      // Proof: the buffer has room for as many bytes.
      let free = unsafe UnsafeMutableBufferPointer(start: scratch.base, count: blockBytes)
      guard unsafe try bytes.read(into: free) > 0 else { break }
      if bytes.bytesDelivered > limit { return nil }
    }
    return FileContent(checksum: bytes.checksum, bytes: bytes.bytesDelivered)
  }

  /// Whether the first `count` bytes of the content have this CRC-32.
  package static func starts(
    _ path: String, with checksum: UInt32, count: Int
  ) throws(RunFailure) -> Bool {
    let bytes = try uncompressed(path)
    let scratch = GrowableBuffer<UInt8>(capacity: blockBytes)
    while bytes.bytesDelivered < count {
      // Proof: the buffer has room for as many bytes.
      let free = unsafe UnsafeMutableBufferPointer(
        start: scratch.base, count: min(blockBytes, count - bytes.bytesDelivered))
      guard unsafe try bytes.read(into: free) > 0 else { return false }
    }
    return bytes.checksum == checksum
  }

  private static let blockBytes = 256 << 10

  private static func uncompressed(_ path: String) throws(RunFailure) -> UncompressedBytes {
    try UncompressedBytes(
      try InputSource.file(path).open(try ReadInterruption()), keepsChecksum: true,
      restartSpacing: nil
    ) { () throws(RunFailure) in try InflateChoice.automatic.makeInflater() }
  }
}
