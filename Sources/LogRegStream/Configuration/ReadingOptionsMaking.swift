internal import Featurizing
internal import SparseBatches

extension ReadingConfiguration {
  /// - Throws: `RunFailure` of kind usage, naming the option.
  func readingOptions() throws(RunFailure) -> ReadingOptions {
    if let columns, Set(columns).count < columns.count {
      throw RunFailure(
        .usage, "--columns gives the same name twice", cure: "give every column a name of its own")
    }
    if schema != nil, let option = (given(.csv) + given(.libsvm) + given(.anyFormat)).first {
      throw RunFailure(
        .usage, "--schema and \(option) both say how rows are read",
        cure: "drop \(option), or change the schema file")
    }
    var options = ReadingOptions()
    options.format = formatOption
    options.hasHeader = hasHeader
    options.delimiter = delimiter
    switch quote {
    case .byte(let byte): options.quote = .byte(byte)
    case .ordinary: options.quote = .none
    case nil: break
    }
    setColumns(of: &options)
    options.transforms = try TransformOptions(parsing: numericTransforms)
    options.ngrams = ngrams ?? options.ngrams
    options.scalesIndices = scale == .maxabs
    options.sniffRows = sniffRows ?? options.sniffRows
    if let missing { options.missing = MissingTokens(missing.map { Array($0.utf8) }) }
    options.clip = clip ?? options.clip
    options.hashing = FeatureHashing(bits: bits, seed: hashSeed)
    options.maximumRowBytes = maximumLineBytes
    options.csvOnly = given(.csv)
    options.libsvmOnly = given(.libsvm)
    options.schema = schema.map {
      FeatureSchema(source: $0.source, hashing: options.hashing, labels: options.labelRule)
    }
    return try options.validated()
  }

  private var formatOption: ReadingOptions.Format {
    switch format ?? .auto {
    case .auto: .automatic
    case .csv: .csv
    case .libsvm: .libsvm
    }
  }

  private func setColumns(of options: inout ReadingOptions) {
    options.columns = columns.map { $0.map { ByteText($0) } }
    options.label = label.map { ByteText($0) }
    options.positive = positive.map { ByteText($0) }
    options.weight = weight.map { ByteText($0) }
    options.numeric = numeric.map { ByteText($0) }
    options.categorical = categorical.map { ByteText($0) }
    options.text = text.map { ByteText($0) }
    options.ignored = ignored.map { ByteText($0) }
    options.crosses = crosses.map { ByteText($0) }
  }

  private enum Scope { case csv, libsvm, anyFormat }

  /// Names of the options that were given and mean something only there.
  private func given(_ scope: Scope) -> [String] {
    // Bound and prefix are for what is scaled: columns, and indices that are to be scaled.
    let scaling: Scope = scale == .maxabs ? .anyFormat : .csv
    let options: [(name: String, scope: Scope, isGiven: Bool)] = [
      ("--format", .anyFormat, format != nil), ("--quote", .csv, quote != nil),
      ("--delimiter", .csv, delimiter != nil), ("--no-header", .csv, !hasHeader),
      ("--columns", .csv, columns != nil), ("--label", .csv, label != nil),
      ("--weight", .csv, weight != nil), ("--numeric", .csv, !numeric.isEmpty),
      ("--categorical", .csv, !categorical.isEmpty), ("--text", .csv, !text.isEmpty),
      ("--ignore", .csv, !ignored.isEmpty),
      ("--numeric-transform", .csv, !numericTransforms.isEmpty),
      ("--cross", .csv, !crosses.isEmpty), ("--ngrams", .csv, ngrams != nil),
      ("--missing", .csv, missing != nil), ("--clip", scaling, clip != nil),
      ("--sniff-rows", scaling, sniffRows != nil), ("--scale", .libsvm, scale != nil),
    ]
    return options.filter { $0.isGiven && $0.scope == scope }.map(\.name)
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
