/// Whether a line looks like Vowpal Wabbit's text format, and not like fields between bars.
enum VWLine {
  /// Before the first bar a number, with a space or a tag between it and the bar; or nothing,
  /// and behind the bar a token `name:number`.
  static func matches(_ line: [UInt8]) -> Bool {
    guard let bar = line.firstIndex(of: UInt8(ascii: "|")) else { return false }
    let words = line[..<bar].split(separator: UInt8(ascii: " "))
    if words.isEmpty {
      return line[bar...].split(whereSeparator: endsToken).contains(where: hasValue)
    }
    return isHead(words, touchesBar: line[bar - 1] != UInt8(ascii: " "))
  }

  private static func isHead(_ words: [ArraySlice<UInt8>], touchesBar: Bool) -> Bool {
    var numbers = words
    if touchesBar || words.last?.first == UInt8(ascii: "'") { numbers.removeLast() }
    // `1:0.5:0.2` is a label of a kind that is not taken: the row says so better than a CSV header.
    return (1...3).contains(numbers.count)
      && numbers.allSatisfy { word in
        isNumber(word.prefix(while: { $0 != UInt8(ascii: ":") }))
      }
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "|")
  }

  private static func hasValue(_ token: ArraySlice<UInt8>) -> Bool {
    guard let colon = token.firstIndex(of: UInt8(ascii: ":")), colon > token.startIndex else {
      return false
    }
    return isNumber(token[(colon + 1)...])
  }

  private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
    if case .number = DecimalNumber.parse(text) { true } else { false }
  }
}
