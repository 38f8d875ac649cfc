import Glibc
package import SparseBatches

/// One input of the stream, in the order given.
package enum InputSource: Sendable, Equatable {
  case standardInput
  case file(String)
  /// What this process has open already, a pipe, a socket or a file in memory: read to its end and
  /// left open.
  case descriptor(Int32)

  /// - Parameters:
  ///   - path: of a file; `-` is standard input.
  ///   - descriptor: read in place of standard input; nil: nothing is.
  package init(_ path: String, insteadOfStandardInput descriptor: Int32? = nil) {
    self = path == "-" ? descriptor.map { .descriptor($0) } ?? .standardInput : .file(path)
  }

  /// Whether a later run can open it again.
  var isNamed: Bool { if case .file = self { true } else { false } }

  /// The name in messages: the path, made safe to print.
  package var displayName: String {
    switch self {
    case .standardInput: "<stdin>"
    case .file(let path): DisplayText.escape(path: path)
    case .descriptor: "<bytes>"
    }
  }
}

extension InputSource {
  /// The stored size, where it is known without reading; nil for pipes and terminals.
  ///
  /// - Throws: `missingInput` when the file is not there, not readable or a directory.
  func checkPresence() throws(RunFailure) -> Int? {
    var status = stat()
    switch self {
    case .standardInput:
      guard unsafe fstat(STDIN_FILENO, &status) == 0 else {
        throw cannotOpen(errno)
      }
    case .descriptor(let number):
      guard unsafe fstat(number, &status) == 0 else { throw cannotOpen(errno) }
    case .file(let path):
      guard unsafe stat(path.systemPath, &status) == 0 else { throw cannotOpen(errno) }
      guard unsafe access(path.systemPath, R_OK) == 0 else { throw cannotOpen(errno) }
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw cannotOpen(EISDIR) }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  func open(_ interruption: ReadInterruption) throws(RunFailure) -> StoredBytes {
    let path: String
    switch self {
    case .standardInput: return borrowed(STDIN_FILENO, interruption)
    case .descriptor(let number): return borrowed(number, interruption)
    case .file(let name): path = name
    }
    var descriptor: Int32
    repeat {
      descriptor = unsafe Glibc.open(path.systemPath, O_RDONLY | O_CLOEXEC)
    } while descriptor < 0 && errno == EINTR
    if descriptor < 0, errno == ENXIO, let number = Self.descriptorNumber(of: path) {
      // A socket cannot be opened by a name: it is read where it is.
      descriptor = fcntl(number, F_DUPFD_CLOEXEC, 0)
    }
    guard descriptor >= 0 else { throw cannotOpen(errno) }
    // Advice only: a pipe refuses it, which changes nothing.
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    return StoredBytes(
      descriptor: descriptor, name: displayName, closesDescriptor: true,
      interruption: interruption)
  }

  private func borrowed(_ descriptor: Int32, _ interruption: ReadInterruption) -> StoredBytes {
    StoredBytes(
      descriptor: descriptor, name: displayName, closesDescriptor: false,
      interruption: interruption)
  }

  /// The descriptor of this process that a path names.
  private static func descriptorNumber(of path: String) -> Int32? {
    if path == "/dev/stdin" { return STDIN_FILENO }
    for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
      return Int32(path.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
    }
    return nil
  }

  func cannotOpen(_ code: Int32) -> RunFailure {
    RunFailure(
      .missingInput, "\(displayName): cannot open: \(SystemErrorText.text(of: code))",
      cure: Self.cure(displayName, code))
  }

  /// What to do about a name that is none of a file.
  private static func cure(_ name: String, _ code: Int32) -> String {
    guard code == ENOENT else { return "check the path and its permissions" }
    if name.contains("://") {
      return "this is an address, and files are read: fetch it, as in  curl -sSf ADDRESS | "
        + "logreg-stream …  with set -o pipefail"
    }
    if name.contains(where: { "*?[{".contains($0) }) {
      return
        "the shell expands such a pattern only where it is not quoted and fits a file; a folder "
        + "is named as it is, and all its files are read"
    }
    return "check the path and its permissions"
  }
}

/// What was read of one input.
package struct InputSummary: Sendable, Equatable {
  package var path: String
  /// Data rows, bad ones included; headers, blank lines and comments are none.
  package var rows: Int
  /// Stored bytes, as they lie in the file or came through the pipe.
  package var bytes: Int
  package var bytesUncompressed: Int

  package init(path: String, rows: Int, bytes: Int, bytesUncompressed: Int) {
    self.path = path
    self.rows = rows
    self.bytes = bytes
    self.bytesUncompressed = bytesUncompressed
  }
}

extension FileStamp {
  /// - Returns: nil when it is no plain file.
  init?(descriptor: Int32) {
    var status = stat()
    // The call fills a struct of ours.
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(
      size: Int(status.st_size),
      modified: Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec),
      inode: UInt64(status.st_ino))
  }

  /// - Returns: nil when there is no plain file at `path`.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path.systemPath, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// What can be said of a file without knowing what is in it.
package enum StoredFile {
  /// The path without links and dots, as far as it can be found; else as given.
  package static func resolvedPath(_ path: String) -> String {
    guard let resolved = unsafe realpath(path.systemPath, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe PathText.text(cString: resolved)
  }

  /// CRC-32 and number of the stored bytes of a plain file, which is read whole for it.
  package static func checksum(
    ofFile path: String
  ) throws(RunFailure) -> (checksum: UInt32, bytes: Int) {
    try checksum(of: .file(path))
  }

  /// The same of any input, up to its end.
  package static func checksum(
    of source: InputSource
  ) throws(RunFailure) -> (checksum: UInt32, bytes: Int) {
    let stored = try source.open(try ReadInterruption())
    stored.keepsChecksum = true
    while try stored.refill() { stored.consume(stored.available) }
    return (stored.checksum, stored.bytesRead)
  }
}

/// The inputs of a run, and which of them brought something new.
package struct LearnedInputs: Sendable, Equatable {
  /// In the order in which they were named.
  package var summaries: [InputSummary]
  /// Learned by an earlier run, and not read again.
  package var known: Int
  package var new: Int
  /// Rows that this run read.
  package var newRows: Int

  package init(_ summaries: [InputSummary], known: Int, new: Int, newRows: Int) {
    self.summaries = summaries
    self.known = known
    self.new = new
    self.newRows = newRows
  }
}
