package import SparseBatches

/// A header line cut into column names.
package enum HeaderNames {
  package struct Parsed {
    package var names: [ByteText]
    /// Positions (from 0) of cells that were empty and got the name `c<i>`.
    package var unnamed: [Int]
  }

  /// Counts before anything is made of the cells: a line of commas costs one look at its bytes.
  static func refuseTooMany(
    _ line: [UInt8], delimiter: UInt8, quote: UInt8?, maximum: Int
  ) throws(RunFailure) {
    // Delimiters inside quotes count here, which only costs a second look.
    guard line.count(where: { $0 == delimiter }) >= maximum else { return }
    let count = RowFields.count(line, delimiter: delimiter, quote: quote)
    if count > maximum { throw tooMany(count, maximum: maximum) }
  }

  static func tooMany(_ count: Int, maximum: Int) -> RunFailure {
    RunFailure(
      .badData, "there are \(count) columns, more than --max-columns \(maximum) allows",
      cure: "is --delimiter right? raise --max-columns, or write rare columns as LibSVM rows")
  }

  /// - Throws: badData when a name occurs twice, or there are more than `maximum`.
  package static func parse(
    _ line: [UInt8], delimiter: UInt8, quote: UInt8?, maximum: Int
  ) throws(RunFailure) -> Parsed {
    try refuseTooMany(line, delimiter: delimiter, quote: quote, maximum: maximum)
    var parsed = Parsed(names: [], unnamed: [])
    for (index, cell) in RowFields.split(line, delimiter: delimiter, quote: quote).enumerated() {
      if cell.isEmpty { parsed.unnamed.append(index) }
      parsed.names.append(cell.isEmpty ? ByteText("c\(index)") : ByteText(bytes: cell))
    }
    try refuseDuplicates(parsed.names)
    return parsed
  }

  package static func refuseDuplicates(_ names: [ByteText]) throws(RunFailure) {
    var seen: [ByteText: Int] = [:]
    for (index, name) in names.enumerated() {
      if let first = seen.updateValue(index, forKey: name) {
        throw RunFailure(
          .badData,
          "column name \"\(name.display)\" stands twice in the header (columns \(first + 1) and "
            + "\(index + 1))",
          cure: HeaderDoubt.cure(firstLine: names)
            ?? "rename one of them, or say --no-header if the first row is data")
      }
    }
  }
}

/// Column names and globs (`*` any run of bytes, `?` any one) of the `--numeric` kind.
struct ColumnPatterns {
  let option: String
  let patterns: [ByteText]

  init(option: String, _ patterns: [ByteText]) {
    self.option = option
    self.patterns = patterns
  }

  /// - Throws: usage when a pattern fits no column.
  func checkAllUsed(among names: [ByteText]) throws(RunFailure) {
    for pattern in patterns where !names.contains(where: { Self.isMatch(pattern, $0) }) {
      throw ColumnPatterns.unknown(option, pattern, among: names)
    }
  }

  /// Patterns with a wildcard that fit no column.
  func unusedGlobs(among names: [ByteText]) -> [ByteText] {
    patterns.filter { pattern in
      let isGlob = pattern.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
      return isGlob && !names.contains { Self.isMatch(pattern, $0) }
    }
  }

  func match(_ name: ByteText) -> Bool { patterns.contains { Self.isMatch($0, name) } }

  static func unknown(
    _ option: String, _ name: ByteText, among names: [ByteText]
  ) -> RunFailure {
    let nearest = NearestName.find(name.display, among: names.map(\.display))
    let shown = names.prefix(20).map(\.shortDisplay).joined(separator: ", ")
    return RunFailure(
      .usage, "\(option) names the column \"\(name.display)\", which the input does not have",
      cure: (nearest.map { "did you mean \"\($0)\"? " } ?? "") + "columns: \(shown)"
        + (names.count > 20 ? ", …" : ""))
  }

  static func isMatch(_ pattern: ByteText, _ name: ByteText) -> Bool {
    if pattern == name { return true }
    return Self.glob(pattern.bytes[...], name.bytes[...])
  }

  /// Linear in practice: only the last `*` is ever tried again.
  private static func glob(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    var (p, n) = (pattern.startIndex, name.startIndex)
    var star: (pattern: Int, name: Int)?
    while n < name.endIndex {
      if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
        star = (p + 1, n)
        p += 1
      } else if p < pattern.endIndex,
        pattern[p] == name[n] || pattern[p] == UInt8(ascii: "?")
      {
        p += 1
        n += 1
      } else if let again = star {
        star = (again.pattern, again.name + 1)
        (p, n) = (again.pattern, again.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
