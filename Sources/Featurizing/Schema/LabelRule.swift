internal import SparseBatches

/// How a label's text becomes a number.
package enum LabelRule: Equatable, Sendable {
  /// This text is 1, any other non-missing text is 0.
  case positive(ByteText)
  /// 0/1, −1/+1 or true/false: one of them for the whole stream.
  case convention
  /// Any finite number: itself.
  case number
  /// One of these texts: its index.
  case classes([ByteText])

  /// More classes than this make no sense, and too many weights.
  package static let classLimit = 1 << 16

  /// The classes; empty for the other rules.
  package var classes: [ByteText] {
    if case .classes(let names) = self { names } else { [] }
  }

  /// Whether a label is of a positive or of a negative class.
  package var areBinary: Bool {
    switch self {
    case .positive, .convention: true
    case .number, .classes: false
    }
  }

  /// Classes for a person, those beyond the first few left out.
  package static func list(_ classes: [ByteText]) -> String {
    let shown = classes.prefix(8).map { $0.display }.joined(separator: ", ")
    return classes.count > 8 ? "\(shown), … (\(classes.count))" : shown
  }
}

/// Which pair of labels the stream uses, once that is known.
///
/// Decided by the first 0 or −1 (or true/false) anywhere in the stream; the other pair is refused
/// from then on. A 1 decides nothing: it is positive in both.
package enum LabelConvention: UInt8, Equatable, Sendable {
  case undecided
  case zeroOne
  case plusMinusOne
  case trueFalse

  package var description: String {
    switch self {
    case .undecided: "0/1 or -1/+1"
    case .zeroOne: "0/1"
    case .plusMinusOne: "-1/+1"
    case .trueFalse: "true/false"
    }
  }

  /// - Returns: 0 or 1, or nil when `number` is no label of this convention.
  mutating func label(of number: Double) -> Float? {
    if number == 1 { return self == .trueFalse ? nil : 1 }
    let pair: LabelConvention
    if number == 0 {
      pair = .zeroOne
    } else if number == -1 {
      pair = .plusMinusOne
    } else {
      return nil
    }
    return decide(pair) ? 0 : nil
  }

  /// - Returns: 0 or 1, or nil when the stream holds numbers.
  mutating func label(of truth: Bool) -> Float? { decide(.trueFalse) ? (truth ? 1 : 0) : nil }

  private mutating func decide(_ pair: LabelConvention) -> Bool {
    if self == .undecided { self = pair }
    return self == pair
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
