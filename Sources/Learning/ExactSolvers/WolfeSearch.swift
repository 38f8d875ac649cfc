/// A line search for the strong Wolfe conditions
///
///     φ(t) <= φ(0) + c₁ t φ'(0)   and   |φ'(t)| <= c₂ |φ'(0)|,   c₁ = 1e-4, c₂ = 0.9
///
/// (Nocedal & Wright 2006, algorithms 3.5 and 3.6, with cubic interpolation). It only proposes
/// steps; its caller evaluates them, one pass each:
///
///     while true { evaluate search.step; switch search.consider(value, slope) { … } }
internal struct WolfeSearch {
  enum Verdict: Equatable {
    /// `step` is good.
    case accepted
    /// Evaluate the new `step`.
    case tryNext
    /// No step was found within 30 trials.
    case failed
  }

  private struct Trial {
    var step, value, slope: Double
  }

  private let origin: Trial
  /// The best step so far that satisfies the first condition.
  private var low: Trial
  /// Together with `low`, encloses steps that satisfy both. Nil while steps still grow.
  private var high: Trial?
  private var trials = 0
  private(set) var step: Double

  /// - Parameter slope: φ'(0) < 0.
  init(value: Double, slope: Double, firstStep: Double) {
    origin = Trial(step: 0, value: value, slope: slope)
    low = origin
    step = firstStep
  }

  mutating func consider(value: Double, slope: Double) -> Verdict {
    trials += 1
    let trial = Trial(step: step, value: value, slope: slope)
    // Near the optimum the differences of φ are rounding; the slopes still tell the way.
    let noise = 1e-14 * origin.value.magnitude
    let bound = origin.value + 1e-4 * step * origin.slope + noise
    let isLower = value <= bound && value <= low.value + noise && slope.isFinite
    if isLower && slope.magnitude <= 0.9 * origin.slope.magnitude { return .accepted }
    if !isLower {
      high = trial
    } else if let other = high {
      if slope * (other.step - low.step) >= 0 { high = low }
      low = trial
    } else {
      if slope >= 0 { high = low }
      low = trial
    }
    guard trials < 30 else { return .failed }
    let next = proposal()
    guard next != step && next != low.step else { return .failed }
    step = next
    return .tryNext
  }

  private func proposal() -> Double {
    guard let high else { return 4 * low.step }
    let width = high.step - low.step
    guard high.value.isFinite && high.slope.isFinite else { return low.step + 0.1 * width }
    let cubic = Self.minimumOfCubic(low, high)
    // Inside, and not so close to an end that nothing would be learned.
    let share = (cubic - low.step) / width
    return low.step + width * (share.isNaN ? 0.5 : min(max(share, 0.1), 0.9))
  }

  /// The minimum of the cubic through both values and slopes (equation 3.59).
  private static func minimumOfCubic(_ a: Trial, _ b: Trial) -> Double {
    let first = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let radicand = first * first - a.slope * b.slope
    guard radicand >= 0 else { return .nan }
    let second = b.step > a.step ? radicand.squareRoot() : -radicand.squareRoot()
    let share = (b.slope + second - first) / (b.slope - a.slope + 2 * second)
    return b.step - (b.step - a.step) * share
  }
}
