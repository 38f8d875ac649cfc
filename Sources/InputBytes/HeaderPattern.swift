import SparseBatches

/// A header as rows are held against it: its cells without quotes and blanks around them, so that a
/// header that was quoted in another way, or comes after a byte order mark, is known again.
struct HeaderPattern {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let space = UInt8(ascii: " ")

  private let delimiter: UInt8
  private let quote: UInt8?
  /// All cells, one after another, and where each ends.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private let first: UInt8

  init(_ header: FileHeader, delimiter: UInt8, quote: UInt8?) {
    self.delimiter = delimiter
    self.quote = quote
    var first = delimiter
    var cell: [UInt8] = []
    var walk = quote.map { QuotedWalk(delimiter: delimiter, quote: $0) }
    var cells: [[UInt8]] = []
    for byte in header.bytes {
      let wasInQuotes = walk?.isInQuotes ?? false
      walk?.step(byte)
      if byte == delimiter, !wasInQuotes {
        cells.append(cell)
        cell = []
      } else {
        cell.append(byte)
      }
    }
    cells.append(cell)
    for cell in cells {
      bytes += Self.bare(cell, quote)
      ends.append(bytes.count)
    }
    if let length = ends.first, length > 0 { first = bytes[0] }
    self.first = first
  }

  /// A cell as its value is read.
  private static func bare(_ cell: [UInt8], _ quote: UInt8?) -> ArraySlice<UInt8> {
    var value = cell[...]
    if let quote, cell.first == quote {
      var unquoted: [UInt8] = []
      var isOpen = true
      var rest = cell.dropFirst()
      while let byte = rest.popFirst() {
        if isOpen, byte == quote {
          guard rest.first == quote else {
            isOpen = false
            continue
          }
          rest.removeFirst()
        }
        unquoted.append(byte)
      }
      value = unquoted[...]
    }
    while value.first == space { value.removeFirst() }
    while value.last == space { value.removeLast() }
    return value
  }

  /// Whether a row that starts with `byte` may be the header: most are not, and need no second look.
  @inline(__always)
  func mayMatch(_ byte: UInt8) -> Bool {
    byte == first || byte == quote || byte == Self.byteOrderMark[0] || byte == Self.space
  }

  /// Whether the row has the header's cells. Stops at the first byte that differs.
  @unsafe
  func matches(_ row: UnsafeBufferPointer<UInt8>) -> Bool {
    var at = 0
    if unsafe row.starts(with: Self.byteOrderMark) { at = Self.byteOrderMark.count }
    var start = 0
    for (index, end) in ends.enumerated() {
      // Proof: `at` never exceeds the count.
      guard unsafe matchCell(bytes[start..<end], row, &at) else { return false }
      start = end
      guard index + 1 < ends.count else { break }
      guard at < row.count, unsafe row[at] == delimiter else { return false }
      at += 1
    }
    return at == row.count
  }

  @unsafe
  private func matchCell(
    _ cell: ArraySlice<UInt8>, _ row: UnsafeBufferPointer<UInt8>, _ at: inout Int
  ) -> Bool {
    let isQuoted = unsafe at < row.count && row[at] == quote
    if isQuoted { at += 1 }
    unsafe skipSpaces(row, &at)
    for byte in cell {
      guard at < row.count, unsafe row[at] == byte, isQuoted || byte != delimiter else {
        return false
      }
      if isQuoted, byte == quote {
        guard at + 1 < row.count, unsafe row[at + 1] == byte else { return false }
        at += 1
      }
      at += 1
    }
    unsafe skipSpaces(row, &at)
    guard isQuoted else { return true }
    guard at < row.count, unsafe row[at] == quote else { return false }
    at += 1
    return true
  }

  @unsafe
  private func skipSpaces(_ row: UnsafeBufferPointer<UInt8>, _ at: inout Int) {
    while at < row.count, delimiter != Self.space, unsafe row[at] == Self.space { at += 1 }
  }
}
