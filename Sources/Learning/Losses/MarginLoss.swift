package import CKernels
internal import ElementaryMath
package import SparseBatches

/// The losses that a model can be trained with, by every solver alike.
package enum ModelLoss: Equatable, Sendable {
  /// Labels 0…1.
  case logistic
  /// Labels of any size.
  case squared
  /// Labels 0…1.
  case probit
  /// Labels 0, 1 … classes − 1.
  case softmax(classes: Int)

  /// Margins a row: one weight of a slot, and one bias, for each.
  package var outputs: Int {
    if case .softmax(let classes) = self { classes } else { 1 }
  }

  /// - Parameters:
  ///   - name: as `name` gives it.
  ///   - classes: how many classes labels have; of no matter but for softmax.
  package init?(name: String, classes: Int) {
    switch name {
    case "logistic": self = .logistic
    case "squared": self = .squared
    case "probit": self = .probit
    case "softmax": self = .softmax(classes: classes)
    default: return nil
    }
  }

  /// In options, models and messages.
  package var name: String {
    switch self {
    case .logistic: "logistic"
    case .squared: "squared"
    case .probit: "probit"
    case .softmax: "softmax"
    }
  }

  /// Whether a model predicts the probability of one of two classes.
  package var isBinary: Bool { self == .logistic || self == .probit }

  /// Whether labels name classes, so that rows can be on the right or wrong side.
  internal var isClassification: Bool { self != .squared }

  /// What is wrong with a label; nil when nothing is.
  internal func objection(to label: Float) -> String? {
    switch self {
    case .squared:
      return label.isFinite ? nil : "a label must be finite"
    case .logistic, .probit:
      return (0...1).contains(label) ? nil : "a label must lie in 0…1"
    case .softmax(let classes):
      let isClass = label >= 0 && label < Float(classes) && label == label.rounded(.down)
      return isClass ? nil : "a label must be one of the class numbers 0…\(classes - 1)"
    }
  }

  /// d²ℓ/dm² at margins of 0: what coordinates are scaled by.
  internal var curvatureAtZero: Double {
    switch self {
    case .logistic: LogisticLoss.secondDerivative(margin: 0, label: 1)
    case .squared: SquaredLoss.secondDerivative(margin: 0, label: 1)
    case .probit: ProbitLoss.secondDerivative(margin: 0, label: 1)
    case .softmax(let classes): (1 - 1 / Double(classes)) / Double(classes)
    }
  }
}

/// A loss ℓ(m, y) of one row's margin m = b + w·x at its label y, convex in m.
///
/// All three functions are finite at margins of ±10³ and built from basic operations, so that
/// their bits do not depend on the machine.
package protocol MarginLoss: Sendable {
  /// ℓ(m, y).
  static func loss(margin: Double, label: Double) -> Double
  /// dℓ/dm.
  static func derivative(margin: Double, label: Double) -> Double
  /// By a kernel, if there is one, the losses of the first rows that `losses` does not have yet, as
  /// many as the kernel can do.
  static func addLosses(
    _ margins: borrowing GrowableBuffer<Double>, _ labels: borrowing GrowableBuffer<Float>,
    _ path: lrs_path, to losses: inout GrowableBuffer<Double>)
  /// d²ℓ/dm², never negative.
  static func secondDerivative(margin: Double, label: Double) -> Double
  /// m(0) − m(v) where dm/dv = −dℓ/dm from m(0) = `margin` to v = `time` (design note below).
  ///
  /// - Parameter time: finite, at least 0.
  static func marginFall(from margin: Double, label: Double, time: Double) -> Double
}

extension MarginLoss {
  @inline(__always)
  package static func addLosses(
    _ margins: borrowing GrowableBuffer<Double>, _ labels: borrowing GrowableBuffer<Float>,
    _ path: lrs_path, to losses: inout GrowableBuffer<Double>
  ) {}
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

  package static func addLosses(
    _ margins: borrowing GrowableBuffer<Double>, _ labels: borrowing GrowableBuffer<Float>,
    _ path: lrs_path, to losses: inout GrowableBuffer<Double>
  ) {
    let first = losses.count
    let count = min(margins.count, labels.count) - first
    guard count > 0 else { return }
    losses.reserve(first + count)
    // Proof: so many rows follow in both buffers, and there is room for their losses.
    let done = unsafe lrs_logistic_losses(
      path, margins.base + first, labels.base + first, count, losses.base + first)
    losses.setCount(first + done)
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
