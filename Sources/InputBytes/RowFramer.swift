import CKernels
import Glibc
import SparseBatches

/// Splits the uncompressed bytes of one file into rows.
///
/// The idea: the framer sees a buffer that starts on a line start and says where its last whole
/// row ends; the caller keeps what is left for the next buffer. What a row is depends on the
/// file's bytes alone, never on where buffers end: every decision that looks ahead is put off
/// until the bytes it needs are there, and "too long" means that a row did not end within the
/// *window*, the first `maximumRowBytes` + 3 bytes (two carriage returns and a line feed included).
///
/// Buffers without a quote take the fast path, one bit mask of line feeds per 64 bytes; others go
/// through `QuotedScan`, row by row.
struct RowFramer {
  /// A fault's row shows at most so many bytes.
  static let longestShown = 64 << 10
  /// Bytes that must be allocated (not initialised) after the last byte given to `frame`.
  static let slack = 64

  let name: String
  let delimiter: UInt8?
  let quote: UInt8?
  let maximumRowBytes: Int
  let lines: LineRules
  /// The file's header, once it was met.
  private(set) var header: FileHeader?
  /// Lines equal to the header in the middle of the file.
  var repeatedHeaders = 0
  /// The header as later rows are held against it.
  private var pattern: HeaderPattern?
  /// Of delimited rows.
  let comment: UInt8?
  private let maximumFieldLines: Int
  /// Whether the buffer at hand holds a carriage return.
  private var hasReturns = false
  /// Rows that end with more than one carriage return.
  var doubledReturns = 0
  private(set) var fieldLines = FieldLines()

  var window: Int { maximumRowBytes + 3 }

  /// - Parameter start: where in the file framing begins, when that is not its start.
  init(name: String, syntax: RowSyntax, from start: ReadingPosition? = nil) {
    self.name = name
    repeatedHeaders = start?.repeatedHeaders ?? 0
    maximumRowBytes = syntax.maximumRowBytes
    maximumFieldLines = syntax.maximumFieldLines ?? .max
    switch syntax.kind {
    case .delimited(let delimiter, let quote, let hasHeader):
      self.delimiter = delimiter
      self.quote = quote
      comment = syntax.comment
      lines = hasHeader ? .headerThenRows : .rows
    case .lines(let comment):
      delimiter = nil
      quote = nil
      self.comment = nil
      lines = .textLines(comment: comment)
    }
    if let header = start?.header { set(header: header) }
  }

  enum LineRules {
    case rows
    case headerThenRows
    case textLines(comment: UInt8?)
  }

  /// What came of one buffer.
  struct Progress {
    /// Bytes that belong to whole rows; what follows starts a row that is not complete.
    var consumed: Int
    var lineFeeds: Int
    /// The last row was too long and its line has not ended: the caller drops bytes to its end.
    var skipsLine = false
  }

  /// Appends the rows of `chunk.bytes[start...]`.
  ///
  /// - Parameters:
  ///   - start: 0, or after the byte order mark.
  ///   - atEnd: no more bytes of the file will come.
  /// - Throws: `badData` for a header that cannot be framed, and for a quote open at the end.
  mutating func frame(
    _ chunk: inout RowChunk, from start: Int, atEnd: Bool
  ) throws(RunFailure) -> Progress {
    // Blocks are looked at whole, the last one too.
    let room = chunk.bytes.capacity - chunk.bytes.count
    precondition(room >= Self.slack, "no room for a whole block")
    chunk.hasQuotes = contains(quote, chunk)
    hasReturns = contains(UInt8(ascii: "\r"), chunk)
    return chunk.hasQuotes
      ? try frameQuoted(&chunk, from: start, atEnd: atEnd)
      : try frameLines(&chunk, from: start, atEnd: atEnd)
  }

  private func contains(_ byte: UInt8?, _ chunk: borrowing RowChunk) -> Bool {
    guard let byte else { return false }
    // The first `count` bytes are initialised.
    return unsafe memchr(chunk.bytes.base, Int32(byte), chunk.bytes.count) != nil
  }

  // MARK: Without quotes

  private mutating func frameLines(
    _ chunk: inout RowChunk, from start: Int, atEnd: Bool
  ) throws(RunFailure) -> Progress {
    let base = unsafe UnsafePointer(chunk.bytes.base)
    let count = chunk.bytes.count
    var rowStart = start
    var lineFeeds = 0
    var block = start
    while block < count {
      // The caller has `slack` bytes allocated after the last; what they hold is masked off.
      var mask = unsafe lrs_match_mask64(base + block, UInt8(ascii: "\n"))
      if count - block < 64 { mask &= (1 << UInt64(count - block)) - 1 }
      while mask != 0 {
        let end = block + mask.trailingZeroBitCount
        mask &= mask - 1
        lineFeeds += 1
        try append(rowStart, end, fault: nil, to: &chunk)
        rowStart = end + 1
      }
      block += 64
    }
    return try frameTail(&chunk, rowStart, lineFeeds: lineFeeds, atEnd: atEnd)
  }

  /// Decides on the bytes after the last line feed.
  private mutating func frameTail(
    _ chunk: inout RowChunk, _ rowStart: Int, lineFeeds: Int, atEnd: Bool
  ) throws(RunFailure) -> Progress {
    let count = chunk.bytes.count
    var progress = Progress(consumed: rowStart, lineFeeds: lineFeeds)
    if count - rowStart >= window {
      try append(rowStart, count, fault: .tooLong, to: &chunk)
      progress.consumed = count
      progress.skipsLine = true
    } else if atEnd, rowStart < count {
      try append(rowStart, count, fault: nil, to: &chunk)
      progress.consumed = count
    }
    return progress
  }

  // MARK: With quotes

  private mutating func frameQuoted(
    _ chunk: inout RowChunk, from start: Int, atEnd: Bool
  ) throws(RunFailure) -> Progress {
    let count = chunk.bytes.count
    var scan = unsafe QuotedScan(
      base: UnsafePointer(chunk.bytes.base), count: count, atEnd: atEnd,
      delimiter: delimiter ?? 0, quote: quote ?? 0, window: window,
      maximumFieldLines: maximumFieldLines)
    var rowStart = start
    var skipsLine = false
    var place = (offset: 0, line: chunk.firstLine)
    rows: while rowStart < count {
      let stop =
        isComment(rowStart, chunk) ? scan.endOfLine(from: rowStart) : scan.next(from: rowStart)
      switch stop {
      case .needsMore:
        break rows
      case .row(let end):
        let rows = chunk.rows.count
        try append(rowStart, end, fault: nil, to: &chunk)
        if scan.rowHoldsLines, chunk.rows.count > rows {
          place.line += scan.countLineFeeds(from: place.offset, to: rowStart)
          place.offset = rowStart
          noteLines(rowStart, end, at: place.line, chunk)
        }
        rowStart = min(end + 1, count)
      case .tooLong(let searchFrom):
        try append(rowStart, count, fault: .tooLong, to: &chunk)
        let end = scan.lineFeed(from: searchFrom)
        skipsLine = end == nil
        rowStart = end.map { $0 + 1 } ?? count
      case .fault(let reason, let lineEnd):
        if reason == .unterminatedQuote, lineEnd + 1 >= count, atEnd {
          throw unterminated(chunk, rowStart)
        }
        try append(rowStart, lineEnd, fault: reason, to: &chunk)
        rowStart = min(lineEnd + 1, count)
      }
    }
    return Progress(
      consumed: rowStart, lineFeeds: scan.countLineFeeds(from: 0, to: rowStart),
      skipsLine: skipsLine)
  }

  /// The last row of the chunk goes over several lines.
  @inline(never)
  private mutating func noteLines(
    _ start: Int, _ end: Int, at line: Int, _ chunk: borrowing RowChunk
  ) {
    // `start..<end` lies within the initialised bytes.
    let row = unsafe UnsafeBufferPointer(start: chunk.bytes.base + start, count: end - start)
    unsafe fieldLines.note(
      row, delimiter: delimiter ?? 0, quote: quote ?? 0,
      row: chunk.rowsBefore + chunk.rows.count, line: line)
  }

  private func unterminated(_ chunk: borrowing RowChunk, _ rowStart: Int) -> RunFailure {
    let (row, line) = rowAndLine(chunk, rowStart)
    return RunFailure(
      .badData,
      "\(name): unterminated quote at end of input: row \(row), line \(line), opens a quote that"
        + " never ends",
      cure: "the file may be cut short; `train --quote none` reads quotes as ordinary bytes")
  }

  /// The data row and line that start at `rowStart`.
  func rowAndLine(_ chunk: borrowing RowChunk, _ rowStart: Int) -> (row: Int, line: Int) {
    var line = chunk.firstLine
    for byte in 0..<rowStart where chunk.bytes[byte] == UInt8(ascii: "\n") { line += 1 }
    return (chunk.rowsBefore + chunk.rows.count + 1, line)
  }

  // MARK: Rows

  /// Appends the line or record in `start..<end` unless it is blank, a comment or a header.
  @inline(__always)
  private mutating func append(
    _ start: Int, _ end: Int, fault: RowIssue.Reason?, to chunk: inout RowChunk
  ) throws(RunFailure) {
    var end = end
    // `start <= end <= count`, so `end - 1` is initialised when start < end.
    if start < end, unsafe chunk.bytes.base[end - 1] == UInt8(ascii: "\r") {
      end -= 1
      // CR CR LF, as a second conversion leaves it.
      if start < end, unsafe chunk.bytes.base[end - 1] == UInt8(ascii: "\r") {
        end -= 1
        doubledReturns += start < end ? 1 : 0
      }
    }
    guard start < end else { return }
    if isComment(start, chunk) { return try takeComment(start, end, chunk) }
    if fault != nil || end - start > maximumRowBytes {
      return try appendFault(start, end, fault ?? .tooLong, to: &chunk)
    }
    if hasReturns, holdsReturn(start, end, chunk) {
      return try appendFault(start, end, .carriageReturn, to: &chunk)
    }
    if try isNoRow(start, end, chunk) { return }
    chunk.rows.append(RowExtent(start: UInt32(start), end: UInt32(end)))
  }

  @inline(__always)
  private mutating func isNoRow(
    _ start: Int, _ end: Int, _ chunk: borrowing RowChunk
  ) throws(RunFailure) -> Bool {
    switch lines {
    case .rows:
      return false
    case .headerThenRows:
      let first = unsafe chunk.bytes.base[start]
      if let pattern, !pattern.mayMatch(first) { return false }
      return takeHeader(start, end, chunk)
    case .textLines(let comment):
      let first = unsafe chunk.bytes.base[start]
      if first > UInt8(ascii: " "), first != comment { return false }
      return isBlankOrComment(start, end, comment, chunk)
    }
  }

  /// Whether the row is the header or repeats it.
  @inline(never)
  private mutating func takeHeader(
    _ start: Int, _ end: Int, _ chunk: borrowing RowChunk
  ) -> Bool {
    // `start..<end` lies within the initialised bytes.
    let row = unsafe UnsafeBufferPointer(start: chunk.bytes.base + start, count: end - start)
    if let pattern {
      let isEqual = unsafe pattern.matches(row)
      if isEqual { repeatedHeaders += 1 }
      return isEqual
    }
    set(header: unsafe FileHeader(bytes: Array(row)))
    return true
  }

  mutating func set(header: FileHeader) {
    self.header = header
    pattern = HeaderPattern(header, delimiter: delimiter ?? 0, quote: quote)
  }

  private func isBlankOrComment(
    _ start: Int, _ end: Int, _ comment: UInt8?, _ chunk: borrowing RowChunk
  ) -> Bool {
    for index in start..<end {
      let byte = chunk.bytes[index]
      if byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) { continue }
      return byte == comment
    }
    return true
  }

  @inline(never)
  private mutating func appendFault(
    _ start: Int, _ end: Int, _ fault: RowIssue.Reason, to chunk: inout RowChunk
  ) throws(RunFailure) {
    if case .headerThenRows = lines, header == nil {
      let returns = fault == .carriageReturn ? "write line ends as LF or CR LF; or " : ""
      throw RunFailure(
        .badData,
        "\(name): line \(rowAndLine(chunk, start).line): the header line cannot be read"
          + " (\(fault.rawValue))",
        cure: returns + "correct the line, or give --no-header if there is none")
    }
    // Lines that are comments or blank stay so, however long they are.
    if case .textLines(let comment) = lines,
      isBlankOrComment(start, min(end, start + maximumRowBytes), comment, chunk)
    {
      return
    }
    let isLong = end - start > maximumRowBytes
    let shown = isLong ? min(maximumRowBytes, RowFramer.longestShown) : end - start
    chunk.faults.append(
      FramingFault(row: chunk.rows.count, reason: isLong ? .tooLong : fault))
    chunk.rows.append(RowExtent(start: UInt32(start), end: UInt32(start + shown)))
  }
}
