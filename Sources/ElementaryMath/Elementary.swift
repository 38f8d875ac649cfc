// Design note
//
// The learner's bytes must be the same on every CPU, so exp and log are made here of + - * / and
// bit patterns alone: IEEE 754 fixes each of those to the last bit, libm's functions it does not.
// Swift never contracts a * b + c into a fused operation, and nothing here asks for one.
//
// exp, expm1   x = k ln 2 + r, |r| <= ln 2 / 2, k found by adding 1.5 * 2^52 (round to nearest).
//              ln 2 is a 40-bit part, whose product with k is exact, and a rest; `Reduced` keeps
//              what rounding r dropped. Then e^r = 1 + r + r^2 P(r), P of degree 10 (error 2^-60),
//              where 1 + r (for expm1: 1 - 2^-k + r) is an exact sum of two Doubles and all small
//              terms join its lower part, so that one rounding dominates.
// log, log1p   x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); s = f / (2 + f), z = s^2;
//              log(1 + f) = 2 s + s R = f - (h - s (h + R)), h = f^2 / 2, R = z Q(z), Q of degree 7
//              (error 2^-62). f itself is exact and enters last. log1p adds what 1 + x dropped.
//
// Errors in units of the last place of the result, subnormal results included (bounds asserted in
// ElementaryTests against 300-bit references; the constants come from
// tools/references/elementary_coefficients.py):
//     exp, expm1, log, log1p < 1        softplus, sigmoid < 3
//
// Changing an operation, or only its order, changes models: the test "frozen bits" will say so.

/// Elementary functions of Double whose bits do not depend on the machine.
///
/// NaN gives NaN everywhere.
package enum Elementary {
  /// e^x. Infinite above 709.78…, subnormal below -708.39…, 0 below -745.13….
  @inlinable
  package static func exp(_ x: Double) -> Double {
    guard x <= 0x1.62e42fefa39efp+9 else { return x.isNaN ? x : .infinity }
    guard x >= -0x1.74910d52d3052p+9 else { return 0 }
    let reduced = Reduced(x)
    let high = 1 + reduced.r
    let dropped = reduced.r - (high - 1)
    let tail = dropped + (reduced.rest * high + reduced.beyondLinear)
    return scale(high + tail, by: reduced.k)
  }

  /// e^x - 1, accurate near 0. -1 for -infinity; keeps the sign of zero.
  @inlinable
  package static func expm1(_ x: Double) -> Double {
    guard x.magnitude >= 0x1p-54 else { return x }
    guard x <= 0x1.62e42fefa39efp+9 else { return x.isNaN ? x : .infinity }
    guard x >= -40 else { return -1 }
    let reduced = Reduced(x)
    if reduced.k == 0 { return reduced.r + reduced.beyondLinear }
    // 2^k (1 - 2^-k + r + …): |1 - 2^-k| >= 1/2 > |r|, so the sum's lower part is exact.
    let unit = scale(1, by: -reduced.k)
    let offset = 1 - unit
    let high = offset + reduced.r
    let dropped = reduced.r - (high - offset)
    let tail = dropped + (reduced.rest * (1 + reduced.r) + reduced.beyondLinear)
    // From k = 54 on, the offset rounds to 1 and 2^-k is among the small terms.
    return scale(high + (reduced.k > 53 ? tail - unit : tail), by: reduced.k)
  }

  /// Natural logarithm. -infinity at ±0, NaN below.
  @inlinable
  package static func log(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x < .infinity else { return x }
    let parts = Mantissa(x)
    return logarithm(parts, correction: 0)
  }

  /// log(1 + x), accurate near 0. -infinity at -1, NaN below; keeps the sign of zero.
  @inlinable
  package static func log1p(_ x: Double) -> Double {
    guard x.magnitude >= 0x1p-54 else { return x }
    guard x > -1 else { return x == -1 ? -.infinity : .nan }
    guard x < .infinity else { return x }
    // Inside sqrt(1/2) < 1 + x < sqrt(2), x is the reduced argument as it stands.
    if x > -0.29289 && x < 0.41421 {
      return logarithm(Mantissa(k: 0, f: x), correction: 0)
    }
    let sum = 1 + x
    let dropped = x >= 1 ? 1 - (sum - x) : x - (sum - 1)
    return logarithm(Mantissa(sum), correction: dropped / sum)
  }

  /// log(1 + e^m) without overflow or cancellation: the logistic loss of margin m at label 0.
  @inlinable
  package static func softplus(_ m: Double) -> Double {
    let tail = log1p(exp(-m.magnitude))
    return m > 0 ? m + tail : tail
  }

  /// 1 / (1 + e^-m). 0 at -infinity, 1 at +infinity; never rounds to 0 above -745.
  @inlinable
  package static func sigmoid(_ m: Double) -> Double {
    let small = exp(-m.magnitude)
    return m >= 0 ? 1 / (1 + small) : small / (1 + small)
  }

  /// log Σ e^x of the elements, shifted by their maximum. -infinity when there are none.
  ///
  /// The error is a few units in the last place of the maximum or the result, whichever is larger:
  /// where a negative maximum cancels, digits of the result are lost, as in any such sum.
  @inlinable
  package static func logSumExp(_ values: Span<Double>) -> Double {
    guard !values.isEmpty else { return -.infinity }
    var largest = 0
    for index in values.indices {
      if values[index].isNaN { return .nan }
      if values[index] > values[largest] { largest = index }
    }
    let shift = values[largest]
    // All -infinity, or some +infinity: the differences below would be NaN.
    guard shift.isFinite else { return shift }
    var others = 0.0
    for index in values.indices where index != largest {
      others += exp(values[index] - shift)
    }
    return shift + log1p(others)
  }
}

/// x = k ln 2 + r + rest.
@usableFromInline
@frozen
internal struct Reduced {
  @usableFromInline var k: Int64
  @usableFromInline var r: Double
  /// What rounding r dropped.
  @usableFromInline var rest: Double

  /// - Parameter x: |x| < 2000.
  @inlinable
  @inline(__always)
  init(_ x: Double) {
    let shifter = 0x1.8p52
    let shifted = x * 0x1.71547652b82fep+0 + shifter
    let count = shifted - shifter
    k = Int64(bitPattern: shifted.bitPattern &- shifter.bitPattern)
    let high = x - count * 0x1.62e42fefa2000p-1
    let low = count * 0x1.9ef35793c7673p-41
    r = high - low
    rest = (high - r) - low
  }

  /// e^r - 1 - r.
  @inlinable
  @inline(__always)
  var beyondLinear: Double {
    let square = r * r
    let even =
      0.5
      + square
      * (0x1.5555555555555p-5
        + square
        * (0x1.6c16c16c167e2p-10
          + square
          * (0x1.a01a01a47a5abp-16
            + square * (0x1.27e4e1f71bcbbp-22 + square * 0x1.1f66d957d0ef0p-29))))
    let odd =
      0x1.5555555555556p-3
      + square
      * (0x1.11111111109b5p-7
        + square
        * (0x1.a01a01a7c2f2cp-13
          + square * (0x1.71de0db2eb873p-19 + square * 0x1.af389eea54156p-26)))
    return square * (even + r * odd)
  }
}

/// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).
@usableFromInline
@frozen
internal struct Mantissa {
  @usableFromInline var k: Int64
  @usableFromInline var f: Double

  @inlinable
  @inline(__always)
  init(k: Int64, f: Double) {
    self.k = k
    self.f = f
  }

  /// - Parameter x: positive and finite.
  @inlinable
  @inline(__always)
  init(_ x: Double) {
    let isSubnormal = x < 0x1p-1022
    let bits = Int64(bitPattern: (isSubnormal ? x * 0x1p54 : x).bitPattern)
    let exponent = (bits &- 0x3fe6_a09e_667f_3bcd) >> 52
    k = exponent &- (isSubnormal ? 54 : 0)
    f = Double(bitPattern: UInt64(bitPattern: bits &- exponent << 52)) - 1
  }
}

extension Elementary {
  /// k ln 2 + log(1 + f) + correction.
  @inlinable
  @inline(__always)
  internal static func logarithm(_ parts: Mantissa, correction: Double) -> Double {
    let f = parts.f
    let s = f / (2 + f)
    let z = s * s
    let square = z * z
    let even =
      0x1.5555555555555p-1
      + square
      * (0x1.2492492476ccbp-2
        + square * (0x1.745cf9048617ap-3 + square * 0x1.0fbe95aaf31a8p-3))
    let odd =
      0x1.9999999999a38p-2
      + square
      * (0x1.c71c7201592a1p-3
        + square * (0x1.3b1c355c3560fp-3 + square * 0x1.0c039e172b8dfp-3))
    let remainder = z * (even + z * odd)
    let half = 0.5 * f * f
    let count = Double(parts.k)
    let low = count * 0x1.9ef35793c7673p-41 + correction
    return count * 0x1.62e42fefa2000p-1 + (f - (half - (s * (half + remainder) + low)))
  }

  /// y 2^k, rounded once.
  ///
  /// - Parameters:
  ///   - y: between 1/4 and 4 in magnitude.
  ///   - k: -1100 ... 1024.
  @inlinable
  @inline(__always)
  internal static func scale(_ y: Double, by k: Int64) -> Double {
    if k >= -1022 && k <= 1023 { return y * powerOfTwo(k) }
    return k > 0
      ? y * 2 * powerOfTwo(k - 1)
      : y * powerOfTwo(k + 1000) * powerOfTwo(-1000)
  }

  /// 2^k for -1022 ... 1023.
  @inlinable
  @inline(__always)
  internal static func powerOfTwo(_ k: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: (k &+ 1023) << 52))
  }
}
