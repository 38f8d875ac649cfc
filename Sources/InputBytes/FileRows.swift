import Glibc
import SparseBatches

/// The rows of one open input, chunk by chunk.
///
/// A chunk is filled in place: bytes are inflated straight into its buffer, after the start of
/// the row that the chunk before could not complete (`carry`, the only bytes that are copied).
/// A row that does not fit makes the buffer grow, up to the row syntax's limit.
final class FileRows {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let longBytes = 16 << 20

  let source: InputSource
  let bytes: UncompressedBytes
  private var framer: RowFramer?
  /// Where an earlier run stopped; nil: at the start.
  private var start: ReadingPosition?
  /// Bytes after the last whole row.
  private var carry = GrowableBuffer<UInt8>()
  private var atEnd = false
  private var lastByte: UInt8?
  /// The rest of a line that was too long comes next.
  private var isSkippingLine = false
  private var isStartKnown = false
  /// Offset, line and data rows before the first byte of `carry`.
  private var offset = 0
  private var line = 1
  private(set) var rows = 0

  /// The file as it was when it was opened; nil for pipes, and when no checksums are kept.
  private let stamp: FileStamp?
  /// The last point at or before `offset` from which a gzip file can be entered again, and the
  /// first one after it: bytes are inflated ahead of the rows.
  private var restart: GzipRestartPoint?
  private var restartAhead: GzipRestartPoint?
  private let interruption: ReadInterruption
  /// Whether rows are handed on when no more bytes are there yet, however few they are.
  private let answersAtOnce: Bool
  /// Whether chunks were handed on since the last one that was said to be followed by a wait.
  private var owesAnswer = false

  init(
    _ source: InputSource, _ interruption: ReadInterruption, keepsChecksum: Bool,
    restartSpacing: Int?, answersAtOnce: Bool,
    makeInflater: () throws(RunFailure) -> any RawInflater
  ) throws(RunFailure) {
    self.source = source
    self.interruption = interruption
    self.answersAtOnce = answersAtOnce
    let stored = try source.open(interruption)
    stamp = keepsChecksum ? stored.stamp : nil
    bytes = try UncompressedBytes(
      stored, keepsChecksum: keepsChecksum,
      // Only a file that is named is known again by what the system says of it: all else is read again
      // from its start, standard input too when a shell has opened a file for it.
      restartSpacing: stamp == nil || !source.isNamed ? nil : restartSpacing,
      makeInflater: makeInflater)
  }

  /// Goes on where an earlier run stopped. Call before anything else.
  ///
  /// A file that is known to be the same is not read again from its start, as far as its kind
  /// allows.
  ///
  /// - Throws: badData when what the earlier run read is not what is there now.
  func resume(_ start: RowReader.Start) throws(RunFailure) -> RowReader.Resumption {
    let position = start.position
    let resumption = try approach(start)
    if resumption != .readAgain {
      lastByte = position.bytesRead > 0 ? UInt8(ascii: "\n") : nil
    }
    try skip(position.offset - bytes.bytesDelivered)
    let ahead = position.bytesRead - position.offset
    // Bit by bit: a checkpoint may promise any number of bytes.
    while carry.count < ahead, !atEnd {
      try read(into: &carry, upTo: min(ahead, carry.count + (1 << 20)))
    }
    let isSame = resumption == .sought || bytes.checksum == position.checksum
    guard carry.count == ahead, isSame else {
      throw RunFailure(
        .badData,
        "\(name): its first \(position.bytesRead) uncompressed bytes are not those that were"
          + " learned before the run was interrupted",
        cure: "give the same rows again, or start over with --fresh")
    }
    if resumption == .sought { bytes.adopt(checksum: position.checksum) }
    self.start = position
    offset = position.offset
    line = position.line
    rows = position.rows
    isSkippingLine = position.isInsideLongLine
    // What was read again may hold the same bytes in another packing: its own points will do.
    if resumption != .readAgain { restart = position.restart }
    return resumption
  }

  /// Goes as near to the position as it can without reading.
  private func approach(_ start: RowReader.Start) throws(RunFailure) -> RowReader.Resumption {
    let position = start.position
    guard let stamp, stamp == start.trustedStamp else { return .readAgain }
    if bytes.isPlain {
      try bytes.seek(to: position.offset)
      return .sought
    }
    guard let restart = position.restart, try bytes.enter(at: restart) else { return .readAgain }
    return .entered(bytesBefore: position.offset - restart.offset)
  }

  private func skip(_ count: Int) throws(RunFailure) {
    var scratch = GrowableBuffer<UInt8>()
    var done = 0
    while done < count, !atEnd {
      // Gigabytes may have to be inflated again.
      if interruption.isRaised { throw interruption.failure(name) }
      scratch.removeAll()
      try read(into: &scratch, upTo: min(count - done, 256 << 10))
      done += scratch.count
    }
  }

  /// After the last row that `fill` handed on.
  private var position: ReadingPosition {
    var position = ReadingPosition()
    position.offset = offset
    position.line = line
    position.rows = rows
    position.repeatedHeaders = repeatedHeaders
    position.isInsideLongLine = isSkippingLine
    position.bytesRead = bytes.bytesRead
    position.checksum = bytes.checksum
    position.header = framer?.header
    position.restart = restart
    return position
  }

  /// Call when `offset` has moved.
  private func followRestarts() {
    guard let newest = bytes.restartPoint else { return }
    if let ahead = restartAhead, ahead.offset <= offset {
      restart = ahead
      restartAhead = nil
    }
    if newest.offset <= offset {
      restart = newest
    } else if restartAhead == nil {
      restartAhead = newest
    }
  }

  /// What was read, once it `isFinished`.
  ///
  /// - Throws: badData when the file was changed meanwhile (only when checksums are kept).
  func ending(file: Int) throws(RunFailure) -> InputEnding {
    if let stamp, stamp != bytes.stored.stamp {
      throw RunFailure(
        .badData, "\(name): the file was changed while it was read",
        cure: "give it when it is complete")
    }
    return InputEnding(
      file: file, rows: rows, bytes: bytes.stored.bytesRead,
      bytesUncompressed: bytes.bytesDelivered, checksum: bytes.storedChecksum, stamp: stamp,
      contentChecksum: bytes.checksum)
  }

  var name: String { bytes.stored.name }
  var isFinished: Bool { atEnd && carry.isEmpty }
  var repeatedHeaders: Int { framer?.repeatedHeaders ?? 0 }
  /// Lines that end with CR CR LF.
  var doubledReturns: Int { framer?.doubledReturns ?? 0 }
  var fieldLines: FieldLines { framer?.fieldLines ?? FieldLines() }
  var isEmpty: Bool { isFinished && lastByte == nil }
  /// Whether the last line has no line end.
  var endsUnterminated: Bool { isFinished && lastByte.map { $0 != UInt8(ascii: "\n") } ?? false }

  /// The start of the input, before the first `fill`.
  ///
  /// - Returns: `limit` bytes, or more up to the first line end but not over `longest`; without
  ///   the byte order mark. Empty when the input is.
  func peek(limit: Int, longest: Int) throws(RunFailure) -> [UInt8] {
    try checkStart()
    var wanted = limit
    while true {
      let holdsLine = answersAtOnce && firstLineFeed(carry) != nil
      try read(into: &carry, upTo: wanted + FileRows.byteOrderMark.count, waits: !holdsLine)
      let start = byteOrderMarkEnd(carry) ?? 0
      let lineEnd = firstLineFeed(carry).map { $0 + 1 }
      if answersAtOnce, !atEnd, lineEnd == nil, carry.count < wanted { continue }
      if !atEnd, lineEnd == nil, wanted < longest {
        wanted = min(max(wanted, 1) * 2, longest)
        continue
      }
      let end = min(max(start + limit, lineEnd ?? carry.count), carry.count)
      return carry.withSpan { span in (min(start, end)..<end).map { span[$0] } }
    }
  }

  /// Looks at the first bytes, once: an input that is no text of rows is refused by name. What an
  /// earlier run has learned from was looked at by that run.
  private func checkStart() throws(RunFailure) {
    guard !isStartKnown, start == nil else { return }
    isStartKnown = true
    try InputStart.check(
      try bytes.start(limit: InputStart.bytes, answersAtOnce: answersAtOnce), of: name,
      isInflated: !bytes.isPlain)
  }

  /// Replaces the chunk's content by the next rows; there may be none.
  func fill(_ chunk: inout RowChunk, chunkBytes: Int, syntax: RowSyntax) throws(RunFailure) {
    try checkStart()
    let isFirst = framer == nil && start == nil
    var framer = self.framer ?? RowFramer(name: name, syntax: syntax, from: start)
    prepare(&chunk, chunkBytes: chunkBytes)
    if isFirst { try skipLines(syntax.skippedLines, &chunk.bytes, chunkBytes: chunkBytes) }
    if isSkippingLine { try skipLine(&chunk.bytes, chunkBytes: chunkBytes) }
    chunk.offset = offset
    chunk.firstLine = line
    chunk.rowsBefore = rows
    let progress = try frame(&chunk, &framer, chunkBytes: chunkBytes)
    chunk.header = framer.header
    self.framer = framer

    let rest = chunk.bytes.count - progress.consumed
    carry.reserve(rest)
    // Both buffers hold `rest` bytes there, and they are not the same buffer.
    unsafe carry.base.update(from: chunk.bytes.base + progress.consumed, count: rest)
    carry.setCount(rest)
    chunk.bytes.setCount(progress.consumed)
    isSkippingLine = progress.skipsLine
    offset += progress.consumed
    line += progress.lineFeeds
    rows += chunk.rows.count
    followRestarts()
    chunk.position = position
    guard answersAtOnce else { return }
    chunk.isFollowedByWait = bytes.wouldWait
    owesAnswer = !chunk.isFollowedByWait
  }

  private func prepare(_ chunk: inout RowChunk, chunkBytes: Int) {
    chunk.rows.removeAll()
    chunk.faults.removeAll(keepingCapacity: true)
    chunk.bytes.removeAll()
    // Give back what a very long row took; not at once, lest two such rows cost two allocations.
    let usual = chunkBytes + RowFramer.slack
    if chunk.bytes.capacity > 4 * usual { chunk.bytes.shrink(to: usual) }
    carry.withSpan { chunk.bytes.append(contentsOf: $0) }
    carry.removeAll()
    if carry.capacity > 4 * usual { carry.shrink(to: usual) }
  }

  /// Reads until there is a whole row, or none can come.
  private func frame(
    _ chunk: inout RowChunk, _ framer: inout RowFramer, chunkBytes: Int
  ) throws(RunFailure) -> RowFramer.Progress {
    var target = chunkBytes
    // With these bytes every row has ended or is too long, whatever stands before it.
    let enough = framer.window + 8
    // Whole rows may have been read already, to be looked at.
    var waits = chunk.bytes.isEmpty
    while true {
      if waits, owesAnswer, bytes.wouldWait { return RowFramer.Progress(consumed: 0, lineFeeds: 0) }
      try read(into: &chunk.bytes, upTo: target, waits: waits)
      waits = true
      // Of a long row no more than a quarter is read in vain.
      let count = chunk.bytes.count
      let more = count < Self.longBytes ? count : count / 4
      target = min(max(count + more, chunkBytes), enough + chunkBytes)
      guard let start = offset == 0 ? byteOrderMarkEnd(chunk.bytes) : 0 else { continue }
      let progress = try framer.frame(&chunk, from: start, atEnd: atEnd)
      if atEnd || progress.consumed > start || progress.skipsLine { return progress }
    }
  }

  /// Where the text starts; nil while the bytes may still become a byte order mark.
  private func byteOrderMarkEnd(_ buffer: borrowing GrowableBuffer<UInt8>) -> Int? {
    let mark = FileRows.byteOrderMark
    for index in mark.indices {
      if index == buffer.count { return atEnd ? 0 : nil }
      if buffer[index] != mark[index] { return 0 }
    }
    return mark.count
  }

  private func skipLines(
    _ lines: Int, _ buffer: inout GrowableBuffer<UInt8>, chunkBytes: Int
  ) throws(RunFailure) {
    var left = lines
    while left > 0, !(atEnd && buffer.isEmpty) {
      try skipLine(&buffer, chunkBytes: chunkBytes)
      left -= 1
    }
  }

  /// Drops bytes up to the end of a line: one that was too long, or is to be skipped.
  private func skipLine(
    _ buffer: inout GrowableBuffer<UInt8>, chunkBytes: Int
  ) throws(RunFailure) {
    while true {
      if let lineFeed = firstLineFeed(buffer) {
        let rest = buffer.count - lineFeed - 1
        // Both ranges lie within the initialised bytes; memmove allows them to overlap.
        unsafe memmove(buffer.base, buffer.base + lineFeed + 1, rest)
        buffer.setCount(rest)
        offset += lineFeed + 1
        line += 1
        isSkippingLine = false
        return
      }
      offset += buffer.count
      buffer.removeAll()
      if atEnd { return }
      try read(into: &buffer, upTo: chunkBytes)
    }
  }

  private func firstLineFeed(_ buffer: borrowing GrowableBuffer<UInt8>) -> Int? {
    // The first `count` bytes are initialised.
    let found = unsafe memchr(buffer.base, Int32(UInt8(ascii: "\n")), buffer.count)
    guard let found = unsafe found else { return nil }
    return unsafe UnsafeRawPointer(buffer.base).distance(to: UnsafeRawPointer(found))
  }

  /// Reads until the buffer holds `target` bytes or the input ends; where answers are wanted at once,
  /// until no more is there yet.
  ///
  /// - Parameter waits: whether it waits for the first bytes nevertheless.
  private func read(
    into buffer: inout GrowableBuffer<UInt8>, upTo target: Int, waits: Bool = true
  ) throws(RunFailure) {
    var isEnough = !waits
    // What a chunk before had left over may be more than is wanted here.
    buffer.reserve(max(target, buffer.count) + RowFramer.slack)
    while !atEnd, buffer.count < target {
      if answersAtOnce, isEnough, bytes.wouldWait { return }
      isEnough = true
      // `target` bytes are reserved; those from `count` on are free to be written.
      let free = unsafe UnsafeMutableBufferPointer(
        start: buffer.base + buffer.count, count: target - buffer.count)
      let count = unsafe try bytes.read(into: free)
      buffer.setCount(buffer.count + count)
      atEnd = count == 0
      if count > 0 { lastByte = buffer[buffer.count - 1] }
    }
  }
}
