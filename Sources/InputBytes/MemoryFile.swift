import CKernels
import Glibc
package import SparseBatches

/// Bytes as an open file without a name, in memory: what is read from files can then be read from them.
package struct MemoryFile: ~Copyable {
  package let descriptor: Int32

  /// - Throws: inputOutput when the system has no memory or no descriptor for it.
  package init(_ bytes: [UInt8]) throws(RunFailure) {
    descriptor = lrs_memory_file()
    guard descriptor >= 0 else { throw Self.failure(errno) }
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { all in
        // Proof: the kernel reads at most the rest of the array.
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
        return unsafe pwrite(descriptor, rest.baseAddress, rest.count, done)
      }
      let code = errno
      if count < 0, code == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        throw Self.failure(code)
      }
      done += count
    }
  }

  deinit { close(descriptor) }

  private static func failure(_ code: Int32) -> RunFailure {
    RunFailure(
      .inputOutput, "cannot hold rows in memory: \(SystemErrorText.text(of: code))",
      cure: "give fewer rows at once, or raise the limits of this process")
  }
}
