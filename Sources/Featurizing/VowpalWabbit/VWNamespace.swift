internal import SparseBatches

/// The namespace that features are read into: `|name[:scale]`, or a bare `|` for the default one.
struct VWNamespace {
  /// Where its name stands in the row.
  let name: VWWord
  /// murmur3 of the name; of the empty name for the default namespace.
  private var seed: UInt32 = 0
  private var scale: Float = 1
  /// How many features without a name it has had.
  private(set) var unnamed: UInt32 = 0

  /// Reads what stands behind a bar.
  @unsafe @inline(__always)
  init(_ scan: inout VWScan, _ hashing: FeatureHashing) throws(VWRefusal) {
    name = unsafe scan.name()
    seed = unsafe MurmurHash3.hash(
      scan.base + name.start, count: name.count, seed: hashing.seed)
    guard unsafe scan.takes(UInt8(ascii: ":")) else { return }
    let text = unsafe scan.number()
    scale = unsafe try Self.number(text, scan.base, of: name)
    guard name.count > 0 else {
      throw VWRefusal(
        reason: .malformedFeature, word: VWWord(start: name.start - 1, end: text.end),
        cure: "a scale needs a namespace: |name:scale")
    }
  }

  /// Reads `name`, `name:value` or `:value`.
  ///
  /// - Returns: slot (not yet masked) and value, which may be 0.
  @unsafe @inline(__always)
  mutating func feature(_ scan: inout VWScan) throws(VWRefusal) -> (hash: UInt32, value: Float) {
    let name = unsafe scan.name()
    var value = scale
    if unsafe scan.takes(UInt8(ascii: ":")) {
      value *= unsafe try Self.number(scan.number(), scan.base, of: name)
      guard value.isFinite else {
        throw unsafe VWRefusal(
          reason: .notFinite, word: VWWord(start: name.start, end: scan.offset),
          cure: "a value times the scale of its namespace must be finite")
      }
    } else if name.count == 0 {
      // Only a carriage return ends a name where no blank, bar or colon stands.
      throw unsafe VWRefusal(
        reason: .malformedFeature, word: VWWord(start: name.start, end: scan.end),
        cure: "a carriage return stands inside the row; a row ends with a line feed")
    }
    if name.count > 0 {
      let hash = unsafe MurmurHash3.hash(scan.base + name.start, count: name.count, seed: seed)
      return (hash, value)
    }
    defer { unnamed &+= 1 }
    return (seed &+ unnamed, value)
  }

  @unsafe @inline(__always)
  private static func number(
    _ text: VWWord, _ base: UnsafePointer<UInt8>, of name: VWWord
  ) throws(VWRefusal) -> Float {
    let outcome = unsafe DecimalNumber.parse(base + text.start, count: text.count)
    if case .number(let number) = outcome, case let value = Float(number), value.isFinite {
      return value
    }
    throw refusal(outcome, VWWord(start: name.start, end: text.end))
  }

  @inline(never)
  private static func refusal(_ outcome: DecimalNumber.Outcome, _ word: VWWord) -> VWRefusal {
    if case .notANumber = outcome {
      return VWRefusal(
        reason: .malformedFeature, word: word,
        cure: "a number must follow the colon, with no blank between; a text is a feature of its "
          + "own: name=text")
    }
    return VWRefusal(reason: .notFinite, word: word, cure: "a value must be a finite number")
  }
}
