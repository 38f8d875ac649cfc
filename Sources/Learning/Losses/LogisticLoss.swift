internal import ElementaryMath

/// Log loss of a margin m (log-odds) at a label y in 0…1: ℓ = softplus(m) − y·m.
///
/// All three are finite at any finite margin and accurate in both tails, because no probability
/// is ever rounded to 0 or 1 before it is used.
package enum LogisticLoss: MarginLoss {
  /// ℓ(m, y) = max(m, 0) − y·m + log1p(e^−|m|), in nats.
  package static func loss(margin: Double, label: Double) -> Double {
    // At m > 0 and y = 1 the two linear terms cancel exactly, which softplus(m) − m would not.
    let linear = margin > 0 ? (1 - label) * margin : -label * margin
    return linear + Elementary.log1p(Elementary.exp(-margin.magnitude))
  }

  /// dℓ/dm = σ(m) − y.
  package static func derivative(margin: Double, label: Double) -> Double {
    // The smaller of σ(m) and 1 − σ(m): accurate to the last bits even where the other rounds to 1.
    let small = Elementary.exp(-margin.magnitude)
    let tail = small / (1 + small)
    return margin >= 0 ? (1 - label) - tail : tail - label
  }

  /// d²ℓ/dm² = σ(m)(1 − σ(m)), whatever the label.
  package static func secondDerivative(margin: Double, label: Double) -> Double {
    let small = Elementary.exp(-margin.magnitude)
    let sum = 1 + small
    return small / (sum * sum)
  }
}
