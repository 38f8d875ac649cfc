internal import Glibc
package import SparseBatches

/// Numbers as text, the same on every machine and in every locale.
package enum NumberText {
  private static let significantDigits = 9

  /// `value` with `decimals` places, for people.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    formatted("%.*f", decimals, value)
  }

  /// Nine significant digits, without trailing zeros: how predictions are written.
  package static func nineDigits(_ value: Double) -> String {
    significant(value, significantDigits)
  }

  /// So many significant digits, without trailing zeros.
  package static func significant(_ value: Double, _ digits: Int) -> String {
    formatted("%.*g", digits, value)
  }

  /// A share in per cent: `41 %`, `0.25 %`.
  package static func percent(_ share: Double) -> String {
    let percent = share * 100
    return (percent == 0 || percent >= 10 ? fixed(percent, 0) : significant(percent, 2)) + " %"
  }

  /// `text` at the right end of a column.
  package static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// A checksum in eight digits.
  package static func hexadecimal(_ checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// 12345678 → 12,345,678.
  package static func grouped(_ integer: Int) -> String {
    var text = ""
    for (index, digit) in String(abs(integer)).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (integer < 0 ? "-" : "") + String(text.reversed())
  }

  /// Bytes in the unit that reads best.
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(count), 0)
    while value >= 1024, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    return fixed(value, unit == 0 ? 0 : 1) + " " + units[unit]
  }

  /// How C writes numbers, whatever locale a process that hosts the library has set: a point is a
  /// point. Made once, for as long as the process lives.
  private static let pointLocale = PointLocale()

  // Proof: a locale is only read once it is made, by any number of threads. It is nil only where
  // the system has no memory, and `uselocale` then changes nothing.
  @safe
  private struct PointLocale: @unchecked Sendable {
    let value: locale_t? = unsafe newlocale(1 << LC_NUMERIC, "C", nil)
  }

  private static func formatted(_ format: String, _ precision: Int, _ value: Double) -> String {
    // Proof: the locale lives on; it is this thread's own during the call only.
    let before = unsafe uselocale(pointLocale.value)
    defer { unsafe _ = uselocale(before) }
    // Proof: the buffer's size bounds what vsnprintf writes, and it ends the text with a NUL.
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      let count = unsafe withVaList([Int32(precision), value]) {
        unsafe vsnprintf(base, buffer.count, format, $0)
      }
      guard count > 0, count < buffer.count else { return value.description }
      return unsafe String(cString: base)
    }
  }
}

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

/// Cells of delimited lines.
package enum CellText {
  package static func append(_ text: some Sequence<UInt8>, to line: inout GrowableBuffer<UInt8>) {
    for byte in text { line.append(byte) }
  }

  /// A cell of comma-separated values (RFC 4180): quoted where its bytes need it.
  package static func appendQuoted(_ cell: Span<UInt8>, to line: inout GrowableBuffer<UInt8>) {
    let quote = UInt8(ascii: "\"")
    guard needsQuotes(cell) else { return line.append(contentsOf: cell) }
    line.append(quote)
    for index in cell.indices {
      if cell[index] == quote { line.append(quote) }
      line.append(cell[index])
    }
    line.append(quote)
  }

  private static func needsQuotes(_ cell: Span<UInt8>) -> Bool {
    for index in cell.indices {
      switch cell[index] {
      case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        return true
      default: continue
      }
    }
    return false
  }
}
