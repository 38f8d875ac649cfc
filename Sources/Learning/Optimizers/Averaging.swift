internal import CKernels
package import SparseBatches

// Design note
//
// The last weights of an online learner are noisy: how far depends on the last few rows. The average
// of the weights over the run, later ones weighing more, is not (Polyak & Juditsky 1992; weights that
// grow as a power of the step: Shamir & Zhang 2013, "polynomial decay averaging"). Step t weighs t³,
//
//     w̄_T = Σ_{t<=T} t³·w_t / Σ_{t<=T} t³,
//
// so that three quarters of the weight lies in the last 30 % of the run, whose length need not be
// known. w_t changes in few coordinates, so w̄ is kept by what it lags behind:
//
//     lag ← lag + S_{t−1}·(w_t − w_{t−1})    at each update of a coordinate,   S_t = Σ_{s<=t} s³
//     w̄_t = w_t − lag / S_t
//
// which needs no look at a coordinate that is not touched. S_t = (t(t + 1)/2)², taken here in units
// of 2^80: it stays within a Float from 1 to 2^40 steps. One Float more a slot, 12 bytes for ftrl.
//
// Rows are learned from the last weights, w; the average is what is served, and what progressive
// losses and margins are taken from.
//
// A weight that is exactly 0, as an L1 penalty makes it, is served as 0: an average that has not
// quite arrived there would cost the sparsity that was asked for. The lazy penalties of sgd and
// adagrad (PenaltyFlow.swift) move the average as they move the weight.
//
// Measured on 23 real sets over five orders of the rows: the ratio of predictions to labels spreads
// a fifth as much as with the last weights.
//
// If you change S, look at `forgetting`, which shortens the past of the average too, and raise the
// version of the checkpoint format.

/// State of one coordinate, and what its average lags behind.
package struct AveragedSlot<State: BitwiseCopyable & Equatable & Sendable>: BitwiseCopyable,
  Equatable, Sendable
{
  package var state: State
  /// Σ S·Δw of the design note.
  package var lag: Float

  package init(state: State, lag: Float) {
    self.state = state
    self.lag = lag
  }
}

/// State of four coordinates.
package struct AveragedBlock<Base: CoordinateBlock>: CoordinateBlock {
  package var state: Base
  package var lag: SIMD4<Float>

  @inline(__always)
  package init(state: Base, lag: SIMD4<Float>) {
    self.state = state
    self.lag = lag
  }

  package static var untouched: AveragedSlot<Base.Slot> {
    @inline(__always) get { AveragedSlot(state: Base.untouched, lag: 0) }
  }

  @inline(__always)
  package init(
    _ a: AveragedSlot<Base.Slot>, _ b: AveragedSlot<Base.Slot>, _ c: AveragedSlot<Base.Slot>,
    _ d: AveragedSlot<Base.Slot>
  ) {
    state = Base(a.state, b.state, c.state, d.state)
    lag = SIMD4(a.lag, b.lag, c.lag, d.lag)
  }

  package subscript(lane: Int) -> AveragedSlot<Base.Slot> {
    @inline(__always) get { AveragedSlot(state: state[lane], lag: lag[lane]) }
  }

  @inline(__always)
  package var nonFiniteMarker: SIMD4<Float> { state.nonFiniteMarker + lag * 0 }
}

/// An optimizer whose served weights are averages over the run.
package struct Averaged<Base: CoordinateRule>: CoordinateRule {
  package typealias Bias = AveragedBias<Base>

  package private(set) var base: Base
  /// t: updates made.
  private var steps = 0.0
  /// S_t.
  fileprivate private(set) var total = 0.0
  /// 1/S_t; 0 before the first step, where nothing lags.
  fileprivate private(set) var inverseTotal = 0.0

  package init(_ parameters: Base.Parameters) { base = Base(parameters) }

  package static var servesAverages: Bool { true }

  @inline(__always)
  package func weights(_ state: AveragedBlock<Base.Block>) -> SIMD4<Double> {
    base.weights(state.state)
  }

  @inline(__always)
  package func servedWeights(
    _ state: AveragedBlock<Base.Block>, weights: SIMD4<Double>
  ) -> SIMD4<Double> {
    let averages = weights - SIMD4<Double>(state.lag) * inverseTotal
    return averages.replacing(with: 0, where: weights .== 0)
  }

  @inline(__always)
  package func updated(
    _ state: AveragedBlock<Base.Block>, weights: SIMD4<Double>, gradients: SIMD4<Double>,
    bits: SIMD4<UInt64>
  ) -> AveragedBlock<Base.Block> {
    let updated = base.updated(state.state, weights: weights, gradients: gradients, bits: bits)
    let moved = base.weights(updated) - weights
    return AveragedBlock(
      state: updated, lag: SIMD4<Float>(SIMD4<Double>(state.lag) + total * moved))
  }

  @inline(__always)
  package var kernel: FTRLKernel? {
    guard var kernel = base.kernel else { return nil }
    kernel.is_averaged = 1
    (kernel.total, kernel.inverse_total) = (total, inverseTotal)
    return kernel
  }

  @inline(__always)
  package func factor<Loss: MarginLoss>(
    _ loss: Loss.Type, margin: Double, label: Double, weight: Double, features: RowFeatures
  ) -> Double {
    base.factor(loss, margin: margin, label: label, weight: weight, features: features)
  }

  package func factors(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, weight: Double,
    features: RowFeatures, into factors: inout GrowableBuffer<Double>
  ) {
    base.factors(
      margins, row: row, label: label, weight: weight, features: features, into: &factors)
  }

  @inline(__always)
  package static func share(ofRows rows: Int) -> Double { Base.share(ofRows: rows) }

  package static var gradientLimit: Double { Base.gradientLimit }

  @inline(__always)
  package mutating func advance(rows: Int) { base.advance(rows: rows) }

  @inline(__always)
  package mutating func countUpdate() {
    base.countUpdate()
    stand(at: steps + 1)
  }

  @inline(__always)
  private mutating func stand(at steps: Double) {
    self.steps = steps
    let root = steps * (steps + 1) * 0x1p-41
    total = root * root
    inverseTotal = total > 0 ? 1 / total : 0
  }

  package mutating func serveLastWeights(_ isOn: Bool) {
    stand(at: steps)
    // Nothing lags then.
    if isOn { inverseTotal = 0 }
  }

  package var clock: AveragedClock<Base.Clock> {
    get { AveragedClock(base: base.clock, steps: steps) }
    set {
      base.clock = newValue.base
      stand(at: newValue.steps)
    }
  }

  package var isClockPossible: Bool { base.isClockPossible }

  package func isPossible(_ state: AveragedSlot<Base.Block.Slot>) -> Bool {
    guard base.isPossible(state.state), state.lag.isFinite else { return false }
    return Float(servedWeight(state)).isFinite
  }

  package func forgetting(
    _ state: AveragedSlot<Base.Block.Slot>, keeping share: Double
  ) -> AveragedSlot<Base.Block.Slot> {
    var after = self
    after.forgetClock(keeping: share)
    // The average stays what it is: the past it is over becomes shorter.
    return AveragedSlot(
      state: base.forgetting(state.state, keeping: share),
      lag: Float(Double(state.lag) * inverseTotal * after.total))
  }

  package func forgetting(
    _ bias: AveragedBias<Base>, keeping share: Double
  ) -> AveragedBias<Base> {
    var after = self
    after.forgetClock(keeping: share)
    return AveragedBias(
      state: base.forgetting(bias.state, keeping: share),
      lag: bias.lag * inverseTotal * after.total)
  }

  package mutating func forgetClock(keeping share: Double) {
    base.forgetClock(keeping: share)
    stand(at: steps * share)
  }
}

// The average begins where the weights do.
extension Averaged {
  package func known(_ state: AveragedSlot<Base.Block.Slot>) -> KnownCoordinate {
    base.known(state.state)
  }

  package func known(_ bias: AveragedBias<Base>) -> KnownCoordinate { base.known(bias.state) }

  package func beginning(_ known: KnownCoordinate) -> AveragedSlot<Base.Block.Slot> {
    AveragedSlot(state: base.beginning(known), lag: 0)
  }

  package func bias(beginning known: KnownCoordinate) -> AveragedBias<Base> {
    AveragedBias(state: base.bias(beginning: known), lag: 0)
  }
}

/// The bias, averaged as the weights are.
package struct AveragedBias<Base: CoordinateRule>: BiasState {
  package var state: Base.Bias
  package var lag: Double

  package init() { self.init(state: Base.Bias(), lag: 0) }

  package init(state: Base.Bias, lag: Double) {
    self.state = state
    self.lag = lag
  }

  package var isFinite: Bool { state.isFinite && lag.isFinite }

  package func weight(_ rule: Averaged<Base>) -> Double { state.weight(rule.base) }

  package func servedWeight(_ rule: Averaged<Base>) -> Double {
    weight(rule) - lag * rule.inverseTotal
  }

  package func updated(gradient: Double, _ rule: Averaged<Base>) -> AveragedBias {
    let updated = state.updated(gradient: gradient, rule.base)
    let moved = updated.weight(rule.base) - state.weight(rule.base)
    return AveragedBias(state: updated, lag: lag + rule.total * moved)
  }
}

extension AveragedBias: WordCoded {
  package static var wordCount: Int { Base.Bias.wordCount + 1 }
  package var isPossible: Bool { state.isPossible && lag.isFinite }
  package var words: [UInt64] { state.words + [lag.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    let end = words.startIndex + Base.Bias.wordCount
    self.init(
      state: Base.Bias(words: words[words.startIndex..<end]),
      lag: Double(bitPattern: words[end]))
  }
}

/// Where an averaged run stands: where its schedule does, and how long the average's past is.
package struct AveragedClock<Base: LearningClock>: LearningClock {
  package var base: Base
  /// Updates made, less what was forgotten of them.
  package var steps: Double

  package var rows: Int { base.rows }
}

extension AveragedClock: WordCoded {
  package static var wordCount: Int { Base.wordCount + 1 }
  package var isPossible: Bool { base.isPossible && steps >= 0 && steps < 0x1p40 }
  package var words: [UInt64] { base.words + [steps.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    let end = words.startIndex + Base.wordCount
    self.init(
      base: Base(words: words[words.startIndex..<end]), steps: Double(bitPattern: words[end]))
  }
}
