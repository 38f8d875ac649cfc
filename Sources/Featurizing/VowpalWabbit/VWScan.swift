internal import SparseBatches

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

  /// The text behind a colon.
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

/// What single bytes mean behind the first bar.
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
