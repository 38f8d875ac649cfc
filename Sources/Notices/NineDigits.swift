package import SparseBatches

/// Probabilities as decimal text with nine significant digits, trailing zeros dropped, as `%.9g`
/// writes them: `0.123456789`, `1.5e-07`.
///
/// Idea: one multiplication by an exact power of ten makes the nine digits an integer; C's printf
/// took longer than the prediction itself. The product is rounded once before the digits are, so
/// that a value within 1e-16 of a tie may round the other way than printf.
package enum NineDigits {
  /// - Parameter value: 0…1.
  package static func append(_ value: Double, to text: inout GrowableBuffer<UInt8>) {
    guard value < 1 else { return append("1", to: &text) }
    // Powers of ten are exact up to 1e22: smaller values, never seen in practice, take printf.
    guard value >= 1e-13 else {
      return append(value == 0 ? "0" : NumberText.nineDigits(value), to: &text)
    }
    let (digits, exponent) = decimal(value)
    guard exponent < 0 else { return append("1", to: &text) }
    if exponent >= -4 {
      append("0.", to: &text)
      for _ in 0..<(-exponent - 1) { text.append(UInt8(ascii: "0")) }
      append(digits: digits, pointAfterFirst: false, to: &text)
    } else {
      append(digits: digits, pointAfterFirst: true, to: &text)
      append(exponent > -10 ? "e-0\(-exponent)" : "e-\(-exponent)", to: &text)
    }
  }

  /// Appends 1 − `rest`, with as many digits as nine of `rest` need: `0.99999999793884638`. A Double
  /// near 1 could not hold them.
  ///
  /// - Parameter rest: 0…1/2.
  package static func append(oneMinus rest: Double, to text: inout GrowableBuffer<UInt8>) {
    guard rest > 0 else { return append("1", to: &text) }
    let (digits, exponent) = rest < 1e-13 ? printed(rest) : decimal(rest)
    append("0.", to: &text)
    for _ in 0..<(-exponent - 1) { text.append(UInt8(ascii: "9")) }
    append(digits: 1_000_000_000 - digits, pointAfterFirst: false, to: &text)
  }

  /// digits · 10^(exponent − 8), of nine digits, the first not 0.
  ///
  /// - Parameter value: from 1e-13 on, below 1.
  private static func decimal(_ value: Double) -> (digits: UInt64, exponent: Int) {
    var exponent = -1
    while value < powers[-exponent].inverse { exponent -= 1 }
    let digits = UInt64((value * powers[8 - exponent].power).rounded(.toNearestOrEven))
    return digits == 1_000_000_000 ? (100_000_000, exponent + 1) : (digits, exponent)
  }

  /// The same of a smaller value, by printf.
  private static func printed(_ value: Double) -> (digits: UInt64, exponent: Int) {
    let parts = NumberText.nineDigits(value).split(separator: "e")
    var digits: UInt64 = 0
    for byte in parts[0].utf8 where byte != UInt8(ascii: ".") {
      digits = 10 * digits + UInt64(byte - UInt8(ascii: "0"))
    }
    while digits < 100_000_000 { digits *= 10 }
    return (digits, parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
  }

  /// 10^k and the Double nearest 10^-k.
  private static let powers: [(power: Double, inverse: Double)] = (0...22).map { exponent in
    let power = (0..<exponent).reduce(1.0) { product, _ in product * 10 }
    return (power, 1 / power)
  }

  /// Nine digits, without trailing zeros.
  private static func append(
    digits: UInt64, pointAfterFirst: Bool, to text: inout GrowableBuffer<UInt8>
  ) {
    var rest = digits
    var divisor: UInt64 = 100_000_000
    var isFirst = true
    while rest > 0 {
      if !isFirst, pointAfterFirst, divisor == 10_000_000 { text.append(UInt8(ascii: ".")) }
      text.append(UInt8(ascii: "0") + UInt8(rest / divisor))
      rest %= divisor
      divisor /= 10
      isFirst = false
    }
  }

  private static func append(_ word: String, to text: inout GrowableBuffer<UInt8>) {
    for byte in word.utf8 { text.append(byte) }
  }
}
