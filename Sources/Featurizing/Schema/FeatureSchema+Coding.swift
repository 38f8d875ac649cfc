internal import SparseBatches

// How a schema stands in a model's JSON header: flat objects with a word that says what they are,
// instead of the nesting that the compiler would make of the enums. Specified in "The file format".

extension FeatureSchema: Codable {
  private enum Key: String, CodingKey { case format, csv, libsvm, hashing, labels, labelWeights }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let format = try container.decode(String.self, forKey: .format)
    switch format {
    case "csv": source = .csv(try container.decode(CSVSchema.self, forKey: .csv))
    case "libsvm":
      source = .libsvm(try container.decodeIfPresent(IndexScales.self, forKey: .libsvm))
    case "vw": source = .vw
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: container, debugDescription: "unknown row format \"\(format)\"")
    }
    hashing = try container.decode(FeatureHashing.self, forKey: .hashing)
    labels = try container.decode(LabelRule.self, forKey: .labels)
    labelsCarryWeights = try container.decodeIfPresent(Bool.self, forKey: .labelWeights) ?? false
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(formatName, forKey: .format)
    switch source {
    case .csv(let csv): try container.encode(csv, forKey: .csv)
    case .libsvm(let scales): try container.encodeIfPresent(scales, forKey: .libsvm)
    case .vw: break
    }
    try container.encode(hashing, forKey: .hashing)
    try container.encode(labels, forKey: .labels)
    if labelsCarryWeights { try container.encode(true, forKey: .labelWeights) }
  }
}

// How the columns of delimited rows stand in a model's JSON header. Members that joined later are
// left out where they say nothing, so that plain models did not change.

extension CSVSchema: Codable {
  private enum Key: String, CodingKey {
    case delimiter, quote, hasHeader, label, weight, missing, decimal, numberMarks, clip,
      ngrams, columns, crosses
    case comment, skippedLines, maximumFieldLines, maximumColumns
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let decimal = try container.decodeIfPresent(String.self, forKey: .decimal) ?? "point"
    guard let decimal = NumberForm.Decimal(rawValue: decimal) else {
      throw DecodingError.dataCorruptedError(
        forKey: .decimal, in: container, debugDescription: "unknown decimal mark \"\(decimal)\"")
    }
    self.init(
      delimiter: try container.decode(UInt8.self, forKey: .delimiter),
      quote: try container.decodeIfPresent(UInt8.self, forKey: .quote),
      hasHeader: try container.decode(Bool.self, forKey: .hasHeader),
      label: try container.decode(ByteText.self, forKey: .label),
      weight: try container.decodeIfPresent(ByteText.self, forKey: .weight),
      missing: try container.decode(MissingTokens.self, forKey: .missing),
      numbers: NumberForm(
        decimal: decimal,
        marks: try container.decodeIfPresent(String.self, forKey: .numberMarks) ?? ""),
      clip: try container.decode(Double.self, forKey: .clip),
      ngrams: try container.decodeIfPresent(Int.self, forKey: .ngrams) ?? 1,
      columns: try container.decode([Column].self, forKey: .columns),
      crosses: try container.decodeIfPresent([[Int]].self, forKey: .crosses)?
        .map(ColumnCross.init) ?? [])
    comment = try container.decodeIfPresent(UInt8.self, forKey: .comment)
    skippedLines = try container.decodeIfPresent(Int.self, forKey: .skippedLines) ?? 0
    maximumFieldLines = try container.decodeIfPresent(Int.self, forKey: .maximumFieldLines)
    maximumColumns =
      try container.decodeIfPresent(Int.self, forKey: .maximumColumns) ?? Self.usualMaximumColumns
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(delimiter, forKey: .delimiter)
    try container.encodeIfPresent(quote, forKey: .quote)
    try container.encode(hasHeader, forKey: .hasHeader)
    try container.encode(label, forKey: .label)
    try container.encodeIfPresent(weight, forKey: .weight)
    try container.encode(missing, forKey: .missing)
    if numbers.decimal != .point {
      try container.encode(numbers.decimal.rawValue, forKey: .decimal)
    }
    if !numbers.marks.isEmpty { try container.encode(numbers.marks, forKey: .numberMarks) }
    try container.encode(clip, forKey: .clip)
    if ngrams != 1 { try container.encode(ngrams, forKey: .ngrams) }
    try container.encode(columns, forKey: .columns)
    if !crosses.isEmpty { try container.encode(crosses.map(\.columns), forKey: .crosses) }
    try container.encodeIfPresent(comment, forKey: .comment)
    if skippedLines != 0 { try container.encode(skippedLines, forKey: .skippedLines) }
    try container.encodeIfPresent(maximumFieldLines, forKey: .maximumFieldLines)
    if maximumColumns != Self.usualMaximumColumns {
      try container.encode(maximumColumns, forKey: .maximumColumns)
    }
  }
}

/// A column is one text, `name TAB type TAB scale TAB reason`: with an object for each, a million
/// of them took half a gigabyte to write. A tab never stands in an escaped name.
extension Column: Codable {
  private enum Key: String, CodingKey { case name, type, reason, scale }

  package init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      guard let column = Column(line: text) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a column is malformed"))
      }
      self = column
    } else {
      try self.init(object: decoder.container(keyedBy: Key.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(line)
  }

  private var line: String {
    let scale =
      switch role {
      case .numeric(let scale):
        "\(scale.transform.rawValue) \(scale.mean) \(scale.standardDeviation)"
      case .binned(let bins):
        (["quantile"] + bins.edges.map(\.description)).joined(separator: " ")
      case .binsAndSlope(let number): number.text
      default: ""
      }
    return "\(DisplayText.escape(name.bytes))\t\(role.name)\t\(scale)\t\(reason.code)"
  }

  private init?(line: String) {
    let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let name = DisplayText.unescape(String(parts[0])),
      let role = Role(name: parts[1], scale: parts[2].split(separator: " "))
    else { return nil }
    self.init(
      name: ByteText(bytes: name), role: role, reason: Reason(code: String(parts[3])))
  }

  /// As the first models of version 1 had it.
  private init(object: KeyedDecodingContainer<Key>) throws {
    struct Scale: Decodable {
      var transform: String
      var mean: Double
      var standardDeviation: Double
    }
    let type = try object.decode(String.self, forKey: .type)
    let scale = try object.decodeIfPresent(Scale.self, forKey: .scale)
      .map { [$0.transform, $0.mean.description, $0.standardDeviation.description] }
    guard let role = Role(name: type[...], scale: (scale ?? []).map { $0[...] }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: object, debugDescription: "unknown column type or scale \"\(type)\"")
    }
    self.init(
      name: try object.decode(ByteText.self, forKey: .name), role: role,
      reason: Reason(code: try object.decode(String.self, forKey: .reason)))
  }
}

extension Column.Role {
  /// The word for it in models, JSON and messages.
  package var name: String {
    switch self {
    case .label: "label"
    case .weight: "weight"
    case .ignored: "ignored"
    case .categorical: "categorical"
    case .text: "text"
    case .numeric, .binned, .binsAndSlope: "numeric"
    }
  }

  /// - Parameter scale: for numbers the transform and what it was fitted to; else empty.
  fileprivate init?(name: Substring, scale: [Substring]) {
    let numbers = scale.dropFirst().compactMap { Double($0) }
    guard numbers.count == max(0, scale.count - 1), (name == "numeric") == !scale.isEmpty else {
      return nil
    }
    switch name {
    case "label": self = .label
    case "weight": self = .weight
    case "ignored": self = .ignored
    case "categorical": self = .categorical
    case "text": self = .text
    case "numeric" where scale.first == "quantile": self = .binned(QuantileBins(edges: numbers))
    case "numeric" where BinsAndSlope.words.contains(String(scale[0])):
      guard let number = BinsAndSlope(word: scale[0], numbers) else { return nil }
      self = .binsAndSlope(number)
    case "numeric":
      guard let transform = NumericScale.Transform(rawValue: String(scale[0])), numbers.count == 2
      else { return nil }
      self = .numeric(
        NumericScale(
          transform: transform, mean: numbers[0], standardDeviation: numbers[1]))
    default: return nil
    }
  }
}

extension BinsAndSlope {
  /// Without and with a logarithm.
  fileprivate static let words = ["bins+slope", "bins+slope+symlog"]

  /// The word, mean and deviation, those of the logarithms if there are any, and the edges.
  fileprivate var text: String {
    let scales = [slope, logarithm].compactMap(\.self)
    let numbers = scales.flatMap { [$0.mean, $0.standardDeviation] } + bins.edges
    return ([Self.words[scales.count - 1]] + numbers.map(\.description)).joined(separator: " ")
  }

  fileprivate init?(word: Substring, _ numbers: [Double]) {
    let bends = word == Self.words[1]
    guard numbers.count >= (bends ? 4 : 2) else { return nil }
    self.init(
      slope: NumericScale(
        transform: .standardize, mean: numbers[0], standardDeviation: numbers[1]),
      logarithm: bends
        ? NumericScale(transform: .symlog, mean: numbers[2], standardDeviation: numbers[3]) : nil,
      bins: QuantileBins(edges: Array(numbers.dropFirst(bends ? 4 : 2))))
  }
}
