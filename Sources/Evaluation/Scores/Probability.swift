internal import ElementaryMath

/// A predicted probability and its complement: near 1, a Double has no digits of what is missing to 1.
package struct Probability: Equatable, Sendable {
  /// 0 ... 1.
  package let value: Double
  /// 1 - `value`, with more digits where they are known.
  package let complement: Double

  package init(_ value: Double) { self.init(value, complement: 1 - value) }

  package init(_ value: Double, complement: Double) {
    precondition(value >= 0 && value <= 1 && complement >= 0 && complement <= 1, "no probability")
    self.value = value
    self.complement = complement
  }

  /// −log of the probability given to what came true; infinite where that was 0.
  package func loss(label: Bool) -> Double {
    guard isNearOne else {
      return -(label ? Elementary.log(value) : Elementary.log1p(-value))
    }
    return -(label ? Elementary.log1p(-complement) : Elementary.log(complement))
  }

  /// Orders probabilities, also those whose values are the same Double: `value` itself, and above 1
  /// where the complement is below `near`, by the complement's bit pattern from the other end.
  package var score: Double {
    isNearOne
      ? Double(bitPattern: Self.sum - complement.bitPattern) : value
  }

  /// The probability whose score it is.
  package static func value(ofScore score: Double) -> Double {
    score > 1 ? 1 - Double(bitPattern: sum - score.bitPattern) : score
  }

  private var isNearOne: Bool { complement < Self.near }

  private static let near = 0x1p-10
  /// At the complement `near` the score is 1; at 0 it is 2^1013.
  private static let sum = (1.0).bitPattern + near.bitPattern
}
