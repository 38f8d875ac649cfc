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
