internal import Glibc
package import SparseBatches

/// A small text file, read whole.
package enum TextFile {
  /// - Throws: missingInput when it cannot be read.
  package static func read(_ path: String) throws(RunFailure) -> [UInt8] {
    let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      // At most as many bytes as the block has are read.
      let count = unsafe Glibc.read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { return bytes }
      bytes += block.prefix(count)
    }
  }

  private static func failure(_ path: String) -> RunFailure {
    RunFailure(
      .missingInput, "cannot read \(DisplayText.escape(path: path)): \(SystemErrorText.last)")
  }
}
