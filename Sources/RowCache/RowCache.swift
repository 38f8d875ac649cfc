internal import Glibc
package import SparseBatches

/// Hashed rows on disk, between one pass over them and the next.
///
/// Written once, batch by batch, then read any number of times. The file has no name once it is
/// open (unless one was asked for), so that it goes with the process however that ends.
package final class RowCache {
  private let descriptor: Int32
  /// How messages call it.
  private let name: String
  /// Removed when the cache goes; nil: it has no name already.
  private let path: String?
  /// Greatest length, in bytes.
  private let limit: Int
  private var length = 0
  private var readOffset = 0
  private var bytes = GrowableBuffer<UInt8>(capacity: 1 << 16)
  /// What its rows can hold; nil: no other process can have written to it.
  private let limits: RowLimits?
  /// Rows read since the start of the file; nil: the pass began elsewhere.
  private var rowsOfPass: Int? = 0

  package private(set) var rows = 0
  package private(set) var features = 0

  /// Where rows are kept when no file is named: `$TMPDIR`, else `/var/tmp`, which unlike `/tmp` is
  /// seldom memory.
  package static var defaultDirectory: String {
    guard let set = unsafe getenv("TMPDIR"), unsafe set[0] != 0 else { return "/var/tmp" }
    return unsafe PathText.text(cString: set)
  }

  /// - Parameters:
  ///   - file: its path; nil: a nameless file in `defaultDirectory`.
  ///   - limit: greatest length in bytes; nil: nine tenths of what is free there.
  /// - Throws: cannotCreate.
  package init(file: String?, limit: Int? = nil) throws(RunFailure) {
    if let file {
      descriptor = unsafe open(file.systemPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      name = DisplayText.escape(path: file)
      path = file
    } else {
      let directory = Self.defaultDirectory
      var template = "\(directory)/logreg-stream-XXXXXX".systemPath
      // Proof: the template is a NUL-terminated array of ours that the call fills in.
      descriptor = unsafe mkstemp(&template)
      if descriptor >= 0 {
        unsafe _ = unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      }
      name = "the row cache in \(DisplayText.escape(path: directory))"
      path = nil
    }
    let code = errno
    guard descriptor >= 0 else {
      throw RunFailure(
        .cannotCreate, "cannot create \(name): \(SystemErrorText.text(of: code))",
        cure: "name another file with --cache FILE, or another directory with TMPDIR; an existing"
          + " file is not replaced")
    }
    self.limit = limit ?? Self.freeBytes(descriptor) / 10 * 9
    limits = nil
  }

  /// How long a cache is that outlives its process, and what is in it.
  package struct Extent: Codable, Equatable, Sendable {
    package var bytes: Int
    package var rows: Int
    package var features: Int

    package init(bytes: Int, rows: Int, features: Int) {
      self.bytes = bytes
      self.rows = rows
      self.features = features
    }
  }

  /// A cache that outlives the process. A link in its place is not followed.
  ///
  /// - Parameters:
  ///   - extent: what an earlier process wrote and vouches for; whatever follows is cut off. nil: an
  ///     empty cache, in place of one that may be there.
  ///   - limits: what rows can hold: whoever can write to the file may have done so.
  /// - Throws: cannotCreate; badData when there is less than the extent says, or no file.
  package init(
    lasting file: String, _ extent: Extent?, _ limits: RowLimits
  ) throws(RunFailure) {
    if extent == nil { unsafe _ = unlink(file.systemPath) }
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    descriptor = unsafe open(
      file.systemPath, extent == nil ? flags | O_CREAT | O_EXCL : flags, 0o600)
    let code = errno
    name = DisplayText.escape(path: file)
    path = nil
    self.limits = limits
    limit = descriptor < 0 ? 0 : Self.freeBytes(descriptor) / 10 * 9
    guard descriptor >= 0 else {
      let why = SystemErrorText.text(of: code)
      if extent == nil { throw RunFailure(.cannotCreate, "cannot create \(name): \(why)") }
      throw RunFailure(
        .badData, "\(name), which the checkpoint needs, cannot be opened: \(why)",
        cure: "start over with --fresh")
    }
    var status = stat()
    // Proof: the call fills a struct of ours.
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw RunFailure(.badData, "\(name) is not a plain file", cure: "start over with --fresh")
    }
    guard extent?.bytes ?? 0 <= Int(status.st_size),
      extent.map({ min($0.bytes, $0.rows, $0.features) >= 0 }) ?? true
    else {
      throw RunFailure(
        .badData, "\(name) is shorter than its checkpoint says", cure: "start over with --fresh")
    }
    guard ftruncate(descriptor, extent?.bytes ?? 0) == 0 else {
      throw RunFailure(.inputOutput, "cannot cut \(name): \(SystemErrorText.last)")
    }
    length = extent?.bytes ?? 0
    rows = extent?.rows ?? 0
    features = extent?.features ?? 0
  }

  deinit {
    close(descriptor)
    if let path { unsafe _ = unlink(path.systemPath) }
  }

  /// What is in it by now.
  package var extent: Extent { Extent(bytes: length, rows: rows, features: features) }

  /// Where the next record is read.
  package var readPosition: Int { readOffset }

  /// Goes on reading where `readPosition` was.
  package func seek(to position: Int) {
    readOffset = max(0, position)
    rowsOfPass = readOffset == 0 ? 0 : nil
  }

  /// Returns when all that was appended is on disk. May be called on another thread.
  package func synchronize() throws(RunFailure) {
    guard fdatasync(descriptor) == 0 else {
      throw RunFailure(.inputOutput, "cannot write \(name) to disk: \(SystemErrorText.last)")
    }
  }

  /// Adds rows after those there are.
  ///
  /// - Throws: inputOutput when the disk is full or the limit is reached.
  package func append(_ batch: borrowing SparseBatch) throws(RunFailure) {
    guard batch.rowCount > 0 else { return }
    BatchRecord.encode(batch, into: &bytes)
    guard bytes.count <= limit - length else {
      throw RunFailure(
        .inputOutput,
        "\(name) is full: \(rows) rows take \(length) bytes, and no more than \(limit) are allowed",
        cure: "name a file on a larger disk with --cache FILE, or use --cache none")
    }
    try writeAll()
    rows += batch.rowCount
    features += batch.slots.count
  }

  /// Starts the next pass over all rows.
  package func rewind() { seek(to: 0) }

  /// Replaces what `batch` holds by the next rows of the pass.
  ///
  /// - Returns: false after the last.
  /// - Throws: what is read is not what was written: badData for a lasting cache, else inputOutput.
  package func next(_ batch: inout SparseBatch) throws(RunFailure) -> Bool {
    guard readOffset < length else {
      guard rowsOfPass ?? rows == rows else { throw damaged }
      return false
    }
    guard length - readOffset >= BatchRecord.prefixBytes else { throw damaged }
    try read(BatchRecord.prefixBytes)
    let prefix = BatchRecord.prefix(bytes)
    guard prefix.count <= length - readOffset else { throw damaged }
    try read(prefix.count)
    guard
      BatchRecord.decode(bytes, checksum: prefix.checksum, limits: limits, into: &batch)
    else { throw damaged }
    rowsOfPass = rowsOfPass.map { $0 + batch.rowCount }
    return true
  }

  private var damaged: RunFailure {
    if limits != nil {
      return RunFailure(
        .badData, "\(name) does not hold what was written to it (near byte \(readOffset))",
        cure: "start over with --fresh")
    }
    return RunFailure(
      .inputOutput, "\(name) does not hold what was written to it (near byte \(readOffset))",
      cure: "the disk or the memory is failing: look at the system log")
  }

  private func writeAll() throws(RunFailure) {
    var done = 0
    while done < bytes.count {
      // Proof: `done` is below the count.
      let count = unsafe pwrite(descriptor, bytes.base + done, bytes.count - done, off_t(length))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw RunFailure(
          .inputOutput, "cannot write \(name): \(SystemErrorText.last)",
          cure: "free some space there, or name a file on another disk with --cache FILE")
      }
      done += count
      length += count
    }
  }

  private func read(_ count: Int) throws(RunFailure) {
    bytes.removeAll()
    bytes.reserve(count)
    var done = 0
    while done < count {
      // Proof: room for `count` bytes was reserved.
      let got = unsafe pread(descriptor, bytes.base + done, count - done, off_t(readOffset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw RunFailure(
          .inputOutput, "cannot read \(name): \(got == 0 ? "it was cut" : SystemErrorText.last)")
      }
      done += got
    }
    bytes.setCount(count)
    readOffset += count
  }

  private static func freeBytes(_ descriptor: Int32) -> Int {
    var status = statvfs()
    // Proof: the call fills a struct of ours.
    guard unsafe fstatvfs(descriptor, &status) == 0 else { return .max }
    let (bytes, overflowed) = UInt64(status.f_bavail)
      .multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflowed ? .max : Int(clamping: bytes)
  }
}
