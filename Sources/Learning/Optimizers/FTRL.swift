package import CKernels
package import SparseBatches

// Design note
//
// FTRL-proximal (McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches",
// Algorithm 1) minimises over w, for each coordinate on its own,
//
//     g₁..t·w + ½ Σ σ_s (w − w_s)² + ½(β/α + λ2) w² + λ1|w|,   Σ σ_s = √n / α,
//
// whose solution needs only z = g₁..t − Σ σ_s w_s and n = Σ g²:
//
//     w = 0                                              if |z| <= λ1
//     w = −(z − sgn(z)λ1) / ((β + √n)/α + λ2)            otherwise
//     σ = (√(n + g²) − √n)/α;   z ← z + g − σ·w;   n ← n + g²
//
// Kept per slot is √n rather than n: the forward pass then needs no square root, σ telescopes
// exactly over what is stored (Σ σ = √n/α to the last bit of √n), and n may reach 10⁷⁶. The state
// is Float, the sums are made in Double and rounded stochastically (StochasticRounding.swift);
// the bias of n = (√n)² under that rounding is 2^-24 of each g².
//
// Four coordinates at a time: everything here is element-wise, so a coordinate's result does not
// depend on its lane.
//
// If you change a formula, change it in ReferenceLearner.swift too, and look at `forgetting`, which
// solves the weight's formula for z; at StochasticRounding.swift if the state gets another width;
// and raise the version of the checkpoint format if a slot's bytes mean something else.

/// Hyperparameters of FTRL-proximal, in the notation of McMahan et al. 2013, Algorithm 1.
package struct FTRLParameters: Equatable, Sendable {
  /// Scale of the learning rate α / (β + √n).
  package var alpha: Double
  /// Damps the first steps of a coordinate.
  package var beta: Double
  /// λ1 of the objective Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package var l1: Double
  /// λ2 of the same.
  package var l2: Double

  /// Where no race of rates could be run.
  package static var defaultAlpha: Double { 0.3 }
  package static var defaultBeta: Double { 1 }

  /// - Throws: `RunFailure` (usage) naming the option that is out of range.
  package init(
    alpha: Double = Self.defaultAlpha, beta: Double = Self.defaultBeta, l1: Double = 0,
    l2: Double = 0
  ) throws(RunFailure) {
    self.alpha = alpha
    self.beta = beta
    self.l1 = l1
    self.l2 = l2
    // The slots compute in Float: a value that is 0 or infinite there would not mean what it says.
    guard alpha >= 1e-30 && alpha <= 1e30 else {
      throw Self.refusal("--alpha", alpha, allowed: "a number from 1e-30 to 1e30")
    }
    for (name, value) in [("--beta", beta), ("--l1", l1), ("--l2", l2)]
    where !(value >= 0 && value <= 1e30) {
      throw Self.refusal(name, value, allowed: "a number from 0 to 1e30")
    }
  }

  private static func refusal(_ name: String, _ value: Double, allowed: String) -> RunFailure {
    RunFailure(.usage, "\(name) is \(value)", cure: "give \(allowed)")
  }
}

/// State of one coordinate.
package struct FTRLSlot: BitwiseCopyable, Sendable, Equatable {
  package var z: Float
  /// √n, the root of the sum of squared gradients.
  package var rootN: Float

  package init(z: Float, rootN: Float) {
    self.z = z
    self.rootN = rootN
  }
}

/// State of four coordinates.
package struct FTRLBlock: CoordinateBlock {
  package var z: SIMD4<Float>
  package var rootN: SIMD4<Float>

  @inline(__always)
  package init(z: SIMD4<Float>, rootN: SIMD4<Float>) {
    self.z = z
    self.rootN = rootN
  }

  package static var untouched: FTRLSlot { FTRLSlot(z: 0, rootN: 0) }

  @inline(__always)
  package init(_ a: FTRLSlot, _ b: FTRLSlot, _ c: FTRLSlot, _ d: FTRLSlot) {
    z = SIMD4(a.z, b.z, c.z, d.z)
    rootN = SIMD4(a.rootN, b.rootN, c.rootN, d.rootN)
  }

  package subscript(lane: Int) -> FTRLSlot {
    @inline(__always) get { FTRLSlot(z: z[lane], rootN: rootN[lane]) }
  }

  @inline(__always)
  package var nonFiniteMarker: SIMD4<Float> { (z + rootN) * 0 }
}

/// The constants of a rule whose rows the kernel of ftrl can learn.
package typealias FTRLKernel = lrs_ftrl_rule

/// The formulas of the design note with their constants.
package struct FTRLCoordinates: CoordinateRule {
  package typealias Bias = FTRLBias

  internal let alpha: Double
  internal let beta: Double
  private let minusAlpha: Float
  internal let inverseAlpha: Double
  internal let l1: Float
  /// β + αλ2.
  internal let damping: Float

  package init(_ parameters: FTRLParameters) {
    alpha = parameters.alpha
    beta = parameters.beta
    minusAlpha = Float(-parameters.alpha)
    inverseAlpha = 1 / parameters.alpha
    l1 = Float(parameters.l1)
    // Never 0, so that the weight of an untouched slot is 0 / tiny = 0 and not 0 / 0.
    damping = max(
      Float(parameters.beta + parameters.alpha * parameters.l2), .leastNormalMagnitude)
  }

  /// w of the formulas, multiplied through by α: −α(z − sgn(z)λ1) / (√n + β + αλ2).
  @inline(__always)
  package func weights(_ state: FTRLBlock) -> SIMD4<Double> {
    let highest = SIMD4(repeating: l1)
    let z = state.z
    // z clamped to ±λ1 is z itself where |z| <= λ1: the difference is then exactly 0.
    let below = z.replacing(with: highest, where: z .> highest)
    let clamped = below.replacing(with: -highest, where: below .< -highest)
    return SIMD4<Double>((z - clamped) * minusAlpha / (state.rootN + damping))
  }

  /// z and √n after an update by `gradients`, made at `weights`.
  @inline(__always)
  package func updated(
    _ state: FTRLBlock, weights: SIMD4<Double>, gradients: SIMD4<Double>, bits: SIMD4<UInt64>
  ) -> FTRLBlock {
    let rootN = SIMD4<Double>(state.rootN)
    let grown = (rootN * rootN + gradients * gradients).squareRoot()
    let stored = StochasticRounding.round(grown, bits: bits)
    let sigmaTimesWeight =
      (SIMD4<Double>(stored) - rootN) * (weights * inverseAlpha)
    let z = SIMD4<Double>(state.z) + gradients - sigmaTimesWeight
    return FTRLBlock(z: StochasticRounding.round(z, bits: bits &>> 35), rootN: stored)
  }

  @inline(__always)
  package var kernel: FTRLKernel? {
    FTRLKernel(
      inverse_alpha: inverseAlpha, total: 0, inverse_total: 0, minus_alpha: minusAlpha, l1: l1,
      damping: damping, is_averaged: 0)
  }

  package static var gradientLimit: Double { Double(Float.greatestFiniteMagnitude) }

  package func isPossible(_ state: FTRLSlot) -> Bool {
    state.z.isFinite && state.rootN >= 0 && state.rootN.isFinite && weight(state).isFinite
  }

  package var clock: Timeless {
    get { Timeless() }
    set {}
  }

  @inline(__always)
  package mutating func advance(rows: Int) {}
}

/// The bias: FTRL-proximal with λ1 = λ2 = 0, in Double, outside the table.
package struct FTRLBias: BiasState {
  package var z = 0.0
  package var n = 0.0

  package init() {}

  package init(z: Double, n: Double) {
    self.z = z
    self.n = n
  }

  package func weight(_ rule: FTRLCoordinates) -> Double {
    // An untouched bias is 0 also when β = 0.
    z == 0 ? 0 : -z * rule.alpha / (rule.beta + n.squareRoot())
  }

  package func updated(gradient: Double, _ rule: FTRLCoordinates) -> FTRLBias {
    let square = gradient * gradient
    // A gradient whose square vanishes would leave z without its n.
    guard square != 0 else { return self }
    let sigma = ((n + square).squareRoot() - n.squareRoot()) / rule.alpha
    return FTRLBias(z: z + gradient - sigma * weight(rule), n: n + square)
  }

  package var isFinite: Bool { z.isFinite && n.isFinite }
}

// n is both the evidence for a weight and what its rate falls with. n ← D·n, then z is rebuilt from
// the unchanged w: the predictions stay as they are, to the precision of a Float, and new rows move
// the weights more.
extension FTRLCoordinates {
  package func forgetting(_ state: FTRLSlot, keeping share: Double) -> FTRLSlot {
    let rootN = Double(state.rootN) * share.squareRoot()
    let weight = weight(state)
    // A weight that L1 holds at 0 keeps its z.
    let z = weight == 0 ? Double(state.z) : z(forWeight: weight, rootN: rootN)
    return FTRLSlot(z: Float(z), rootN: Float(rootN))
  }

  package func forgetting(_ bias: FTRLBias, keeping share: Double) -> FTRLBias {
    let n = bias.n * share
    guard bias.z != 0 else { return FTRLBias(z: 0, n: n) }
    return FTRLBias(z: -bias.weight(self) * (beta + n.squareRoot()) / alpha, n: n)
  }

  /// w = −α(z − sgn(z)λ1) / (√n + β + αλ2), solved for z: for a weight whose z is not known. A
  /// weight without its z would be lost at the first update.
  ///
  /// - Returns: for a weight of 0, a z that gives 0 back.
  package func z(forWeight weight: Double, rootN: Double) -> Double {
    let pulled = -weight * (rootN + Double(damping)) * inverseAlpha
    return pulled + (pulled < 0 ? -Double(l1) : Double(l1))
  }
}

extension FTRLCoordinates {
  package func known(_ state: FTRLSlot) -> KnownCoordinate {
    let weight = weight(state)
    let rootN = Double(state.rootN)
    return KnownCoordinate(
      weight: weight, squares: rootN * rootN, held: weight == 0 ? Double(state.z) : 0)
  }

  package func known(_ bias: FTRLBias) -> KnownCoordinate {
    KnownCoordinate(weight: bias.weight(self), squares: bias.n)
  }

  package func beginning(_ known: KnownCoordinate) -> FTRLSlot {
    let rootN = Float(known.squares.squareRoot())
    let z =
      known.weight == 0
      ? min(max(Float(known.held), -l1), l1)
      : Float(z(forWeight: known.weight, rootN: Double(rootN)))
    return FTRLSlot(z: z, rootN: rootN)
  }

  package func bias(beginning known: KnownCoordinate) -> FTRLBias {
    let z = known.weight == 0 ? 0 : -known.weight * (beta + known.squares.squareRoot()) / alpha
    return FTRLBias(z: z, n: known.squares)
  }
}

extension FTRLBias: WordCoded {
  package static var wordCount: Int { 2 }
  package var isPossible: Bool { isFinite && n >= 0 }
  package var words: [UInt64] { [z.bitPattern, n.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init(
      z: Double(bitPattern: words[words.startIndex]),
      n: Double(bitPattern: words[words.startIndex + 1]))
  }
}
