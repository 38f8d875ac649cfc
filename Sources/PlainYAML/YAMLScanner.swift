/// The bytes of a document and a place among them: white space, comments, and where lines begin.
struct YAMLScanner {
  let bytes: [UInt8]
  private(set) var position: Int
  private(set) var line = 1
  private var lineStart: Int

  /// - Throws: for bytes that no YAML document has.
  init(_ bytes: [UInt8]) throws(YAMLDefect) {
    self.bytes = bytes
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    position = bytes.starts(with: mark) ? mark.count : 0
    lineStart = position
    try refuseForeignBytes()
  }

  /// Control characters, and what some readers take for the end of a line.
  private func refuseForeignBytes() throws(YAMLDefect) {
    let lines = bytes[position...].split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let text = String(validating: line, as: UTF8.self) else {
        throw YAMLDefect(
          line: index + 1, "the text is not UTF-8", cure: "save the file as UTF-8")
      }
      let isLast = index + 1 == lines.count
      let shown =
        !isLast && line.last == 0x0D ? text.unicodeScalars.dropLast() : text.unicodeScalars[...]
      guard let foreign = shown.first(where: Self.isForeign) else { continue }
      throw YAMLDefect(
        line: index + 1,
        "the character U+\(String(foreign.value, radix: 16, uppercase: true))"
          + " stands there, which is not printable",
        cure: "write it as an escape such as \"\\x07\" in double quotes")
    }
  }

  private static func isForeign(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09: false
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  // MARK: - The place

  /// From 0.
  var column: Int { position - lineStart }
  var isAtEnd: Bool { position == bytes.count }
  /// nil at the end.
  var byte: UInt8? { peek(0) }

  func peek(_ distance: Int) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  func isAt(_ character: Unicode.Scalar) -> Bool { byte == UInt8(ascii: character) }

  /// Whether white space or the end follows `distance` bytes from here.
  func isBlank(at distance: Int) -> Bool {
    guard let byte = peek(distance) else { return true }
    return byte == 0x20 || byte == 0x09 || Self.isLineEnd(byte)
  }

  static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  var isAtLineEnd: Bool { byte.map(Self.isLineEnd) ?? true }

  /// Moves over bytes of one line.
  mutating func advance(_ count: Int = 1) { position += count }

  // MARK: - White space

  /// Moves over spaces and, behind a space or at the start of a line, a comment.
  ///
  /// - Throws: for a tab.
  mutating func skipBlanks() throws(YAMLDefect) {
    while isAt(" ") { position += 1 }
    guard byte != 0x09 else {
      throw defect("a tab stands where spaces belong", cure: "use spaces")
    }
    guard isAt("#"), column == 0 || bytes[position - 1] == 0x20 else { return }
    while !isAtLineEnd { position += 1 }
  }

  /// Moves over blanks, comments and ends of lines to what comes next.
  mutating func skipToContent() throws(YAMLDefect) {
    try skipBlanks()
    while let byte, Self.isLineEnd(byte) {
      position += 1
      if byte == 0x0A {
        line += 1
        lineStart = position
      }
      try skipBlanks()
    }
  }

  /// - Throws: when anything but a comment is left in this line.
  mutating func finishLine() throws(YAMLDefect) {
    try skipBlanks()
    guard isAtLineEnd else {
      throw defect(
        "something stands after the end of the value",
        cure: "put a text with such characters in quotes")
    }
  }

  func defect(_ message: String, cure: String) -> YAMLDefect {
    YAMLDefect(line: line, message, cure: cure)
  }
}
