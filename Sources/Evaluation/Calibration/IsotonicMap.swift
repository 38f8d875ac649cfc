internal import ElementaryMath

/// An increasing map from margins to probabilities: straight lines between knots.
///
/// A level step would tie all rows on it and cost ranking, so each step rises by a few millionths
/// of its variance p (1 − p) from end to end, and so do the tails beyond the outer knots: the
/// values are the fit's to 1e-6, and the order of the margins survives.
package struct IsotonicMap: Sendable, Equatable {
  package struct Knot: Sendable, Equatable, BitwiseCopyable {
    package var margin: Double
    package var probability: Double

    package init(margin: Double, probability: Double) {
      self.margin = margin
      self.probability = probability
    }
  }

  /// In ascending order of both; at least one.
  package let knots: [Knot]

  /// How far a step's ends, and then a tail, rise or fall: this × p (1 − p).
  private static let tilt = 1e-6

  /// - Throws: `CalibratorDefect` unless margins ascend, probabilities ascend, and all are
  ///   finite and inside (0, 1).
  package init(knots: [Knot]) throws(CalibratorDefect) {
    guard let first = knots.first, let last = knots.last else { throw .wrongCount }
    guard knots.allSatisfy({ $0.margin.isFinite && $0.probability.isFinite })
    else { throw .notFinite }
    for (knot, next) in zip(knots, knots.dropFirst()) {
      guard knot.margin < next.margin, knot.probability < next.probability
      else { throw .notIncreasing }
    }
    guard first.probability > 0, last.probability < 1 else { throw .outOfRange }
    self.knots = knots
  }

  /// - Parameter margin: NaN gives NaN.
  package func probability(_ margin: Double) -> Double {
    if margin.isNaN { return margin }
    let first = knots[0]
    let last = knots[knots.count - 1]
    if margin <= first.margin { return first.probability - Self.tail(first, margin) }
    if margin >= last.margin { return last.probability + Self.tail(last, margin) }
    var (low, high) = (0, knots.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if knots[middle].margin <= margin { low = middle } else { high = middle }
    }
    return Self.between(knots[low], knots[high], margin)
  }

  /// 1 − `probability(margin)`, with all its digits where that is small: beyond the last knot it
  /// still tells margins apart that `probability` rounds together.
  func complement(_ margin: Double) -> Double {
    let last = knots[knots.count - 1]
    guard margin > last.margin else { return 1 - probability(margin) }
    return (1 - last.probability) - Self.tail(last, margin)
  }

  /// Log-odds of `probability(margin)`.
  package func margin(_ margin: Double) -> Double {
    let probability = probability(margin)
    return Elementary.log(probability) - Elementary.log1p(-probability)
  }

  private static func between(_ low: Knot, _ high: Knot, _ margin: Double) -> Double {
    // Halves: the difference of two finite margins may be infinite.
    let share = (margin / 2 - low.margin / 2) / (high.margin / 2 - low.margin / 2)
    let rise = (high.probability - low.probability) * share
    return min(low.probability + rise, high.probability)
  }

  private static func tail(_ knot: Knot, _ margin: Double) -> Double {
    let distance = (margin - knot.margin).magnitude
    let share = distance.isFinite ? distance / (1 + distance) : 1
    return tilt * knot.probability * (1 - knot.probability) * share
  }
}

extension IsotonicMap {
  /// Margin and probability of each knot in turn.
  var parameters: [Double] { knots.flatMap { [$0.margin, $0.probability] } }

  /// - Throws: `CalibratorDefect` unless they are such pairs.
  init(parameters: ArraySlice<Double>) throws(CalibratorDefect) {
    guard parameters.count >= 2, parameters.count.isMultiple(of: 2) else { throw .wrongCount }
    let knots = stride(from: parameters.startIndex, to: parameters.endIndex, by: 2).map {
      Knot(margin: parameters[$0], probability: parameters[$0 + 1])
    }
    try self.init(knots: knots)
  }
}

extension IsotonicMap {
  /// The weighted least-squares fit of an increasing step map, steps joined by straight lines as
  /// scikit-learn's `IsotonicRegression` joins them.
  ///
  /// - Parameter bins: of margins, both classes present.
  internal init(fitting bins: [ScoreBin]) {
    self.init(fitting: bins, targets: bins.map(\.positiveWeight))
  }

  /// - Parameters:
  ///   - bins: of margins.
  ///   - targets: weight × target probability of each bin; of all bins neither 0 nor their weight.
  internal init(fitting bins: [ScoreBin], targets: [Double]) {
    var steps: [Step] = []
    for (bin, target) in zip(bins, targets) {
      steps.append(Step(bin, target: target))
      while steps.count > 1, !steps[steps.count - 2].isBelow(steps[steps.count - 1]) {
        let last = steps.removeLast()
        steps[steps.count - 1].absorb(last)
      }
    }
    let levels = Self.insideOpenInterval(steps.map(\.level))
    knots = steps.indices.flatMap { index in
      let level = levels[index]
      let below = index > 0 ? level - levels[index - 1] : 1
      let above = index + 1 < levels.count ? levels[index + 1] - level : 1
      let rise = min(Self.tilt * level * (1 - level), below / 4, above / 4)
      return steps[index].knots(level: level, rise: rise)
    }
  }

  /// Levels of 0 and 1, which no row is certain of, moved inside by less than 1e-6 and without
  /// reaching their neighbours.
  private static func insideOpenInterval(_ levels: [Double]) -> [Double] {
    let least = levels.first { $0 > 0 } ?? 1
    let largest = levels.last { $0 < 1 } ?? 0
    let floor = min(5e-7, least / 2)
    let ceiling = 1 - min(5e-7, (1 - largest) / 2)
    return levels.map { min(max($0, floor), ceiling) }
  }
}

/// Neighbouring bins that share one level.
private struct Step {
  private let low: Double
  private var high: Double
  private var positive: Double
  private var weight: Double

  init(_ bin: ScoreBin, target: Double) {
    low = ScoreHistogram.score(bin.low)
    high = ScoreHistogram.score(bin.high)
    positive = target
    weight = bin.weight
  }

  var level: Double { positive / weight }

  /// By enough that the ends of both steps are different numbers.
  func isBelow(_ next: Step) -> Bool { next.level - level > 8 * next.level.ulp }

  mutating func absorb(_ next: Step) {
    high = next.high
    positive += next.positive
    weight += next.weight
  }

  func knots(level: Double, rise: Double) -> [IsotonicMap.Knot] {
    let ends = [
      IsotonicMap.Knot(margin: low, probability: level - rise),
      IsotonicMap.Knot(margin: high, probability: level + rise),
    ]
    // A single margin has no ends; neither has a rise that rounding swallows.
    return low < high && ends[0].probability < ends[1].probability
      ? ends : [IsotonicMap.Knot(margin: low, probability: level)]
  }
}
