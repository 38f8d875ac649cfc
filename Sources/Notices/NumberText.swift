internal import Glibc
internal import SparseBatches

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
