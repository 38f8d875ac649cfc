/// Another way in which a value may have been written in training.
package enum ValueVariant: CaseIterable, Hashable, Sendable {
  case integer
  case decimal
  case letterCase
  case blanks
  case quotes
  case latin1
  case utf8
  case leadingZeros

  /// The texts that the value would be.
  func texts(of value: [UInt8]) -> [[UInt8]] {
    let texts: [[UInt8]] =
      switch self {
      case .integer: [Self.withoutFraction(value)]
      case .decimal: Self.isInteger(value) ? [value + Array(".0".utf8)] : []
      case .letterCase:
        [
          Array(String(decoding: value, as: UTF8.self).lowercased().utf8),
          Array(String(decoding: value, as: UTF8.self).uppercased().utf8),
          Array(String(decoding: value.prefix(1), as: UTF8.self).uppercased().utf8)
            + Array(String(decoding: value.dropFirst(), as: UTF8.self).lowercased().utf8),
        ]
      case .blanks: [Self.withoutBlanks(value)]
      case .quotes: [value.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }]
      case .latin1: [Self.asLatin1(value)].compactMap { $0 }
      case .utf8: value.contains { $0 >= 0x80 } ? [Self.asUTF8(value)] : []
      case .leadingZeros:
        Self.isInteger(value)
          ? [Array(value.drop { $0 == UInt8(ascii: "0") })]
            + (value.count + 1...max(value.count + 1, 10)).map {
              Array(repeating: UInt8(ascii: "0"), count: $0 - value.count) + value
            }
          : []
      }
    return texts.filter { !$0.isEmpty && $0 != value }
  }

  /// What the rows have, after "their values".
  package var words: String {
    switch self {
    case .integer: "are written with a fraction (4.0), in training without (4)"
    case .decimal: "are written without a fraction (4), in training with (4.0)"
    case .letterCase: "differ in case from those of training"
    case .blanks: "have blanks that those of training lack"
    case .quotes: "have quotes that those of training lack"
    case .latin1: "are UTF-8, in training they were Latin-1"
    case .utf8: "are Latin-1, in training they were UTF-8"
    case .leadingZeros: "have other leading zeros than in training"
    }
  }

  package var cure: String {
    switch self {
    case .integer, .decimal: "write the column as it was, for example as text and not as a number"
    case .latin1: "convert the file: iconv -f UTF-8 -t LATIN1 FILE"
    case .utf8: "convert the file: iconv -f LATIN1 -t UTF-8 FILE"
    case .letterCase, .blanks, .quotes, .leadingZeros: "write the column as it was in training"
    }
  }

  private static func isInteger(_ value: [UInt8]) -> Bool {
    !value.isEmpty && value.count <= 18
      && value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func withoutFraction(_ value: [UInt8]) -> [UInt8] {
    guard let point = value.firstIndex(of: UInt8(ascii: ".")) else { return [] }
    let isZero = value[(point + 1)...].allSatisfy { $0 == UInt8(ascii: "0") }
    return isZero ? Array(value[..<point]) : []
  }

  /// Without any kind of blank at either end; a no-break space is two bytes in UTF-8.
  private static func withoutBlanks(_ value: [UInt8]) -> [UInt8] {
    let text = String(decoding: value, as: UTF8.self)
    let rest = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    return Array(String(rest).utf8)
  }

  /// nil when the text is no UTF-8, or has a letter that Latin-1 lacks.
  private static func asLatin1(_ value: [UInt8]) -> [UInt8]? {
    guard value.contains(where: { $0 >= 0x80 }), let text = String(validating: value, as: UTF8.self)
    else { return nil }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < 0x100 else { return nil }
      bytes.append(UInt8(scalar.value))
    }
    return bytes
  }

  private static func asUTF8(_ value: [UInt8]) -> [UInt8] {
    Array(String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) })).utf8)
  }
}
