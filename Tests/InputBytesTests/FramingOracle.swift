import SparseBatches

/// Rows found one byte at a time in a file that is wholly in memory: the slow, obvious version
/// of the framing rules, which the fast one must agree with.
struct FramingOracle {
  enum Failure: Error { case badHeader, unterminatedQuote }

  private enum State { case fieldStart, unquoted, quoted, afterQuote, afterQuoteAndReturn }
  private enum RowEnd { case whole(Int), textAfterQuote, openQuote, tooLong }

  let bytes: [UInt8]
  let syntax: RowSyntax
  var rows: [FramedRow] = []
  var header: [UInt8]?
  var repeatedHeaders = 0

  private var delimiter: UInt8?
  private var quote: UInt8?
  private var hasHeader = false
  private var comment: UInt8?
  private var isLines = false

  init(_ bytes: [UInt8], _ syntax: RowSyntax) throws {
    self.bytes = bytes
    self.syntax = syntax
    switch syntax.kind {
    case .delimited(let delimiter, let quote, let hasHeader):
      self.delimiter = delimiter
      self.quote = quote
      self.hasHeader = hasHeader
    case .lines(let comment):
      self.comment = comment
      isLines = true
    }
    try run()
  }

  private var window: Int { syntax.maximumRowBytes + 2 }

  private mutating func run() throws {
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      switch rowEnd(start) {
      case .whole(let end):
        try add(start, end, nil)
        start = end + 1
      case .textAfterQuote:
        start = try addFirstLine(start, .textAfterQuote)
      case .openQuote:
        start = try addFirstLine(start, .unterminatedQuote)
      case .tooLong:
        start = try addTooLong(start)
      }
    }
  }

  private func rowEnd(_ start: Int) -> RowEnd {
    var state = State.fieldStart
    for index in start..<bytes.count {
      let byte = bytes[index]
      let isDecided = state != .afterQuote && state != .afterQuoteAndReturn
      if index - start >= window, isDecided { return state == .quoted ? .openQuote : .tooLong }
      switch state {
      case .fieldStart, .unquoted:
        if byte == UInt8(ascii: "\n") { return .whole(index) }
        if byte == delimiter {
          state = .fieldStart
        } else {
          state = state == .fieldStart && byte == quote ? .quoted : .unquoted
        }
      case .quoted:
        if byte == quote { state = .afterQuote }
      case .afterQuote:
        if byte == UInt8(ascii: "\n") { return .whole(index) }
        if byte == quote {
          state = .quoted
        } else if byte == delimiter {
          state = .fieldStart
        } else if byte == UInt8(ascii: "\r") {
          state = .afterQuoteAndReturn
        } else {
          return .textAfterQuote
        }
      case .afterQuoteAndReturn:
        return byte == UInt8(ascii: "\n") ? .whole(index) : .textAfterQuote
      }
    }
    return state == .quoted ? .openQuote : .whole(bytes.count)
  }

  private func lineEnd(_ start: Int) -> Int {
    bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
  }

  private mutating func addFirstLine(_ start: Int, _ fault: RowIssue.Reason) throws -> Int {
    let end = lineEnd(start)
    if end - start >= window { return try addTooLong(start) }
    if fault == .unterminatedQuote, end + 1 >= bytes.count { throw Failure.unterminatedQuote }
    try add(start, end, fault)
    return end + 1
  }

  private mutating func addTooLong(_ start: Int) throws -> Int {
    try add(start, min(start + window, bytes.count), .tooLong)
    return lineEnd(start + window) + 1
  }

  private mutating func add(_ start: Int, _ end: Int, _ fault: RowIssue.Reason?) throws {
    var row = Array(bytes[start..<end])
    var fault = fault
    if row.last == UInt8(ascii: "\r") { row.removeLast() }
    if row.isEmpty { return }
    if fault == .tooLong || row.count > syntax.maximumRowBytes {
      fault = .tooLong
      row = Array(row.prefix(min(syntax.maximumRowBytes, 64 << 10)))
    }
    if isLines {
      let text = row.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
      if text.isEmpty || text.first == comment { return }
    }
    if hasHeader, header == nil {
      if fault != nil { throw Failure.badHeader }
      header = row
      return
    }
    if hasHeader, fault == nil, row == header {
      repeatedHeaders += 1
      return
    }
    let line = 1 + bytes[..<start].count { $0 == UInt8(ascii: "\n") }
    let position = InputPosition(file: 0, row: rows.count + 1, line: line, offset: start)
    rows.append(FramedRow(bytes: row, fault: fault, position: position, ordinal: rows.count))
  }
}
