package import Featurizing
package import SparseBatches

extension ReadingConfiguration {
  /// - Parameter loss: decides what a label is.
  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func readingOptions(loss: LearnerConfiguration.Loss) throws(RunFailure) -> ReadingOptions
  {
    if let columns, Set(columns).count < columns.count {
      throw RunFailure(
        .usage, "--columns gives the same name twice", cure: "give every column a name of its own")
    }
    if schema != nil, let option = given(loss, .csv, .libsvm, .anyFormat).first {
      throw RunFailure(
        .usage, "--schema and \(option) both say how rows are read",
        cure: "drop \(option), or change the schema file")
    }
    var options = ReadingOptions()
    options.format = formatOption
    options.hasHeader = hasHeader
    options.delimiter = delimiter
    options.comment = comment
    options.skippedLines = skippedLines ?? options.skippedLines
    options.maximumFieldLines = maximumFieldLines
    options.maximumColumns = maximumColumns ?? options.maximumColumns
    switch quote {
    case .byte(let byte):
      guard byte != 0x0A, byte != 0x0D else {
        throw RunFailure(.usage, "--quote must not be a line end")
      }
      options.quote = .byte(byte)
    case .ordinary: options.quote = .none
    case nil: break
    }
    setColumns(of: &options)
    options.labels = try labelRule(loss)
    options.transforms = try TransformOptions(parsing: numericTransforms)
    options.ngrams = ngrams ?? options.ngrams
    options.scalesIndices = scale == .maxabs
    options.sniffRows = sniffRows ?? options.sniffRows
    if let missing { options.missing = MissingTokens(list: missing) }
    options.numbers = numberForm
    options.clip = clip ?? options.clip
    options.hashing = FeatureHashing(
      bits: bits ?? Self.usualBits, seed: hashSeed ?? Self.usualHashSeed)
    options.maximumRowBytes = maximumLineBytes
    options.csvOnly = given(loss, .csv)
    options.libsvmOnly = given(loss, .libsvm)
    options.source = schema?.source
    try refuseMisplaced(options)
    return try options.validated()
  }

  /// - Throws: usage for options that mean nothing in the format that was named.
  private func refuseMisplaced(_ options: ReadingOptions) throws(RunFailure) {
    let misplaced =
      switch options.format {
      case .automatic: (options: [String](), wanted: "")
      case .csv: (options: options.libsvmOnly, wanted: "libsvm")
      case .libsvm: (options: options.csvOnly, wanted: "csv")
      case .vw:
        options.csvOnly.isEmpty
          ? (options: options.libsvmOnly, wanted: "libsvm")
          : (options: options.csvOnly, wanted: "csv")
      }
    guard let option = misplaced.options.first else { return }
    throw RunFailure(
      .usage,
      "\(option) is for \(misplaced.wanted) rows, but --format is \(options.format.rawValue)",
      cure: "drop one of them")
  }

  private var numberForm: NumberForm {
    NumberForm(decimal: decimal == .comma ? .comma : .point, marks: numberMarks ?? "")
  }

  private var formatOption: ReadingOptions.Format {
    switch format ?? .auto {
    case .auto: .automatic
    case .csv: .csv
    case .libsvm: .libsvm
    case .vw: .vw
    }
  }

  private func setColumns(of options: inout ReadingOptions) {
    options.columns = columns.map { $0.map { ByteText($0) } }
    options.label = label.map { ByteText($0) }
    options.weight = weight.map { ByteText($0) }
    options.numeric = numeric.map { ByteText($0) }
    options.categorical = categorical.map { ByteText($0) }
    options.text = text.map { ByteText($0) }
    options.ignored = ignored.map { ByteText($0) }
    options.crosses = crosses.map { ByteText($0) }
  }

  /// - Throws: usage for options about labels that the loss has no use for.
  private func labelRule(_ loss: LearnerConfiguration.Loss) throws(RunFailure) -> LabelRule {
    let isBinary = loss == .logistic || loss == .probit
    if positive != nil, !isBinary {
      throw RunFailure(
        .usage, "--positive is of no use with --loss \(loss.rawValue)",
        cure: "drop it, or use --loss logistic")
    }
    if classes != nil, loss != .softmax {
      throw RunFailure(
        .usage, "--classes is of no use with --loss \(loss.rawValue)",
        cure: "drop it, or use --loss softmax")
    }
    switch loss {
    case .logistic, .probit: return positive.map { .positive(ByteText($0)) } ?? .convention
    case .squared: return .number
    case .softmax: return .classes((classes ?? []).map { ByteText($0) })
    }
  }

  /// Where an option about columns or values means something. A schema file decides all of them.
  private enum Scope { case csv, libsvm, anyFormat }

  /// Names of the options that were given and mean something in one of `scopes` only.
  private func given(_ loss: LearnerConfiguration.Loss, _ scopes: Scope...) -> [String] {
    // Bound and prefix are for what is scaled: columns, and indices that are to be scaled.
    let scaling: Scope = scale == .maxabs ? .anyFormat : .csv
    // The prefix is where classes are found, too.
    let needsPrefix = loss == .softmax && classes == nil
    let options: [(name: String, scope: Scope, isGiven: Bool)] = [
      ("--format", .anyFormat, format != nil), ("--quote", .csv, quote != nil),
      ("--delimiter", .csv, delimiter != nil), ("--no-header", .csv, !hasHeader),
      ("--comment", .csv, comment != nil), ("--skip-lines", .csv, skippedLines != nil),
      ("--max-field-lines", .csv, maximumFieldLines != nil),
      ("--max-columns", .csv, maximumColumns != nil),
      ("--columns", .csv, columns != nil), ("--label", .csv, label != nil),
      ("--weight", .csv, weight != nil), ("--numeric", .csv, !numeric.isEmpty),
      ("--categorical", .csv, !categorical.isEmpty), ("--text", .csv, !text.isEmpty),
      ("--ignore", .csv, !ignored.isEmpty),
      ("--numeric-transform", .csv, !numericTransforms.isEmpty),
      ("--cross", .csv, !crosses.isEmpty), ("--ngrams", .csv, ngrams != nil),
      ("--missing", .csv, missing != nil), ("--decimal", .csv, decimal != nil),
      ("--number-marks", .csv, numberMarks != nil), ("--clip", scaling, clip != nil),
      ("--sniff-rows", scaling, sniffRows != nil && !needsPrefix),
      ("--scale", .libsvm, scale != nil),
    ]
    return options.filter { $0.isGiven && scopes.contains($0.scope) }.map(\.name)
  }
}

extension TransformOptions {
  /// - Parameter texts: `TRANSFORM` or `COLUMN=TRANSFORM`.
  /// - Throws: usage, naming what is no transform.
  fileprivate init(parsing texts: [String]) throws(RunFailure) {
    self.init()
    for text in texts {
      let equals = text.lastIndex(of: "=")
      let word = equals.map { String(text[text.index(after: $0)...]) } ?? text
      guard let choice = TransformChoice(rawValue: word) else {
        let known = TransformChoice.allCases.map(\.rawValue)
        throw RunFailure(
          .usage, "\(Self.option): \"\(word)\" is no transform",
          cure: (NearestName.find(word, among: known).map { "did you mean \($0)? " } ?? "")
            + "there are \(known.joined(separator: ", "))")
      }
      entries.append(Entry(pattern: equals.map { ByteText(String(text[..<$0])) }, choice: choice))
    }
  }
}
