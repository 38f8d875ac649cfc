package import SparseBatches

/// Reads any number of inputs, one after another, as chunks of whole rows.
package final class RowReader {
  /// A first line is looked for in so many bytes.
  package static let longestPeek = 64 << 20
  /// Row extents are 32-bit offsets into a chunk.
  private static let longestRow = 1 << 31

  private let sources: [InputSource]
  private let inflate: InflateChoice
  private let chunkBytes: Int
  private let notice: @Sendable (String) -> Void

  /// What is common to the rows of all files. Set it before the first fill.
  package var syntax = RowSyntax(kind: .lines(comment: nil))
  /// One for each input opened so far; complete when `fill` has returned false.
  package private(set) var summaries: [InputSummary] = []
  /// The sum of all stored sizes; nil when an input is a pipe.
  package let totalStoredBytes: Int?
  /// Header lines found again in the middle of files, and skipped.
  package private(set) var repeatedHeaders = 0
  /// Inputs without any byte.
  package private(set) var emptyInputs = 0

  /// Where the first input goes on, when an earlier run has learned from its start.
  package struct Start: Sendable {
    package var position: ReadingPosition
    /// What the system said of the file then: as long as it says the same, the bytes before
    /// `position` are taken to be those that were learned. nil: they are compared.
    package var trustedStamp: FileStamp?

    package init(position: ReadingPosition, trustedStamp: FileStamp?) {
      self.position = position
      self.trustedStamp = trustedStamp
    }
  }

  /// How the first input was gone on with.
  package enum Resumption: Equatable, Sendable {
    /// A plain file, at once.
    case sought
    /// A gzip file, this many uncompressed bytes before the position.
    case entered(bytesBefore: Int)
    /// From its start, and what was learned was compared.
    case readAgain
  }

  /// A restart point of a gzip file holds 32 KiB: with one in so many bytes, keeping them costs
  /// next to nothing, and what has to be inflated again takes about ten milliseconds.
  private static let mostBetweenRestarts = 8 << 20
  /// nil: none are kept.
  private var restartSpacing: Int? {
    keepsChecksums ? min(32 * chunkBytes, Self.mostBetweenRestarts) : nil
  }

  /// Whether rows are handed on as soon as no more bytes are there yet, however few they are: for
  /// somebody who waits for the answer to a row before the next one. Set it before the first peek.
  package var answersAtOnce = false

  private let start: Start?
  /// nil when the first input was read from its start, or is still to be opened.
  package private(set) var resumption: Resumption?
  /// Whether the first input is read on, and not from its start.
  package var goesOn: Bool { start != nil }
  private let keepsChecksums: Bool
  /// Inputs that ended before a chunk could say so: empty ones.
  package private(set) var untoldEndings: [InputEnding] = []

  /// Inputs that were read to their verified end.
  package private(set) var endings: [InputEnding] = []

  private let interruption: ReadInterruption
  private var current: FileRows?
  /// Data rows and stored bytes of all files that are finished.
  private var finishedRows = 0
  private var finishedStoredBytes = 0

  /// - Parameters:
  ///   - chunkBytes: how many bytes a chunk aims at. It changes no row.
  ///   - rowsBefore: rows of earlier runs, from which ordinals go on; those of the first input,
  ///     when it is read on, are not among them.
  ///   - start: where the first input goes on; nil: at its start.
  ///   - keepsChecksums: whether positions and endings come with checksums.
  ///   - notice: takes a line for people, now and then.
  /// - Throws: `missingInput` when a file is missing, unreadable or a directory.
  package init(
    sources: [InputSource], inflate: InflateChoice = .automatic, chunkBytes: Int = 256 << 10,
    rowsBefore: Int = 0, start: Start? = nil, keepsChecksums: Bool = false,
    notice: @escaping @Sendable (String) -> Void
  ) throws(RunFailure) {
    self.sources = sources
    self.inflate = inflate
    self.chunkBytes = min(max(chunkBytes, 1), 1 << 30)
    self.notice = notice
    self.start = start
    self.keepsChecksums = keepsChecksums
    finishedRows = rowsBefore
    interruption = try ReadInterruption()
    guard sources.count(where: { $0 == .standardInput }) <= 1 else {
      throw RunFailure(
        .usage, "standard input is given more than once", cure: "give - only once")
    }
    // Made and dropped: a backend this build lacks is refused before anything is read.
    _ = try inflate.makeInflater()
    var total: Int? = 0
    for source in sources {
      let size = try source.checkPresence()
      total = total.flatMap { sum in size.map { sum + $0 } }
    }
    totalStoredBytes = total
  }

  /// The name of the input that is being read, or comes next.
  package var currentSourceName: String {
    let index = current == nil ? summaries.count : summaries.count - 1
    return sources.indices.contains(index) ? sources[index].displayName : ""
  }

  /// The start of the first input that holds anything, without consuming it.
  ///
  /// - Parameter wholeLine: whether the first line is wanted however long it is.
  /// - Returns: `limit` bytes, or more up to the first line end (looked for in 64 MiB), or fewer
  ///   when the input ends; without the byte order mark. Empty when all inputs are.
  package func peek(limit: Int, wholeLine: Bool = true) throws(RunFailure) -> [UInt8] {
    while let file = try currentFile() {
      let bytes = try file.peek(
        limit: limit, longest: wholeLine ? RowReader.longestPeek : limit)
      if !file.isFinished, !bytes.isEmpty { return bytes }
      untoldEndings.append(try finish(file))
    }
    return []
  }

  /// Replaces the chunk's content by the next rows, all of one file.
  ///
  /// - Returns: false at the end of all inputs. A chunk may hold no rows.
  package func fill(_ chunk: inout RowChunk) throws(RunFailure) -> Bool {
    guard syntax.maximumRowBytes > 0, syntax.maximumRowBytes <= RowReader.longestRow else {
      throw RunFailure(
        .usage, "a row cannot be limited to \(syntax.maximumRowBytes) bytes",
        cure: "choose from 1 byte to \(RowReader.longestRow >> 30) GiB")
    }
    guard let file = try currentFile() else { return false }
    chunk.ordinal = finishedRows + file.rows
    chunk.file = summaries.count - 1
    try file.fill(&chunk, chunkBytes: chunkBytes, syntax: syntax)
    chunk.storedBytesRead = finishedStoredBytes + file.bytes.stored.bytesRead
    update(file)
    chunk.endings = untoldEndings
    untoldEndings.removeAll()
    if file.isFinished { chunk.endings.append(try finish(file)) }
    return true
  }

  /// The file at hand, or the next one; nil after the last.
  private func currentFile() throws(RunFailure) -> FileRows? {
    if let current { return current }
    guard summaries.count < sources.count else { return nil }
    let file = try FileRows(
      sources[summaries.count], interruption, keepsChecksum: keepsChecksums,
      restartSpacing: restartSpacing, answersAtOnce: answersAtOnce
    ) { () throws(RunFailure) in try inflate.makeInflater() }
    if let start, summaries.isEmpty {
      resumption = try file.resume(start)
    }
    current = file
    summaries.append(
      InputSummary(path: file.name, rows: 0, bytes: 0, bytesUncompressed: 0))
    return file
  }

  /// From any thread: a `fill` that waits for a pipe throws instead of waiting on.
  package func interrupt() { interruption.interrupt() }

  private func update(_ file: FileRows) {
    let summary = InputSummary(
      path: file.name, rows: file.rows, bytes: file.bytes.stored.bytesRead,
      bytesUncompressed: file.bytes.bytesDelivered)
    summaries[summaries.count - 1] = summary
  }

  private func finish(_ file: FileRows) throws(RunFailure) -> InputEnding {
    update(file)
    let ending = try file.ending(file: summaries.count - 1)
    endings.append(ending)
    current = nil
    finishedRows += file.rows
    finishedStoredBytes += file.bytes.stored.bytesRead
    let name = file.name
    if file.isEmpty {
      emptyInputs += 1
      notice("\(name): empty input")
    }
    if file.repeatedHeaders > 0 {
      repeatedHeaders += file.repeatedHeaders
      notice("\(name): skipped lines that repeat the header: \(file.repeatedHeaders)")
    }
    if file.doubledReturns > 0 {
      notice(
        "warning: \(name): lines that end with more than one carriage return: "
          + "\(file.doubledReturns); they are dropped, but was the file converted twice?")
    }
    if let warning = file.fieldLines.warning { notice("warning: \(name): \(warning)") }
    if file.source == .standardInput, file.endsUnterminated {
      notice(
        "warning: last row of \(name) has no line end: was the pipe cut? use `set -o pipefail` and"
          + " --expect-rows")
    }
    return ending
  }
}
