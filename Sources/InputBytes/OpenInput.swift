import Glibc
import SparseBatches

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
    case .file(let path):
      guard unsafe stat(path, &status) == 0 else { throw cannotOpen(errno) }
      guard unsafe access(path, R_OK) == 0 else { throw cannotOpen(errno) }
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw cannotOpen(EISDIR) }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  func open(_ interruption: ReadInterruption) throws(RunFailure) -> StoredBytes {
    guard case .file(let path) = self else {
      return StoredBytes(
        descriptor: STDIN_FILENO, name: displayName, closesDescriptor: false,
        interruption: interruption)
    }
    var descriptor: Int32
    repeat {
      descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw cannotOpen(errno) }
    // Advice only: a pipe refuses it, which changes nothing.
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    return StoredBytes(
      descriptor: descriptor, name: displayName, closesDescriptor: true,
      interruption: interruption)
  }

  private func cannotOpen(_ code: Int32) -> RunFailure {
    RunFailure(
      .missingInput, "\(displayName): cannot open: \(SystemErrorText.text(of: code))",
      cure: "check the path and its permissions")
  }
}
