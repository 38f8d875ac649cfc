/// Decimal floating point text to Double, correctly rounded.
///
/// Grammar: RFC 8259 numbers, and besides a leading `+`, leading zeros, a bare `.5` or `5.`.
/// No hexadecimal, no locale, no blanks.
///
/// Idea: up to 19 digits are gathered into an integer; when it is below 2^53 and the power of ten
/// is at most 22, both are exact as Double and one multiplication or division rounds correctly
/// (Clinger 1990). Everything else takes the standard library's parser.
package enum DecimalNumber {
  package enum Outcome: Equatable, Sendable {
    case number(Double)
    case notANumber
    /// "inf", "nan" and their kin, or a number too large for a Double.
    case notFinite
  }

  package static func parse(_ bytes: some Collection<UInt8>) -> Outcome {
    let contiguous = Array(bytes)
    return unsafe contiguous.withUnsafeBufferPointer { buffer in
      // Proof: the pointer is valid for `buffer.count` bytes while the closure runs.
      guard let base = buffer.baseAddress else { return .notANumber }
      return unsafe parse(base, count: buffer.count)
    }
  }

  /// The number, where a text inside a buffer is one to eight digits; else nil.
  ///
  /// Idea: the eight bytes that end with the text are loaded as one integer, what stands before the
  /// text is shifted out, and digits are joined in pairs, fours and eight (as in simdjson's and
  /// fast_float's parsers). No loop, so no misprediction where lengths vary: measured 20 % of
  /// featurizing on rows with 13 integers.
  ///
  /// - Precondition: `count` bytes can be read at `base`, and `before` bytes before it.
  @unsafe @inline(__always)
  static func shortInteger(
    _ base: UnsafePointer<UInt8>, count: Int, before: Int
  ) -> UInt64? {
    guard count > 0, count <= 8, before &+ count >= 8 else { return nil }
    let end = unsafe UnsafeRawPointer(base + count)
    let loaded = UInt64(
      littleEndian: unsafe end.loadUnaligned(fromByteOffset: -8, as: UInt64.self))
    // Bytes before the text become zeros, which change no number.
    let before = (1 as UInt64) &<< UInt64(truncatingIfNeeded: (8 &- count) &* 8) &- 1
    let padded = loaded & ~before | Self.zeros & before
    return isDigits(padded) ? joined(padded &- Self.zeros) : nil
  }

  private static var zeros: UInt64 { 0x3030_3030_3030_3030 }

  /// Whether each byte is an ASCII digit.
  @inline(__always)
  private static func isDigits(_ bytes: UInt64) -> Bool {
    let high = bytes & 0xF0F0_F0F0_F0F0_F0F0
    let carried = (bytes &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
    return high == zeros && carried == zeros
  }

  /// Eight digits (0…9 in each byte, the first in the lowest) as one number.
  @inline(__always)
  private static func joined(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
    return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  package static func parse(_ base: UnsafePointer<UInt8>, count: Int) -> Outcome {
    var digits = unsafe DigitScan(base, count: count)
    guard digits.isNumber else { return unsafe nonNumber(base, count: count) }
    if digits.isExact, let value = exactValue(&digits) { return .number(value) }
    return unsafe slowValue(base, count: count)
  }

  @inline(__always)
  private static func exactValue(_ scan: inout DigitScan) -> Double? {
    guard scan.mantissa <= 1 << 53 else { return nil }
    var value = Double(scan.mantissa)
    switch scan.exponent {
    case 0: break
    case 1...22: value *= powersOfTen[scan.exponent]
    case -22 ... -1: value /= powersOfTen[-scan.exponent]
    default:
      if scan.mantissa != 0 { return nil }
    }
    return scan.isNegative ? -value : value
  }

  @unsafe @inline(never)
  private static func slowValue(_ base: UnsafePointer<UInt8>, count: Int) -> Outcome {
    var text = unsafe Substring(
      decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
    // The standard library wants digits around the point: give it the grammar it knows.
    if text.first == "+" { text = text.dropFirst() }
    guard let value = Double(text) else { return .notANumber }
    return value.isFinite ? .number(value) : .notFinite
  }

  @unsafe @inline(never)
  private static func nonNumber(_ base: UnsafePointer<UInt8>, count: Int) -> Outcome {
    // Nearly every text that is no number ends here: one with an n or an i in front is rare.
    guard count >= 3, count <= 9, unsafe [0x69, 0x6E].contains((base[0] | 0x20)) || base[0] < 0x30
    else { return .notANumber }
    let bytes = unsafe UnsafeBufferPointer(start: base, count: count)
    var word = unsafe String(decoding: bytes, as: UTF8.self).lowercased()[...]
    if let first = word.first, first == "+" || first == "-" { word = word.dropFirst() }
    return ["inf", "infinity", "nan"].contains(word) ? .notFinite : .notANumber
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}

/// One pass over a number's text: its digits as an integer and its power of ten.
private struct DigitScan {
  var mantissa: UInt64 = 0
  var exponent = 0
  var isNegative = false
  var isNumber = false
  /// Every digit is in `mantissa`.
  var isExact = true

  @unsafe @inline(__always)
  init(_ base: UnsafePointer<UInt8>, count: Int) {
    var offset = 0
    guard count > 0 else { return }
    let sign = unsafe base[0]
    if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      offset = 1
    }
    let whole = unsafe gather(base, count: count, &offset)
    var fraction = 0
    if offset < count, unsafe base[offset] == UInt8(ascii: ".") {
      offset += 1
      fraction = unsafe gather(base, count: count, &offset)
      exponent = -fraction
    }
    // Past 19 digits the integer may have wrapped: the slow path reads the text again.
    isExact = whole + fraction <= 19
    guard whole + fraction > 0 else { return }
    if offset < count { unsafe readExponent(base, count: count, &offset) }
    isNumber = offset == count
  }

  /// - Returns: how many digits were taken.
  @unsafe @inline(__always)
  private mutating func gather(
    _ base: UnsafePointer<UInt8>, count: Int, _ offset: inout Int
  ) -> Int {
    let start = offset
    while offset < count {
      let digit = unsafe base[offset] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      offset += 1
    }
    return offset - start
  }

  @unsafe @inline(never)
  private mutating func readExponent(
    _ base: UnsafePointer<UInt8>, count: Int, _ offset: inout Int
  ) {
    guard unsafe base[offset] | 0x20 == UInt8(ascii: "e") else { return }
    var next = offset + 1
    var isBelow = false
    if next < count, unsafe base[next] == UInt8(ascii: "-") || base[next] == UInt8(ascii: "+") {
      isBelow = unsafe base[next] == UInt8(ascii: "-")
      next += 1
    }
    let start = next
    var power = 0
    while next < count, case let digit = unsafe base[next] &- UInt8(ascii: "0"), digit < 10 {
      power = min(power * 10 + Int(digit), 1 << 40)
      next += 1
    }
    guard next > start else { return }
    exponent += isBelow ? -power : power
    offset = next
  }
}

/// How numbers are written in columns: which mark stands before the fraction, and which marks are
/// left out.
///
/// Marks between digits part groups, and only whole groups are read: with the mark `,` the text
/// `12,345` is a number and `1,5` is none, so that a fraction never becomes an integer.
package struct NumberForm: Equatable, Sendable {
  /// The mark before the fraction. The raw values are stored in models.
  package enum Decimal: String, CaseIterable, Sendable { case point, comma }

  package let decimal: Decimal
  /// Characters that are left out; a space stands for every blank, no-break spaces too.
  package let marks: String
  private let texts: [[UInt8]]
  private let leavesOutBlanks: Bool
  /// Whether numbers are read as they are.
  package let isPlain: Bool

  package static let plain = NumberForm()

  package init(decimal: Decimal = .point, marks: String = "") {
    self.decimal = decimal
    self.marks = marks
    leavesOutBlanks = marks.contains(" ")
    isPlain = decimal == .point && marks.isEmpty
    texts = marks.unicodeScalars.filter { $0 != " " }.map { Array(String($0).utf8) }
  }

  package static func == (left: NumberForm, right: NumberForm) -> Bool {
    left.decimal == right.decimal && left.marks == right.marks
  }

  /// What makes the marks unusable.
  package var defect: String? {
    let separator: Unicode.Scalar = decimal == .comma ? "," : "."
    for mark in marks.unicodeScalars {
      guard mark != separator else { return "the mark before the fraction cannot be left out" }
      let isPartOfNumbers =
        mark.isASCII && (mark.properties.isAlphabetic || mark.properties.numericType != nil)
        || mark == "-" || mark == "+"
      guard !isPartOfNumbers else {
        return "\"\(mark)\" is a part of numbers and cannot be left out"
      }
    }
    return nil
  }

  /// The number that a field means; nil when it means none.
  package func number(_ field: [UInt8]) -> Double? {
    let plain = isPlain ? field : plain(field)
    guard let plain, case .number(let number) = DecimalNumber.parse(plain) else { return nil }
    return number
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  func parse(_ base: UnsafePointer<UInt8>, count: Int) -> DecimalNumber.Outcome {
    guard isPlain else { return unsafe parseMarked(base, count: count) }
    return unsafe DecimalNumber.parse(base, count: count)
  }

  @unsafe @inline(never)
  private func parseMarked(_ base: UnsafePointer<UInt8>, count: Int) -> DecimalNumber.Outcome {
    let text = unsafe Array(UnsafeBufferPointer(start: base, count: count))
    guard let plain = plain(text) else { return .notANumber }
    return DecimalNumber.parse(plain)
  }

  /// The text as a plain number would be written; nil where marks part something else than groups.
  private func plain(_ text: [UInt8]) -> [UInt8]? {
    let separator = UInt8(ascii: decimal == .comma ? "," : ".")
    var plain: [UInt8] = []
    plain.reserveCapacity(text.count)
    // Digits since the last mark between digits; nil before the first one.
    var group: Int?
    var wholeDigits = 0
    var isWhole = true
    var isOver = false
    var next = 0
    while next < text.count {
      let length = markLength(text, at: next)
      let byte = text[next]
      if length > 0 {
        next += length
        let isBetween =
          plain.last.map(Self.isDigit) == true && next < text.count && Self.isDigit(text[next])
        guard isBetween else {
          isOver = isOver || plain.last.map(Self.isDigit) == true
          continue
        }
        guard isWhole, !isOver, (group ?? wholeDigits) <= 3, group != 0, group != 1 else {
          return nil
        }
        group = 0
        continue
      }
      next += 1
      // A sign after the digits ends the number.
      guard !isOver else { return nil }
      if byte == separator {
        guard isWhole, group == nil || group == 3 else { return nil }
        isWhole = false
        group = nil
        plain.append(UInt8(ascii: "."))
        continue
      }
      // The other separator, where it is no mark, would be read as this one.
      guard byte != UInt8(ascii: ".") else { return nil }
      if Self.isDigit(byte), isWhole {
        wholeDigits += 1
        group? += 1
      }
      plain.append(byte)
    }
    return group == nil || group == 3 ? plain : nil
  }

  /// How many bytes of the text belong to a mark; 0: none.
  private func markLength(_ text: [UInt8], at start: Int) -> Int {
    if leavesOutBlanks, case let length = Blanks.length(text, at: start), length > 0 {
      return length
    }
    return texts.first { text[start...].starts(with: $0) }?.count ?? 0
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

extension Blanks {
  /// How many bytes of `text` are a blank of any kind there: space, tab, no-break and thin spaces.
  ///
  /// - Returns: 0 when there is none.
  static func length(_ text: [UInt8], at start: Int) -> Int {
    switch text[start] {
    case 0x20, 0x09: return 1
    case 0xC2: return start + 1 < text.count && text[start + 1] == 0xA0 ? 2 : 0
    case 0xE2, 0xE3:
      guard start + 2 < text.count else { return 0 }
      switch (text[start], text[start + 1], text[start + 2]) {
      case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
        return 3
      default: return 0
      }
    default: return 0
    }
  }
}
