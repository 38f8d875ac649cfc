internal import ElementaryMath

/// A loss ℓ(m, y) of one row's margin m = b + w·x at its label y, convex in m.
///
/// All three functions are finite at margins of ±10³ and built from basic operations, so that
/// their bits do not depend on the machine.
package protocol MarginLoss: Sendable {
  /// ℓ(m, y).
  static func loss(margin: Double, label: Double) -> Double
  /// dℓ/dm.
  static func derivative(margin: Double, label: Double) -> Double
  /// d²ℓ/dm², never negative.
  static func secondDerivative(margin: Double, label: Double) -> Double
  /// m(0) − m(v) where dm/dv = −dℓ/dm from m(0) = `margin` to v = `time` (design note below).
  ///
  /// - Parameter time: finite, at least 0.
  static func marginFall(from margin: Double, label: Double, time: Double) -> Double
}

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

/// Squared loss of a margin m at a label y, any number: ℓ = ½(m − y)².
package enum SquaredLoss: MarginLoss {
  package static func loss(margin: Double, label: Double) -> Double {
    let residual = margin - label
    return 0.5 * residual * residual
  }

  /// dℓ/dm = m − y.
  package static func derivative(margin: Double, label: Double) -> Double { margin - label }

  package static func secondDerivative(margin: Double, label: Double) -> Double { 1 }
}

// Design note: the step that a row's weight cannot make too long
//
// A row learned in infinitely many infinitely small steps moves its own margin along
//
//     dm/dv = −dℓ/dm(m, y),   v = s·η·(1 + ‖x‖²),
//
// since w moves by −σ·x and b by −σ. The fall m(0) − m(v) is (1 + ‖x‖²)·σ. As the solution of a
// differential equation it composes: v then v' is v + v'.
//
// squared    m − y falls as e^−v.
// logistic   for y = 1, d = m(v) − m(0) solves d + e^m(e^d − 1) = v; for y = 0 with −m. The left
//            side is convex and rising in d, so Newton's method from above falls to the solution
//            and stops where rounding ends the fall.
// probit     by Taylor's series, step by step (ProbitLoss.swift).
//
// softmax has a flow of its own (SoftmaxLoss.swift). If you change a loss, look at its fall too.

extension SquaredLoss {
  package static func marginFall(from margin: Double, label: Double, time: Double) -> Double {
    (label - margin) * Elementary.expm1(-time)
  }
}

extension LogisticLoss {
  package static func marginFall(from margin: Double, label: Double, time: Double) -> Double {
    precondition(label == 0 || label == 1, "the step needs a class")
    return label == 1 ? -rise(margin, time) : rise(-margin, time)
  }

  /// d of the design note at y = 1.
  ///
  /// - Parameter time: finite, at least 0.
  private static func rise(_ margin: Double, _ time: Double) -> Double {
    // Below −40 the exponential does not show beside d: the margin rises at speed 1.
    let straight = min(time, max(0, -40 - margin))
    return straight + bentRise(margin + straight, time - straight)
  }

  private static func bentRise(_ margin: Double, _ time: Double) -> Double {
    // The equation is divided by the larger of its coefficients, 1 and e^m.
    let small = Elementary.exp(-margin.magnitude)
    let (linear, exponential) = margin > 0 ? (small, 1) : (1, small)
    let right = linear * time
    // Three bounds from above: e^d − 1 >= d, and either term alone.
    var rise = right / (linear + exponential)
    if rise > 1 { rise = min(rise, Elementary.log1p(right / exponential)) }
    for _ in 0..<60 {
      let growth = exponential * Elementary.expm1(rise)
      let excess = linear * rise + growth - right
      let next = rise - excess / (linear + exponential + growth)
      guard next < rise else { break }
      rise = next
    }
    return rise
  }
}
