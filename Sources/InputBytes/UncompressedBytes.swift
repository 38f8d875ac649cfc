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
  /// Bytes that were inflated to be looked at, and are still to be delivered.
  private var ahead: ArraySlice<UInt8> = []
  /// Bytes that `checksum` is of: those delivered, and those inflated ahead of them.
  var bytesRead: Int { bytesDelivered + ahead.count }
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
  }

  /// The first bytes, before any of them is read; `read` delivers them again.
  ///
  /// - Parameter answersAtOnce: whether a line is enough when no more is there yet.
  /// - Returns: `limit` bytes, or all there are.
  func start(limit: Int, answersAtOnce: Bool) throws(RunFailure) -> [UInt8] {
    guard let gzip else {
      while stored.available < limit {
        let holdsLine = unsafe stored.unconsumed.contains(UInt8(ascii: "\n"))
        if answersAtOnce, holdsLine, stored.hasNothingMore { break }
        guard try stored.refill() else { break }
      }
      return unsafe Array(stored.unconsumed.prefix(limit))
    }
    var block = [UInt8](repeating: 0, count: limit)
    var (count, isOver) = (0, false)
    while count < limit, !isOver {
      let read = try unsafe UncompressedBytes.inflate(gzip, into: &block, from: count)
      isOver = read == 0
      count += read
    }
    ahead = block[..<count]
    return Array(ahead)
  }

  @unsafe
  private static func inflate(
    _ gzip: GzipMembers, into block: inout [UInt8], from start: Int
  ) throws(RunFailure) -> Int {
    var outcome: Result<Int, RunFailure> = .success(0)
    unsafe block.withUnsafeMutableBufferPointer { buffer in
      // Proof: `start` is below the count.
      let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[start...])
      do throws(RunFailure) {
        outcome = .success(unsafe try gzip.read(into: rest))
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Whether the next byte is not there yet; of a gzip, whose bytes come in blocks, never.
  var wouldWait: Bool { gzip == nil && ahead.isEmpty && stored.wouldWait }

  /// CRC-32 of the `bytesRead` bytes.
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
    if !ahead.isEmpty {
      count = unsafe deliverAhead(into: output)
    } else if let gzip {
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

  @unsafe
  private func deliverAhead(into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let count = min(ahead.count, output.count)
    // Proof: `count` bytes fit.
    _ = unsafe output.update(fromContentsOf: ahead.prefix(count))
    ahead = ahead.dropFirst(count)
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

extension StoredBytes {
  /// Whether the bytes not consumed start with `prefix`; consumes nothing.
  func startsWith(_ prefix: [UInt8]) throws(RunFailure) -> Bool {
    guard try buffer(atLeast: prefix.count) else { return false }
    return unsafe unconsumed.starts(with: prefix)
  }
}
