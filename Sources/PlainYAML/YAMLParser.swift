/// From bytes to nodes, by recursive descent: block structure by columns, flow structure by brackets.
struct YAMLParser {
  private var scanner: YAMLScanner
  private var depth = 0

  /// Deeper documents are refused, not followed to the end of the stack.
  private static let depthLimit = 64

  init(_ bytes: [UInt8]) throws(YAMLDefect) { scanner = try YAMLScanner(bytes) }

  mutating func document() throws(YAMLDefect) -> YAMLNode? {
    try scanner.skipToContent()
    if isAtMark("---") {
      scanner.advance(3)
      try scanner.skipBlanks()
      guard scanner.isAtLineEnd else {
        throw scanner.defect("a value stands beside ---", cure: "put it on a line of its own")
      }
      try scanner.skipToContent()
    }
    guard !scanner.isAtEnd else { return nil }
    if scanner.column == 0, scanner.isAt("%") {
      throw scanner.defect("directives (%) are not read", cure: "drop the line")
    }
    try refuseMark()
    let node = try block()
    try scanner.skipToContent()
    guard scanner.isAtEnd else { throw misfit }
    return node
  }

  private func isAtMark(_ mark: String) -> Bool {
    scanner.column == 0 && scanner.isBlank(at: 3)
      && scanner.bytes[scanner.position...].starts(with: mark.utf8)
  }

  private func refuseMark() throws(YAMLDefect) {
    guard isAtMark("---") || isAtMark("...") else { return }
    throw scanner.defect("a document ends here", cure: "keep one document, without this line")
  }

  private var misfit: YAMLDefect {
    scanner.defect(
      "the line is not indented as those before it",
      cure: "align the keys of a map and the items of a list; a long text stands in one line")
  }

  private mutating func nested<Value>(
    _ body: (inout YAMLParser) throws(YAMLDefect) -> Value
  ) throws(YAMLDefect) -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw scanner.defect(
        "values are nested more than \(Self.depthLimit) deep", cure: "write them flatter")
    }
    return try body(&self)
  }

  // MARK: - Blocks

  private var isAtItem: Bool { scanner.isAt("-") && scanner.isBlank(at: 1) }

  private var isAtBracket: Bool { scanner.isAt("[") || scanner.isAt("{") }

  /// The value that starts here, up to the end of its last line.
  private mutating func block() throws(YAMLDefect) -> YAMLNode {
    try nested { parser throws(YAMLDefect) in
      let (line, column) = (parser.scanner.line, parser.scanner.column)
      if parser.isAtItem { return try parser.blockList(line, column) }
      if parser.isAtBracket { return try parser.ended(parser.flow()) }
      let first = try parser.scanner.text(isInFlow: false)
      try parser.scanner.skipBlanks()
      guard parser.scanner.isAtColon(isInFlow: false) else {
        return try parser.ended(YAMLNode(.text(first.text, isQuoted: first.isQuoted), line: line))
      }
      return try parser.blockMap(first.text, line, column)
    }
  }

  private mutating func ended(_ node: YAMLNode) throws(YAMLDefect) -> YAMLNode {
    try scanner.skipBlanks()
    guard !scanner.isAt(":") else {
      throw scanner.defect(
        "a colon stands after the value", cure: "put a text with a colon in quotes")
    }
    try scanner.finishLine()
    return node
  }

  /// Whether the next line holds a further entry of a block that stands at `column`.
  private mutating func goesOn(at column: Int) throws(YAMLDefect) -> Bool {
    try scanner.skipToContent()
    guard !scanner.isAtEnd else { return false }
    try refuseMark()
    guard scanner.column <= column else { throw misfit }
    return scanner.column == column
  }

  private mutating func blockList(_ line: Int, _ column: Int) throws(YAMLDefect) -> YAMLNode {
    var items: [YAMLNode] = []
    repeat {
      let itemLine = scanner.line
      scanner.advance()
      try scanner.skipBlanks()
      guard scanner.isAtLineEnd else {
        items.append(try block())
        continue
      }
      try scanner.skipToContent()
      let isDeeper = !scanner.isAtEnd && scanner.column > column
      items.append(isDeeper ? try block() : YAMLNode(.text("", isQuoted: false), line: itemLine))
    } while try goesOn(at: column) && isAtItem
    return YAMLNode(.list(items), line: line)
  }

  private mutating func blockMap(
    _ first: String, _ line: Int, _ column: Int
  ) throws(YAMLDefect) -> YAMLNode {
    var entries = KeyedEntries()
    var (key, keyLine) = (first, line)
    while true {
      try entries.check(key, keyLine)
      // The colon.
      scanner.advance()
      let value = try mapValue(of: key, at: column)
      entries.append(YAMLNode.Entry(key: key, line: keyLine, value: value))
      guard try goesOn(at: column) else { break }
      guard !isAtItem else {
        throw scanner.defect(
          "an item of a list stands among keys", cure: "indent the list below its key")
      }
      keyLine = scanner.line
      key = try scanner.text(isInFlow: false).text
      try scanner.skipBlanks()
      guard scanner.isAtColon(isInFlow: false) else {
        throw scanner.defect(
          "\"\(key)\" has no value",
          cure: "write key: value, with a space after the colon; a long text stands in one line")
      }
    }
    return YAMLNode(.map(entries.entries), line: line)
  }

  /// What stands after the colon, in its line or below it.
  private mutating func mapValue(of key: String, at column: Int) throws(YAMLDefect) -> YAMLNode {
    let line = scanner.line
    try scanner.skipBlanks()
    guard scanner.isAtLineEnd else {
      guard !isAtItem else {
        throw scanner.defect(
          "a list starts in the line of its key", cure: "start it in the next line, or write [a, b]"
        )
      }
      if isAtBracket { return try ended(flow()) }
      let text = try scanner.text(isInFlow: false)
      return try ended(YAMLNode(.text(text.text, isQuoted: text.isQuoted), line: line))
    }
    try scanner.skipToContent()
    let isBelow = scanner.column > column || scanner.column == column && isAtItem
    guard !scanner.isAtEnd, isBelow else { return YAMLNode(.text("", isQuoted: false), line: line) }
    return try block()
  }

  // MARK: - Flows

  /// A list or map in brackets, or a text among its entries.
  private mutating func flow() throws(YAMLDefect) -> YAMLNode {
    try nested { parser throws(YAMLDefect) in
      let line = parser.scanner.line
      if parser.scanner.isAt("[") { return YAMLNode(.list(try parser.flowList()), line: line) }
      if parser.scanner.isAt("{") { return YAMLNode(.map(try parser.flowMap()), line: line) }
      let text = try parser.scanner.text(isInFlow: true)
      return YAMLNode(.text(text.text, isQuoted: text.isQuoted), line: line)
    }
  }

  /// Moves over a comma, or leaves the closing bracket where it is.
  private mutating func separate(_ closing: Unicode.Scalar) throws(YAMLDefect) {
    try scanner.skipToContent()
    if scanner.isAt(",") { return scanner.advance() }
    try refuseEnd()
    guard !scanner.isAt(closing) else { return }
    throw scanner.defect(
      "a comma or \(closing) is expected",
      cure: "close the bracket, or put a text with such characters in quotes")
  }

  /// Inside brackets.
  private func refuseEnd() throws(YAMLDefect) {
    try refuseMark()
    guard scanner.isAtEnd else { return }
    throw scanner.defect("a bracket is not closed", cure: "close it")
  }

  private mutating func flowList() throws(YAMLDefect) -> [YAMLNode] {
    var items: [YAMLNode] = []
    scanner.advance()
    try scanner.skipToContent()
    while !scanner.isAt("]") {
      try refuseEnd()
      items.append(try flow())
      try scanner.skipToContent()
      guard !scanner.isAtColon(isInFlow: true) else {
        throw scanner.defect(
          "a key stands in a list", cure: "write {key: value}, or put a text with a colon in quotes"
        )
      }
      try separate("]")
      try scanner.skipToContent()
    }
    scanner.advance()
    return items
  }

  private mutating func flowMap() throws(YAMLDefect) -> [YAMLNode.Entry] {
    var entries = KeyedEntries()
    scanner.advance()
    try scanner.skipToContent()
    while !scanner.isAt("}") {
      try refuseEnd()
      let line = scanner.line
      let key = try scanner.text(isInFlow: true)
      try entries.check(key.text, line)
      try scanner.skipBlanks()
      guard scanner.isAtColon(isInFlow: true) || key.isQuoted && scanner.isAt(":") else {
        throw scanner.defect(
          "\"\(key.text)\" has no value", cure: "write key: value, with a space after the colon")
      }
      scanner.advance()
      try scanner.skipToContent()
      let isEmpty = scanner.isAt(",") || scanner.isAt("}")
      let value = isEmpty ? YAMLNode(.text("", isQuoted: false), line: line) : try flow()
      entries.append(YAMLNode.Entry(key: key.text, line: line, value: value))
      try separate("}")
      try scanner.skipToContent()
    }
    scanner.advance()
    return entries.entries
  }
}

/// The entries of one map, each key once.
private struct KeyedEntries {
  private(set) var entries: [YAMLNode.Entry] = []
  private var lines: [String: Int] = [:]

  mutating func check(_ key: String, _ line: Int) throws(YAMLDefect) {
    guard !key.isEmpty else {
      throw YAMLDefect(line: line, "a key is empty", cure: "give it a name")
    }
    if let first = lines.updateValue(line, forKey: key) {
      throw YAMLDefect(
        line: line, "\"\(key)\" stands there twice, first in line \(first)",
        cure: "keep one of them")
    }
  }

  mutating func append(_ entry: YAMLNode.Entry) { entries.append(entry) }
}
