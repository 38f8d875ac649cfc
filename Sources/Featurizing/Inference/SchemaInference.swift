package import SparseBatches

/// From reading options and a prefix of rows to the schema that the whole run keeps.
package struct SchemaInference: ~Copyable {
  private let options: ReadingOptions
  private let delimiter: UInt8
  private let names: [ByteText]
  private var statistics: [ColumnStatistics]
  private var splitter: FieldSplitter
  private let label: ByteText
  /// Warnings for the person, such as unnamed columns.
  package let notices: [String]
  package private(set) var rowsSeen = 0

  /// For delimited rows.
  ///
  /// - Parameter firstLine: the header, or without a header the first row.
  /// - Throws: usage or badData when the named columns are not there.
  package init(
    options: ReadingOptions, delimiter: UInt8, firstLine: [UInt8]
  ) throws(RunFailure) {
    let label = options.label ?? ByteText(options.hasHeader ? "label" : "c0")
    let found = try Self.names(options, delimiter, firstLine)
    try Self.check(options, label: label, among: found.names)
    (names, notices) = found
    self.options = options
    self.delimiter = delimiter
    self.label = label
    statistics = Array(repeating: ColumnStatistics(), count: found.names.count)
    splitter = FieldSplitter(delimiter: delimiter, quote: options.quote.byte)
  }

  private static func names(
    _ options: ReadingOptions, _ delimiter: UInt8, _ firstLine: [UInt8]
  ) throws(RunFailure) -> (names: [ByteText], notices: [String]) {
    let quote = options.quote.byte
    guard !options.hasHeader else {
      let header = try HeaderNames.parse(firstLine, delimiter: delimiter, quote: quote)
      guard !header.unnamed.isEmpty else { return (header.names, []) }
      let given = header.unnamed.prefix(5).map { "c\($0)" }.joined(separator: ", ")
      return (
        header.names, ["\(header.unnamed.count) header cell(s) are empty: named \(given)"]
      )
    }
    let count = RowFields.split(firstLine, delimiter: delimiter, quote: quote).count
    let names = options.columns ?? (0..<count).map { ByteText("c\($0)") }
    guard names.count == count else {
      throw RunFailure(
        .usage, "--columns gives \(names.count) names, but the first row has \(count) fields")
    }
    return (names, [])
  }

  private static func check(
    _ options: ReadingOptions, label: ByteText, among names: [ByteText]
  ) throws(RunFailure) {
    for (option, name) in [("--label", label), ("--weight", options.weight ?? label)]
    where !names.contains(name) {
      throw ColumnPatterns.unknown(option, name, among: names)
    }
    guard options.weight != label else {
      throw RunFailure(.usage, "--weight and --label name the same column")
    }
    for (option, patterns) in patterns(of: options) {
      try ColumnPatterns(option: option, patterns).checkAllUsed(among: names)
    }
  }

  private static func patterns(of options: ReadingOptions) -> [(String, [ByteText])] {
    [
      ("--numeric", options.numeric), ("--categorical", options.categorical),
      ("--ignore", options.ignored),
    ]
  }

  /// Takes in the rows of a chunk, up to `--sniff-rows` in all. Rows that are bad are left out:
  /// they are reported when they are featurized.
  package mutating func add(_ chunk: borrowing RowChunk) {
    let faulty = Set(chunk.faults.map(\.row))
    for row in 0..<chunk.rows.count where rowsSeen < options.sniffRows && !faulty.contains(row) {
      let fields = RowFields.split(
        chunk.bytes, chunk.rows[row], with: &splitter, mayHoldQuotes: chunk.hasQuotes)
      rowsSeen += 1
      guard fields.count == names.count else { continue }
      for (column, text) in fields.enumerated() {
        statistics[column].add(text, missing: options.missing)
      }
    }
  }

  /// - Throws: usage when two options claim the same column.
  package consuming func schema() throws(RunFailure) -> FeatureSchema {
    var columns: [Column] = []
    for (index, name) in names.enumerated() {
      let (role, reason) = try role(of: name, statistics[index])
      columns.append(Column(name: name, role: role, reason: reason))
    }
    let csv = CSVSchema(
      delimiter: delimiter, quote: options.quote.byte, hasHeader: options.hasHeader, label: label,
      weight: options.weight, missing: options.missing, clip: options.clip, columns: columns)
    return FeatureSchema(
      source: .csv(csv), hashing: options.hashing,
      labels: options.positive.map { .positive($0) } ?? .convention)
  }

  private func role(
    of name: ByteText, _ column: ColumnStatistics
  ) throws(RunFailure) -> (Column.Role, String) {
    let claims = Self.patterns(of: options)
      .filter { ColumnPatterns(option: $0.0, $0.1).match(name) }.map(\.0)
    if name == label || name == options.weight {
      return name == label ? (.label, "--label") : (.weight, "--weight")
    }
    guard claims.count <= 1 else {
      throw RunFailure(
        .usage, "\(claims.joined(separator: " and ")) both name the column \"\(name.display)\"")
    }
    let scale = column.scale
    switch claims.first {
    case "--ignore": return (.ignored, "--ignore")
    case "--categorical": return (.categorical, "--categorical")
    case "--numeric": return (.numeric(scale), "--numeric")
    default:
      return (column.looksNumeric ? .numeric(scale) : .categorical, column.reason)
    }
  }
}
