import SparseBatches

/// Rows found one byte at a time in a file that is wholly in memory: the slow, obvious version
/// of the framing rules, which the fast one must agree with.
struct FramingOracle {
  enum Failure: Error { case badHeader, unterminatedQuote, returnsAlone, otherFields }

  private enum State { case fieldStart, unquoted, quoted, afterQuote, afterReturn, afterReturns }
  private enum RowEnd { case whole(Int), textAfterQuote, openQuote, tooLong, manyLines }

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
    if !bytes.contains(0x0A), bytes.dropLast().contains(0x0D) { throw Failure.returnsAlone }
    try run()
  }

  private var window: Int { syntax.maximumRowBytes + 3 }

  private mutating func run() throws {
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    for _ in 0..<syntax.skippedLines { start = min(lineEnd(start) + 1, bytes.count) }
    while start < bytes.count {
      if isComment(start) {
        let end = lineEnd(start)
        if end - start >= window {
          start = min(lineEnd(min(start + window, bytes.count)) + 1, bytes.count)
        } else {
          try add(start, end, nil)
          start = end + 1
        }
        continue
      }
      switch rowEnd(start) {
      case .whole(let end):
        try add(start, end, nil)
        start = end + 1
      case .textAfterQuote:
        start = try addFirstLine(start, .textAfterQuote)
      case .openQuote:
        start = try addFirstLine(start, .unterminatedQuote)
      case .manyLines:
        start = try addFirstLine(start, .fieldOfManyLines)
      case .tooLong:
        start = try addTooLong(start)
      }
    }
  }

  private func isComment(_ start: Int) -> Bool {
    !isLines && syntax.comment != nil && bytes[start] == syntax.comment
  }

  private func rowEnd(_ start: Int) -> RowEnd {
    var state = State.fieldStart
    var fieldLines = 1
    for index in start..<bytes.count {
      let byte = bytes[index]
      let isDecided = [.fieldStart, .unquoted, .quoted].contains(state)
      if index - start >= window, isDecided { return state == .quoted ? .openQuote : .tooLong }
      switch state {
      case .fieldStart, .unquoted:
        if byte == UInt8(ascii: "\n") { return .whole(index) }
        if byte == delimiter {
          state = .fieldStart
        } else {
          state = state == .fieldStart && byte == quote ? .quoted : .unquoted
          fieldLines = 1
        }
      case .quoted:
        if byte == quote { state = .afterQuote }
        if byte == UInt8(ascii: "\n") {
          fieldLines += 1
          if fieldLines > syntax.maximumFieldLines ?? .max { return .manyLines }
        }
      case .afterQuote:
        if byte == UInt8(ascii: "\n") { return .whole(index) }
        if byte == quote {
          state = .quoted
        } else if byte == delimiter {
          state = .fieldStart
        } else if byte == UInt8(ascii: "\r") {
          state = .afterReturn
        } else {
          return .textAfterQuote
        }
      case .afterReturn, .afterReturns:
        if byte == UInt8(ascii: "\n") { return .whole(index) }
        guard state == .afterReturn, byte == UInt8(ascii: "\r") else { return .textAfterQuote }
        state = .afterReturns
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
    for _ in 0..<2 where row.last == UInt8(ascii: "\r") { row.removeLast() }
    if row.isEmpty { return }
    if isComment(start) {
      guard hasHeader, row.count <= syntax.maximumRowBytes, let delimiter,
        let names = FieldsLine.names(in: row, delimiter: delimiter)
      else { return }
      if let header, header != names { throw Failure.otherFields }
      if header != nil { repeatedHeaders += 1 }
      header = names
      return
    }
    if fault == .tooLong || row.count > syntax.maximumRowBytes {
      fault = .tooLong
      row = Array(row.prefix(min(syntax.maximumRowBytes, 64 << 10)))
    }
    if isLines {
      let text = row.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
      if text.isEmpty || text.first == comment { return }
    }
    if fault == nil, hasReturn(row) { fault = .carriageReturn }
    if hasHeader, header == nil {
      if fault != nil { throw Failure.badHeader }
      header = row
      return
    }
    if hasHeader, fault == nil, let header, cells(row) == cells(header) {
      repeatedHeaders += 1
      return
    }
    let line = 1 + bytes[..<start].count { $0 == UInt8(ascii: "\n") }
    let position = InputPosition(file: 0, row: rows.count + 1, line: line, offset: start)
    rows.append(FramedRow(bytes: row, fault: fault, position: position, ordinal: rows.count))
  }

  private func hasReturn(_ row: [UInt8]) -> Bool {
    guard let quote, !isLines else { return row.contains(0x0D) }
    var (isInQuotes, isStart, at) = (false, true, 0)
    while at < row.count {
      let byte = row[at]
      if isInQuotes, byte == quote, at + 1 < row.count, row[at + 1] == quote {
        at += 1
      } else if byte == quote, isInQuotes || isStart {
        isInQuotes.toggle()
      } else if byte == 0x0D, !isInQuotes {
        return true
      }
      isStart = byte == delimiter && !isInQuotes
      at += 1
    }
    return false
  }

  /// The values of a header's cells: without quotes, blanks and a byte order mark.
  private func cells(_ row: [UInt8]) -> [[UInt8]] {
    let line = row.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(row.dropFirst(3)) : row
    var cells: [[UInt8]] = [[]]
    var (isInQuotes, isStart, at) = (false, true, 0)
    while at < line.count {
      let byte = line[at]
      if isInQuotes, byte == quote {
        if at + 1 < line.count, line[at + 1] == quote {
          cells[cells.count - 1].append(byte)
          at += 1
        } else {
          isInQuotes = false
        }
      } else if !isInQuotes, isStart, byte == quote {
        isInQuotes = true
      } else if !isInQuotes, byte == delimiter {
        cells.append([])
        isStart = true
        at += 1
        continue
      } else {
        cells[cells.count - 1].append(byte)
      }
      isStart = false
      at += 1
    }
    return cells.map { cell in
      var value = cell[...]
      while value.first == UInt8(ascii: " ") { value.removeFirst() }
      while value.last == UInt8(ascii: " ") { value.removeLast() }
      return Array(value)
    }
  }
}
