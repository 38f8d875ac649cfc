internal import Glibc
package import SparseBatches

/// Publishes a file whole or not at all.
///
/// A temporary in the target's directory is written, synced and renamed over the target; after any
/// error it is removed and the old file stays as it was. One that a killed run left is removed by the
/// next run that writes the same target (`TemporaryFiles`). A failed fsync is never tried again: the
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
    try stage(path, body).publish()
  }

  /// Does all of `write` but the last step, which hardly ever fails: so that several outputs appear
  /// together or not at all. A pipe or a device has its bytes on return.
  package static func stage(
    _ path: String, _ body: (inout DescriptorOutput) throws(RunFailure) -> Void
  ) throws(RunFailure) -> StagedOutput {
    let name = RunFailure.display(path)
    switch try OutputTarget.resolve(path) {
    case .descriptor(let descriptor):
      try write(into: descriptor, name, body)
      return StagedOutput(name: name)
    case .special(let destination):
      let descriptor = try open(destination, O_WRONLY | O_NOCTTY, name)
      try thenClose(descriptor, name) { () throws(RunFailure) in
        try write(into: descriptor, name, body)
      }
      return StagedOutput(name: name)
    case .file(let destination, let existing):
      TemporaryFiles.removeAbandoned(beside: destination)
      let temporary = try createTemporary(beside: destination, name)
      do throws(RunFailure) {
        try thenClose(temporary.descriptor, name) { () throws(RunFailure) in
          if let existing { try hand(existing, to: temporary.descriptor, name) }
          try write(into: temporary.descriptor, name, body)
          try synchronize(temporary.descriptor, name)
        }
      } catch {
        TemporaryFiles.remove(temporary.file)
        throw error
      }
      return StagedOutput(temporary.file, destination: destination, name: name)
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
      guard unsafe faccessat(AT_FDCWD, destination.systemPath, W_OK, AT_EACCESS) == 0 else {
        throw SystemError.creating("cannot write \(name)", errno)
      }
    case .file(let destination, _):
      TemporaryFiles.removeAbandoned(beside: destination)
      let temporary = try createTemporary(beside: destination, name)
      _ = close(temporary.descriptor)
      TemporaryFiles.remove(temporary.file)
    }
  }

  /// The entry that `write` would make; nil when there is something already, or none can be made.
  package static func newEntry(_ path: String) -> (directory: String, name: String)? {
    guard case .file(let target, nil)? = try? OutputTarget.resolve(path) else { return nil }
    return (OutputTarget.directory(of: target), OutputTarget.name(of: target))
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
  ) throws(RunFailure) -> (file: TemporaryFiles.File, descriptor: Int32) {
    while true {
      let path = TemporaryFiles.path(beside: destination)
      do throws(OpenError) {
        let descriptor = try TemporaryFiles.create(path) { () throws(OpenError) in
          try openOnce(path, O_WRONLY | O_CREAT | O_EXCL)
        }
        if let file = TemporaryFiles.claim(path, descriptor) { return (file, descriptor) }
        // Another run took it for an abandoned one before it was locked.
        _ = close(descriptor)
      } catch {
        if error.code != EEXIST { throw SystemError.creating("cannot create \(name)", error.code) }
      }
    }
  }

  private struct OpenError: Error { var code: Int32 }

  private static func openOnce(_ path: String, _ flags: Int32) throws(OpenError) -> Int32 {
    while true {
      // The umask takes its bits off 0666, as for any file that a program creates.
      let descriptor = unsafe Glibc.open(path.systemPath, flags | O_CLOEXEC, 0o666)
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

  fileprivate static func rename(
    _ temporary: String, to destination: String, _ name: String
  ) throws(RunFailure) {
    guard unsafe Glibc.rename(temporary.systemPath, destination.systemPath) == 0 else {
      throw SystemError.creating("cannot replace \(name)", errno)
    }
  }

  /// Makes the rename itself outlive a power cut, where the directory can be opened and synced.
  fileprivate static func synchronizeDirectory(
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

/// An output that is complete but for its name. Unless it is published it goes with this object.
package final class StagedOutput {
  private let name: String
  private let destination: String
  /// nil: published, or nothing that waits for it.
  private var temporary: TemporaryFiles.File?

  /// One that was written straight into.
  fileprivate init(name: String) {
    self.name = name
    destination = ""
  }

  fileprivate init(_ temporary: TemporaryFiles.File, destination: String, name: String) {
    self.temporary = temporary
    self.destination = destination
    self.name = name
  }

  deinit { if let temporary { TemporaryFiles.remove(temporary) } }

  /// Where its bytes wait for their name; nil where they do not.
  package var path: String? { temporary?.path }

  /// Puts it in the place of the old file.
  ///
  /// - Throws: cannotCreate; the old file is then as it was. inputOutput when the new one is in place
  ///   but may not outlive a power cut.
  package func publish() throws(RunFailure) {
    guard let temporary else { return }
    try AtomicOutput.rename(temporary.path, to: destination, name)
    TemporaryFiles.forget(temporary)
    self.temporary = nil
    try AtomicOutput.synchronizeDirectory(of: destination, name)
  }
}
