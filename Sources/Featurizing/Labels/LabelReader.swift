internal import SparseBatches

/// Reads label texts by a rule and follows the stream's convention.
struct LabelReader {
  let rule: LabelRule
  let missing: MissingTokens
  var convention: LabelConvention = .undecided

  init(rule: LabelRule, missing: MissingTokens) {
    self.rule = rule
    self.missing = missing
  }

  /// - Returns: 0 or 1, or nil when the text is no label.
  @unsafe @inline(__always)
  mutating func label(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    if case .convention = rule, count == 1 {
      let digit = unsafe base[0]
      if digit == UInt8(ascii: "0") { return convention.label(of: 0) }
      if digit == UInt8(ascii: "1") { return convention.label(of: 1) }
    }
    return unsafe slowLabel(base, count: count)
  }

  @unsafe @inline(never)
  private mutating func slowLabel(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    switch rule {
    case .positive(let text):
      if unsafe matches(base, count: count, text.bytes) { return 1 }
      return unsafe missing.contains(base, count: count) ? nil : 0
    case .convention:
      if case .number(let number) = unsafe DecimalNumber.parse(base, count: count) {
        return convention.label(of: number)
      }
      let word = unsafe String(
        decoding: UnsafeBufferPointer(start: base, count: min(count, 6)), as: UTF8.self
      ).lowercased()
      return word == "true" || word == "false" ? convention.label(of: word == "true") : nil
    }
  }

  @unsafe
  private func matches(_ base: UnsafePointer<UInt8>, count: Int, _ text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where unsafe base[index] != text[index] { return false }
    return true
  }

  /// Whether a text that is not needed as a label looks like one, so that a file of another format
  /// is not predicted in silence.
  @unsafe
  func couldBeLabel(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    if case .positive = rule {
      return !(0..<count).contains {
        unsafe [UInt8(ascii: ","), UInt8(ascii: ";")].contains(base[$0])
      }
    }
    if case .number = unsafe DecimalNumber.parse(base, count: count) { return true }
    let bytes = unsafe UnsafeBufferPointer(start: base, count: min(count, 6))
    return unsafe ["true", "false"].contains(String(decoding: bytes, as: UTF8.self).lowercased())
  }

  /// What to tell a person whose label was refused.
  var cure: String {
    switch rule {
    case .positive: "a label must not be missing; see --missing"
    case .convention:
      "labels here are \(convention.description); name the positive one with --positive"
    }
  }
}
