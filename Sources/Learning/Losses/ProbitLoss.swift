private import ElementaryMath

// With t = −(2y − 1)m, the margin against the label, the loss is −log Φ(−t).
//
// t >= 0, the label's side is the tail:  Φ(−t) = φ(t)/h(t), h the hazard of NormalTail, so
//     ℓ = t²/2 + log √2π + log h,   dℓ/dt = h,   d²ℓ/dt² = h(h − t).
// t < 0, with T = −t:  the tail q = Φ(−T) = φ(T)/h(T) is the small other side,
//     ℓ = −log(1 − q),   dℓ/dt = φ(T)/(1 − q) =: r,   d²ℓ/dt² = r(T + r).
// Every sum is of positive terms, or takes a q <= 1/2 from 1.

/// Negative log likelihood of the probit model at a label y, 0 or 1: ℓ = −log Φ((2y − 1)m).
///
/// The relative error of all three is below 2·10⁻¹⁵ wherever the result is no subnormal number.
package enum ProbitLoss: MarginLoss {
  package static func loss(margin: Double, label: Double) -> Double {
    let t = against(margin, label)
    if t >= 0 {
      let hazard = t + NormalTail.excessHazard(t)
      return 0.5 * t * t + (NormalTail.logRootTwoPi + Elementary.log(hazard))
    }
    return -Elementary.log1p(-NormalTail.density(t) / (-t + NormalTail.excessHazard(-t)))
  }

  /// dℓ/dm = −(2y − 1) φ(m)/Φ((2y − 1)m).
  package static func derivative(margin: Double, label: Double) -> Double {
    (1 - 2 * label) * slope(against(margin, label))
  }

  package static func secondDerivative(margin: Double, label: Double) -> Double {
    let t = against(margin, label)
    return slope(t) * excess(t)
  }

  /// log(Φ(m)/(1 − Φ(m))): the log-odds of the class 1, whose sigmoid is Φ(m).
  package static func logOdds(margin: Double) -> Double {
    loss(margin: margin, label: 0) - loss(margin: margin, label: 1)
  }

  private static func against(_ margin: Double, _ label: Double) -> Double {
    (1 - 2 * label) * margin
  }

  /// dℓ/dt.
  internal static func slope(_ t: Double) -> Double {
    if t >= 0 { return t + NormalTail.excessHazard(t) }
    let density = NormalTail.density(t)
    return density / (1 - density / (-t + NormalTail.excessHazard(-t)))
  }

  /// dℓ/dt − t, never negative.
  internal static func excess(_ t: Double) -> Double {
    t >= 0 ? NormalTail.excessHazard(t) : slope(t) - t
  }
}

// Design note
//
// The standard normal distribution from its tail: h(t) = φ(t)/Φ(−t), the hazard, grows like t, and
// its excess h(t) − t = 1/(t + 2/(t + 3/(t + …))) falls like 1/t. (t + 1)(h(t) − t) stays between
// 0.79 and 1.1 over all of 0…∞ and is smooth in u = (t − 4)/(t + 4), so that one Chebyshev series
// of 30 terms (the mapping of Shepherd & Laframboise 1981 for erfc) gives every t to 2^-54 before
// rounding, and nothing that is made of h and h − t loses digits in the far tail.
//
// The constants come from tools/references/probit_coefficients.py.

/// The upper tail of the standard normal distribution, from basic operations.
internal enum NormalTail {
  /// ½ log 2π.
  static var logRootTwoPi: Double { 0x1.d67f1c864beb5p-1 }

  /// φ(x) = e^(−x²/2)/√2π; the rounding of x² does not show in it.
  static func density(_ x: Double) -> Double {
    // The head has 24 bits, so its square is exact.
    let head = Double(Float(x))
    let rest = (x - head) * (x + head)
    let exponential = Elementary.exp(-0.5 * head * head) * Elementary.exp(-0.5 * rest)
    return 0x1.9884533d43651p-2 * exponential
  }

  /// φ(t)/Φ(−t) − t.
  ///
  /// - Parameter t: at least 0.
  static func excessHazard(_ t: Double) -> Double {
    var series = ChebyshevSum(argument: 1 - 8 / (t + 4))
    series.add(-0x1.2f5edda590045p-57)
    series.add(0x1.bf23b1f318b44p-55)
    series.add(0x1.d2d39757d9cdep-56)
    series.add(-0x1.aa627f0e449b2p-51)
    series.add(0x1.6ee20d225bad0p-50)
    series.add(0x1.76ce2f456e221p-47)
    series.add(-0x1.82ff7908e3567p-45)
    series.add(-0x1.2010f6998e9b0p-43)
    series.add(0x1.0945537baf97bp-40)
    series.add(0x1.52357caee4b7cp-40)
    series.add(-0x1.2de92c7d15f47p-36)
    series.add(-0x1.cf3f3d9358d18p-39)
    series.add(0x1.2ed52f270e013p-32)
    series.add(-0x1.cda25f2d2af92p-33)
    series.add(-0x1.0efc0cd018e4cp-28)
    series.add(0x1.e8e721d44f7bfp-28)
    series.add(0x1.a8365fda6419ep-25)
    series.add(-0x1.536fc19dac125p-23)
    series.add(-0x1.0c2ea3e251b82p-21)
    series.add(0x1.80db734e7d25fp-19)
    series.add(0x1.729a5f61ca0d9p-19)
    series.add(-0x1.71517b4b2a4dfp-15)
    series.add(0x1.475b7f2ac5f25p-15)
    series.add(0x1.1b83a232cc934p-11)
    series.add(-0x1.d0f28dfcc8c19p-10)
    series.add(-0x1.b6bf1e4e6992ap-9)
    series.add(0x1.3ef293af13056p-5)
    series.add(-0x1.d768fc2e7ced7p-4)
    series.add(0x1.058ddc9983acap-4)
    series.add(0x1.045248bddbffbp+0)
    return series.value / (t + 1)
  }
}

/// Σ c_k T_k(u) by Clenshaw's recurrence, from the highest coefficient down.
private struct ChebyshevSum {
  private let argument: Double
  private var current = 0.0
  private var previous = 0.0
  private var last = 0.0

  init(argument: Double) { self.argument = argument }

  mutating func add(_ coefficient: Double) {
    (last, previous) = (previous, current)
    current = coefficient + (2 * argument * previous - last)
  }

  /// The sum, once c_0 was added.
  var value: Double { current - argument * previous }
}

extension ProbitLoss {
  package static func marginFall(from margin: Double, label: Double, time: Double) -> Double {
    // t is the margin against the label: dt/dv = −h(t).
    let sign = 1 - 2 * label
    var start = sign * margin
    var farFall = 0.0
    var remaining = time
    if start > FarFlow.nearest {
      let far = FarFlow(from: start)
      let step = min(remaining, far.timeToNearest)
      farFall = far.fall(after: step)
      remaining -= step
      // Not the difference, in which a large margin leaves no digits.
      start = FarFlow.nearest
    }
    var fall = 0.0
    while remaining > 0 {
      let series = HazardFlow(from: start - fall)
      let step = series.longestStep(upTo: remaining)
      fall += series.fall(after: step)
      remaining -= step
    }
    return sign * (farFall + fall)
  }
}

/// The fall from far on the wrong side. There rounding starts a fast mode of the series below, e^(−t²v), so
/// that its steps shrink to 7/t²: 20 million from t = 16,000.
///
/// As dv = −dt/h(t), the time is the integral of Mills' ratio 1/h(t) = 1/t − 1/t³ + 3/t⁵ − 15/t⁷ + …
/// (Abramowitz & Stegun, 26.2.12). With x = 2·log(t(0)/t(v)) and s = 1/t(0)²,
///
///     2v = x + Σ_k (−1)^k (2k − 1)!!/k · s^k (e^(kx) − 1),
///
/// which Newton's method solves for x.
private struct FarFlow {
  /// Eight terms are right to the last digit above it.
  static var nearest: Double { 32 }
  private static var terms: Int { 8 }
  private let start: Double
  private let small: Double

  /// - Parameter t: above `nearest`.
  init(from t: Double) {
    start = t
    small = 1 / t / t
  }

  /// 2v, and its slope in x.
  private func doubleTime(_ x: Double) -> (time: Double, slope: Double) {
    let reached = start * Elementary.exp(-x / 2)
    let near = 1 / reached / reached
    var (time, slope) = (x, 1.0)
    // (−1)^k (2k − 1)!!/t^2k at both ends.
    var (power, nearPower) = (1.0, 1.0)
    for k in 1...Self.terms {
      let order = Double(k)
      power *= -(2 * order - 1) * small
      nearPower *= -(2 * order - 1) * near
      // Of ends close together the difference would cancel, of ends far apart e^kx overflows.
      let grown = x < 1 ? power * Elementary.expm1(order * x) : nearPower - power
      time += grown / order
      slope += nearPower
    }
    return (time, slope)
  }

  var timeToNearest: Double { doubleTime(2 * Elementary.log(start / Self.nearest)).time / 2 }

  /// - Parameter time: at most `timeToNearest`.
  func fall(after time: Double) -> Double {
    var x = 2 * time
    for _ in 0..<6 {
      let (reached, slope) = doubleTime(x)
      x -= (reached - 2 * time) / slope
    }
    return -start * Elementary.expm1(-x / 2)
  }
}

/// Taylor's series of t(0) − t(v) along dt/dv = −h(t), h the slope of the probit loss against the
/// label. As dh/dt = h(h − t), the coefficients follow from each other by products of series: one
/// evaluation of h serves a step of order 18.
private struct HazardFlow {
  private static var order: Int { 18 }
  private var fall = InlineArray<19, Double>(repeating: 0)

  init(from t: Double) {
    var hazard = InlineArray<19, Double>(repeating: 0)
    var square = InlineArray<19, Double>(repeating: 0)
    // h − t, of which the falling t adds its fall.
    var excess = InlineArray<19, Double>(repeating: 0)
    hazard[0] = ProbitLoss.slope(t)
    excess[0] = ProbitLoss.excess(t)
    for k in 0..<Self.order {
      let next = Double(k + 1)
      for i in 0...k { square[k] += hazard[i] * hazard[k - i] }
      var growth = 0.0
      for i in 0...k { growth += square[i] * excess[k - i] }
      fall[k + 1] = hazard[k] / next
      hazard[k + 1] = -growth / next
      excess[k + 1] = hazard[k + 1] + fall[k + 1]
    }
  }

  /// Below `limit`, the step whose last two terms do not show in the sum.
  func longestStep(upTo limit: Double) -> Double {
    var step = limit
    while true {
      var power = step
      for _ in 0..<Self.order - 2 { power *= step }
      let last = (fall[Self.order - 1].magnitude + fall[Self.order].magnitude * step) * power
      // Not <=: what is no number ends it too.
      if !(last > 0x1p-52 * fall[1] * step) { return step }
      step *= 0.75
    }
  }

  func fall(after step: Double) -> Double {
    var sum = 0.0
    for k in stride(from: Self.order, to: 0, by: -1) { sum = (sum + fall[k]) * step }
    return sum
  }
}
