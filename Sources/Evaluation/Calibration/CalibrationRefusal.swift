/// Why rows do not determine a calibrator.
package enum CalibrationRefusal: Error, Equatable, Sendable {
  /// Rows of some weight, by class; both must reach `needed`.
  case tooFew(method: Calibrator.Kind, positives: Int, negatives: Int, needed: Int)
  /// Rows of some weight, whatever their class.
  case tooFewRows(method: Calibrator.Kind, rows: Int, needed: Int)
  /// Every row has the same margin.
  case constantMargins
  /// Higher margins go with fewer positives.
  case notIncreasing
  /// The margins tell the classes apart without a fault, so no finite optimum exists.
  case separable
  /// A margin is NaN or infinite.
  case marginNotFinite
}

extension CalibrationRefusal: CustomStringConvertible {
  /// What was found.
  package var description: String {
    switch self {
    case .tooFew(let method, let positives, let negatives, let needed):
      "the calibrator \(method.rawValue) needs at least \(needed) positive and \(needed) negative "
        + "rows, found \(positives) positive and \(negatives) negative"
    case .tooFewRows(let method, let rows, let needed):
      "the calibrator \(method.rawValue) needs at least \(needed) rows, found \(rows)"
    case .constantMargins:
      "every row has the same margin, so there is no slope to fit"
    case .notIncreasing:
      "the fitted map falls with the margin: on these rows higher predictions mean fewer positives"
    case .separable:
      "the margins separate the classes without a fault, so no finite calibrator fits them best"
    case .marginNotFinite:
      "the model's margin of some row is not a finite number"
    }
  }

  /// What to do about it.
  package var cure: String {
    switch self {
    case .tooFew, .tooFewRows: "give more rows, or do without a calibrator"
    case .constantMargins: "train a model that tells rows apart, or do without a calibrator"
    case .notIncreasing: "check the label's positive value and that the rows belong to the model"
    case .separable: "fit platt instead, or give more rows"
    case .marginNotFinite: "train with a smaller rate or with a penalty"
    }
  }
}
