package import SparseBatches

/// Cells of delimited lines.
package enum CellText {
  package static func append(_ text: some Sequence<UInt8>, to line: inout GrowableBuffer<UInt8>) {
    for byte in text { line.append(byte) }
  }

  /// A cell of comma-separated values (RFC 4180): quoted where its bytes need it.
  package static func appendQuoted(_ cell: Span<UInt8>, to line: inout GrowableBuffer<UInt8>) {
    let quote = UInt8(ascii: "\"")
    guard needsQuotes(cell) else { return line.append(contentsOf: cell) }
    line.append(quote)
    for index in cell.indices {
      if cell[index] == quote { line.append(quote) }
      line.append(cell[index])
    }
    line.append(quote)
  }

  private static func needsQuotes(_ cell: Span<UInt8>) -> Bool {
    for index in cell.indices {
      switch cell[index] {
      case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        return true
      default: continue
      }
    }
    return false
  }
}
