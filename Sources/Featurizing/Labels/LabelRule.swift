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
