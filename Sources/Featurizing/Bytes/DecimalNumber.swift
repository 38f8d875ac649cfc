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
