internal import SparseBatches

/// What stands before the first bar: `[label [weight] ['tag]]`, told apart as Vowpal Wabbit does.
///
/// Words are separated by spaces. The last word is the tag when it starts with an apostrophe, or
/// when it touches the bar.
struct VWRowHead {
  private(set) var label: VWWord?
  private(set) var weight: VWWord?
  private(set) var tag: VWWord?
  /// The first word that is none of these.
  private(set) var surplus: VWWord?

  /// - Parameter range: from the start of the row to the bar.
  @unsafe @inline(__always)
  init(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
    var offset = range.lowerBound
    var last: VWWord?
    while true {
      while offset < range.upperBound, unsafe base[offset] == Self.space { offset += 1 }
      guard offset < range.upperBound else { break }
      let start = offset
      while offset < range.upperBound, unsafe base[offset] != Self.space { offset += 1 }
      if let last { add(last) }
      last = VWWord(start: start, end: offset)
    }
    guard let last else { return }
    if last.end == range.upperBound || (unsafe base[last.start] == UInt8(ascii: "'")) {
      tag = last
    } else {
      add(last)
    }
  }

  private static var space: UInt8 { UInt8(ascii: " ") }

  @inline(__always)
  private mutating func add(_ word: VWWord) {
    if label == nil {
      label = word
    } else if weight == nil {
      weight = word
    } else if surplus == nil {
      surplus = word
    }
  }
}

/// The namespace that features are read into: `|name[:scale]`, or a bare `|` for the default one.
struct VWNamespace {
  /// Where its name stands in the row.
  let name: VWWord
  /// murmur3 of the name; of the empty name for the default namespace.
  private var seed: UInt32 = 0
  private var scale: Float = 1
  /// How many features without a name it has had.
  private(set) var unnamed: UInt32 = 0

  /// Reads what stands after a bar.
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

/// A run of bytes of a row in Vowpal Wabbit's text format.
struct VWWord {
  var start: Int
  var end: Int

  var count: Int { end - start }

  @unsafe
  func excerpt(_ base: UnsafePointer<UInt8>) -> [UInt8] {
    (start..<min(end, start + IssueMaker.excerptBytes + 1)).map { unsafe base[$0] }
  }
}

/// Why a row is bad, where, and what to do: thrown inside the parser only.
struct VWRefusal: Error {
  var reason: RowIssue.Reason
  var word: VWWord
  var cure: String
}

/// The bytes of one row from its first bar on: namespaces and features.
///
/// Blanks, tabs, `:` and `|` end a name; blanks, tabs and `|` end a number; a carriage return ends
/// both and is refused by the parser, because Vowpal Wabbit drops what follows it.
@unsafe
struct VWScan {
  let base: UnsafePointer<UInt8>
  var offset: Int
  let end: Int

  /// Ends before the first byte that is no part of a name.
  @inline(__always)
  mutating func name() -> VWWord {
    let start = unsafe offset
    while unsafe offset < end, unsafe !VWByte.endsName(base[offset]) { unsafe offset += 1 }
    return unsafe VWWord(start: start, end: offset)
  }

  /// The text after a colon.
  @inline(__always)
  mutating func number() -> VWWord {
    let start = unsafe offset
    while unsafe offset < end, unsafe !VWByte.endsNumber(base[offset]) { unsafe offset += 1 }
    return unsafe VWWord(start: start, end: offset)
  }

  /// Steps over `byte` when it comes next.
  @inline(__always)
  mutating func takes(_ byte: UInt8) -> Bool {
    guard unsafe offset < end, unsafe base[offset] == byte else { return false }
    unsafe offset += 1
    return true
  }
}

/// What single bytes mean after the first bar.
enum VWByte {
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  @inline(__always)
  static func endsName(_ byte: UInt8) -> Bool {
    endsNumber(byte) || byte == UInt8(ascii: ":")
  }

  @inline(__always)
  static func endsNumber(_ byte: UInt8) -> Bool {
    isBlank(byte) || byte == UInt8(ascii: "|") || byte == UInt8(ascii: "\r")
  }
}
