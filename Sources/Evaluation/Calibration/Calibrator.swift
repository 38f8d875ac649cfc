internal import ElementaryMath

/// A map from a model's margin to a margin whose sigmoid is the probability that came true of
/// margins like it: fitted on rows that the model never learned from, stored in the model.
///
/// Every case is increasing, so that no calibrator reorders predictions.
package enum Calibrator: Sendable, Equatable {
  /// m + intercept: as many positives in all as there were.
  case intercept(Double)
  /// slope · m + intercept, slope > 0 (Platt 1999).
  case platt(slope: Double, intercept: Double)
  /// A monotone step map (Zadrozny & Elkan 2002), its steps joined by straight lines.
  case isotonic(IsotonicMap)
  /// a ln p − b ln(1 − p) + c, a and b >= 0 and not both 0 (Kull, Silva Filho & Flach 2017).
  case beta(a: Double, b: Double, c: Double)
  /// The mean of the probabilities of a Platt and of an isotonic map.
  case blend(BlendMap)
  /// m / T for every class of a softmax, T > 0 (Guo et al. 2017).
  case temperature(Double)

  /// The calibrated margin (log-odds; for a temperature, the class's unnormalized log-probability).
  ///
  /// - Parameter margin: log-odds after prior correction. NaN gives NaN.
  package func apply(_ margin: Double) -> Double {
    switch self {
    case .intercept(let intercept): margin + intercept
    case .platt(let slope, let intercept): slope * margin + intercept
    case .isotonic(let map): map.margin(margin)
    case .blend(let map): map.margin(margin)
    case .beta(let a, let b, let c):
      // 0 · infinity would be NaN where a term was dropped.
      (a > 0 ? -a * Elementary.softplus(-margin) : 0)
        + (b > 0 ? b * Elementary.softplus(margin) : 0) + c
    case .temperature(let temperature): margin / temperature
    }
  }

  /// The calibrated probability of a binary label.
  package func probability(_ margin: Double) -> Double {
    switch self {
    case .isotonic(let map): map.probability(margin)
    case .blend(let map): map.probability(margin)
    case .intercept, .platt, .beta, .temperature: Elementary.sigmoid(apply(margin))
    }
  }
}

// MARK: - As plain values, for a file

extension Calibrator {
  /// How a calibrator is named on the command line and in files.
  package enum Kind: String, CaseIterable, Sendable {
    case intercept, platt, isotonic, beta, blend, temperature
  }

  package var kind: Kind {
    switch self {
    case .intercept: .intercept
    case .platt: .platt
    case .isotonic: .isotonic
    case .beta: .beta
    case .blend: .blend
    case .temperature: .temperature
    }
  }

  /// intercept · slope, intercept · a, b, c · T · margin and probability of each knot in turn · of a
  /// blend slope and intercept, then the knots.
  package var parameters: [Double] {
    switch self {
    case .intercept(let intercept): [intercept]
    case .platt(let slope, let intercept): [slope, intercept]
    case .isotonic(let map): map.parameters
    case .blend(let map): [map.slope, map.intercept] + map.isotonic.parameters
    case .beta(let a, let b, let c): [a, b, c]
    case .temperature(let temperature): [temperature]
    }
  }

  /// A calibrator from its stored values.
  ///
  /// - Throws: `CalibratorDefect` unless `parameters` are what some fit could have made: the right
  ///   number of them, finite, and increasing as a map.
  package init(kind: Kind, parameters: [Double]) throws(CalibratorDefect) {
    guard parameters.allSatisfy(\.isFinite) else { throw .notFinite }
    switch kind {
    case .platt:
      guard parameters.count == 2 else { throw .wrongCount }
      guard parameters[0] > 0 else { throw .notIncreasing }
      self = .platt(slope: parameters[0], intercept: parameters[1])
    case .beta:
      guard parameters.count == 3 else { throw .wrongCount }
      guard parameters[0] >= 0, parameters[1] >= 0, parameters[0] + parameters[1] > 0
      else { throw .notIncreasing }
      self = .beta(a: parameters[0], b: parameters[1], c: parameters[2])
    case .temperature:
      guard parameters.count == 1 else { throw .wrongCount }
      guard parameters[0] > 0 else { throw .notIncreasing }
      self = .temperature(parameters[0])
    case .intercept:
      guard parameters.count == 1 else { throw .wrongCount }
      self = .intercept(parameters[0])
    case .isotonic: self = .isotonic(try IsotonicMap(parameters: parameters[...]))
    case .blend:
      guard parameters.count >= 4 else { throw .wrongCount }
      guard parameters[0] > 0 else { throw .notIncreasing }
      self = .blend(
        BlendMap(
          slope: parameters[0], intercept: parameters[1],
          isotonic: try IsotonicMap(parameters: parameters[2...])))
    }
  }
}

/// Why stored values are no calibrator.
package enum CalibratorDefect: String, Error, Equatable, Sendable {
  case wrongCount = "it has the wrong number of parameters"
  case notFinite = "a parameter is not finite"
  case notIncreasing = "it does not increase with the margin"
  case outOfRange = "a probability is not inside (0, 1)"
}

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
