internal import SparseBatches

/// Which format the input has, and what separates its fields.
package enum FormatSniffer {
  package struct Finding: Equatable, Sendable {
    package var format: ReadingOptions.Format
    /// Why, for the notice.
    package var reason: String
  }

  /// - Parameters:
  ///   - name: the file's name: `.csv .tsv .svm .libsvm .vw`, with or without `.gz`, decide.
  ///   - prefix: uncompressed bytes from the start of the input.
  package static func format(name: String, prefix: [UInt8]) -> Finding {
    if let known = byName(name) {
      return Finding(format: known, reason: "by the file name")
    }
    return Finding(format: byLine(withoutCutToken(prefix)), reason: "by the first line")
  }

  private static func byLine(_ prefix: [UInt8]) -> ReadingOptions.Format {
    let line = firstLine(of: prefix, quote: nil)
    guard line.first == hash else {
      return looksLikeLibSVM(line) ? .libsvm : VWLine.matches(line) ? .vw : .csv
    }
    // Comments of LibSVM rows, directives of a log, or a header: the lines after them tell.
    let lines = prefix.split(separator: UInt8(ascii: "\n")).map { line in
      Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
    let leading = lines.prefix { $0.first == hash || $0.isEmpty }
    if leading.contains(where: { FieldsLine.isOne($0) }) { return .csv }
    guard leading.count < lines.count else { return .libsvm }
    return looksLikeLibSVM(lines[leading.count]) ? .libsvm : .csv
  }

  private static let hash = UInt8(ascii: "#")

  /// A prefix that ends inside its first line, without the token that may be cut.
  private static func withoutCutToken(_ prefix: [UInt8]) -> [UInt8] {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    guard prefix.count >= longestWhole, !prefix.contains(UInt8(ascii: "\n")),
      let blank = prefix.lastIndex(where: blanks.contains)
    else { return prefix }
    return Array(prefix[..<blank])
  }

  /// A first line that is shorter stands in the prefix whole.
  private static let longestWhole = 4096

  private static func byName(_ name: String) -> ReadingOptions.Format? {
    var lower = name.lowercased()[...]
    if lower.hasSuffix(".gz") { lower = lower.dropLast(3) }
    if lower.hasSuffix(".csv") || lower.hasSuffix(".tsv") { return .csv }
    if lower.hasSuffix(".svm") || lower.hasSuffix(".libsvm") { return .libsvm }
    if lower.hasSuffix(".vw") { return .vw }
    return nil
  }

  /// The first line that is not blank; line ends inside quotes belong to it.
  package static func firstLine(of prefix: [UInt8], quote: UInt8?) -> [UInt8] {
    var line: [UInt8] = []
    var inQuotes = false
    for byte in prefix {
      if byte == quote { inQuotes.toggle() }
      if byte == UInt8(ascii: "\n"), !inQuotes {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.isEmpty { return line }
        continue
      }
      line.append(byte)
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }

  /// A number, then only `index:value` tokens (or a comment).
  private static func looksLikeLibSVM(_ line: [UInt8]) -> Bool {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    let tokens = line.split(whereSeparator: blanks.contains)
    guard let label = tokens.first, tokens.count >= 2 else { return false }
    guard case .number = DecimalNumber.parse(label) else { return false }
    let features = tokens.dropFirst().prefix { $0.first != UInt8(ascii: "#") }
    return features.allSatisfy(isFeature)
  }

  private static func isFeature(_ token: ArraySlice<UInt8>) -> Bool {
    let parts = token.split(
      separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let isIndex = !parts[0].isEmpty && parts[0].allSatisfy { (0x30...0x39).contains($0) }
    return isIndex || parts[0].elementsEqual("qid".utf8)
  }

  /// The separator that stands most often in the header, outside quotes; a comma when none does.
  package static func delimiter(ofHeader line: [UInt8], quote: UInt8?) -> UInt8 {
    let candidates = [",", "\t", ";", "|"].map { UInt8(ascii: $0) }
    var counts = Array(repeating: 0, count: candidates.count)
    var inQuotes = false
    for byte in line {
      if byte == quote { inQuotes.toggle() }
      if !inQuotes, let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
    }
    // The first of equals wins: a comma before the others.
    let most = counts.max() ?? 0
    return zip(candidates, counts).first { $0.1 == most }?.0 ?? UInt8(ascii: ",")
  }
}

/// Whether a line looks like Vowpal Wabbit's text format, and not like fields between bars.
enum VWLine {
  /// Before the first bar a number, with a space or a tag between it and the bar; or nothing,
  /// and after the bar a token `name:number`.
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
