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

  /// The last place passed from which a gzip file can be entered again.
  var restartPoint: GzipRestartPoint? { gzip?.restartPoint }

  /// Goes on at a place of a gzip file.
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
