import CKernels
import Glibc
import SparseBatches

/// Finds the ends of rows that may hold line ends inside quotes.
///
/// The idea: outside quotes only a line feed, or a quote at the start of a field, changes
/// anything; inside quotes only a quote does. One bit mask of line feeds and quotes per 64 bytes
/// leads from one such byte to the next.
///
/// A quote that never closes is noticed far after the row it opened in, and the search is then
/// taken up again on the next line: line after line, that would be quadratic in a hostile file.
/// But the failed search was inside quotes at *every* line feed it passed (else it would have
/// ended there), so a later search that is inside quotes at one of them goes through the same
/// states from there on, and jumps to where the failed one stopped (`failedAt`).
@safe
struct QuotedScan {
  enum Stop {
    /// The row's line feed, or the end of the file.
    case row(end: Int)
    /// Not without more bytes.
    case needsMore
    /// The row did not end within the window; its line has no end before `searchFrom`.
    case tooLong(searchFrom: Int)
    /// The line on which the row starts is a bad row; it ends at `lineEnd`.
    case fault(RowIssue.Reason, lineEnd: Int)
  }

  private let base: UnsafePointer<UInt8>
  private let count: Int
  private let atEnd: Bool
  private let delimiter: UInt8
  private let quote: UInt8
  private let window: Int
  /// Where fields of so many lines are bad rows, no search jumps: each counts its own lines.
  private let maximumFieldLines: Int
  private var failedAt = 0
  /// Whether the row that `next` found last holds line ends inside quotes.
  private(set) var rowHoldsLines = false
  /// The 64 bytes looked at last, and which of them are a line feed or a quote.
  private var blockStart = -1
  private var blockMask: UInt64 = 0

  /// - Parameter base: `count` bytes that outlive the scan, and `RowFramer.slack` more allocated.
  init(
    base: UnsafePointer<UInt8>, count: Int, atEnd: Bool, delimiter: UInt8, quote: UInt8,
    window: Int, maximumFieldLines: Int = .max
  ) {
    unsafe self.base = unsafe base
    self.count = count
    self.atEnd = atEnd
    self.delimiter = delimiter
    self.quote = quote
    self.window = window
    self.maximumFieldLines = maximumFieldLines
  }

  /// Where a search stands: the next byte to look at, and whether it is inside quotes.
  private struct SearchState {
    var at: Int
    var inQuotes: Bool
  }

  /// What one byte, a line feed or a quote, does to a search.
  private enum Step {
    case goOn(SearchState)
    case rowEnds
    case needsMore
    case textAfterQuote
  }

  /// The end of the row that starts at `rowStart`.
  mutating func next(from rowStart: Int) -> Stop {
    let limit = rowStart + window
    var state = SearchState(at: rowStart, inQuotes: false)
    var fieldLines = 1
    rowHoldsLines = false
    while true {
      let at = nextSpecial(from: state.at)
      guard at < min(count, limit) else { return noEnd(rowStart, limit, state) }
      if !state.inQuotes {
        fieldLines = 1
      } else if byte(at) != quote {
        rowHoldsLines = true
        fieldLines += 1
        if fieldLines > maximumFieldLines {
          return faultOnFirstLine(.fieldOfManyLines, rowStart, limit)
        }
      }
      switch step(at, rowStart, state.inQuotes) {
      case .goOn(let next): state = next
      case .rowEnds: return .row(end: byte(at) == quote ? count : at)
      case .needsMore: return .needsMore
      case .textAfterQuote:
        failedAt = at
        return faultOnFirstLine(.textAfterQuote, rowStart, limit)
      }
    }
  }

  @inline(__always)
  private func step(_ at: Int, _ rowStart: Int, _ inQuotes: Bool) -> Step {
    let isQuote = byte(at) == quote
    guard inQuotes else {
      if !isQuote { return .rowEnds }
      let opens = at == rowStart || byte(at - 1) == delimiter
      return .goOn(SearchState(at: at + 1, inQuotes: opens))
    }
    guard isQuote else {
      let jump = maximumFieldLines == .max ? failedAt : 0
      return .goOn(SearchState(at: max(at + 1, jump), inQuotes: true))
    }
    return closing(at)
  }

  /// What follows a quote inside quotes.
  private func closing(_ at: Int) -> Step {
    guard at + 1 < count else { return atEnd ? .rowEnds : .needsMore }
    switch byte(at + 1) {
    case quote:
      return .goOn(SearchState(at: at + 2, inQuotes: true))
    case delimiter, UInt8(ascii: "\n"):
      return .goOn(SearchState(at: at + 1, inQuotes: false))
    case UInt8(ascii: "\r"):
      // CR LF, and CR CR LF as a second conversion leaves it.
      var end = at + 2
      if end < count, byte(end) == UInt8(ascii: "\r") { end += 1 }
      guard end < count else { return atEnd ? .rowEnds : .needsMore }
      return byte(end) == UInt8(ascii: "\n")
        ? .goOn(SearchState(at: end, inQuotes: false)) : .textAfterQuote
    default:
      return .textAfterQuote
    }
  }

  /// The end of the line at `rowStart`, quotes or not: of a comment.
  func endOfLine(from rowStart: Int) -> Stop {
    let limit = rowStart + window
    if let end = lineFeed(from: rowStart), end < limit { return .row(end: end) }
    if count >= limit { return .tooLong(searchFrom: limit) }
    return atEnd ? .row(end: count) : .needsMore
  }

  /// The row ended neither in the window nor in the bytes that are there.
  private mutating func noEnd(_ rowStart: Int, _ limit: Int, _ state: SearchState) -> Stop {
    // Two bytes after the window: a quote at its end can always be judged.
    guard count >= limit + 2 || atEnd else { return .needsMore }
    let isOver = nextSpecial(from: state.at) < count || count >= limit + 2
    if state.inQuotes {
      failedAt = isOver ? max(limit, state.at) : count
      return faultOnFirstLine(.unterminatedQuote, rowStart, limit)
    }
    return isOver ? .tooLong(searchFrom: limit) : .row(end: count)
  }

  private func faultOnFirstLine(
    _ reason: RowIssue.Reason, _ rowStart: Int, _ limit: Int
  ) -> Stop {
    if let lineEnd = lineFeed(from: rowStart), lineEnd < limit {
      return .fault(reason, lineEnd: lineEnd)
    }
    if count >= limit { return .tooLong(searchFrom: limit) }
    return atEnd ? .fault(reason, lineEnd: count) : .needsMore
  }

  // MARK: Bytes

  @inline(__always)
  private func byte(_ index: Int) -> UInt8 {
    // All callers stay within 0..<count.
    unsafe base[index]
  }

  /// The next line feed or quote; `count` or more when there is none.
  @inline(__always)
  private mutating func nextSpecial(from start: Int) -> Int {
    if start >= count { return count }
    var block = start & ~63
    if block != blockStart { load(block) }
    var mask = blockMask & (~0 << UInt64(start & 63))
    while mask == 0 {
      block += 64
      if block >= count { return count }
      load(block)
      mask = blockMask
    }
    return block + mask.trailingZeroBitCount
  }

  @inline(__always)
  private mutating func load(_ block: Int) {
    // block < count, and `slack` bytes are allocated after the last; a hit among them is at
    // `count` or more.
    let lineFeeds = unsafe lrs_match_mask64(base + block, UInt8(ascii: "\n"))
    let quotes = unsafe lrs_match_mask64(base + block, quote)
    blockMask = lineFeeds | quotes
    blockStart = block
  }

  func lineFeed(from start: Int) -> Int? {
    guard start < count else { return nil }
    // Within the `count` initialised bytes.
    let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), count - start)
    guard let found = unsafe found else { return nil }
    return unsafe UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
  }

  func countLineFeeds(from start: Int, to end: Int) -> Int {
    var lineFeeds = 0
    var block = start
    while block < end {
      var mask = unsafe lrs_match_mask64(base + block, UInt8(ascii: "\n"))
      if end - block < 64 { mask &= (1 << UInt64(end - block)) - 1 }
      lineFeeds += mask.nonzeroBitCount
      block += 64
    }
    return lineFeeds
  }
}
