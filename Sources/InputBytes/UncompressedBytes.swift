import CyclicChecksum
import SparseBatches

/// The uncompressed bytes of one input: inflated when its first bytes are gzip's magic, else as
/// they are stored. The name of the file plays no part.
final class UncompressedBytes {
  let stored: StoredBytes
  /// nil: the bytes are stored as they are.
  private let gzip: GzipMembers?
  /// Bytes delivered so far.
  private(set) var bytesDelivered = 0
  /// CRC-32 of the bytes delivered, when they are stored as they are.
  private var plainChecksum: UInt32 = 0
  private let keepsChecksum: Bool

  /// - Parameters:
  ///   - keepsChecksum: whether `checksum` and `storedChecksum` will be asked for.
  ///   - restartSpacing: bytes from one restart point to the next; nil: none will be asked for.
  init(
    _ stored: StoredBytes, keepsChecksum: Bool, restartSpacing: Int?,
    makeInflater: () throws(RunFailure) -> any RawInflater
  ) throws(RunFailure) {
    self.stored = stored
    self.keepsChecksum = keepsChecksum
    stored.keepsChecksum = keepsChecksum
    if try stored.startsWith(GzipMembers.magic) {
      gzip = GzipMembers(
        stored: stored, inflater: try makeInflater(), restartSpacing: restartSpacing)
      return
    }
    gzip = nil
    // Stored and uncompressed bytes are the same: one checksum is enough.
    stored.keepsChecksum = false
    try UncompressedBytes.refuseForeignCompression(stored)
  }

  /// CRC-32 of the bytes delivered so far.
  var checksum: UInt32 { gzip?.wholeChecksum ?? plainChecksum }

  /// CRC-32 of the stored bytes read so far; of a plain input, of those delivered.
  var storedChecksum: UInt32 { gzip == nil ? plainChecksum : stored.checksum }

  var isPlain: Bool { gzip == nil }

  /// Goes on at an offset of a plain file.
  func seek(to offset: Int) throws(RunFailure) {
    try stored.seek(to: offset)
    bytesDelivered = offset
  }

  /// The last point passed from which a gzip file can be entered again.
  var restartPoint: GzipRestartPoint? { gzip?.restartPoint }

  /// Goes on at a point of a gzip file.
  ///
  /// - Returns: false when the file is no gzip file; then nothing has changed.
  func enter(at point: GzipRestartPoint) throws(RunFailure) -> Bool {
    guard let gzip else { return false }
    try gzip.enter(at: point)
    bytesDelivered = point.offset
    return true
  }

  /// After a `seek`: the CRC-32 of all bytes before the next one, which an earlier run has made.
  func adopt(checksum: UInt32) { plainChecksum = checksum }

  /// Writes the next bytes.
  ///
  /// - Returns: how many; 0 only at the end of the input, when all of it was verified.
  func read(into output: UnsafeMutableBufferPointer<UInt8>) throws(RunFailure) -> Int {
    let count: Int
    if let gzip {
      count = unsafe try gzip.read(into: output)
    } else {
      count = unsafe try readPlain(into: output)
      if keepsChecksum, let base = output.baseAddress {
        // `count` bytes have just been written there.
        unsafe plainChecksum = CRC32.extend(
          plainChecksum, UnsafeBufferPointer(start: base, count: count))
      }
    }
    bytesDelivered += count
    return count
  }

  private func readPlain(
    into output: UnsafeMutableBufferPointer<UInt8>
  ) throws(RunFailure) -> Int {
    guard let destination = output.baseAddress else { return 0 }
    let buffered = min(stored.available, output.count)
    guard buffered > 0, let source = unsafe stored.unconsumed.baseAddress else {
      return unsafe try stored.read(into: destination, capacity: output.count)
    }
    // At most `output.count` bytes, and the two never overlap.
    unsafe destination.update(from: source, count: buffered)
    stored.consume(buffered)
    return buffered
  }
}

/// Compressed formats that are not gzip, known by their first bytes: refused by name, because
/// read as text they would only give baffling errors about rows.
extension UncompressedBytes {
  private static let signatures: [(bytes: [UInt8], format: String, tool: String)] = [
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "zstd -dc"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "xz -dc"),
    (Array("BZh".utf8), "bzip2", "bzip2 -dc"),
    ([0x50, 0x4B, 0x03, 0x04], "zip", "unzip -p"),
    ([0x04, 0x22, 0x4D, 0x18], "lz4", "lz4 -dc"),
    ([0x1F, 0x9D], "compress (.Z)", "gzip -dc"),
  ]

  static func refuseForeignCompression(_ stored: StoredBytes) throws(RunFailure) {
    for signature in signatures where try stored.startsWith(signature.bytes) {
      // The three letters of bzip2 may open a text; its block mark or end mark may not.
      if signature.format == "bzip2", try !isBzip2(stored) { continue }
      throw refusal(stored, format: signature.format, tool: signature.tool)
    }
    if try isLoneMagic(stored) {
      throw RunFailure(
        .badData, "\(stored.name): truncated gzip: the file ends inside the magic bytes",
        cure: "fetch or write the file again")
    }
    if try isZlib(stored) {
      throw refusal(stored, format: "zlib (without gzip's header)", tool: "zlib-flate -uncompress")
    }
  }

  private static func refusal(_ stored: StoredBytes, format: String, tool: String) -> RunFailure {
    RunFailure(
      .badData, "\(stored.name): compressed with \(format), which is not read here",
      cure: "pipe the output of `\(tool)` to standard input, or store the file as gzip")
  }

  private static func isBzip2(_ stored: StoredBytes) throws(RunFailure) -> Bool {
    let marks: [[UInt8]] = [
      [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
    ]
    guard try stored.buffer(atLeast: 10) else { return false }
    let head = unsafe Array(stored.unconsumed.prefix(10))
    return marks.contains(Array(head[4...]))
  }

  private static func isLoneMagic(_ stored: StoredBytes) throws(RunFailure) -> Bool {
    guard try !stored.buffer(atLeast: 2) else { return false }
    return unsafe stored.unconsumed.first == GzipMembers.magic[0]
  }

  /// A zlib header (RFC 1950) followed by bytes that no text holds.
  private static func isZlib(_ stored: StoredBytes) throws(RunFailure) -> Bool {
    _ = try stored.buffer(atLeast: 256)
    let head = unsafe Array(stored.unconsumed.prefix(256))
    guard head.count > 2, head[0] == 0x78, (Int(head[0]) << 8 | Int(head[1])) % 31 == 0 else {
      return false
    }
    return head.dropFirst(2).contains { $0 < 0x20 && !(0x09...0x0D).contains($0) }
  }
}

extension StoredBytes {
  /// Whether the bytes not consumed start with `prefix`; consumes nothing.
  func startsWith(_ prefix: [UInt8]) throws(RunFailure) -> Bool {
    guard try buffer(atLeast: prefix.count) else { return false }
    return unsafe unconsumed.starts(with: prefix)
  }
}
