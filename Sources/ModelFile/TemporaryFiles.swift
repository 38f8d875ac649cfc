internal import CyclicChecksum
internal import Glibc
internal import SparseBatches
internal import Synchronization

/// The temporary files that exist now, so that a process that is told to end can take them with it;
/// and those of killed runs, which could not.
///
/// A temporary is named after its target, `.m.lrs.0123456789abcdef.logreg-stream.tmp` beside `m.lrs`,
/// and locked (flock) by the run that writes it for as long as it has that name. The next run that
/// writes the target removes those that nobody holds. Where the file system knows no locks, none is
/// ever taken for abandoned.
package enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  private static let suffix = ".logreg-stream.tmp"
  private static let digits = 16
  /// Of a file name, in bytes: the rest of a temporary's own must fit after it.
  private static let longestName = 200

  /// One that this process made.
  struct File {
    let path: String
    /// Holds the lock; -1 where there is none.
    fileprivate let lock: Int32
  }

  // MARK: - Names

  /// What the names of all temporaries of a target start with.
  private static func prefix(of destination: String) -> String {
    let bytes = Array(PathText.bytes(OutputTarget.name(of: destination)))
    guard bytes.count > longestName else { return ".\(PathText.text(bytes))." }
    let rest = String(CRC32.extend(0, bytes.span), radix: 16)
    return ".\(PathText.text(bytes.prefix(longestName - 20)))~\(rest)."
  }

  /// A name that nobody can guess.
  static func path(beside destination: String) -> String {
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    let zeros = String(repeating: "0", count: digits - random.count)
    let name = prefix(of: destination) + zeros + random + suffix
    return "\(OutputTarget.directory(of: destination))/\(name)"
  }

  /// Whether a file of this name is a temporary, of this version or of an older one.
  private static func isTemporary(name: String) -> Bool {
    name.hasPrefix(".") && name.hasSuffix(suffix)
      || name.hasPrefix(".logreg-stream-") && name.hasSuffix(".tmp")
  }

  private static func isTemporary(name: String, startingWith prefix: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let middle = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
    return middle.count == digits
      && middle.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  // MARK: - Of this process

  /// - Parameter open: creates the file.
  static func create<Failure: Error>(
    _ path: String, _ open: () throws(Failure) -> Int32
  ) throws(Failure) -> Int32 {
    // Under the lock: no file ever exists that `withNone` does not know of.
    try paths.withLock { (known) throws(Failure) in
      let descriptor = try open()
      known.insert(path)
      return descriptor
    }
  }

  /// Locks a file just created, by a descriptor that outlives the writer's.
  ///
  /// - Returns: nil when another run has removed it meanwhile.
  static func claim(_ path: String, _ descriptor: Int32) -> File? {
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    let isTaken = !isLocked && errno == EWOULDBLOCK
    var status = stat()
    // Proof: the call fills a struct of ours.
    let isGone = unsafe fstat(descriptor, &status) == 0 && status.st_nlink == 0
    guard !isGone, !isTaken else {
      paths.withLock { _ = $0.remove(path) }
      return nil
    }
    return File(path: path, lock: isLocked ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1)
  }

  /// It has another name now.
  static func forget(_ file: File) {
    paths.withLock { _ = $0.remove(file.path) }
    if file.lock >= 0 { close(file.lock) }
  }

  static func remove(_ file: File) {
    paths.withLock { known in
      unsafe _ = unlink(file.path.systemPath)
      known.remove(file.path)
    }
    if file.lock >= 0 { close(file.lock) }
  }

  /// Removes all of them, then ends the process by `end`; no new one can come up before.
  package static func withNone(_ end: () -> Never) -> Never {
    paths.withLock { known in
      for path in known { unsafe _ = unlink(path.systemPath) }
      end()
    }
  }

  // MARK: - Of killed runs

  /// Removes what killed runs left that were writing the same target.
  static func removeAbandoned(beside destination: String) {
    let prefix = prefix(of: destination)
    let directory = OutputTarget.directory(of: destination)
    for name in DirectoryNames.all(in: directory)
    where isTemporary(name: name, startingWith: prefix) {
      removeIfAbandoned("\(directory)/\(name)")
    }
  }

  /// Removes what killed runs left in a directory that is this program's own.
  package static func removeAbandoned(in directory: String) {
    for name in DirectoryNames.all(in: directory) where isTemporary(name: name) {
      removeIfAbandoned("\(directory)/\(name)")
    }
  }

  private static func removeIfAbandoned(_ path: String) {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let descriptor = unsafe open(path.systemPath, flags)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var (opened, named) = (stat(), stat())
    // Proof: both calls fill structs of ours.
    guard unsafe fstat(descriptor, &opened) == 0, opened.st_mode & S_IFMT == S_IFREG,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      // Nobody may have put another there before it was locked.
      unsafe lstat(path.systemPath, &named) == 0, opened.st_ino == named.st_ino,
      opened.st_dev == named.st_dev
    else { return }
    unsafe _ = unlink(path.systemPath)
  }
}

/// What is in a directory, by name.
package enum DirectoryNames {
  /// - Returns: none when it cannot be read.
  package static func all(in directory: String) -> [String] {
    guard let stream = unsafe opendir(directory.systemPath) else { return [] }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // Proof: d_name ends with a NUL inside the entry, which is valid until the next call.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { start in
        unsafe start.withMemoryRebound(to: CChar.self, capacity: 1) {
          unsafe PathText.text(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
