internal import Glibc
internal import Synchronization

/// The temporary files that exist at the moment, so that a process that is told to end can take them
/// with it.
package enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  private static let prefix = ".logreg-stream-"
  private static let suffix = ".tmp"

  /// A name that nobody can guess.
  static func path(in directory: String) -> String {
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    return "\(directory)/\(prefix)\(random)\(suffix)"
  }

  /// Whether a file of this name is one that a killed run has left.
  package static func isTemporary(name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  /// - Parameter open: creates the file.
  static func create<Failure: Error>(
    _ path: String, _ open: () throws(Failure) -> Int32
  ) throws(Failure) -> Int32 {
    // Under the lock: there is no moment at which a file exists that `withNone` does not know of.
    try paths.withLock { (known) throws(Failure) in
      let descriptor = try open()
      known.insert(path)
      return descriptor
    }
  }

  /// It has another name now.
  static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  static func remove(_ path: String) {
    paths.withLock { known in
      unsafe _ = unlink(path)
      known.remove(path)
    }
  }

  /// Removes all of them, then ends the process by `end`; no new one can come up before.
  package static func withNone(_ end: () -> Never) -> Never {
    paths.withLock { known in
      for path in known { unsafe _ = unlink(path) }
      end()
    }
  }
}
