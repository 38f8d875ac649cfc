internal import Glibc
package import Notices
package import SparseBatches

/// Bad rows as CSV: file, row, line, column, reason, and the raw bytes as they stood.
///
/// The raw bytes come back from any CSV reader: the field is quoted, its quotes are doubled.
///
/// Used by one thread, but for `synchronize`, which only touches what never changes.
package final class QuarantineFile: @unchecked Sendable {
  /// A file and how much of it is known to be right.
  package struct Extent: Equatable {
    package var path: String
    package var bytes: Int

    package init(path: String, bytes: Int) {
      self.path = path
      self.bytes = bytes
    }
  }

  private let path: String
  private var shownPath: String { DisplayText.escape(path: path) }
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private var flushedBytes = 0

  private static let flushBytes = 64 << 10

  /// - Parameter extent: what an earlier run wrote, when it is the same file: what follows is cut off,
  ///   and this run appends. nil: an empty file.
  package init(
    path: String, continuing extent: Extent? = nil, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) {
    self.path = path
    let known = extent.map { $0.path.utf8.elementsEqual(path.utf8) } == true ? extent?.bytes : nil
    let start = known == nil ? O_TRUNC : 0
    descriptor = unsafe open(path.systemPath, O_WRONLY | O_CREAT | start | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RunFailure(
        .cannotCreate,
        "cannot create the quarantine file \(DisplayText.escape(path: path)): \(SystemErrorText.last)",
        cure: "name a file in a directory that you may write to")
    }
    if let known, try keep(known) { return }
    if known != nil {
      notices.post("warning: the quarantine file \(shownPath) lost what earlier runs wrote to it")
    }
    pending += "file,row,line,column,reason,raw\n".utf8
  }

  /// - Returns: false when the file is shorter than it was; it is then empty.
  private func keep(_ bytes: Int) throws(RunFailure) -> Bool {
    var status = stat()
    // Proof: the call fills a struct of ours.
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    // A pipe or a device keeps nothing that could be cut.
    guard status.st_mode & S_IFMT == S_IFREG else { return true }
    let isWhole = Int(status.st_size) >= bytes
    let kept = isWhole ? bytes : 0
    guard ftruncate(descriptor, kept) == 0, lseek(descriptor, 0, SEEK_END) == kept else {
      throw RunFailure(
        .inputOutput, "cannot cut the quarantine file \(shownPath): \(SystemErrorText.last)")
    }
    flushedBytes = kept
    return isWhole
  }

  /// After a flush: what the file holds.
  package var extent: Extent { Extent(path: path, bytes: flushedBytes) }

  /// Returns when what was flushed is on disk. May be called on another thread.
  package func synchronize() throws(RunFailure) {
    guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw RunFailure(
        .inputOutput, "cannot write the quarantine file \(shownPath): \(SystemErrorText.last)")
    }
  }

  deinit { close(descriptor) }

  package func write(
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

  package func flush() throws(RunFailure) {
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
          .inputOutput, "cannot write the quarantine file \(shownPath): \(SystemErrorText.last)")
      }
      done += written
    }
    flushedBytes += pending.count
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
