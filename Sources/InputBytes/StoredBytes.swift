import CyclicChecksum
import Glibc
import SparseBatches

/// The stored bytes of one open input, buffered. Closes the file when it goes.
///
/// Invariant: `buffer[start..<end]` are the bytes read and not consumed. The bytes just before
/// `start`, up to `kept` of them, are those consumed last, so that they can be given back.
@safe
final class StoredBytes {
  static let capacity = 512 << 10
  /// A deflate decoder reads at most eight bytes too many.
  private static let kept = 16

  let name: String
  private let descriptor: Int32
  private let closesDescriptor: Bool
  /// Asked before each read of what may have nothing to give for hours; nil for plain files.
  private let interruption: ReadInterruption?
  private let buffer: UnsafeMutablePointer<UInt8>
  private var start = StoredBytes.kept
  private var end = StoredBytes.kept
  private var reachedEnd = false
  /// Bytes that `read` has delivered so far.
  private(set) var bytesRead = 0
  /// Whether `checksum` follows the bytes read. Set it before the first of them.
  var keepsChecksum = false
  /// CRC-32 of the bytes read.
  private(set) var checksum: UInt32 = 0
  /// So many bytes from the start are in the checksum already.
  private var bytesInChecksum = 0

  init(
    descriptor: Int32, name: String, closesDescriptor: Bool, interruption: ReadInterruption?
  ) {
    self.descriptor = descriptor
    self.interruption = StoredBytes.isPlainFile(descriptor) ? nil : interruption
    self.name = name
    self.closesDescriptor = closesDescriptor
    unsafe buffer = .allocate(capacity: StoredBytes.capacity)
    // The kept bytes before the first are copied with the others, though none is ever read.
    unsafe buffer.initialize(repeating: 0, count: StoredBytes.kept)
  }

  deinit {
    if closesDescriptor { close(descriptor) }
    unsafe buffer.deallocate()
  }

  private static func isPlainFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// What the system says of the open file; nil for pipes and terminals.
  var stamp: FileStamp? { FileStamp(descriptor: descriptor) }

  /// Forgets what is buffered and goes on at `offset` of a plain file.
  func seek(to offset: Int) throws(RunFailure) {
    guard lseek(descriptor, offset, SEEK_SET) == offset else {
      throw RunFailure(
        .inputOutput, "\(name): cannot go to byte \(offset): \(SystemErrorText.last)")
    }
    start = StoredBytes.kept
    end = StoredBytes.kept
    reachedEnd = false
    bytesRead = offset
  }

  /// Goes on at `offset` of a plain file, of which an earlier run has read more.
  ///
  /// - Parameters:
  ///   - checksum: the CRC-32 of all that it had read.
  ///   - count: how many bytes those were, at least `offset`.
  func seek(to offset: Int, checksum: UInt32, of count: Int) throws(RunFailure) {
    try seek(to: offset)
    self.checksum = checksum
    bytesInChecksum = count
  }

  /// Bytes buffered and not consumed.
  var available: Int { end - start }

  /// Whether the next byte is not there yet, and nobody knows when it comes.
  var wouldWait: Bool { available == 0 && hasNothingMore }

  /// Whether nothing can be read now behind what is buffered.
  var hasNothingMore: Bool {
    guard !reachedEnd, interruption != nil else { return false }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // Proof: one pollfd, which is ours.
    return unsafe poll(&request, 1, 0) == 0
  }

  /// Offset in the file of the first byte not consumed.
  var offset: Int { bytesRead - available }

  /// The buffered bytes; valid until the next call that reads.
  var unconsumed: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: buffer + start, count: available)
  }

  /// - Parameter count: negative to give back bytes that were consumed just before.
  func consume(_ count: Int) {
    precondition(count <= available && count >= -StoredBytes.kept, "consumed bytes not there")
    start += count
  }

  /// The next byte; nil at the end of the input.
  func next() throws(RunFailure) -> UInt8? {
    if available == 0, try !refill() { return nil }
    defer { start += 1 }
    // start < end: at least one byte is buffered.
    return unsafe buffer[start]
  }

  /// Reads on until `count` bytes are buffered.
  ///
  /// - Returns: false when the input ends before.
  func buffer(atLeast count: Int) throws(RunFailure) -> Bool {
    while available < count {
      guard try refill() else { return false }
    }
    return true
  }

  /// Reads more after the bytes not consumed.
  ///
  /// - Returns: false at the end of the input.
  func refill() throws(RunFailure) -> Bool {
    if reachedEnd { return false }
    let keepFrom = start - StoredBytes.kept
    // Both ranges lie within the buffer; memmove allows them to overlap.
    unsafe memmove(buffer, buffer + keepFrom, end - keepFrom)
    end -= keepFrom
    start = StoredBytes.kept
    precondition(end < StoredBytes.capacity, "a reader must consume what is buffered")
    let count = unsafe try read(into: buffer + end, capacity: StoredBytes.capacity - end)
    end += count
    return count > 0
  }

  /// Reads past the buffer, which must be empty, straight into `destination`.
  ///
  /// - Returns: 0 at the end of the input.
  func read(
    into destination: UnsafeMutablePointer<UInt8>, capacity: Int
  ) throws(RunFailure) -> Int {
    if reachedEnd { return 0 }
    while true {
      if let interruption, !interruption.waitForInput(descriptor) {
        throw interruption.failure(name)
      }
      // The caller owns `capacity` bytes at `destination`.
      let count = unsafe Glibc.read(descriptor, destination, capacity)
      if count >= 0 {
        reachedEnd = count == 0
        bytesRead += count
        if keepsChecksum {
          let known = min(max(0, bytesInChecksum - (bytesRead - count)), count)
          // The kernel has just written `count` bytes there, and known <= count.
          unsafe checksum = CRC32.extend(
            checksum, UnsafeBufferPointer(start: destination + known, count: count - known))
        }
        return count
      }
      let code = errno
      if code == EINTR { continue }
      throw RunFailure(
        .inputOutput,
        "\(name): cannot read at stored byte \(bytesRead): \(SystemErrorText.text(of: code))",
        cure: "check the disk, the file system and the program at the other end of the pipe")
    }
  }
}

/// Wakes a thread that waits for a pipe or a terminal, so that a run can end while nothing comes.
final class ReadInterruption: Sendable {
  /// The two ends of a pipe of our own; a byte in it, and it is never taken out, says "stop".
  private let readEnd: Int32
  private let writeEnd: Int32

  init() throws(RunFailure) {
    var ends: (Int32, Int32) = (-1, -1)
    let code = unsafe withUnsafeMutablePointer(to: &ends) { pair in
      // Proof: a pair of two Int32 is laid out as the array of two that the call fills.
      unsafe pair.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe pipe($0) }
    }
    guard code == 0 else {
      throw RunFailure(.inputOutput, "cannot make a pipe: \(SystemErrorText.last)")
    }
    (readEnd, writeEnd) = ends
    for end in [readEnd, writeEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// From any thread: waits end now, and those to come at once.
  func interrupt() {
    var byte: UInt8 = 1
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Whether `interrupt` was called.
  var isRaised: Bool {
    var wait = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&wait, 1, 0) > 0
  }

  func failure(_ name: String) -> RunFailure {
    RunFailure(.interrupted, "\(name): reading was interrupted")
  }

  /// Waits until `descriptor` can be read or has ended.
  ///
  /// - Returns: false when interrupted.
  func waitForInput(_ descriptor: Int32) -> Bool {
    var waits = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
    ]
    // An error of poll is no reason to stop: the read after it tells what is wrong.
    while unsafe poll(&waits, nfds_t(waits.count), -1) < 0, errno == EINTR {}
    return waits[1].revents == 0
  }
}
