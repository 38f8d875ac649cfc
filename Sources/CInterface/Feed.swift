import Glibc
import SparseBatches

/// Bytes on their way from a program to a training inside it: a pair of sockets, whose writer learns that
/// the reader has gone without a signal.
@safe
final class Feed: Sendable {
  /// Where the training reads.
  let readEnd: Int32
  private let writeEnd: Int32

  /// - Throws: inputOutput when the system has no descriptors left.
  init() throws(RunFailure) {
    var ends: (Int32, Int32) = (-1, -1)
    let code = unsafe withUnsafeMutablePointer(to: &ends) { pair in
      // Proof: a pair of two Int32 is laid out as the array of two that the call fills.
      unsafe pair.withMemoryRebound(to: Int32.self, capacity: 2) {
        unsafe socketpair(
          AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, $0)
      }
    }
    guard code == 0 else {
      throw RunFailure(
        .inputOutput, "cannot make a pair of sockets: \(SystemErrorText.last)",
        cure: "raise the limit of open files (ulimit -n)")
    }
    (readEnd, writeEnd) = ends
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Waits until the reader has taken enough of it.
  ///
  /// - Returns: false when the reader has gone.
  func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var done = 0
    while done < bytes.count {
      // Proof: at most the rest of the bytes is read.
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = unsafe send(writeEnd, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      if count < 0 {
        guard errno == EINTR else { return false }
        continue
      }
      done += count
    }
    return true
  }

  /// No more bytes will come.
  func end() { _ = shutdown(writeEnd, Int32(SHUT_WR)) }

  /// No more bytes will be read.
  func leave() { _ = shutdown(readEnd, Int32(SHUT_RDWR)) }
}

/// Something that happens once, and that threads may wait for.
final class Event: Sendable {
  /// The two ends of a pipe of our own; a byte in it, and it is never taken out, says "now".
  private let readEnd: Int32
  private let writeEnd: Int32

  /// - Throws: inputOutput when the system has no descriptors left.
  init() throws(RunFailure) {
    var ends: (Int32, Int32) = (-1, -1)
    let code = unsafe withUnsafeMutablePointer(to: &ends) { pair in
      // Proof: a pair of two Int32 is laid out as the array of two that the call fills.
      unsafe pair.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe pipe($0) }
    }
    guard code == 0 else {
      throw RunFailure(
        .inputOutput, "cannot make a pipe: \(SystemErrorText.last)",
        cure: "raise the limit of open files (ulimit -n)")
    }
    (readEnd, writeEnd) = ends
    for end in [readEnd, writeEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func happen() {
    var one: UInt8 = 1
    // Proof: the call reads this byte.
    _ = unsafe write(writeEnd, &one, 1)
  }

  /// - Parameter milliseconds: how long to wait at most; negative: for ever.
  /// - Returns: whether it has happened.
  func wait(milliseconds: Int32) -> Bool {
    var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    while true {
      // Proof: one pollfd, which is ours.
      let count = unsafe poll(&request, 1, milliseconds)
      if count < 0, errno == EINTR { continue }
      return count > 0
    }
  }
}
