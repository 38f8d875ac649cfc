package import SparseBatches

/// From reading options and a prefix of rows to the schema that the whole run keeps.
package struct SchemaInference: ~Copyable {
  let options: ReadingOptions
  private let delimiter: UInt8
  let names: [ByteText]
  private(set) var statistics: [ColumnStatistics]
  private(set) var cells: PrefixCells
  /// By column: what its values that are no numbers look like.
  private(set) var texts: ColumnTexts
  /// The numbers of columns that may be binned.
  private var numbersToBin: NumbersToBin
  private var splitter: FieldSplitter
  let label: ByteText
  /// The fields of the first row, where there is no header.
  let firstRow: [ByteText]
  /// Warnings for the person, such as unnamed columns.
  package let notices: [String]
  private let prefixBytes: Int
  /// Longer texts are neither numbers nor marks.
  private static let mostBytesOfText = 64
  private var rowsSeen = 0
  private var bytesSeen = 0
  /// For each field of the file at hand, the column it belongs to, if any.
  private var columnOfField: [Int?]
  private var mappedHeader: FileHeader?

  /// For delimited rows.
  ///
  /// - Parameters:
  ///   - firstLine: the header, or without a header the first row.
  ///   - prefixBytes: rows that start after so many bytes of rows are not looked at.
  /// - Throws: usage or badData when the named columns are not there.
  package init(
    options: ReadingOptions, delimiter: UInt8, firstLine: [UInt8], prefixBytes: Int = 64 << 20
  ) throws(RunFailure) {
    let standard = ByteText("label")
    let isNamed = options.hasHeader || options.columns?.contains(standard) == true
    let label = options.label ?? (isNamed ? standard : ByteText("c0"))
    let found = try Self.names(options, delimiter, firstLine)
    try Self.check(options, label: label, among: found.names)
    numbersToBin = try NumbersToBin(found.names, options)
    names = found.names
    let unused = ColumnPatterns(option: "--ignore", options.ignored).unusedGlobs(among: names)
    notices = found.notices + unused.map { "warning: --ignore \($0.display) fits no column" }
    self.options = options
    self.delimiter = delimiter
    self.label = label
    let fields = RowFields.split(firstLine, delimiter: delimiter, quote: options.quote.byte)
    firstRow = options.hasHeader ? [] : fields.map { ByteText(bytes: $0) }
    self.prefixBytes = prefixBytes
    columnOfField = Array(found.names.indices)
    statistics = Array(repeating: ColumnStatistics(), count: found.names.count)
    cells = PrefixCells(columns: found.names.count)
    texts = ColumnTexts(columns: found.names.count)
    splitter = FieldSplitter(delimiter: delimiter, quote: options.quote.byte)
  }

  private static func names(
    _ options: ReadingOptions, _ delimiter: UInt8, _ firstLine: [UInt8]
  ) throws(RunFailure) -> (names: [ByteText], notices: [String]) {
    let quote = options.quote.byte
    guard !options.hasHeader else {
      let header = try HeaderNames.parse(
        firstLine, delimiter: delimiter, quote: quote, maximum: options.maximumColumns)
      guard !header.unnamed.isEmpty else { return (header.names, []) }
      let given = header.unnamed.prefix(5).map { "c\($0)" }.joined(separator: ", ")
      return (
        header.names, ["\(header.unnamed.count) header cell(s) are empty: named \(given)"]
      )
    }
    try HeaderNames.refuseTooMany(
      firstLine, delimiter: delimiter, quote: quote, maximum: options.maximumColumns)
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
      var failure = ColumnPatterns.unknown(option, name, among: names)
      if options.hasHeader, let cure = HeaderDoubt.cure(firstLine: names) { failure.cure = cure }
      throw failure
    }
    guard options.weight != label else {
      throw RunFailure(.usage, "--weight and --label name the same column")
    }
    for claim in claims(of: options) {
      // Columns that are to be left out come and go: a glob for them may fit none today.
      let unused = claim.option == "--ignore" ? claim.unusedGlobs(among: names) : []
      let needed = claim.patterns.filter { !unused.contains($0) }
      try ColumnPatterns(option: claim.option, needed).checkAllUsed(among: names)
    }
  }

  private static func claims(of options: ReadingOptions) -> [ColumnPatterns] {
    [
      ColumnPatterns(option: "--numeric", options.numeric),
      ColumnPatterns(option: "--categorical", options.categorical),
      ColumnPatterns(option: "--text", options.text),
      ColumnPatterns(option: "--ignore", options.ignored),
    ]
  }

  /// How rows are found in the bytes.
  package var rowSyntax: RowSyntax {
    var syntax = RowSyntax(
      kind: .delimited(
        delimiter: delimiter, quote: options.quote.byte, hasHeader: options.hasHeader),
      maximumRowBytes: options.maximumRowBytes)
    syntax.comment = options.comment
    syntax.skippedLines = options.skippedLines
    syntax.maximumFieldLines = options.maximumFieldLines
    return syntax
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
    splitter.limit = columnOfField.count
    let base = unsafe splitter.split(chunk.bytes, extent, mayHoldQuotes: chunk.hasQuotes)
    guard splitter.fields.count == columnOfField.count else { return }
    cells.addRow()
    for field in 0..<splitter.fields.count {
      guard let column = columnOfField[field] else { continue }
      // Proof: the splitter's extents lie inside the bytes that `base` points to.
      let text = unsafe Blanks.trim(base, splitter.fields[field])
      let value = unsafe PrefixValue(
        base + Int(text.start), count: text.count, missing: options.missing, form: options.numbers)
      statistics[column].add(value)
      cells.set(column, value)
      if case .text = value.kind {
        // Proof: as above.
        let bytes = unsafe Span(
          _unsafeStart: base + Int(text.start), count: min(text.count, Self.mostBytesOfText))
        texts.add(bytes, in: column)
      }
      if case .number(let number) = value.kind { numbersToBin.add(number, column) }
    }
  }

  /// Each file may order its columns differently. A header that cannot be read maps nothing: it is
  /// reported when its rows are featurized.
  private mutating func map(_ header: FileHeader?) {
    guard let header, header !== mappedHeader else { return }
    mappedHeader = header
    let parsed = try? HeaderNames.parse(
      header.bytes, delimiter: delimiter, quote: options.quote.byte,
      maximum: options.maximumColumns)
    let fileNames = parsed?.names ?? []
    guard fileNames != names else {
      columnOfField = Array(names.indices)
      return
    }
    let columnOfName = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    columnOfField = fileNames.map { columnOfName[$0] }
  }

  /// - Throws: usage when two options claim the same column, or when a transform or a cross fits
  ///   none.
  package func schema() throws(RunFailure) -> FeatureSchema {
    let claims = Self.claims(of: options)
    var columns: [Column] = []
    columns.reserveCapacity(names.count)
    for index in names.indices { columns.append(try column(index, claims)) }
    try options.transforms.checkAllUsed(among: columns)
    let crosses = try CrossOptions.resolve(options.crosses, among: columns)
    guard options.ngrams == 1 || columns.contains(where: { $0.role == .text }) else {
      throw RunFailure(
        .usage, "--ngrams \(options.ngrams) needs a text column", cure: "name one with --text")
    }
    var csv = CSVSchema(
      delimiter: delimiter, quote: options.quote.byte, hasHeader: options.hasHeader, label: label,
      weight: options.weight, missing: options.missing, numbers: options.numbers,
      clip: options.clip, ngrams: options.ngrams, columns: columns, crosses: crosses)
    csv.comment = options.comment
    csv.skippedLines = options.skippedLines
    csv.maximumFieldLines = options.maximumFieldLines
    csv.maximumColumns = options.maximumColumns
    return FeatureSchema(
      source: .csv(csv), hashing: options.hashing, labels: options.labels)
  }

  /// What the prefix says nothing of.
  package func watch(_ schema: FeatureSchema) throws(RunFailure) -> SchemaWatch {
    guard case .csv(let csv) = schema.source else {
      return SchemaWatch(columns: [], sniffRows: options.sniffRows)
    }
    var watched: [WatchedColumn] = []
    for (index, column) in csv.columns.enumerated() {
      let (numbers, only) = (statistics[index].numbers, statistics[index].onlyNumber)
      var isInferred = false
      switch column.role {
      case .numeric(let scale) where scale.transform != .raw && (numbers == 0 || only != nil): break
      case .binned(let bins) where bins.edges.isEmpty: break
      case .categorical where column.reason == .noValue || column.reason == .noRows:
        isInferred = true
      default: continue
      }
      watched.append(
        WatchedColumn(
          column: index, constant: only, constants: numbers,
          transform: numbersToBin.choices[index], isInferred: isInferred))
    }
    return SchemaWatch(columns: watched, sniffRows: options.sniffRows)
  }

  private func column(
    _ index: Int, _ claims: [ColumnPatterns]
  ) throws(RunFailure) -> Column {
    let name = names[index]
    if name == label { return Column(name: name, role: .label, reason: .option("--label")) }
    if name == options.weight {
      return Column(name: name, role: .weight, reason: .option("--weight"))
    }
    let claiming = claims.filter { $0.match(name) }.map(\.option)
    guard claiming.count <= 1 else {
      throw RunFailure(
        .usage,
        "\(claiming.joined(separator: " and ")) both name the column \"\(name.display)\"")
    }
    guard let option = claiming.first else {
      return options.readsFeatures
        ? try inferred(index)
        : Column(name: name, role: .ignored, reason: .option("--predictions"))
    }
    return Column(name: name, role: try role(claimedBy: option, index), reason: .option(option))
  }

  private func role(claimedBy option: String, _ index: Int) throws(RunFailure) -> Column.Role {
    switch option {
    case "--ignore": .ignored
    case "--categorical": .categorical
    case "--text": .text
    default: try number(index)
    }
  }

  private func inferred(_ index: Int) throws(RunFailure) -> Column {
    let (name, column) = (names[index], statistics[index])
    if column.looksNumeric {
      return Column(name: name, role: try number(index), reason: column.reason)
    }
    if column.holdsManyWords {
      let distinct = cells.distinctValues(in: index)
      let seen = min(column.others, cells.rows)
      // Half of them different: sentences, not the long names of a few categories.
      if 2 * distinct >= seen {
        return Column(name: name, role: .text, reason: .words(distinct, of: seen))
      }
    }
    return Column(name: name, role: .categorical, reason: column.reason)
  }

  private func number(_ index: Int) throws(RunFailure) -> Column.Role {
    let numbers = numbersToBin.lists[index]
    return switch numbersToBin.choices[index] {
    case .quantile: .binned(QuantileBins(fittedTo: numbers))
    case .binsAndSlope: statistics[index].binsAndSlope(numbers)
    case let choice: .numeric(statistics[index].scale(choice))
    }
  }
}
