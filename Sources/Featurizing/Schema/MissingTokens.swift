/// The texts that mean "no value", compared byte for byte after trimming.
package struct MissingTokens: Equatable, Sendable {
  package let tokens: [[UInt8]]
  /// Bit b is set when some token starts with a byte whose low six bits are b: turns away nearly
  /// every value with one test that the processor predicts well.
  private let firstBytes: UInt64
  private let holdsEmpty: Bool

  package static let standard = MissingTokens(
    ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "\\N", "?"].map { Array($0.utf8) })

  package init(_ tokens: [[UInt8]]) {
    self.tokens = tokens
    holdsEmpty = tokens.contains([])
    firstBytes = tokens.compactMap(\.first).reduce(0) { $0 | 1 << UInt64($1 & 63) }
  }

  package static func == (left: MissingTokens, right: MissingTokens) -> Bool {
    left.tokens == right.tokens
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  func contains(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    guard count > 0 else { return holdsEmpty }
    let first = unsafe base[0]
    guard firstBytes >> UInt64(first & 63) & 1 == 1 else { return false }
    return unsafe compare(base, count: count)
  }

  @unsafe @inline(never)
  private func compare(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    for token in tokens where token.count == count {
      var index = 0
      while index < count, unsafe base[index] == token[index] { index += 1 }
      if index == count { return true }
    }
    return false
  }
}

extension MissingTokens: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(try container.decode([ByteText].self).map(\.bytes))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(tokens.map { ByteText(bytes: $0) })
  }
}
