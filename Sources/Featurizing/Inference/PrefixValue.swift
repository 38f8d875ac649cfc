/// What one value of the prefix is: read once for all that look at it.
struct PrefixValue: BitwiseCopyable {
  enum Kind: BitwiseCopyable {
    case missing
    case number(Double)
    case notFinite
    /// Neither; words are what blanks part.
    case text(words: Int)
  }

  let kind: Kind
  /// Of its bytes.
  let hash: UInt32
  /// How many digits it is written with; 0 when other bytes are among them.
  let digits: Int
  /// A zero before other digits, as in `00501`.
  let hasLeadingZero: Bool

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  init(_ base: UnsafePointer<UInt8>, count: Int, missing: MissingTokens) {
    hash = unsafe MurmurHash3.hash(base, count: count, seed: 0)
    kind = unsafe Self.kind(base, count, missing)
    let bytes = unsafe UnsafeBufferPointer(start: base, count: count)
    let zero = UInt8(ascii: "0")
    let isDigits = unsafe bytes.allSatisfy { $0 &- zero < 10 }
    digits = isDigits ? count : 0
    hasLeadingZero = unsafe isDigits && count > 1 && base[0] == zero
  }

  @unsafe
  private static func kind(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ missing: MissingTokens
  ) -> Kind {
    if unsafe missing.contains(base, count: count) { return .missing }
    switch unsafe DecimalNumber.parse(base, count: count) {
    case .number(let number): return .number(number)
    case .notFinite: return .notFinite
    case .notANumber:
      var words = 0
      var wasBlank = true
      for offset in 0..<count {
        let isBlank = unsafe base[offset] == UInt8(ascii: " ")
        if wasBlank, !isBlank { words += 1 }
        wasBlank = isBlank
      }
      return .text(words: words)
    }
  }
}
