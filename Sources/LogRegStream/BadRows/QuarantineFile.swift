internal import Glibc
internal import SparseBatches

/// Bad rows as CSV: file, row, line, column, reason, and the raw bytes as they stood.
///
/// The raw bytes come back from any CSV reader: the field is quoted, its quotes are doubled.
final class QuarantineFile {
  private let path: String
  private let descriptor: Int32
  private var pending: [UInt8] = []

  private static let flushBytes = 64 << 10

  init(path: String) throws(RunFailure) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RunFailure(
        .cannotCreate, "cannot create the quarantine file \(path): \(SystemErrorText.last)",
        cure: "name a file in a directory that you may write to")
    }
    pending += "file,row,line,column,reason,raw\n".utf8
  }

  deinit { close(descriptor) }

  func write(
    _ issue: RowIssue, file: String, _ extent: RowExtent, _ chunk: borrowing RowChunk
  ) throws(RunFailure) {
    quote(file.utf8)
    pending += ",\(issue.position.row),\(issue.position.line),".utf8
    quote((issue.column ?? "").utf8)
    pending += ",\(issue.reason.rawValue),".utf8
    quote(chunk.copy(of: extent))
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= Self.flushBytes { try flush() }
  }

  func flush() throws(RunFailure) {
    var done = 0
    while done < pending.count {
      let written = unsafe pending.withUnsafeBytes { bytes in
        // Proof: `done` is below the count, so the rest is inside the array.
        unsafe Glibc.write(
          descriptor, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw RunFailure(
          .inputOutput, "cannot write the quarantine file \(path): \(SystemErrorText.last)")
      }
      done += written
    }
    pending.removeAll(keepingCapacity: true)
  }

  private func quote(_ bytes: some Sequence<UInt8>) {
    let mark = UInt8(ascii: "\"")
    pending.append(mark)
    for byte in bytes {
      if byte == mark { pending.append(mark) }
      pending.append(byte)
    }
    pending.append(mark)
  }
}
