internal import ElementaryMath
internal import ModelFile

// Design note: the prior counts once
//
// Learners i = 1…S started from the same weights w₀ with the evidence n₀ = Σg², and each saw a part of
// the rows: Δnᵢ of evidence, after which it stands at wᵢ. One coordinate of ftrl minimises its losses
// and a prior ½τ(w − w₀)², τ = β/α + λ2, which every learner has: averages and weighted means count
// it S times, and a feature that only one of them has seen stays S times too close to where it began.
//
// Near its minimum a learner's losses are a parabola of curvature ~ Δnᵢ whose sum with the prior is
// least at wᵢ: so it alone is least at w₀ + (Δnᵢ + τ)(wᵢ − w₀)/Δnᵢ, and all of them with one prior at
//
//     w = w₀ + Σᵢ (Δnᵢ + τ)(wᵢ − w₀) / (Σᵢ Δnᵢ + τ).
//
// Rare coordinates (Δn ≪ τ) add their moves, as one pass over all rows would; frequent ones
// (Δn ≫ τ) are averaged by what each has seen. The bias: the same with λ2 = 0.
//
// With an L1 penalty the rule acts on v = −z/P(n), P(n) = (β + √n)/α + λ2, the weight without the
// penalty, and z = −v·P(n) of the sum: so that λ1 is taken off once, at the end.
//
// A learner that goes on takes n = n₀ + ΣΔnᵢ/√C where the shards are mixed, C the number of those
// that touched the coordinate, and n₀ + ΣΔnᵢ where they are parts of a calendar. A model that is the
// end has n₀ + ΣΔnᵢ, which matters only for L1.
//
// AdaGrad steps by η/√(n + ε), as ftrl does by α/(β + √n): τ = √ε/η. It has no z: v is the weight.
//
// Each state's term is a Double that follows from its own bytes and the base's. The terms are added
// without rounding (`ExactSum`), so that no order and no tree of merges changes a bit of the sum.

/// How the coordinates of one optimizer are merged.
struct EvidenceRule {
  /// A coordinate as it is merged: v and n of the design note.
  struct Coordinate: Equatable {
    var value: Double
    var squares: Double

    static let nothing = Coordinate(value: 0, squares: 0)
  }

  /// What merging adds up for one coordinate.
  struct Sums {
    /// Σ(Δn + τ)(v − v₀).
    var moves = ExactSum()
    /// ΣΔn.
    var squares = ExactSum()
    /// Learners that touched it.
    var learners = 0

    mutating func removeAll() {
      moves.removeAll()
      squares.removeAll()
      learners = 0
    }

    var isFinite: Bool { moves.isFinite && squares.isFinite }
  }

  /// τ.
  let prior: Double

  /// The term of one learner.
  func add(_ coordinate: Coordinate, from base: Coordinate, to sums: inout Sums) {
    // Clamped: evidence can be forgotten.
    let squares = max(0, coordinate.squares - base.squares)
    sums.moves.add((squares + prior) * (coordinate.value - base.value))
    sums.squares.add(squares)
    sums.learners += 1
  }

  /// - Parameter evidence: how Δn counts for a learner that goes on; nil: for a model.
  func merged(_ base: Coordinate, _ sums: Sums, _ evidence: Evidence) -> Coordinate {
    let squares = sums.squares.value
    let weight = squares + prior
    let value = weight > 0 ? base.value + sums.moves.value / weight : base.value
    switch evidence {
    case .all: return Coordinate(value: value, squares: base.squares + squares)
    case .ofMixedShards:
      let share = squares / Double(max(1, sums.learners)).squareRoot()
      return Coordinate(value: value, squares: base.squares + share)
    }
  }

  enum Evidence {
    case all
    case ofMixedShards
  }
}

/// How the states of an optimizer's table become coordinates and back: as 32-bit words.
struct CoordinateLayout {
  private enum Kind {
    case ftrl(alpha: Double, beta: Double, l2: Double)
    case adagrad
  }

  private let kind: Kind
  /// Of a state of the table.
  let words: Int
  /// Of these, those that learning moves; behind them stands what an average lags by.
  let learnedWords: Int
  /// Of the words of a bias.
  let biasWords: Int
  let rule: EvidenceRule
  let biasRule: EvidenceRule

  /// - Returns: nil for an optimizer whose coordinates do not say what they are worth.
  init?(_ learner: ModelHeader.Learner) {
    guard let online = learner.online else { return nil }
    let isAveraged = online.average != nil
    switch learner.optimizer {
    case "ftrl":
      guard let alpha = online.alpha, let beta = online.beta else { return nil }
      kind = .ftrl(alpha: alpha, beta: beta, l2: learner.l2)
      words = isAveraged ? 3 : 2
      learnedWords = 2
      rule = EvidenceRule(prior: beta / alpha + learner.l2)
      biasRule = EvidenceRule(prior: beta / alpha)
    case "adagrad":
      // A weight of the table is not yet what penalties that are due make of it.
      guard let rate = online.rate, learner.l1 == 0, learner.l2 == 0 else { return nil }
      kind = .adagrad
      words = isAveraged ? 8 : 6
      learnedWords = 4
      // ε is 1.
      rule = EvidenceRule(prior: 1 / rate.initial)
      biasRule = rule
    default: return nil
    }
    biasWords = isAveraged ? 3 : 2
  }

  /// - Parameter state: the words of a state.
  func coordinate(_ state: ArraySlice<UInt32>) -> EvidenceRule.Coordinate {
    let first = state.startIndex
    switch kind {
    case .ftrl:
      let rootN = Double(Float(bitPattern: state[first + 1]))
      return value(
        z: Double(Float(bitPattern: state[first])), squares: rootN * rootN, isBias: false)
    case .adagrad:
      return EvidenceRule.Coordinate(
        value: Self.double(state, first), squares: Self.double(state, first + 2))
    }
  }

  /// The words of a state that no average lags behind.
  func state(_ coordinate: EvidenceRule.Coordinate) -> [UInt32] {
    var state: [UInt32]
    switch kind {
    case .ftrl:
      let z = Float(-coordinate.value * precision(coordinate.squares, isBias: false))
      state = [z.bitPattern, Float(coordinate.squares.squareRoot()).bitPattern]
    case .adagrad:
      state = Self.words(coordinate.value) + Self.words(coordinate.squares)
    }
    state += Array(repeating: 0, count: words - state.count)
    return state
  }

  func coordinate(bias: [UInt64]) -> EvidenceRule.Coordinate {
    let (first, squares) = (Double(bitPattern: bias[0]), Double(bitPattern: bias[1]))
    switch kind {
    case .ftrl: return value(z: first, squares: squares, isBias: true)
    case .adagrad: return EvidenceRule.Coordinate(value: first, squares: squares)
    }
  }

  func bias(_ coordinate: EvidenceRule.Coordinate) -> [UInt64] {
    let first =
      switch kind {
      case .ftrl: -coordinate.value * precision(coordinate.squares, isBias: true)
      case .adagrad: coordinate.value
      }
    return [first.bitPattern, coordinate.squares.bitPattern]
      + Array(repeating: 0, count: biasWords - 2)
  }

  private func value(z: Double, squares: Double, isBias: Bool) -> EvidenceRule.Coordinate {
    // Where β and n are 0, so is z.
    let value = z == 0 ? 0 : -z / precision(squares, isBias: isBias)
    return EvidenceRule.Coordinate(value: value, squares: squares)
  }

  /// P(n).
  private func precision(_ squares: Double, isBias: Bool) -> Double {
    guard case .ftrl(let alpha, let beta, let l2) = kind else { return 1 }
    return (beta + squares.squareRoot()) / alpha + (isBias ? 0 : l2)
  }

  private static func double(_ words: ArraySlice<UInt32>, _ index: Int) -> Double {
    Double(bitPattern: UInt64(words[index]) | UInt64(words[index + 1]) << 32)
  }

  private static func words(_ number: Double) -> [UInt32] {
    [
      UInt32(truncatingIfNeeded: number.bitPattern),
      UInt32(truncatingIfNeeded: number.bitPattern >> 32),
    ]
  }
}
