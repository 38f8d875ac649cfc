package import SparseBatches

// Design note
//
// Stochastic gradient descent on (1/N)Σ s·ℓ(b + w·x, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂², b unpenalised.
// With B = 1 and row weight s, the step is w ← w − σ·x, b ← b − σ, where σ is not s·η·dℓ/dm but its
// limit when the row is learned in ever more, ever smaller steps (Karampatziakis & Langford 2011,
// "Online Importance Weight Aware Updates"): so weight s is the same as two steps of s/2, and no
// weight overshoots the label (`marginFall` in MarginLoss.swift). With B > 1 the rows' steps, each
// from the weights at the start, are averaged. Then the penalty acts for η_t (PenaltyFlow.swift).
//
// The state is Double, 16 bytes a slot: a Float weight would round a step of 1e-9 away, or need
// random bits to keep it, and the two halves of a step would not make the whole.
//
// If you change the step, look at the falls of all losses (MarginLoss, ProbitLoss, SoftmaxLoss),
// and at AdaGrad.swift, which takes its penalty in the same way.

/// Hyperparameters of stochastic gradient descent.
package struct SGDParameters: Equatable, Sendable {
  package let rate: LearningRate
  /// λ1 and λ2 of the objective (1/N)Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package let penalty: PenaltyFlow

  // 0.05/√(1 + t/1000): the best of a grid on held-out quarters of the training parts of a9a and
  // adult (log loss 0.330 and 0.331), where half or twice the rate costs 0.01 at most.
  package static var defaultSchedule: RateSchedule { .invscaling }
  package static var defaultRate: Double { 0.05 }

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
package struct SGDSlot: BitwiseCopyable, Equatable, Sendable {
  /// The weight at the time `touched`.
  package var weight: Double
  /// Σ η_t before the coordinate's last update.
  package var touched: Double

  package init(weight: Double, touched: Double) {
    self.weight = weight
    self.touched = touched
  }
}

/// State of four coordinates.
package struct SGDBlock: CoordinateBlock {
  package var weight: SIMD4<Double>
  package var touched: SIMD4<Double>

  @inline(__always)
  package init(weight: SIMD4<Double>, touched: SIMD4<Double>) {
    self.weight = weight
    self.touched = touched
  }

  package static var untouched: SGDSlot { SGDSlot(weight: 0, touched: 0) }

  @inline(__always)
  package init(_ a: SGDSlot, _ b: SGDSlot, _ c: SGDSlot, _ d: SGDSlot) {
    weight = SIMD4(a.weight, b.weight, c.weight, d.weight)
    touched = SIMD4(a.touched, b.touched, c.touched, d.touched)
  }

  package subscript(lane: Int) -> SGDSlot {
    @inline(__always) get { SGDSlot(weight: weight[lane], touched: touched[lane]) }
  }

  @inline(__always)
  package var nonFiniteMarker: SIMD4<Float> { SIMD4<Float>(weight) * 0 }
}

/// The steps of the design note with their constants.
package struct SGDCoordinates: CoordinateRule {
  package typealias Bias = SGDBias

  private let schedule: LearningRate
  private let penalty: PenaltyFlow
  package var clock: RateClock

  package init(_ parameters: SGDParameters) {
    schedule = parameters.rate
    penalty = parameters.penalty
    clock = RateClock(parameters.rate)
  }

  @inline(__always)
  package func weights(_ state: SGDBlock) -> SIMD4<Double> {
    if penalty.isNone { return state.weight }
    return penalty.flowed(state.weight, time: clock.elapsed - state.touched)
  }

  /// - Parameter gradients: steps, the rate being in the factor.
  @inline(__always)
  package func updated(
    _ state: SGDBlock, weights: SIMD4<Double>, gradients: SIMD4<Double>, bits: SIMD4<UInt64>
  ) -> SGDBlock {
    SGDBlock(weight: weights - gradients, touched: SIMD4(repeating: clock.elapsed))
  }

  /// σ of the design note.
  @inline(__always)
  package func factor<Loss: MarginLoss>(
    _ loss: Loss.Type, margin: Double, label: Double, weight: Double, features: RowFeatures
  ) -> Double {
    let norm = 1 + features.squaredNorm
    return Loss.marginFall(
      from: margin, label: label, time: weight * clock.rate * norm) / norm
  }

  package func factors(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, weight: Double,
    features: RowFeatures, into factors: inout GrowableBuffer<Double>
  ) {
    let norm = 1 + features.squaredNorm
    SoftmaxFlow.falls(
      margins, row: row, label: label, time: weight * clock.rate * norm, into: &factors)
    for output in 0..<row.count { factors[output] /= norm }
  }

  @inline(__always)
  package static func share(ofRows rows: Int) -> Double { 1 / Double(rows) }

  package static var gradientLimit: Double { Double(Float.greatestFiniteMagnitude) }

  package var isClockPossible: Bool { clock.isOn(schedule) }

  package func isPossible(_ state: SGDSlot) -> Bool {
    state.weight.isFinite && state.touched >= 0 && state.touched <= clock.elapsed
      && Float(weight(state)).isFinite
  }

  @inline(__always)
  package mutating func advance(rows: Int) {
    clock.advance(rows: rows, steps: 1, schedule)
  }
}

/// The bias of stochastic gradient descent.
package struct SGDBias: BiasState {
  package var weight = 0.0

  package init() {}

  package var isFinite: Bool { weight.isFinite }

  package func weight(_ rule: SGDCoordinates) -> Double { weight }

  package func updated(gradient: Double, _ rule: SGDCoordinates) -> SGDBias {
    var updated = self
    updated.weight -= gradient
    return updated
  }
}

// No evidence is kept: how far a row moves a weight depends on the clock alone.
extension SGDCoordinates {
  package func known(_ state: SGDSlot) -> KnownCoordinate {
    KnownCoordinate(weight: weight(state))
  }

  package func known(_ bias: SGDBias) -> KnownCoordinate { KnownCoordinate(weight: bias.weight) }

  package func beginning(_ known: KnownCoordinate) -> SGDSlot {
    guard known.weight != 0 else { return SGDBlock.untouched }
    return SGDSlot(weight: known.weight, touched: clock.elapsed)
  }

  package func bias(beginning known: KnownCoordinate) -> SGDBias {
    var bias = SGDBias()
    bias.weight = known.weight
    return bias
  }
}

extension SGDBias: WordCoded {
  package static var wordCount: Int { 1 }
  package var isPossible: Bool { isFinite }
  package var words: [UInt64] { [weight.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init()
    weight = Double(bitPattern: words[words.startIndex])
  }
}
