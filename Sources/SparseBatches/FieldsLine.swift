/// `#Fields: date time cs-uri …`: the header of W3C's extended log format, whose names blanks part
/// whatever parts the fields of its rows.
package enum FieldsLine {
  private static let start = Array("#fields:".utf8)

  /// Whether `line` is one.
  package static func isOne(_ line: [UInt8]) -> Bool {
    names(in: line, delimiter: UInt8(ascii: ",")) != nil
  }

  /// - Returns: the names with `delimiter` between them; nil when it is another line.
  package static func names(in line: [UInt8], delimiter: UInt8) -> [UInt8]? {
    guard line.count > start.count,
      zip(line, start).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && (0x61...0x7A).contains($1) })
    else { return nil }
    let names = line[start.count...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard !names.isEmpty else { return nil }
    return Array(names.joined(separator: [delimiter]))
  }
}
