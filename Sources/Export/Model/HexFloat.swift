/// Floating-point constants in hexadecimal, as C99 and Python read them: exact, whatever the reader's
/// rounding.
enum HexFloat {
  /// - Parameter value: finite.
  static func text(_ value: Double) -> String {
    let sign = value.sign == .minus ? "-" : ""
    guard value != 0 else { return sign + "0x0p+0" }
    // A subnormal number has no leading 1 in its bits, but its exponent and significand do.
    let exponent = value.exponent
    let fraction = (value.significand.bitPattern & 0xF_FFFF_FFFF_FFFF)
    let digits = String(fraction, radix: 16)
    var padded = String(repeating: "0", count: 13 - digits.count) + digits
    while padded.last == "0" { padded.removeLast() }
    let point = padded.isEmpty ? "" : "." + padded
    return "\(sign)0x1\(point)p\(exponent < 0 ? "" : "+")\(exponent)"
  }
}
