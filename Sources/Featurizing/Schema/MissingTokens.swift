/// The texts that mean "no value", compared byte for byte after trimming.
package struct MissingTokens: Equatable, Sendable {
  package let tokens: [[UInt8]]
  let firstBytes: FirstBytes
  let holdsEmpty: Bool

  package static let standard = MissingTokens(
    ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "\\N", "?"].map { Array($0.utf8) })

  package init(_ tokens: [[UInt8]]) {
    self.tokens = tokens
    holdsEmpty = tokens.contains([])
    firstBytes = FirstBytes(tokens)
  }

  package static func == (left: MissingTokens, right: MissingTokens) -> Bool {
    left.tokens == right.tokens
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  func contains(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    guard count > 0 else { return holdsEmpty }
    let first = unsafe base[0]
    guard firstBytes.hold(first) else { return false }
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

/// The bytes that tokens start with: turns away nearly every value with one test that the processor
/// predicts well.
struct FirstBytes: BitwiseCopyable, Sendable {
  /// Bit b is set when some token starts with a byte whose low six bits are b.
  private let bits: UInt64

  init(_ tokens: [[UInt8]]) {
    bits = tokens.compactMap(\.first).reduce(0) { $0 | 1 << UInt64($1 & 63) }
  }

  /// Whether a token may start with this byte.
  @inline(__always)
  func hold(_ byte: UInt8) -> Bool { bits >> UInt64(byte & 63) & 1 == 1 }
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
