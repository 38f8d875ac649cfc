internal import Glibc
package import SparseBatches
internal import Synchronization

/// Publishes a file whole or not at all.
///
/// A temporary in the target's directory is written, synced and renamed over the target; after any
/// error it is removed and the old file stays as it was. A failed fsync is never tried again: the
/// kernel may have dropped the pages and would then report success. A pipe or a device is written
/// straight into.
///
/// A program that sets a file size limit must ignore SIGXFSZ, so that the limit is an error here
/// and not the end of the process.
package enum AtomicOutput {
  /// - Parameters:
  ///   - path: a file, a symbolic link to one (the link stays), a pipe or a device.
  ///   - body: writes the bytes; its error is passed on.
  /// - Throws: `cannotCreate` when nothing can be put there, `inputOutput` when writing failed.
  package static func write(
    to path: String, _ body: (inout DescriptorOutput) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let name = RunFailure.display(path)
    switch try OutputTarget.resolve(path) {
    case .descriptor(let descriptor): try write(into: descriptor, name, body)
    case .special(let destination):
      let descriptor = try open(destination, O_WRONLY | O_NOCTTY, name)
      try thenClose(descriptor, name) { () throws(RunFailure) in
        try write(into: descriptor, name, body)
      }
    case .file(let destination, let existing):
      let (temporary, descriptor) = try createTemporary(beside: destination, name)
      do throws(RunFailure) {
        try thenClose(descriptor, name) { () throws(RunFailure) in
          if let existing { try hand(existing, to: descriptor, name) }
          try write(into: descriptor, name, body)
          try synchronize(descriptor, name)
        }
        try rename(temporary, to: destination, name)
        TemporaryFiles.forget(temporary)
      } catch {
        TemporaryFiles.remove(temporary)
        throw error
      }
      try synchronizeDirectory(of: destination, name)
    }
  }

  /// Finds out now whether `write` could put a file there, before hours are spent on its content.
  /// Leaves nothing behind.
  package static func checkWritable(_ path: String) throws(RunFailure) {
    let name = RunFailure.display(path)
    switch try OutputTarget.resolve(path) {
    case .descriptor(let descriptor):
      let flags = fcntl(descriptor, F_GETFL)
      guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
        throw SystemError.creating("cannot write \(name)", EBADF)
      }
    case .special(let destination):
      // Opening a pipe here would wait for its reader, or end the stream for it.
      guard unsafe faccessat(AT_FDCWD, destination, W_OK, AT_EACCESS) == 0 else {
        throw SystemError.creating("cannot write \(name)", errno)
      }
    case .file(let destination, _):
      let (temporary, descriptor) = try createTemporary(beside: destination, name)
      _ = close(descriptor)
      TemporaryFiles.remove(temporary)
    }
  }

  private static func write(
    into descriptor: Int32, _ name: String,
    _ body: (inout DescriptorOutput) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    var output = DescriptorOutput(descriptor: descriptor, name: name)
    try body(&output)
    try output.flush()
  }

  /// A name that nobody can guess and O_EXCL: a link that somebody put there is not followed.
  private static func createTemporary(
    beside destination: String, _ name: String
  ) throws(RunFailure) -> (path: String, descriptor: Int32) {
    while true {
      let path = TemporaryFiles.path(in: OutputTarget.directory(of: destination))
      do throws(OpenError) {
        let descriptor = try TemporaryFiles.create(path) { () throws(OpenError) in
          try openOnce(path, O_WRONLY | O_CREAT | O_EXCL)
        }
        return (path, descriptor)
      } catch {
        if error.code != EEXIST { throw SystemError.creating("cannot create \(name)", error.code) }
      }
    }
  }

  private struct OpenError: Error { var code: Int32 }

  private static func openOnce(_ path: String, _ flags: Int32) throws(OpenError) -> Int32 {
    while true {
      // The umask takes its bits off 0666, as for any file that a program creates.
      let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw OpenError(code: errno) }
    }
  }

  private static func open(
    _ path: String, _ flags: Int32, _ name: String
  ) throws(RunFailure) -> Int32 {
    do throws(OpenError) {
      return try openOnce(path, flags)
    } catch {
      throw SystemError.creating("cannot open \(name)", error.code)
    }
  }

  /// The new file gets the old one's mode, and its owner where the system allows that.
  private static func hand(
    _ existing: OutputTarget.Existing, to descriptor: Int32, _ name: String
  ) throws(RunFailure) {
    _ = fchown(descriptor, existing.owner, existing.group)
    guard fchmod(descriptor, existing.mode) == 0 else {
      throw SystemError.creating("cannot set the mode of \(name)", errno)
    }
  }

  private static func synchronize(_ descriptor: Int32, _ name: String) throws(RunFailure) {
    guard fsync(descriptor) == 0 else {
      throw SystemError.transferring("cannot write \(name) to disk", errno)
    }
  }

  private static func rename(
    _ temporary: String, to destination: String, _ name: String
  ) throws(RunFailure) {
    guard unsafe Glibc.rename(temporary, destination) == 0 else {
      throw SystemError.creating("cannot replace \(name)", errno)
    }
  }

  /// Makes the rename itself outlive a power cut, where the directory can be opened and synced.
  private static func synchronizeDirectory(
    of destination: String, _ name: String
  ) throws(RunFailure) {
    let directory = OutputTarget.directory(of: destination)
    guard let descriptor = try? openOnce(directory, O_RDONLY | O_DIRECTORY) else { return }
    let code = fsync(descriptor) == 0 ? 0 : errno
    _ = close(descriptor)
    if code != 0, code != EINVAL {
      throw SystemError.transferring(
        "\(name) is in place, but its directory cannot be written to disk", code)
    }
  }

  /// Closes in any case; an error of close (a disk quota, a network) counts when `body` had none.
  private static func thenClose(
    _ descriptor: Int32, _ name: String, _ body: () throws(RunFailure) -> Void
  ) throws(RunFailure) {
    do throws(RunFailure) {
      try body()
    } catch {
      _ = close(descriptor)
      throw error
    }
    // After EINTR Linux has closed the descriptor all the same.
    guard close(descriptor) == 0 || errno == EINTR else {
      throw SystemError.transferring("cannot write \(name)", errno)
    }
  }
}

/// The temporary files that exist now, so that a process that is told to end can take them
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
    // Under the lock: no file ever exists that `withNone` does not know of.
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
