import Glibc
import SparseBatches

// MARK: - Carriage returns and comments

extension RowFramer {
  /// Whether a carriage return stands in the row, outside quotes.
  @inline(never)
  func holdsReturn(_ start: Int, _ end: Int, _ chunk: borrowing RowChunk) -> Bool {
    let mark = UInt8(ascii: "\r")
    // `start..<end` lies within the initialised bytes.
    guard unsafe memchr(chunk.bytes.base + start, Int32(mark), end - start) != nil else {
      return false
    }
    guard let quote, chunk.hasQuotes else { return true }
    var fields = QuotedWalk(delimiter: delimiter ?? 0, quote: quote)
    for index in start..<end {
      let byte = chunk.bytes[index]
      fields.step(byte)
      if byte == mark, !fields.isInQuotes { return true }
    }
    return false
  }

  @inline(__always)
  func isComment(_ start: Int, _ chunk: borrowing RowChunk) -> Bool {
    guard let comment else { return false }
    // `start` is initialised: the row is not empty.
    return unsafe chunk.bytes.base[start] == comment
  }

  /// A comment is no row; `#Fields:` names the columns.
  @inline(never)
  mutating func takeComment(
    _ start: Int, _ end: Int, _ chunk: borrowing RowChunk
  ) throws(RunFailure) {
    guard case .headerThenRows = lines, let delimiter, end - start <= maximumRowBytes else {
      return
    }
    let line = (start..<end).map { chunk.bytes[$0] }
    guard let names = FieldsLine.names(in: line, delimiter: delimiter) else { return }
    guard let header else { return set(header: FileHeader(bytes: names)) }
    guard header.bytes == names else {
      throw RunFailure(
        .badData,
        "\(name): line \(rowAndLine(chunk, start).line): #Fields: names other columns than before",
        cure: "cut the file there: all rows of an input have the same columns")
    }
    repeatedHeaders += 1
  }
}
