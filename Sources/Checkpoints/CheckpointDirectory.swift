internal import Glibc
package import ModelFile
package import SparseBatches

/// The directory where the checkpoints of one growing training lie, held by one process at a time.
///
/// A checkpoint is a file of its own. `checkpoint-….lrs` was made between two inputs, when all
/// that was learned had been verified; `checkpoint-….partial.lrs` inside an input, whose end may
/// still turn out to be damaged. Numbers rise, and the highest is the newest.
package final class CheckpointDirectory: Sendable {
  package let path: String
  /// Open and locked for as long as this object lives; the system unlocks it when a process dies.
  private let lock: Int32

  private static let lockName = "lock"
  private static let cacheName = "rows.cache"
  private static let publicationName = "published"
  fileprivate static let ownNames = [lockName, cacheName, publicationName]

  /// Where hashed rows wait for the next pass, when there is more than one.
  package var cachePath: String { "\(path)/\(Self.cacheName)" }

  /// The rows of a finished training are not needed again.
  package func removeCache() { unsafe _ = unlink(cachePath.systemPath) }

  /// Makes the directory when it is not there, takes the lock, and removes what a killed run left.
  ///
  /// - Throws: `locked` when another process holds it, `cannotCreate` when it cannot be made.
  package init(_ path: String) throws(RunFailure) {
    self.path = path
    try Self.make(path)
    lock = try Self.takeLock(path)
    TemporaryFiles.removeAbandoned(in: path)
  }

  deinit { close(lock) }

  // MARK: - Files

  /// The checkpoints that are there, the newest first.
  package static func files(in directory: String) -> [CheckpointFile] {
    DirectoryNames.all(in: directory).compactMap { CheckpointFile(name: $0, in: directory) }
      .sorted { $0.number > $1.number }
  }

  package var files: [CheckpointFile] { Self.files(in: path) }

  /// Writes a checkpoint, durably, then removes those that are not needed any more: all but the
  /// newest `kept` and the newest one between inputs.
  ///
  /// - Parameter check: called now and then while it is written; what it throws ends that.
  /// - Throws: what went wrong with the new one; those that were there are then untouched.
  package func save(
    _ container: Container, _ file: CheckpointFile, keep kept: Int,
    check: () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) throws(RunFailure) {
    try container.write(toFile: file.path, check: check)
    let files = files
    let boundary = files.first { !$0.isPartial }
    // What cannot be removed is in nobody's way.
    for old in files.dropFirst(kept) where old != boundary {
      unsafe _ = unlink(old.path.systemPath)
    }
  }

  /// Goes back to the last checkpoint between inputs.
  package func removePartial() {
    for file in files where file.isPartial { unsafe _ = unlink(file.path.systemPath) }
    synchronize()
  }

  /// Removes every checkpoint, for a fresh start.
  package func removeAll() {
    // Numbers begin anew.
    unsafe _ = unlink(publicationPath.systemPath)
    // The oldest first: if this is interrupted, the newest is still the state of the directory.
    for file in files.reversed() { unsafe _ = unlink(file.path.systemPath) }
    synchronize()
  }

  private func synchronize() {
    let descriptor = unsafe open(path.systemPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  // MARK: - Publication

  /// Holds the number of the newest checkpoint whose model is known to be published.
  private var publicationPath: String { "\(path)/\(Self.publicationName)" }

  /// Notes, durably, that the model of the newest checkpoint was published.
  ///
  /// - Throws: cannotCreate or inputOutput.
  package func notePublication() throws(RunFailure) {
    let digits = Array("\(files.first?.number ?? 0)\n".utf8)
    var status = stat()
    // A link would be written through; one stat, which is ours.
    if unsafe lstat(publicationPath.systemPath, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      unsafe _ = unlink(publicationPath.systemPath)
    }
    try AtomicOutput.write(to: publicationPath) { output throws(RunFailure) in
      try output.write(digits.span)
    }
  }

  /// Whether the model of this checkpoint is known to be published.
  package func isPublished(_ file: CheckpointFile) -> Bool {
    let descriptor = unsafe open(
      publicationPath.systemPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard Self.isPlainFile(descriptor) else { return false }
    var text = [UInt8](repeating: 0, count: 20)
    // At most as many bytes as the array has are read.
    let count = unsafe pread(descriptor, &text, text.count, 0)
    let digits = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return false }
    return file.number <= number
  }

  // MARK: - Making and locking

  private static func make(_ path: String) throws(RunFailure) {
    guard unsafe mkdir(path.systemPath, 0o777) != 0, errno != EEXIST else { return }
    throw SystemError.creating(
      "cannot create the checkpoint directory \(RunFailure.display(path))", errno)
  }

  private static func takeLock(_ path: String) throws(RunFailure) -> Int32 {
    let shown = RunFailure.display(path)
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = unsafe open("\(path)/\(lockName)".systemPath, flags, 0o666)
    guard descriptor >= 0 else {
      if errno == ELOOP { throw foreignLock(shown) }
      throw SystemError.creating("cannot use \(shown) for checkpoints", errno)
    }
    guard isPlainFile(descriptor) else {
      _ = close(descriptor)
      throw foreignLock(shown)
    }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      let holder = holder(descriptor)
      _ = close(descriptor)
      guard code == EWOULDBLOCK else {
        throw SystemError.creating("cannot lock \(shown)", code)
      }
      throw RunFailure(
        .locked, "another run\(holder) is using the checkpoint directory \(shown)",
        cure: "wait until it has ended, or use a directory of its own")
    }
    var text = Array("\(getpid())\n".utf8)
    // Only for the message above: nothing depends on it.
    _ = ftruncate(descriptor, 0)
    unsafe _ = pwrite(descriptor, &text, text.count, 0)
    return descriptor
  }

  private static func foreignLock(_ shown: String) -> RunFailure {
    RunFailure(
      .cannotCreate, "cannot use \(shown) for checkpoints: its entry \(lockName) is no plain file",
      cure: "remove it: nothing but the lock of a run may stand there")
  }

  private static func isPlainFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    // One stat, which is ours.
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func holder(_ descriptor: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 32)
    // At most as many bytes as the array has are read.
    let count = unsafe pread(descriptor, &text, text.count, 0)
    let digits = text.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
    return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
  }
}

/// The name of one checkpoint.
package struct CheckpointFile: Equatable, Sendable {
  package let directory: String
  package let number: Int
  /// Whether it was made inside an input.
  package let isPartial: Bool

  private static let prefix = "checkpoint-"
  private static let suffix = ".lrs"
  private static let partialSuffix = ".partial.lrs"

  package init(number: Int, isPartial: Bool, in directory: String) {
    self.directory = directory
    self.number = number
    self.isPartial = isPartial
  }

  /// - Returns: nil for any other file.
  init?(name: String, in directory: String) {
    let isPartial = name.hasSuffix(Self.partialSuffix)
    guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
    let digits = name.dropFirst(Self.prefix.count).dropLast(
      isPartial ? Self.partialSuffix.count : Self.suffix.count)
    guard digits.count <= 15, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(digits)
    else {
      return nil
    }
    self.init(number: number, isPartial: isPartial, in: directory)
  }

  /// Whether a file of this name in a checkpoint directory belongs to the program.
  package static func isOwn(_ name: String) -> Bool {
    CheckpointDirectory.ownNames.contains(name)
      || name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  package var name: String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 10 - digits.count))
    return Self.prefix + zeros + digits + (isPartial ? Self.partialSuffix : Self.suffix)
  }

  package var path: String { "\(directory)/\(name)" }
}

extension CheckpointDirectory {
  /// The newest checkpoint that is whole.
  ///
  /// - Parameter notice: told of damaged ones that were passed over.
  /// - Returns: nil when there is none at all.
  /// - Throws: badData when there are some and none is whole, or when one is of a newer version.
  package static func newest(
    in directory: String, notice: (String) -> Void
  ) throws(RunFailure) -> (document: CheckpointDocument, file: CheckpointFile)? {
    let files = files(in: directory)
    var damaged: RunFailure?
    for file in files {
      do throws(RunFailure) {
        let document = try CheckpointDocument(
          try Container.read(from: file.path, expecting: .checkpoint, followingLinks: false))
        if let damaged {
          notice(
            "warning: \(damaged.message); going back to \(RunFailure.display(file.path)), from"
              + " which everything since is learned again")
        }
        return (document, file)
      } catch {
        // Somebody else's run may have removed it just now.
        if error.kind == .missingInput, unsafe access(file.path.systemPath, F_OK) != 0 { continue }
        guard error.kind == .badData, !isNewer(file) else { throw error }
        if damaged == nil { damaged = error }
      }
    }
    guard let damaged else { return nil }
    throw RunFailure(
      .badData,
      "no checkpoint in \(RunFailure.display(directory)) is whole: \(damaged.message)",
      cure: "restore the directory from a copy, or start over with --fresh")
  }

  /// Whether a file was written by a newer program: there is nothing damaged about it.
  private static func isNewer(_ file: CheckpointFile) -> Bool {
    guard let version = Container.claimedVersion(ofFile: file.path) else { return false }
    return version > Container.currentVersion
  }
}
