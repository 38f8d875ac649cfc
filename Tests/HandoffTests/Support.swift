import Glibc
import Synchronization

@testable import Handoff

/// A recycled item. Each stage writes it without a lock, so that a hand-off that lets two threads
/// have it at once is seen by the thread sanitizer.
final class Box: @unchecked Sendable {
  var number = -1
  var square = -1
}

struct TestFailure: Error, Equatable {
  var stage: String
  var item: Int
}

/// A counter that any thread may bump.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  /// - Returns: the value before.
  @discardableResult func bump() -> Int {
    value.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  var count: Int { value.load(ordering: .relaxed) }
}

/// A wait of 0 to 200 µs that depends on `seed` alone.
func randomDelay(_ seed: Int) {
  var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15
  state ^= state >> 29
  if state % 3 == 0 { usleep(UInt32(state >> 8 & 0xFF) * 200 / 256) }
}

/// The threads that were seen, by the names that the kernel has for them: `PID/task/TID`.
///
/// The lock is a monitor's because the thread sanitizer does not see `Mutex`.
final class ThreadNames: @unchecked Sendable {
  private let monitor = Monitor()
  private var names: Set<String> = []

  func noteCurrent() {
    monitor.lock()
    defer { monitor.unlock() }
    names.insert(Self.current)
  }

  var seen: Set<String> {
    monitor.lock()
    defer { monitor.unlock() }
    return names
  }

  /// Those of the seen threads that still exist.
  var alive: Set<String> {
    seen.filter { unsafe access("/proc/" + $0, F_OK) == 0 }
  }

  static var current: String {
    var name = [CChar](repeating: 0, count: 64)
    // The kernel writes at most as many bytes as the array has.
    let length = unsafe readlink("/proc/thread-self", &name, name.count)
    return String(decoding: name.prefix(max(length, 0)).map(UInt8.init), as: UTF8.self)
  }
}
