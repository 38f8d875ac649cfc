import SparseBatches

/// The uncompressed bytes of one input: inflated when its first bytes are gzip's magic, else as
/// they are stored. The name of the file plays no part.
final class UncompressedBytes {
  let stored: StoredBytes
  /// nil: the bytes are stored as they are.
  private let gzip: GzipMembers?
  /// Bytes delivered so far.
  private(set) var bytesDelivered = 0

  init(
    _ stored: StoredBytes, makeInflater: () throws(RunFailure) -> any RawInflater
  ) throws(RunFailure) {
    self.stored = stored
    if try stored.startsWith(GzipMembers.magic) {
      gzip = GzipMembers(stored: stored, inflater: try makeInflater())
      return
    }
    gzip = nil
    try UncompressedBytes.refuseForeignCompression(stored)
  }

  /// Writes the next bytes.
  ///
  /// - Returns: how many; 0 only at the end of the input, when all of it was verified.
  func read(into output: UnsafeMutableBufferPointer<UInt8>) throws(RunFailure) -> Int {
    let count: Int
    if let gzip {
      count = unsafe try gzip.read(into: output)
    } else {
      count = unsafe try readPlain(into: output)
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
