package import SparseBatches

// Design note
//
// AdaGrad (Duchi, Hazan & Singer 2011) on (1/N)Σ s·ℓ(b + w·x, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂², b
// unpenalised: each coordinate with its own rate,
//
//     n ← n + g²;   w ← w − η_t·g/√(ε + n);   then the penalty acts for η_t/√(ε + n)
//
// where g is the sum of the gradients of a mini-batch, as for ftrl. A step for a sum of B rows
// pulls B times as far as one for their mean would: so that the objective stays the mean's whatever
// B is, the penalty acts for B·η_t.
//
// The state is Double, 24 bytes a slot: n must not stall, and lazy penalties are to be exact.
//
// If you change when the penalty acts, look at `RateClock.advance`, which counts the time for it.

/// Hyperparameters of AdaGrad.
package struct AdaGradParameters: Equatable, Sendable {
  package let rate: LearningRate
  /// λ1 and λ2 of the objective (1/N)Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package let penalty: PenaltyFlow

  // The best of a grid on held-out quarters of the training parts of a9a and adult (log loss 0.326
  // and 0.327), where half or twice the rate costs 0.004 at most.
  package static var defaultSchedule: RateSchedule { .constant }
  package static var defaultRate: Double { 0.1 }

  /// Damps the first steps of a coordinate, as β does for ftrl.
  package static var epsilon: Double { 1 }

  /// - Throws: `RunFailure` (usage) naming the option that is out of range.
  package init(
    rate options: RateOptions = RateOptions(), l1: Double = 0, l2: Double = 0
  ) throws(RunFailure) {
    penalty = try PenaltyFlow(l1: l1, l2: l2)
    rate = try LearningRate(
      options, defaultSchedule: Self.defaultSchedule, defaultRate: Self.defaultRate, l2: l2)
  }
}

/// State of one coordinate.
package struct AdaGradSlot: BitwiseCopyable, Equatable, Sendable {
  /// The weight at the time `touched`.
  package var weight: Double
  /// Σ g².
  package var n: Double
  /// Σ η_t before the coordinate's last update.
  package var touched: Double

  package init(weight: Double, n: Double, touched: Double) {
    self.weight = weight
    self.n = n
    self.touched = touched
  }
}

/// State of four coordinates.
package struct AdaGradBlock: CoordinateBlock {
  package var weight: SIMD4<Double>
  package var n: SIMD4<Double>
  package var touched: SIMD4<Double>

  @inline(__always)
  package init(weight: SIMD4<Double>, n: SIMD4<Double>, touched: SIMD4<Double>) {
    self.weight = weight
    self.n = n
    self.touched = touched
  }

  package static var untouched: AdaGradSlot { AdaGradSlot(weight: 0, n: 0, touched: 0) }

  @inline(__always)
  package init(_ a: AdaGradSlot, _ b: AdaGradSlot, _ c: AdaGradSlot, _ d: AdaGradSlot) {
    weight = SIMD4(a.weight, b.weight, c.weight, d.weight)
    n = SIMD4(a.n, b.n, c.n, d.n)
    touched = SIMD4(a.touched, b.touched, c.touched, d.touched)
  }

  package subscript(lane: Int) -> AdaGradSlot {
    @inline(__always) get {
      AdaGradSlot(weight: weight[lane], n: n[lane], touched: touched[lane])
    }
  }

  @inline(__always)
  package var nonFiniteMarker: SIMD4<Float> {
    SIMD4<Float>(weight) * 0 + SIMD4<Float>(n * 0)
  }
}

/// The formulas of the design note with their constants.
package struct AdaGradCoordinates: CoordinateRule {
  package typealias Bias = AdaGradBias

  private let schedule: LearningRate
  private let penalty: PenaltyFlow
  private let epsilon: Double
  package var clock: RateClock

  package init(_ parameters: AdaGradParameters) {
    schedule = parameters.rate
    penalty = parameters.penalty
    epsilon = AdaGradParameters.epsilon
    clock = RateClock(parameters.rate)
  }

  @inline(__always)
  package func weights(_ state: AdaGradBlock) -> SIMD4<Double> {
    if penalty.isNone { return state.weight }
    let time = (clock.elapsed - state.touched) / (state.n + epsilon).squareRoot()
    return penalty.flowed(state.weight, time: time)
  }

  @inline(__always)
  package func updated(
    _ state: AdaGradBlock, weights: SIMD4<Double>, gradients: SIMD4<Double>, bits: SIMD4<UInt64>
  ) -> AdaGradBlock {
    let n = state.n + gradients * gradients
    return AdaGradBlock(
      weight: weights - clock.rate * gradients / (n + epsilon).squareRoot(), n: n,
      touched: SIMD4(repeating: clock.elapsed))
  }

  package var isClockPossible: Bool { clock.isOn(schedule) }

  package func isPossible(_ state: AdaGradSlot) -> Bool {
    state.weight.isFinite && state.n >= 0 && state.n.isFinite
      && state.touched >= 0 && state.touched <= clock.elapsed && Float(weight(state)).isFinite
  }

  /// The square is still finite.
  package static var gradientLimit: Double { 0x1p511 }

  @inline(__always)
  package mutating func advance(rows: Int) {
    clock.advance(rows: rows, steps: Double(rows), schedule)
  }

  internal func scaled(_ gradient: Double, n: Double) -> Double {
    clock.rate * gradient / (n + epsilon).squareRoot()
  }
}

/// The bias of AdaGrad.
package struct AdaGradBias: BiasState {
  package var weight = 0.0
  package var n = 0.0

  package init() {}

  package var isFinite: Bool { weight.isFinite && n.isFinite }

  package func weight(_ rule: AdaGradCoordinates) -> Double { weight }

  package func updated(gradient: Double, _ rule: AdaGradCoordinates) -> AdaGradBias {
    var updated = self
    updated.n += gradient * gradient
    updated.weight -= rule.scaled(gradient, n: updated.n)
    return updated
  }
}

extension AdaGradCoordinates {
  package func known(_ state: AdaGradSlot) -> KnownCoordinate {
    KnownCoordinate(weight: weight(state), squares: state.n)
  }

  package func known(_ bias: AdaGradBias) -> KnownCoordinate {
    KnownCoordinate(weight: bias.weight, squares: bias.n)
  }

  package func beginning(_ known: KnownCoordinate) -> AdaGradSlot {
    guard known.weight != 0 || known.squares > 0 else { return AdaGradBlock.untouched }
    return AdaGradSlot(weight: known.weight, n: known.squares, touched: clock.elapsed)
  }

  package func bias(beginning known: KnownCoordinate) -> AdaGradBias {
    var bias = AdaGradBias()
    (bias.weight, bias.n) = (known.weight, known.squares)
    return bias
  }
}

extension AdaGradBias: WordCoded {
  package static var wordCount: Int { 2 }
  package var isPossible: Bool { isFinite && n >= 0 }
  package var words: [UInt64] { [weight.bitPattern, n.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init()
    weight = Double(bitPattern: words[words.startIndex])
    n = Double(bitPattern: words[words.startIndex + 1])
  }
}
