internal import Glibc
package import SparseBatches

/// What an output path leads to, as a person expects it.
enum OutputTarget: Equatable {
  /// A file to replace, or to create: symbolic links were followed, so `path` is that of the file
  /// itself.
  case file(path: String, existing: Existing?)
  /// A pipe or device, written straight into.
  case special(path: String)
  /// A descriptor of this process by its name (`/dev/stdout`), written straight into: reopening
  /// it would truncate a redirected file, and cannot be done to a socket.
  case descriptor(Int32)

  /// What a replaced file hands on to its successor.
  struct Existing: Equatable {
    var mode: mode_t
    var owner: uid_t
    var group: gid_t
  }

  /// - Throws: cannot create, for a path that leads nowhere or to a directory.
  static func resolve(_ path: String) throws(RunFailure) -> OutputTarget {
    if let descriptor = descriptorNumber(of: path) { return .descriptor(descriptor) }
    let action = "cannot write \(RunFailure.display(path))"
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw SystemError.creating(action, ENOENT)
    }
    var target = path
    for _ in 0..<40 {
      guard let status = status(of: target) else {
        guard errno == ENOENT, !target.hasSuffix("/") else {
          throw SystemError.creating(action, errno)
        }
        return .file(path: target, existing: nil)
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK: target = try follow(target, action)
      case S_IFDIR: throw SystemError.creating(action, EISDIR)
      case S_IFREG:
        // Only the mode of an existing file says whether it may be overwritten.
        guard unsafe faccessat(AT_FDCWD, target.systemPath, W_OK, AT_EACCESS) == 0 else {
          throw SystemError.creating(action, errno)
        }
        let existing = Existing(
          mode: status.st_mode & 0o777, owner: status.st_uid, group: status.st_gid)
        return .file(path: target, existing: existing)
      default: return .special(path: target)
      }
    }
    throw SystemError.creating(action, ELOOP)
  }

  /// Of the link itself; sets errno when nil.
  private static func status(of path: String) -> stat? {
    var status = stat()
    // One stat, which is ours; the path is NUL-terminated for the call.
    return unsafe lstat(path.systemPath, &status) == 0 ? status : nil
  }

  private static func follow(_ link: String, _ action: String) throws(RunFailure) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    // The kernel writes at most as many bytes as the array has.
    let length = unsafe readlink(link.systemPath, &bytes, bytes.count)
    guard length > 0 else { throw SystemError.creating(action, errno) }
    let destination = PathText.text(bytes.prefix(length).map { UInt8(bitPattern: $0) })
    if destination.hasPrefix("/") { return destination }
    return OutputTarget.directory(of: link) + "/" + destination
  }

  private static func descriptorNumber(of path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
      }
      return nil
    }
  }

  /// The name of the entry `path` in its directory.
  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The directory that holds the entry `path`.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// What the system answered, turned into an error that says what to do.
///
/// - creating (open, rename): 73 for what the person can change about the path, 74 for a disk or a
///   process at its limits;
/// - transferring (read, write, fsync, close): always 74.
package enum SystemError {
  /// - Parameter action: what was tried, with the name: `cannot write m.lrs`.
  package static func creating(_ action: String, _ code: Int32) -> RunFailure {
    let limits = [ENOSPC, EDQUOT, EIO, EFBIG, EMFILE, ENFILE, ENOMEM]
    let kind: RunFailure.Kind = limits.contains(code) ? .inputOutput : .cannotCreate
    return RunFailure(kind, "\(action): \(SystemErrorText.text(of: code))", cure: cure(for: code))
  }

  package static func transferring(_ action: String, _ code: Int32) -> RunFailure {
    RunFailure(.inputOutput, "\(action): \(SystemErrorText.text(of: code))", cure: cure(for: code))
  }

  private static func cure(for code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space there, or name a file on another disk"
    case EFBIG: "raise the file size limit (ulimit -f)"
    case EACCES, EPERM: "name a file in a directory that you may write to"
    case EROFS: "name a file on a disk that is not read-only"
    case ENOENT, ENOTDIR: "create the directory first, or correct the path"
    case EISDIR: "name a file, not a directory"
    case ELOOP: "remove the loop of symbolic links"
    case ENAMETOOLONG: "name a shorter path"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case EPIPE: "the program that reads this output ended before it had all of it"
    default: "look for the cause in the system log, then run it again"
    }
  }
}

extension RunFailure {
  /// A path as messages show it.
  package static func display(_ path: String) -> String { DisplayText.escape(path: path) }
}

/// Buffered writing to an open descriptor; it never closes it.
///
/// What is written counts only after `flush` returned.
package struct DescriptorOutput: ~Copyable, ByteSink {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 16

  /// - Parameter name: the file, escaped for display.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Self.capacity)
  }

  /// A reader that ends early ends this program quietly, by SIGPIPE.
  package static func standardOutput() -> DescriptorOutput {
    DescriptorOutput(descriptor: STDOUT_FILENO, name: "standard output")
  }

  package mutating func write(_ bytes: Span<UInt8>) throws(RunFailure) {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count > Self.capacity { return try writeThrough(bytes) }
    // The bytes are read within the call only.
    unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  package mutating func write(_ text: String) throws(RunFailure) {
    try write(Array(text.utf8).span)
  }

  package mutating func flush() throws(RunFailure) {
    defer { buffer.removeAll(keepingCapacity: true) }
    try writeThrough(buffer.span)
  }

  private func writeThrough(_ bytes: Span<UInt8>) throws(RunFailure) {
    var done = 0
    while done < bytes.count {
      // The kernel reads at most the rest of the span.
      let written = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if written >= 0 {
        done += written
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: Descriptor.wait(descriptor, for: POLLOUT)
      case let code: throw SystemError.transferring("cannot write \(name)", code)
      }
    }
  }
}

enum Descriptor {
  /// A pipe that its other holder made non-blocking is waited for all the same.
  static func wait(_ descriptor: Int32, for event: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    // One pollfd, which is ours.
    unsafe _ = poll(&request, 1, -1)
  }
}
