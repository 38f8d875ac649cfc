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

/// Texts: plain, in single quotes, in double quotes.
extension YAMLScanner {
  struct Text {
    var text: String
    var isQuoted: Bool
  }

  private static let quoteCure = "put the text in quotes"

  /// A text that starts here and ends in this line.
  ///
  /// - Parameter isInFlow: inside `[ ]` or `{ }`, where commas and brackets end a plain text.
  mutating func text(isInFlow: Bool) throws(YAMLDefect) -> Text {
    switch byte {
    case UInt8(ascii: "\""): Text(text: try doubleQuoted(), isQuoted: true)
    case UInt8(ascii: "'"): Text(text: try singleQuoted(), isQuoted: true)
    default: Text(text: try plain(isInFlow: isInFlow), isQuoted: false)
    }
  }

  // MARK: - Plain

  /// Whether a `:` here parts a key from its value.
  func isAtColon(isInFlow: Bool) -> Bool {
    isAt(":") && (isBlank(at: 1) || isInFlow && isFlowIndicator(peek(1)))
  }

  private func isFlowIndicator(_ byte: UInt8?) -> Bool {
    byte.map { Array("[]{},".utf8).contains($0) } ?? false
  }

  private mutating func plain(isInFlow: Bool) throws(YAMLDefect) -> String {
    try refuseIndicator(isInFlow: isInFlow)
    let start = position
    var end = position
    while let byte, !Self.isLineEnd(byte) {
      if isAtColon(isInFlow: isInFlow) || isInFlow && isFlowIndicator(byte) { break }
      if byte == UInt8(ascii: "#"), position > start, bytes[position - 1] == 0x20 { break }
      guard byte != 0x09 else {
        throw defect("a tab stands in a text without quotes", cure: Self.quoteCure)
      }
      advance()
      if byte != 0x20 { end = position }
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// What a plain text must not start with.
  private func refuseIndicator(isInFlow: Bool) throws(YAMLDefect) {
    guard let byte else { return }
    let character = Character(Unicode.Scalar(byte))
    switch character {
    case "&": throw defect("anchors (&) are not read", cure: "write the value out, or quote it")
    case "*": throw defect("aliases (*) are not read", cure: "write the value out, or quote it")
    case "!": throw defect("tags (!) are not read", cure: "drop the tag, or quote the text")
    case "|", ">":
      throw defect(
        "block texts (\(character)) are not read", cure: "write the text in double quotes")
    case "%", "@", "`", "#", ",", "[", "]", "{", "}":
      throw defect("a text starts with \(character)", cure: Self.quoteCure)
    case "-", "?", ":":
      // In a flow readers differ about the latter two.
      let isRisky = isInFlow && (character != "-" || isFlowIndicator(peek(1)))
      guard isBlank(at: 1) || isRisky else { return }
      throw defect("a text starts with \(character)", cure: Self.quoteCure)
    default: return
    }
  }

  // MARK: - Quoted

  private mutating func singleQuoted() throws(YAMLDefect) -> String {
    var text: [UInt8] = []
    advance()
    while let byte, !Self.isLineEnd(byte) {
      advance()
      guard byte == UInt8(ascii: "'") else {
        text.append(byte)
        continue
      }
      guard isAt("'") else { return String(decoding: text, as: UTF8.self) }
      text.append(byte)
      advance()
    }
    throw notClosed
  }

  private mutating func doubleQuoted() throws(YAMLDefect) -> String {
    var text: [UInt8] = []
    advance()
    while let byte, !Self.isLineEnd(byte) {
      advance()
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += Array(String(Character(try escaped())).utf8)
      default: text.append(byte)
      }
    }
    throw notClosed
  }

  private var notClosed: YAMLDefect {
    defect("a quote is not closed in its line", cure: "close it; a text stands in one line")
  }

  private static let escapes: [Character: UInt32] = [
    "0": 0x00, "a": 0x07, "b": 0x08, "t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D,
    "e": 0x1B, " ": 0x20, "\"": 0x22, "/": 0x2F, "\\": 0x5C, "N": 0x85, "_": 0xA0, "L": 0x2028,
    "P": 0x2029,
  ]

  /// What stands after a backslash.
  private mutating func escaped() throws(YAMLDefect) -> Unicode.Scalar {
    guard let byte, !Self.isLineEnd(byte) else { throw notClosed }
    let character = Character(Unicode.Scalar(byte))
    advance()
    if let value = Self.escapes[character], let scalar = Unicode.Scalar(value) { return scalar }
    let digits = ["x": 2, "u": 4, "U": 8][character] ?? 0
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = self.byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unknownEscape
      }
      value = value << 4 | UInt32(digit)
      advance()
    }
    guard digits > 0, let scalar = Unicode.Scalar(value) else { throw unknownEscape }
    return scalar
  }

  private var unknownEscape: YAMLDefect {
    defect(
      "an escape that YAML does not have stands in double quotes",
      cure: "write a backslash as \\\\, or use single quotes")
  }
}
