internal import Evaluation
internal import Featurizing
internal import Learning

/// The operations that a target must have, on numbers of 64 bits, to say what stands between a row's sum
/// and its probability.
protocol MarginArithmetic {
  /// A number of each row.
  associatedtype Value
  associatedtype Condition

  mutating func number(_ value: Double) -> Value
  mutating func sum(_ left: Value, _ right: Value) -> Value
  mutating func difference(_ left: Value, _ right: Value) -> Value
  mutating func product(_ left: Value, _ right: Value) -> Value
  mutating func quotient(_ left: Value, _ right: Value) -> Value
  mutating func negative(_ value: Value) -> Value
  mutating func magnitude(_ value: Value) -> Value
  mutating func exp(_ value: Value) -> Value
  mutating func log(_ value: Value) -> Value
  /// log(1 + x), accurate near 0.
  mutating func log1p(_ value: Value) -> Value
  /// e^x − 1, accurate near 0.
  mutating func expm1(_ value: Value) -> Value
  mutating func isLess(_ left: Value, _ right: Value) -> Condition
  /// Both are made; what is not chosen may be no number.
  mutating func choose(_ condition: Condition, _ yes: Value, _ no: Value) -> Value
  /// The entry of each table that belongs to the number of edges that are at most `value`.
  mutating func entries(
    of tables: [[Double]], above edges: [Double], _ value: Value
  ) -> [Value]
  /// Σ c_k T_k(value), Chebyshev's polynomials, coefficients from the highest down.
  mutating func chebyshev(_ coefficients: [Double], _ value: Value) -> Value
  /// The same value under a name, where the target has any: what is used again is made once.
  mutating func named(_ name: String, _ value: Value) -> Value
}

extension MarginArithmetic {
  /// The margin that `predict` serves, from the bias plus the sum of weight × value.
  mutating func served(_ model: ExportedModel, _ sum: Value, output: Int = 0) -> Value {
    var margin = sum
    if model.loss == .probit { margin = named("log_odds", logOdds(margin)) }
    if !model.shifts.isEmpty {
      margin = named("shifted", self.sum(margin, number(model.shifts[output])))
    }
    if let calibrator = model.calibrator {
      margin = named("calibrated", calibrated(calibrator, margin))
    }
    if model.hasFakeNegatives { margin = named("corrected", fakeNegatives(margin)) }
    return margin
  }

  /// 1/(1 + e^−m) without a difference that loses digits: never 0 above −745, and increasing.
  mutating func sigmoid(_ margin: Value) -> Value {
    let small = named("small", exp(negative(magnitude(margin))))
    let share = quotient(number(1), sum(number(1), small))
    return choose(isLess(margin, number(0)), product(small, share), share)
  }

  private mutating func softplus(_ margin: Value) -> Value {
    let tail = log1p(exp(negative(magnitude(margin))))
    return sum(choose(isLess(margin, number(0)), number(0), margin), tail)
  }

  private mutating func calibrated(_ calibrator: Calibrator, _ margin: Value) -> Value {
    switch calibrator {
    case .intercept(let intercept): return sum(margin, number(intercept))
    case .platt(let slope, let intercept): return line(margin, slope, intercept)
    case .temperature(let temperature): return quotient(margin, number(temperature))
    case .beta(let a, let b, let c):
      let low = softplus(negative(margin))
      let high = softplus(margin)
      return sum(
        sum(product(number(-a), low), product(number(b), high)), number(c))
    case .isotonic(let map):
      let probability = isotonic(map, margin).probability
      return difference(log(probability), log1p(negative(probability)))
    case .blend(let map):
      let line = named("line", line(margin, map.slope, map.intercept))
      let (probability, complement) = isotonic(map.isotonic, margin)
      let positive = sum(sigmoid(line), probability)
      let negative = sum(sigmoid(self.negative(line)), complement)
      return difference(log(positive), log(negative))
    }
  }

  private mutating func line(_ margin: Value, _ slope: Double, _ intercept: Double) -> Value {
    sum(product(number(slope), margin), number(intercept))
  }

  /// Straight lines between knots, and tails that rise by a millionth of p(1 − p).
  private mutating func isotonic(
    _ map: IsotonicMap, _ margin: Value
  ) -> (probability: Value, complement: Value) {
    let knots = map.knots
    let margins = knots.map(\.margin)
    let levels = knots.map(\.probability)
    let (first, last) = (knots[0], knots[knots.count - 1])
    // Below the first knot, between two, above the last: the same line with other numbers.
    let low = [first.margin] + margins
    let width = [1.0] + zip(margins, margins.dropFirst()).map { $1 / 2 - $0 / 2 } + [1]
    let level = [first.probability] + levels
    let rise = [0.0] + zip(levels, levels.dropFirst()).map { $1 - $0 } + [0]
    let found = entries(of: [low, width, level, rise], above: margins, margin)
    let share = quotient(
      difference(quotient(margin, number(2)), quotient(found[0], number(2))), found[1])
    let between = sum(found[2], product(found[3], share))
    let below = tail(first, margin)
    let above = tail(last, margin)
    let isBelow = isLess(margin, number(first.margin))
    let isAbove = isLess(number(last.margin), margin)
    let probability = named(
      "level",
      choose(
        isBelow, difference(number(first.probability), below),
        choose(isAbove, sum(number(last.probability), above), between)))
    let complement = choose(
      isAbove, difference(number(1 - last.probability), above),
      difference(number(1), probability))
    return (probability, complement)
  }

  private mutating func tail(_ knot: IsotonicMap.Knot, _ margin: Value) -> Value {
    let distance = magnitude(difference(margin, number(knot.margin)))
    let share = quotient(distance, sum(number(1), distance))
    return product(number(1e-6 * knot.probability * (1 - knot.probability)), share)
  }

  /// p = e^m, the odds of a stream of fake negatives, as log-odds.
  private mutating func fakeNegatives(_ margin: Value) -> Value {
    let least = -1.000_000_000_500_000_1e-9  // log(1 − 10⁻⁹)
    let largest = least + 20.723_265_836_946_41  // −log(10⁻⁹)
    // Beyond it the logarithm is not looked at, but has to be of something.
    let bounded = named("bounded", choose(isLess(margin, number(least)), margin, number(least)))
    let rest = choose(
      isLess(bounded, number(-0.693_147_180_559_945_3)), log1p(negative(exp(bounded))),
      log(negative(expm1(bounded))))
    let corrected = difference(bounded, rest)
    return choose(
      isLess(margin, number(least)),
      choose(isLess(corrected, number(largest)), corrected, number(largest)),
      number(largest))
  }

  /// log(Φ(m)/(1 − Φ(m))): with t = |m| and the upper tail q = φ(t)/h(t), h the hazard,
  /// ±(t²/2 + log √2π + log h + log(1 − q)).
  private mutating func logOdds(_ margin: Value) -> Value {
    let t = named("t", magnitude(margin))
    let u = difference(number(1), quotient(number(8), sum(t, number(4))))
    let excess = quotient(chebyshev(ProbitSeries.excessHazard, u), sum(t, number(1)))
    let hazard = named("hazard", sum(t, excess))
    let half = named("half_square", product(number(0.5), product(t, t)))
    let density = product(number(0.398_942_280_401_432_7), exp(negative(half)))
    let size = sum(
      sum(half, sum(number(0.918_938_533_204_672_8), log(hazard))),
      log1p(negative(quotient(density, hazard))))
    return choose(isLess(margin, number(0)), negative(size), size)
  }
}

/// The series of `NormalTail.excessHazard`, from the highest coefficient down.
enum ProbitSeries {
  static let excessHazard = [
    -0x1.2f5edda590045p-57, 0x1.bf23b1f318b44p-55, 0x1.d2d39757d9cdep-56, -0x1.aa627f0e449b2p-51,
    0x1.6ee20d225bad0p-50, 0x1.76ce2f456e221p-47, -0x1.82ff7908e3567p-45, -0x1.2010f6998e9b0p-43,
    0x1.0945537baf97bp-40, 0x1.52357caee4b7cp-40, -0x1.2de92c7d15f47p-36, -0x1.cf3f3d9358d18p-39,
    0x1.2ed52f270e013p-32, -0x1.cda25f2d2af92p-33, -0x1.0efc0cd018e4cp-28, 0x1.e8e721d44f7bfp-28,
    0x1.a8365fda6419ep-25, -0x1.536fc19dac125p-23, -0x1.0c2ea3e251b82p-21, 0x1.80db734e7d25fp-19,
    0x1.729a5f61ca0d9p-19, -0x1.71517b4b2a4dfp-15, 0x1.475b7f2ac5f25p-15, 0x1.1b83a232cc934p-11,
    -0x1.d0f28dfcc8c19p-10, -0x1.b6bf1e4e6992ap-9, 0x1.3ef293af13056p-5, -0x1.d768fc2e7ced7p-4,
    0x1.058ddc9983acap-4, 0x1.045248bddbffbp+0,
  ]
}
