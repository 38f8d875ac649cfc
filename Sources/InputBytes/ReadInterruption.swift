import Glibc
import SparseBatches

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

  /// Waits until `descriptor` can be read or has ended.
  ///
  /// - Returns: false when interrupted.
  func waitForInput(_ descriptor: Int32) -> Bool {
    var waits = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
    ]
    // An error of poll is no reason to stop: the read behind it tells what is wrong.
    while unsafe poll(&waits, nfds_t(waits.count), -1) < 0, errno == EINTR {}
    return waits[1].revents == 0
  }
}
