internal import Glibc
internal import InputBytes
internal import ModelFile

/// What this build is.
public enum BuildInformation {
  /// Semantic version of the program.
  public static let program = "0.1.0"
  /// The newest model format it reads, and the one it writes.
  public static var modelFormat: Int { Int(Container.currentVersion) }
  /// Decompressors of this build, the fastest first.
  public static var inflateBackends: [String] { InflateChoice.available.map(\.rawValue) }
}

/// What the program asks of the machine it runs on.
package enum Machine {
  package static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// The most memory that was resident at once, in bytes.
  package static var peakResidentBytes: Int {
    var usage = rusage()
    // Proof for the two calls here: the system fills a struct of ours of the size it knows.
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }

  /// Seconds of a clock that only goes forward.
  package static var monotonicSeconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
