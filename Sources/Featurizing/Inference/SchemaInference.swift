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
  private let prefixBytes: Int
  private var rowsSeen = 0
  private var bytesSeen = 0
  /// For each field of the file at hand, the column it belongs to, if any.
  private var columnOfField: [Int?]
  private var mappedHeader: FileHeader?

  /// For delimited rows.
  ///
  /// - Parameters:
  ///   - firstLine: the header, or without a header the first row.
  ///   - prefixBytes: rows that start behind so many bytes of rows are not looked at.
  /// - Throws: usage or badData when the named columns are not there.
  package init(
    options: ReadingOptions, delimiter: UInt8, firstLine: [UInt8], prefixBytes: Int = 64 << 20
  ) throws(RunFailure) {
    let label = options.label ?? ByteText(options.hasHeader ? "label" : "c0")
    let found = try Self.names(options, delimiter, firstLine)
    try Self.check(options, label: label, among: found.names)
    (names, notices) = found
    self.options = options
    self.delimiter = delimiter
    self.label = label
    self.prefixBytes = prefixBytes
    columnOfField = Array(found.names.indices)
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

  /// Whether more rows would change nothing.
  package var isComplete: Bool { rowsSeen >= options.sniffRows || bytesSeen >= prefixBytes }

  /// Takes in the rows of a chunk, up to the end of the prefix. That end depends on the rows alone,
  /// not on how they are cut into chunks. Rows that are bad are left out: they are reported when
  /// they are featurized.
  package mutating func add(_ chunk: borrowing RowChunk) {
    map(chunk.header)
    var faults = chunk.faults[...]
    for row in 0..<chunk.rows.count where !isComplete {
      let extent = chunk.rows[row]
      let bytes = Int(extent.end - extent.start)
      if let fault = faults.first, fault.row == row {
        faults.removeFirst()
        // How much of a row that is too long stands in the chunk depends on the chunk.
        bytesSeen += fault.reason == .tooLong ? options.maximumRowBytes : bytes
        continue
      }
      rowsSeen += 1
      bytesSeen += bytes
      add(extent, of: chunk)
    }
  }

  private mutating func add(_ extent: RowExtent, of chunk: borrowing RowChunk) {
    let fields = RowFields.split(
      chunk.bytes, extent, with: &splitter, mayHoldQuotes: chunk.hasQuotes)
    guard fields.count == columnOfField.count else { return }
    for (column, text) in zip(columnOfField, fields) {
      if let column { statistics[column].add(text, missing: options.missing) }
    }
  }

  /// Each file may order its columns differently. A header that cannot be read maps nothing: it is
  /// reported when its rows are featurized.
  private mutating func map(_ header: FileHeader?) {
    guard let header, header !== mappedHeader else { return }
    mappedHeader = header
    let parsed = try? HeaderNames.parse(
      header.bytes, delimiter: delimiter, quote: options.quote.byte)
    let fileNames = parsed?.names ?? []
    guard fileNames != names else {
      columnOfField = Array(names.indices)
      return
    }
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    columnOfField = fileNames.map { places[$0] }
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
      source: .csv(csv), hashing: options.hashing, labels: options.labels)
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
      guard options.readsFeatures else { return (.ignored, "only labels are read") }
      return (column.looksNumeric ? .numeric(scale) : .categorical, column.reason)
    }
  }
}
