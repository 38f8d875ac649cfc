internal import ElementaryMath

/// Where a figure of the population lies with probability 95 %, by the normal approximation, the
/// rows taken as independent draws.
package struct ConfidenceInterval: Sendable, Equatable {
  package static let level = 0.95
  /// The normal distribution's two-sided 95 % point.
  static let width = 1.959963984540054

  package var low: Double
  package var high: Double

  init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// estimate ± 1.96 standard errors, inside `range`. nil where either is undefined.
  init?(_ estimate: Double?, standardError: Double?, inside range: ClosedRange<Double>) {
    guard let estimate, let standardError, standardError.isFinite else { return nil }
    low = max(estimate - Self.width * standardError, range.lowerBound)
    high = min(estimate + Self.width * standardError, range.upperBound)
  }

  /// The same on the logarithm of a ratio, which is nearer to normal and never negative.
  init?(ratio: Double?, relativeError: Double?) {
    guard let ratio, let relativeError, ratio > 0, relativeError.isFinite else { return nil }
    let factor = Elementary.exp(Self.width * relativeError)
    guard factor.isFinite else { return nil }
    low = ratio / factor
    high = ratio * factor
  }
}

/// Sums that the standard errors of weighted means need.
internal struct SquareSums: Sendable {
  private var weights = CompensatedSum()
  private var losses = CompensatedSum()
  private var squaredLosses = CompensatedSum()
  private var squaredPredictions = CompensatedSum()
  private var hits = CompensatedSum()
  private var labels = CompensatedSum()

  /// - Parameter loss: 0 where it is infinite; the mean is undefined then.
  mutating func add(loss: Double, prediction: Double, label: Bool, weight: Double) {
    let square = weight * weight
    weights.add(square)
    losses.add(square * loss)
    squaredLosses.add(square * loss * loss)
    squaredPredictions.add(square * prediction * prediction)
    if label {
      hits.add(square * prediction)
      labels.add(square)
    }
  }

  /// √(Σ w² (loss − mean)²) / Σ w.
  func lossError(mean: Double?, weight: Double) -> Double? {
    guard let mean else { return nil }
    let sum = squaredLosses.value - mean * (2 * losses.value - mean * weights.value)
    return quotient(max(sum, 0).squareRoot(), weight)
  }

  /// The standard error of ln(Σ w p / Σ w y), by the delta method:
  /// √(Σ w² (p / Σ w p − y / Σ w y)²).
  func ratioError(predictions: Double, labels sum: Double) -> Double? {
    guard predictions > 0, sum > 0 else { return nil }
    let square =
      squaredPredictions.value / (predictions * predictions)
      - 2 * hits.value / (predictions * sum) + labels.value / (sum * sum)
    return square.isFinite ? max(square, 0).squareRoot() : nil
  }
}

/// How sure the mean label of a reliability bin is.
enum LabelInterval {
  /// The 95 % score interval (Wilson 1927) of the share of positives, from the number of equally
  /// weighted rows that would be as informative: (Σ w)² / Σ w² (Kish 1965).
  static func of(_ bins: some Collection<ScoreBin>) -> ConfidenceInterval {
    var (positive, weight, squares) = (0.0, 0.0, 0.0)
    for bin in bins {
      positive += bin.positiveWeight
      weight += bin.weight
      squares += bin.positiveSquares + bin.negativeSquares
    }
    let (rows, rate) = (weight * weight / squares, positive / weight)
    let square = ConfidenceInterval.width * ConfidenceInterval.width
    let middle = (rate + square / (2 * rows)) / (1 + square / rows)
    let half =
      ConfidenceInterval.width / (1 + square / rows)
      * (rate * (1 - rate) / rows + square / (4 * rows * rows)).squareRoot()
    return ConfidenceInterval(low: max(middle - half, 0), high: min(middle + half, 1))
  }
}

/// nil where the quotient means nothing.
func quotient(_ numerator: Double, _ denominator: Double) -> Double? {
  guard denominator > 0 else { return nil }
  let value = numerator / denominator
  return value.isFinite ? value : nil
}

/// SplitMix64's finaliser (Steele, Lea & Flood 2014).
internal enum EvenBits {
  /// 64 bits that are even whatever `word` counts or stands for; one for each word.
  static func of(_ word: UInt64) -> UInt64 {
    var bits = word
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
