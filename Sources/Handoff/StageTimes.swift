import Glibc

/// Where one thread of a hand-off spent its time.
package struct StageTimes: Equatable, Sendable {
  package var produceSeconds = 0.0
  package var transformSeconds = 0.0
  package var consumeSeconds = 0.0
  /// Asleep because there was nothing to do.
  package var waitSeconds = 0.0

  package init() {}

  package static func + (left: StageTimes, right: StageTimes) -> StageTimes {
    var sum = left
    sum.produceSeconds += right.produceSeconds
    sum.transformSeconds += right.transformSeconds
    sum.consumeSeconds += right.consumeSeconds
    sum.waitSeconds += right.waitSeconds
    return sum
  }
}

/// Reads off the seconds since it was last read.
struct Stopwatch {
  private var last = Self.now()

  mutating func lap() -> Double {
    let now = Self.now()
    defer { last = now }
    return now - last
  }

  private static func now() -> Double {
    var time = timespec()
    // The clock writes one timespec, which is ours.
    unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
