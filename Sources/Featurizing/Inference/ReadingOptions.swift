package import SparseBatches

/// How rows are to be read, as asked for: what is nil is found in the input.
package struct ReadingOptions: Equatable, Sendable {
  package enum Format: String, CaseIterable, Sendable {
    case automatic = "auto"
    case csv
    case libsvm
    case vw
  }

  package enum Quote: Equatable, Sendable {
    case byte(UInt8)
    case none

    package var byte: UInt8? { if case .byte(let byte) = self { byte } else { nil } }
  }

  package var format: Format = .automatic
  package var quote: Quote = .byte(UInt8(ascii: "\""))
  /// nil: found in the header line.
  package var delimiter: UInt8?
  package var hasHeader = true
  /// Lines that start with it are no rows; nil: none, unless the input is a W3C log.
  package var comment: UInt8?
  /// Lines to drop at the start of each file.
  package var skippedLines = 0
  /// nil: a quoted field may go over any number of lines.
  package var maximumFieldLines: Int?
  /// A header with more columns is refused.
  package var maximumColumns = CSVSchema.usualMaximumColumns
  /// Names for rows without a header.
  package var columns: [ByteText]?
  package var label: ByteText?
  /// What labels are; classes that are not named are found in the prefix.
  package var labels: LabelRule = .convention
  package var weight: ByteText?
  /// Column names or globs.
  package var numeric: [ByteText] = []
  package var categorical: [ByteText] = []
  package var text: [ByteText] = []
  package var ignored: [ByteText] = []
  /// false: columns that no option names are ignored, as only labels and weights are wanted.
  package var readsFeatures = true
  /// Whether `auto` makes bins of numbers, and not a scale alone.
  package var binsNumbers = true
  package var transforms = TransformOptions()
  /// `a*b`.
  package var crosses: [ByteText] = []
  package var ngrams = 1
  /// LibSVM: whether values are divided by their index's largest magnitude.
  package var scalesIndices = false
  /// Rows that column types and scales are fitted on.
  package var sniffRows = 10_000
  package var missing: MissingTokens = .standard
  /// How numbers are written.
  package var numbers = NumberForm.plain
  package var clip = 8.0
  package var hashing = FeatureHashing()
  package var maximumRowBytes = 64 << 20
  /// Columns that are known already: nothing is inferred.
  package var source: FeatureSchema.Source?
  /// Names of the options at hand that mean something for delimited rows only, or for LibSVM only.
  package var csvOnly: [String] = []
  package var libsvmOnly: [String] = []

  package init() {}

  /// How the rows of a model lie in their file.
  package init(layoutOf csv: CSVSchema) {
    quote = csv.quote.map { .byte($0) } ?? .none
    delimiter = csv.delimiter
    hasHeader = csv.hasHeader
    comment = csv.comment
    skippedLines = csv.skippedLines
  }

  /// - Throws: usage, naming the option.
  package func validated() throws(RunFailure) -> ReadingOptions {
    guard FeatureHashing.allowedBits.contains(hashing.bits) else {
      throw RunFailure(.usage, "--bits \(hashing.bits) is out of range", cure: "use 10…30")
    }
    guard clip > 0, clip.isFinite else {
      throw RunFailure(.usage, "--clip must be a finite number above 0")
    }
    guard CSVSchema.allowedNgrams.contains(ngrams) else {
      throw RunFailure(.usage, "--ngrams must be 1, 2 or 3")
    }
    guard sniffRows >= 1 else { throw RunFailure(.usage, "--sniff-rows must be at least 1") }
    guard maximumRowBytes >= 1, maximumRowBytes <= 1 << 30 else {
      throw RunFailure(.usage, "--max-line-bytes must be from 1 byte to 1 GiB")
    }
    guard columns == nil || !hasHeader else {
      throw RunFailure(
        .usage, "--columns names the columns of rows without a header",
        cure: "add --no-header, or drop --columns")
    }
    if let delimiter, delimiter == quote.byte || [0x0A, 0x0D].contains(delimiter) {
      throw RunFailure(.usage, "--delimiter must be neither the quote nor a line end")
    }
    if let defect = numbers.defect {
      throw RunFailure(.usage, "--number-marks: \(defect)")
    }
    if let comment, [delimiter, quote.byte, 0x0A, 0x0D].contains(comment) {
      throw RunFailure(.usage, "--comment must be neither the delimiter, the quote nor a line end")
    }
    guard (0...CSVSchema.mostLines).contains(skippedLines) else {
      throw RunFailure(.usage, "--skip-lines must be from 0 to \(CSVSchema.mostLines)")
    }
    if let maximumFieldLines, !(1...CSVSchema.mostLines).contains(maximumFieldLines) {
      throw RunFailure(.usage, "--max-field-lines must be from 1 to \(CSVSchema.mostLines)")
    }
    guard (1...CSVSchema.mostColumns).contains(maximumColumns) else {
      throw RunFailure(.usage, "--max-columns must be from 1 to \(CSVSchema.mostColumns)")
    }
    if let columns, columns.count > maximumColumns {
      throw HeaderNames.tooMany(columns.count, maximum: maximumColumns)
    }
    if let columns { try HeaderNames.refuseDuplicates(columns) }
    try validateClasses()
    if source == nil { try validateColumns() }
    return self
  }

  private func validateClasses() throws(RunFailure) {
    guard case .classes(let names) = labels, !names.isEmpty else { return }
    guard (2...LabelRule.classLimit).contains(names.count) else {
      throw RunFailure(
        .usage, "--classes names \(names.count) class(es)",
        cure: "name from 2 to \(LabelRule.classLimit)")
    }
    guard Set(names).count == names.count else {
      throw RunFailure(.usage, "--classes names the same class twice")
    }
  }
}

/// Which transform a column of numbers gets: its own name before a glob before the one for all.
package struct TransformOptions: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    /// A column's name or a glob; nil: every column.
    package var pattern: ByteText?
    package var choice: TransformChoice

    package init(pattern: ByteText?, choice: TransformChoice) {
      self.pattern = pattern
      self.choice = choice
    }
  }

  package static let option = "--numeric-transform"
  package var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// - Throws: usage when entries of the same rank say different things.
  func choice(for name: ByteText) throws(RunFailure) -> TransformChoice {
    let exact = entries.filter { $0.pattern == name }
    let globs = entries.filter { $0.pattern.map { ColumnPatterns.isMatch($0, name) } ?? false }
    for rank in [exact, globs, entries.filter { $0.pattern == nil }] {
      guard let first = rank.first else { continue }
      guard rank.allSatisfy({ $0.choice == first.choice }) else {
        throw RunFailure(
          .usage,
          "\(Self.option) asks for both \(rank.map(\.choice.rawValue).joined(separator: " and ")) "
            + "of the column \"\(name.display)\"",
          cure: "keep one of them")
      }
      return first.choice
    }
    return .auto
  }

  /// - Throws: usage when an entry fits no column of numbers.
  func checkAllUsed(among columns: [Column]) throws(RunFailure) {
    let names = columns.map(\.name)
    for pattern in entries.compactMap(\.pattern) {
      try ColumnPatterns(option: Self.option, [pattern]).checkAllUsed(among: names)
      let fitting = columns.filter { ColumnPatterns.isMatch(pattern, $0.name) }
      if let column = fitting.first, !fitting.contains(where: { $0.role.name == "numeric" }) {
        throw RunFailure(
          .usage,
          "\(Self.option) names the column \"\(column.name.display)\", which is "
            + column.role.name,
          cure: "add --numeric '\(column.name.display)' if it holds numbers, or drop the transform")
      }
    }
  }
}

/// What can be told of columns before any row is read: options that no input can satisfy.
extension ReadingOptions {
  private var claims: [ColumnPatterns] {
    [
      ColumnPatterns(option: "--numeric", numeric),
      ColumnPatterns(option: "--categorical", categorical),
      ColumnPatterns(option: "--text", text), ColumnPatterns(option: "--ignore", ignored),
    ]
  }

  private static func isGlob(_ pattern: ByteText) -> Bool {
    pattern.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
  }

  /// The label column, named or not.
  private var labelInForce: ByteText {
    let standard = ByteText("label")
    let isNamed = hasHeader || columns?.contains(standard) == true
    return label ?? (isNamed ? standard : ByteText("c0"))
  }

  /// - Throws: usage, naming the option.
  func validateColumns() throws(RunFailure) {
    try validateTransforms()
    try validateCrosses()
    try validateRoles()
    guard let columns else { return }
    // The names are all known: what is wrong with them is wrong in every input.
    let delimiter = delimiter ?? UInt8(ascii: ",")
    _ = try SchemaInference(
      options: self, delimiter: delimiter,
      firstLine: Array(repeating: delimiter, count: max(0, columns.count - 1)))
  }

  /// A name that is no glob must be a column, so that two options that name it contradict each other.
  private func validateRoles() throws(RunFailure) {
    guard weight != labelInForce else {
      throw RunFailure(.usage, "--weight and --label name the same column")
    }
    for (part, name) in [("label", labelInForce), ("weight", weight ?? labelInForce)] {
      if let claim = claims.first(where: { $0.patterns.contains(name) }) {
        throw RunFailure(
          .usage, "\(claim.option) names the column \"\(name.display)\", which is the \(part)",
          cure: "drop it from \(claim.option), or name another \(part) column")
      }
    }
    let named = claims.flatMap(\.patterns).filter { !Self.isGlob($0) }
    for name in named + (columns ?? []) where name != labelInForce && name != weight {
      let claiming = claims.filter { $0.match(name) }.map(\.option)
      guard claiming.count <= 1 else {
        throw RunFailure(
          .usage,
          "\(claiming.joined(separator: " and ")) both name the column \"\(name.display)\"")
      }
    }
  }

  private func validateTransforms() throws(RunFailure) {
    for pattern in Set(transforms.entries.map(\.pattern)) {
      let choices = transforms.entries.filter { $0.pattern == pattern }.map(\.choice)
      guard Set(choices).count > 1 else { continue }
      throw RunFailure(
        .usage,
        "\(TransformOptions.option) asks for both "
          + "\(choices.map(\.rawValue).joined(separator: " and "))"
          + (pattern.map { " of \"\($0.display)\"" } ?? " of all columns"),
        cure: "keep one of them")
    }
    for pattern in transforms.entries.compactMap(\.pattern) where !Self.isGlob(pattern) {
      guard let role = roleThatIsNoNumber(pattern) else { continue }
      throw RunFailure(
        .usage,
        "\(TransformOptions.option) names the column \"\(pattern.display)\", which is \(role)",
        cure: "drop the transform, or say that the column is numeric")
    }
  }

  private func validateCrosses() throws(RunFailure) {
    var known: Set<[ByteText]> = []
    for cross in crosses {
      let parts = try CrossOptions.parts(of: cross)
      let names = parts.filter { !Self.isGlob($0) }
      for name in names {
        guard let role = roleThatIsNoNumber(name), role != "categorical" else { continue }
        throw RunFailure(
          .usage,
          "\(CrossOptions.option) names the column \"\(name.display)\", which is \(role) and"
            + " cannot be crossed",
          cure: "drop it from the cross")
      }
      guard names.count == parts.count else { continue }
      let isNew = known.insert(names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
        .inserted
      guard Set(names).count == names.count, isNew else {
        throw RunFailure(
          .usage,
          "\(CrossOptions.option) \(cross.display) adds no product: it crosses a column with itself,"
            + " or another cross has the same columns",
          cure: "name two or three different columns")
      }
    }
  }

  /// What an option says that a column is; nil for numbers and where none says anything.
  private func roleThatIsNoNumber(_ name: ByteText) -> String? {
    if name == labelInForce { return "label" }
    if name == weight { return "weight" }
    let roles = ["--categorical": "categorical", "--text": "text", "--ignore": "ignored"]
    return claims.first { $0.match(name) }.flatMap { roles[$0.option] }
  }
}
