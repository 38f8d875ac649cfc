// How a schema stands in a model's JSON header: flat objects with a word that says what they are,
// instead of the nesting that the compiler would make of the enums. Specified in "The file format".

extension FeatureSchema: Codable {
  private enum Key: String, CodingKey { case format, csv, libsvm, hashing, labels }

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
  }
}

extension LabelRule: Codable {
  private enum Key: String, CodingKey { case rule, positive, classes }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let rule = try container.decode(String.self, forKey: .rule)
    switch rule {
    case "positive": self = .positive(try container.decode(ByteText.self, forKey: .positive))
    case "convention": self = .convention
    case "number": self = .number
    case "classes": self = .classes(try container.decode([ByteText].self, forKey: .classes))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .rule, in: container, debugDescription: "unknown label rule \"\(rule)\"")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .positive(let text):
      try container.encode("positive", forKey: .rule)
      try container.encode(text, forKey: .positive)
    case .convention: try container.encode("convention", forKey: .rule)
    case .number: try container.encode("number", forKey: .rule)
    case .classes(let names):
      try container.encode("classes", forKey: .rule)
      try container.encode(names, forKey: .classes)
    }
  }
}

extension LabelConvention: Codable {
  private static let names: [(LabelConvention, String)] = [
    (.undecided, "undecided"), (.zeroOne, "0/1"), (.plusMinusOne, "-1/+1"),
    (.trueFalse, "true/false"),
  ]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let known = Self.names.first(where: { $0.1 == name }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "unknown label convention \"\(name)\"")
    }
    self = known.0
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Self.names.first { $0.0 == self }?.1 ?? "undecided")
  }
}
