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

  /// - Parameters:
  ///   - plan: what is to be read of the configuration's inputs; nil: all of them.
  ///   - rowsBefore: rows that were learned before any input of the plan: ordinals go on from them.
  ///   - keepsChecksums: whether it will be asked what the inputs held.
  package init(
    _ configuration: InputConfiguration, notices: NoticeBoard, plan: InputPlan? = nil,
    rowsBefore: Int = 0, keepsChecksums: Bool = false
  ) throws(RunFailure) {
    self.notices = notices
    let files =
      plan?.readings.map(\.path) ?? (configuration.files.isEmpty ? ["-"] : configuration.files)
    let sources = files.map {
      InputSource($0, insteadOfStandardInput: configuration.standardInput)
    }
    sourceNames = sources.map(\.displayName)
    chunkBytes = configuration.chunkBytes
    reader = try RowReader(
      sources: sources,
      inflate: InflateChoice(configuration.inflate), chunkBytes: configuration.chunkBytes,
      rowsBefore: rowsBefore + (plan?.ledger.finishedRows ?? 0), start: plan?.start,
      keepsChecksums: keepsChecksums || plan != nil, notice: { notices.post($0) })
    rowsElsewhere = rowsBefore + (plan?.rowsElsewhere ?? 0)
  }

  /// Finds the format and fits the schema on the first rows.
  package func inferSchema(_ options: ReadingOptions) throws(RunFailure) -> FeatureSchema {
    let start = try reader.peek(limit: Self.peekBytes, wholeLine: false)
    guard !start.isEmpty else { throw noRows }
    if let source = options.source {
      let schema = try withLabelWeights(
        FeatureSchema(source: source, hashing: options.hashing, labels: options.labels),
        needsLabel: true)
      _ = try follow(schema, purpose: .learn, maximumRowBytes: options.maximumRowBytes)
      return try discoverClasses(options, schema)
    }
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
        return try discoverClasses(options, inferColumns(options))
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
    let rows = LayoutSniffer.withoutRemarks(start, options)
    let finding = FormatSniffer.format(name: reader.currentSourceName, prefix: rows)
    notices.post(
      "reading \(reader.currentSourceName) as \(finding.format.rawValue) (\(finding.reason))")
    return finding.format
  }

  private func inferColumns(_ asked: ReadingOptions) throws(RunFailure) -> FeatureSchema {
    let layout = try layout(asked)
    var options = asked
    options.comment = layout.comment
    if layout.isExtendedLog {
      notices.post("reading \(reader.currentSourceName) as a W3C log: # lines are skipped")
      // The format's own mark for "no value".
      if !asked.csvOnly.contains("--missing") {
        options.missing = MissingTokens(options.missing.tokens + [[UInt8(ascii: "-")]])
      }
    }
    if let warning = layout.warning {
      notices.post("warning: \(reader.currentSourceName): \(warning)")
    }
    var inference = try SchemaInference(
      options: options, delimiter: layout.delimiter, firstLine: layout.firstLine)
    for notice in inference.notices { notices.post(notice) }
    reader.syntax = inference.rowSyntax
    while !inference.isComplete, let held = try readPrefix() { inference.add(held.chunk) }
    let schema = try inference.schema()
    try Self.refuseSecondRoles(options, schema)
    watch = try inference.watch(schema)
    for advice in inference.advice(on: schema) { notices.post(advice) }
    return schema
  }

  private func layout(_ options: ReadingOptions) throws(RunFailure) -> RowLayout {
    var limit = Self.peekBytes
    while true {
      let start = try reader.peek(limit: limit, wholeLine: false)
      let isWhole = start.count < limit || limit >= RowReader.longestPeek
      if let layout = LayoutSniffer.layout(of: start, options, isWhole: isWhole) { return layout }
      limit = min(4 * limit, RowReader.longestPeek)
    }
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
    let start = try reader.peek(limit: Self.peekBytes, wholeLine: false)
    switch schema.source {
    case .libsvm, .vw:
      reader.syntax = Self.lineSyntax(schema.source, maximumRowBytes)
      return purpose
    case .csv(let csv):
      reader.syntax = csv.rowSyntax(maximumRowBytes: maximumRowBytes)
      guard [.predict, .compare].contains(purpose), !csv.hasHeader, !start.isEmpty else {
        return purpose
      }
      let line = try layout(ReadingOptions(layoutOf: csv)).firstLine
      let fields = RowFields.count(line, delimiter: csv.delimiter, quote: csv.quote)
      guard fields == csv.columns.count - 1 else { return purpose }
      noteMissingLabel(csv, schema.labels, start)
      return purpose.withoutLabel
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

/// Whether labels stand in the label's place, in rows without a header that are one field short.
enum HeadlessLabels {
  private static let rowsLookedAt = 100

  /// - Parameters:
  ///   - start: of the input; its last line may be cut.
  ///   - place: of the label among all columns.
  static func areThere(
    _ start: [UInt8], _ csv: CSVSchema, _ labels: LabelRule, at place: Int
  ) -> Bool {
    var lines = start.split(separator: 0x0A)
    if lines.count > 1 { lines.removeLast() }
    let fields = lines.prefix(rowsLookedAt).map { line in
      RowFields.split(Array(line), delimiter: csv.delimiter, quote: csv.quote)
    }
    // The label was the last column: that is the field that is missing.
    guard place < csv.columns.count - 1 else { return false }
    guard fields.allSatisfy({ $0.count > place }) else { return false }
    // Any other text is negative: one that is positive says enough.
    if case .positive(let positive) = labels {
      return fields.contains { $0[place] == positive.bytes }
    }
    return fields.allSatisfy { isLabel($0[place], labels) }
  }

  private static func isLabel(_ text: [UInt8], _ rule: LabelRule) -> Bool {
    switch rule {
    case .convention:
      if case .number(let number) = DecimalNumber.parse(text) {
        return [0, 1, -1].contains(number)
      }
      return ["true", "false"].contains(String(decoding: text, as: UTF8.self).lowercased())
    // Any number could be the next column's.
    case .number, .positive: return false
    case .classes(let names): return names.contains { $0.bytes == text }
    }
  }
}
