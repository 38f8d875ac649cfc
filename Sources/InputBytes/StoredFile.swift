import Glibc
package import SparseBatches

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
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// What can be said of a file without knowing what is in it.
package enum StoredFile {
  /// The path without links and dots, as far as it can be found; else as given.
  package static func resolvedPath(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
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
