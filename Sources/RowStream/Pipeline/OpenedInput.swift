package import Checkpoints
package import Configuration
package import Featurizing
package import InputBytes
package import Notices
package import SparseBatches

/// An input whose format is known: the first file was opened and looked at, no row is consumed.
package final class OpenedInput {
  package let reader: RowReader
  /// Display names of the inputs.
  package let sourceNames: [String]
  private let chunkBytes: Int
  /// What `--sniff-rows` was fitted on, waiting to be learned as all other rows.
  package private(set) var prefix: [HeldChunk] = []
  package let notices: NoticeBoard
  /// What the prefix says nothing of; nil where nothing was inferred.
  package private(set) var watch: SchemaWatch?

  /// A chunk that waits outside the pipeline.
  package final class HeldChunk {
    var chunk: RowChunk
    init(capacity: Int) { chunk = RowChunk(capacity: capacity) }
  }

  /// Rows of earlier runs that are none of the inputs named by this one.
  private(set) var rowsElsewhere = 0

  /// - Parameter plan: what is to be read of the configuration's inputs; nil: all of them.
  package init(
    _ configuration: InputConfiguration, notices: NoticeBoard, plan: InputPlan? = nil
  ) throws(RunFailure) {
    self.notices = notices
    let files =
      plan?.readings.map(\.path) ?? (configuration.files.isEmpty ? ["-"] : configuration.files)
    let sources = files.map { $0 == "-" ? InputSource.standardInput : .file($0) }
    sourceNames = sources.map(\.displayName)
    chunkBytes = configuration.chunkBytes
    reader = try RowReader(
      sources: sources,
      inflate: InflateChoice(configuration.inflate), chunkBytes: configuration.chunkBytes,
      rowsBefore: plan?.ledger.finishedRows ?? 0, start: plan?.start,
      keepsChecksums: plan != nil, notice: { notices.post($0) })
    rowsElsewhere = plan?.rowsElsewhere ?? 0
  }

  /// Finds the format and fits the schema on the first rows.
  package func inferSchema(_ options: ReadingOptions) throws(RunFailure) -> FeatureSchema {
    let start = try reader.peek(limit: Self.peekBytes)
    guard !start.isEmpty else { throw noRows }
    if let source = options.source {
      let schema = try withLabelWeights(
        FeatureSchema(source: source, hashing: options.hashing, labels: options.labels),
        needsLabel: true)
      _ = try follow(schema, purpose: .learn, maximumRowBytes: options.maximumRowBytes)
      return try discoverClasses(options, schema)
    }
    try EncodingCheck.check(start, of: reader.currentSourceName)
    switch resolvedFormat(options, start) {
    case .libsvm:
      try Self.refuse(options.csvOnly, "is about columns, but the input is read as libsvm", "csv")
      return try sparseSchema(.libsvm(nil), options)
    case .vw:
      try Self.refuse(options.csvOnly, "is about columns, but the input is read as vw", "csv")
      try Self.refuse(options.libsvmOnly, "is for libsvm, but the input is read as vw", "libsvm")
      return try sparseSchema(.vw, options)
    case .csv, .automatic:
      guard start.contains(where: { !Self.lineEnds.contains($0) }) else { throw noRows }
      try Self.refuse(options.libsvmOnly, "is for libsvm, but the input is read as csv", "libsvm")
      // What is wrong with the columns is wrong in the file at hand: say which one that is.
      let name = reader.currentSourceName
      do throws(RunFailure) {
        return try discoverClasses(options, inferColumns(options, start))
      } catch {
        guard !error.message.hasPrefix(name) else { throw error }
        throw RunFailure(error.kind, "\(name): \(error.message)", cure: error.cure)
      }
    }
  }

  /// Rows that name their own features.
  private func sparseSchema(
    _ source: FeatureSchema.Source, _ options: ReadingOptions
  ) throws(RunFailure) -> FeatureSchema {
    reader.syntax = Self.lineSyntax(source, options.maximumRowBytes)
    var schema = try withLabelWeights(
      FeatureSchema(source: source, hashing: options.hashing, labels: options.labels),
      needsLabel: true)
    if options.scalesIndices {
      schema.source = .libsvm(
        try fitIndexScales(options, labelsCarryWeights: schema.labelsCarryWeights))
    }
    return try discoverClasses(options, schema)
  }

  /// The same schema for an input that begins here: whether its labels carry weights is decided by its
  /// first rows, and then true of all.
  package func withLabelWeights(
    _ schema: FeatureSchema, needsLabel: Bool
  ) throws(RunFailure) -> FeatureSchema {
    guard case .libsvm = schema.source else { return schema }
    var decided = schema
    decided.labelsCarryWeights = LabelWeightSniffer.carriesWeights(
      try reader.peek(limit: Self.peekBytes), labels: schema.labels, needsLabel: needsLabel)
    if decided.labelsCarryWeights {
      notices.post(
        "rows of \(reader.currentSourceName) begin with label:weight"
          + (needsLabel ? ": the number after the colon is the row's weight" : ""))
    }
    return decided
  }

  private func resolvedFormat(
    _ options: ReadingOptions, _ start: [UInt8]
  ) -> ReadingOptions.Format {
    guard options.format == .automatic else { return options.format }
    let finding = FormatSniffer.format(name: reader.currentSourceName, prefix: start)
    notices.post(
      "reading \(reader.currentSourceName) as \(finding.format.rawValue) (\(finding.reason))")
    return finding.format
  }

  private func inferColumns(
    _ options: ReadingOptions, _ start: [UInt8]
  ) throws(RunFailure) -> FeatureSchema {
    let quote = options.quote.byte
    let firstLine = FormatSniffer.firstLine(of: start, quote: quote)
    let delimiter =
      options.delimiter ?? FormatSniffer.delimiter(ofHeader: firstLine, quote: quote)
    var inference = try SchemaInference(
      options: options, delimiter: delimiter, firstLine: firstLine)
    for notice in inference.notices { notices.post(notice) }
    reader.syntax = RowSyntax(
      kind: .delimited(delimiter: delimiter, quote: quote, hasHeader: options.hasHeader),
      maximumRowBytes: options.maximumRowBytes)
    while !inference.isComplete, let held = try readPrefix() { inference.add(held.chunk) }
    let schema = try inference.schema()
    try Self.refuseSecondRoles(options, schema)
    watch = try inference.watch(schema)
    for advice in inference.advice(on: schema) { notices.post(advice) }
    return schema
  }

  private func fitIndexScales(
    _ options: ReadingOptions, labelsCarryWeights: Bool
  ) throws(RunFailure) -> IndexScales {
    var fitting = IndexScaleFitting(
      rows: options.sniffRows, labelsCarryWeights: labelsCarryWeights)
    while !fitting.isComplete, let held = try readPrefix() { fitting.add(held.chunk) }
    watch = SchemaWatch(indicesAfter: options.sniffRows)
    return fitting.scales(clip: options.clip)
  }

  /// Gives a schema the classes of the first rows, where they are not named.
  private func discoverClasses(
    _ options: ReadingOptions, _ schema: FeatureSchema
  ) throws(RunFailure) -> FeatureSchema {
    guard case .classes(let named) = schema.labels, named.isEmpty else { return schema }
    var discovery = ClassDiscovery(
      schema: schema, rows: options.sniffRows, maximumRowBytes: options.maximumRowBytes)
    for held in prefix { try discovery.add(held.chunk) }
    while !discovery.isComplete, let held = try readPrefix() { try discovery.add(held.chunk) }
    var complete = schema
    complete.labels = .classes(try discovery.classes())
    notices.post("classes: \(LabelRule.list(complete.labels.classes))")
    return complete
  }

  /// Reads one more chunk that will wait in the prefix; nil at the end of the input.
  private func readPrefix() throws(RunFailure) -> HeldChunk? {
    let held = HeldChunk(capacity: chunkBytes)
    guard try reader.fill(&held.chunk) else { return nil }
    // However many blank lines there are, they are not kept; that an input ended is.
    if !held.chunk.rows.isEmpty || !held.chunk.endings.isEmpty { prefix.append(held) }
    return held
  }

  /// A glob may cover the label among others; naming it outright for another part is a mistake.
  private static func refuseSecondRoles(
    _ options: ReadingOptions, _ schema: FeatureSchema
  ) throws(RunFailure) {
    guard case .csv(let csv) = schema.source else { return }
    let claims = [
      ("--numeric", options.numeric), ("--categorical", options.categorical),
      ("--text", options.text), ("--ignore", options.ignored),
    ]
    for (part, name) in [("label", csv.label), ("weight", csv.weight ?? csv.label)] {
      if let (option, _) = claims.first(where: { $0.1.contains(name) }) {
        throw RunFailure(
          .usage, "\(option) names the column \"\(name.display)\", which is the \(part)",
          cure: "drop it from \(option), or name another \(part) column")
      }
    }
  }

  /// Reads as the model's schema says.
  ///
  /// - Returns: what the rows can be used for.
  package func follow(
    _ schema: FeatureSchema, purpose: FeaturizingPurpose, maximumRowBytes: Int
  ) throws(RunFailure) -> FeaturizingPurpose {
    let start = try reader.peek(limit: Self.peekBytes)
    // The middle of a file says nothing about its encoding.
    if !reader.goesOn { try EncodingCheck.check(start, of: reader.currentSourceName) }
    switch schema.source {
    case .libsvm, .vw:
      reader.syntax = Self.lineSyntax(schema.source, maximumRowBytes)
      return purpose
    case .csv(let csv):
      reader.syntax = RowSyntax(
        kind: .delimited(
          delimiter: csv.delimiter, quote: csv.quote, hasHeader: csv.hasHeader),
        maximumRowBytes: maximumRowBytes)
      guard purpose == .predict, !csv.hasHeader, !start.isEmpty else { return purpose }
      let line = FormatSniffer.firstLine(of: start, quote: csv.quote)
      let fields = RowFields.split(line, delimiter: csv.delimiter, quote: csv.quote).count
      guard fields == csv.columns.count - 1 else { return .predict }
      noteMissingLabel(csv, schema.labels, start)
      return .predictWithoutLabel
    }
  }

  /// Rows without a header that have one field less: most likely the label, but it may be another.
  private func noteMissingLabel(_ csv: CSVSchema, _ labels: LabelRule, _ start: [UInt8]) {
    let label = csv.label.display
    let text =
      "\(reader.currentSourceName): rows have one field less than the \(csv.columns.count) columns of "
      + "the model, and are read without the label \"\(label)\""
    guard let place = csv.columns.firstIndex(where: { $0.role == .label }),
      HeadlessLabels.areThere(start, csv, labels, at: place)
    else { return notices.post(text) }
    notices.post(
      "warning: \(text), but their field \(place + 1) looks like that label: if another column is "
        + "missing, every value stands in the wrong column")
  }

  /// Moves the next chunk into `chunk`: those of the prefix first.
  package func fill(_ chunk: inout RowChunk) throws(RunFailure) -> Bool {
    guard prefixUsed < prefix.count else { return try reader.fill(&chunk) }
    swap(&chunk, &prefix[prefixUsed].chunk)
    prefixUsed += 1
    if prefixUsed == prefix.count {
      prefix = []
      prefixUsed = 0
    }
    return true
  }

  private var prefixUsed = 0
  private static let lineEnds: [UInt8] = [0x0A, 0x0D]

  /// The first line is looked for in this many bytes.
  private static let peekBytes = 64 << 10

  /// A `#` starts a comment in LibSVM; in VW text it is a byte as any other.
  private static func lineSyntax(
    _ source: FeatureSchema.Source, _ maximumRowBytes: Int
  ) -> RowSyntax {
    var comment: UInt8?
    if case .libsvm = source { comment = UInt8(ascii: "#") }
    return RowSyntax(kind: .lines(comment: comment), maximumRowBytes: maximumRowBytes)
  }

  package var noRows: RunFailure {
    RunFailure(
      .badData, "\(sourceNames.joined(separator: ", ")): the input holds no rows",
      cure: "did the command before the pipe fail?")
  }

  private static func refuse(
    _ given: [String], _ why: String, _ format: String
  ) throws(RunFailure) {
    guard let option = given.first else { return }
    throw RunFailure(.usage, "\(option) \(why)", cure: "drop it, or say --format \(format)")
  }
}

/// Text that no row can be found in, told by its first bytes: better said at once than as a header of
/// one strange column.
enum EncodingCheck {
  /// - Throws: badData when `start` is UTF-16, or ends lines with carriage returns alone.
  static func check(_ start: [UInt8], of name: String) throws(RunFailure) {
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) || isSpreadText(start) {
      throw RunFailure(
        .badData, "\(name): the text is UTF-16 (two bytes a character)",
        cure: "convert it first: iconv -f UTF-16 -t UTF-8 FILE")
    }
    guard !start.contains(0x0A), let end = start.firstIndex(of: 0x0D), end + 1 < start.count else {
      return
    }
    throw RunFailure(
      .badData, "\(name): lines end with a carriage return alone, as old Macintosh files do",
      cure: "convert it first: tr '\\r' '\\n' < FILE")
  }

  /// ASCII with a zero before or after each byte.
  private static func isSpreadText(_ start: [UInt8]) -> Bool {
    let sample = start.prefix(64)
    guard sample.count >= 8 else { return false }
    let pairs = stride(from: 0, to: sample.count - 1, by: 2).map { (start[$0], start[$0 + 1]) }
    return pairs.allSatisfy { $0.0 == 0 && $0.1 != 0 }
      || pairs.allSatisfy { $0.0 != 0 && $0.1 == 0 }
  }
}
