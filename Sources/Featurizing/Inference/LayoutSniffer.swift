internal import SparseBatches

/// What the first lines of delimited rows say of all the others.
package struct RowLayout: Equatable, Sendable {
  package var delimiter: UInt8
  /// Given, or found in a log of the W3C's extended format.
  package var comment: UInt8?
  /// The header; without one, a row with the fields that most rows have.
  package var firstLine: [UInt8]
  /// Whether the names stand in a line `#Fields:`.
  package var isExtendedLog = false
  /// What is strange about the first line; nil: nothing.
  package var warning: String?
}

/// Finds the layout of delimited rows.
///
/// The header says what separates the fields, as long as the rows after it agree. A title or a
/// remark before the rows does not: then what most of the rows have in common decides.
package enum LayoutSniffer {
  private static let hash = UInt8(ascii: "#")
  private static let candidates = [",", "\t", ";", "|"].map { UInt8(ascii: $0) }
  private static let mostRecords = 50

  /// - Parameters:
  ///   - prefix: the start of the input, without a byte order mark.
  ///   - isWhole: whether nothing comes after it.
  /// - Returns: nil when the prefix ends inside the first row.
  package static func layout(
    of prefix: [UInt8], _ options: ReadingOptions, isWhole: Bool
  ) -> RowLayout? {
    var lines = RecordLines(prefix, quote: options.quote.byte, delimiter: options.delimiter)
    lines.skip(options.skippedLines)
    var comment = options.comment
    var names: [UInt8]?
    var records: [[UInt8]] = []
    while records.count < mostRecords, let start = lines.nextByte {
      // Not cut by quotes: a remark may hold one.
      let mayBeRemark = start == comment || start == hash && comment == nil
      let next = mayBeRemark ? lines.line(isWhole: isWhole) : lines.record(isWhole: isWhole)
      guard let next else { break }
      let isAtStart = records.allSatisfy { $0.first == hash }
      if mayBeRemark, start == hash, isAtStart, FieldsLine.isOne(next) {
        // The lines before it were taken for rows.
        records.removeAll()
        comment = hash
        names = names ?? next
      } else if start != comment {
        records.append(next)
      }
    }
    if let names, options.hasHeader { return log(names, records, options) }
    guard let first = records.first else {
      return isWhole
        ? RowLayout(
          delimiter: options.delimiter ?? candidates[0], comment: comment, firstLine: []) : nil
    }
    return table(first, records, comment, options)
  }

  /// The prefix without the lines that options say are no rows.
  package static func withoutRemarks(_ prefix: [UInt8], _ options: ReadingOptions) -> [UInt8] {
    guard options.skippedLines > 0 || options.comment != nil else { return prefix }
    var lines = RecordLines(prefix, quote: nil, delimiter: nil)
    lines.skip(options.skippedLines)
    while let comment = options.comment, lines.nextByte == comment {
      _ = lines.line(isWhole: true)
    }
    return lines.rest
  }

  // MARK: Rows with a header, or without

  private static func table(
    _ first: [UInt8], _ records: [[UInt8]], _ comment: UInt8?, _ options: ReadingOptions
  ) -> RowLayout {
    let quote = options.quote.byte
    let delimiter = options.delimiter ?? delimiter(of: records, quote: quote)
    var layout = RowLayout(delimiter: delimiter, comment: comment, firstLine: first)
    let counts = records.map { RowFields.count($0, delimiter: delimiter, quote: quote) }
    guard let usual = mode(counts.dropFirst(), least: 1), usual != counts[0] else { return layout }
    if options.hasHeader {
      layout.warning =
        "the first line has \(counts[0]) field(s), and most of the next ones have \(usual): if it is"
        + " a title, skip it with --skip-lines 1"
        + (first.first == hash ? ", or with --comment '#'" : "")
    } else if let index = counts.firstIndex(of: usual) {
      layout.firstLine = records[index]
    }
    return layout
  }

  /// The separator that stands most often in the header, outside quotes, unless most of the next
  /// rows have another number of them and agree on another separator.
  package static func delimiter(of records: [[UInt8]], quote: UInt8?) -> UInt8 {
    let counts = records.map { line in
      candidates.map { RowFields.count(line, delimiter: $0, quote: quote) - 1 }
    }
    guard let header = records.first else { return candidates[0] }
    let choice = FormatSniffer.delimiter(ofHeader: header, quote: quote)
    let rest = counts.dropFirst()
    guard let column = candidates.firstIndex(of: choice), rest.count >= 2,
      2 * rest.count(where: { $0[column] == counts[0][column] }) < rest.count
    else { return choice }
    var best: (delimiter: UInt8, rows: Int)?
    for (index, candidate) in candidates.enumerated() {
      guard let usual = mode(rest.map { $0[index] }[...], least: 1) else { continue }
      let rows = rest.count { $0[index] == usual }
      if rows > best?.rows ?? 0 { best = (candidate, rows) }
    }
    return best?.delimiter ?? choice
  }

  /// What more than half of at least two numbers are; nil when they disagree, or it is too small.
  private static func mode(_ numbers: ArraySlice<Int>, least: Int) -> Int? {
    guard numbers.count >= 2 else { return nil }
    let counts = Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
    guard let most = counts.max(by: { $0.value < $1.value }), 2 * most.value > numbers.count,
      most.key >= least
    else { return nil }
    return most.key
  }

  // MARK: W3C's extended log format

  private static func log(
    _ line: [UInt8], _ records: [[UInt8]], _ options: ReadingOptions
  ) -> RowLayout? {
    let count = RowFields.count(
      FieldsLine.names(in: line, delimiter: candidates[0]) ?? [], delimiter: candidates[0],
      quote: nil)
    let possible = candidates + [UInt8(ascii: " ")]
    let fitting = possible.max { one, two in
      rows(one) < rows(two)
    }
    func rows(_ delimiter: UInt8) -> Int {
      records.count {
        RowFields.count($0, delimiter: delimiter, quote: options.quote.byte) == count
      }
    }
    let found = fitting.flatMap { rows($0) > 0 ? $0 : nil } ?? UInt8(ascii: "\t")
    let delimiter = options.delimiter ?? found
    guard let names = FieldsLine.names(in: line, delimiter: delimiter) else { return nil }
    return RowLayout(
      delimiter: delimiter, comment: hash, firstLine: names, isExtendedLog: true)
  }
}

/// The lines and rows at the start of delimited rows, before it is known what separates their fields.
private struct RecordLines {
  private let bytes: [UInt8]
  private let quote: UInt8?
  private let delimiters: [UInt8]
  private var at = 0
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ bytes: [UInt8], quote: UInt8?, delimiter: UInt8?) {
    self.bytes = bytes
    self.quote = quote
    delimiters = delimiter.map { [$0] } ?? [0x2C, 0x09, 0x3B, 0x7C]
  }

  mutating func skip(_ lines: Int) {
    for _ in 0..<lines {
      guard let end = bytes[at...].firstIndex(of: Self.lineFeed) else {
        at = bytes.count
        return
      }
      at = end + 1
    }
  }

  var rest: [UInt8] { Array(bytes[at...]) }

  /// The first byte of the next line that is not empty; nil at the end.
  var nextByte: UInt8? {
    mutating get {
      while at < bytes.count, bytes[at] == Self.lineFeed || bytes[at] == Self.carriageReturn {
        at += 1
      }
      return at < bytes.count ? bytes[at] : nil
    }
  }

  /// - Returns: nil when the line is not complete.
  mutating func line(isWhole: Bool) -> [UInt8]? {
    let end = bytes[at...].firstIndex(of: Self.lineFeed)
    return take(end ?? bytes.count, isComplete: end != nil || isWhole)
  }

  /// The next row: line ends inside quotes belong to it.
  mutating func record(isWhole: Bool) -> [UInt8]? {
    var (inQuotes, isStart) = (false, true)
    for index in at..<bytes.count {
      let byte = bytes[index]
      if byte == quote, inQuotes || isStart {
        inQuotes.toggle()
        isStart = !inQuotes
      } else if byte == Self.lineFeed, !inQuotes {
        return take(index, isComplete: true)
      } else {
        isStart = !inQuotes && delimiters.contains(byte)
      }
    }
    return take(bytes.count, isComplete: isWhole)
  }

  private mutating func take(_ end: Int, isComplete: Bool) -> [UInt8]? {
    guard isComplete else { return nil }
    var last = end
    while last > at, bytes[last - 1] == Self.carriageReturn { last -= 1 }
    defer { at = min(end + 1, bytes.count) }
    return Array(bytes[at..<last])
  }
}
