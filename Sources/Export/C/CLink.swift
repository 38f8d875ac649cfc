internal import Evaluation
internal import Learning

/// What stands between a row's sum and its served margin, as C.
struct CLink {
  /// Tables that come before the functions.
  private(set) var tables = ""
  /// Statements that change `m`, or of several classes each `margins[i]`.
  private(set) var statements = ""
  private(set) var parts: Set<CRuntime.Part> = []

  init(_ model: ExportedModel) {
    let name = model.outputs > 1 ? "margins[i]" : "m"
    if model.loss == .probit {
      add("\(name) = lrs_log_odds(\(name));", .probit)
    }
    if !model.shifts.isEmpty {
      if model.outputs > 1 {
        tables += CTables.array(
          "double", "lrs_shifts", model.shifts.map(HexFloat.text), empty: "0.0")
        add("\(name) += lrs_shifts[i];")
      } else {
        add("\(name) += \(HexFloat.text(model.shifts[0]));")
      }
    }
    if let calibrator = model.calibrator { add(calibrator, name) }
    if model.hasFakeNegatives { add("\(name) = lrs_true_margin(\(name));", .fakeNegatives) }
  }

  private mutating func add(_ statement: String, _ needed: CRuntime.Part...) {
    statements += "  \(statement)\n"
    parts.formUnion(needed)
  }

  private mutating func add(_ calibrator: Calibrator, _ name: String) {
    switch calibrator {
    case .intercept(let intercept): add("\(name) = \(name) + \(HexFloat.text(intercept));")
    case .platt(let slope, let intercept):
      add("\(name) = \(HexFloat.text(slope)) * \(name) + \(HexFloat.text(intercept));")
    case .temperature(let temperature): add("\(name) = \(name) / \(HexFloat.text(temperature));")
    case .beta(let a, let b, let c):
      let first = a > 0 ? "-\(HexFloat.text(a)) * lrs_softplus(-\(name))" : "0.0"
      let second = b > 0 ? "\(HexFloat.text(b)) * lrs_softplus(\(name))" : "0.0"
      add("\(name) = (\(first)) + (\(second)) + \(HexFloat.text(c));", .softplus)
    case .isotonic(let map):
      add(map)
      statements += """
          {
            const double p = lrs_isotonic(m);
            m = lrs_log(p) - lrs_log1p(-p);
          }

        """
      parts.formUnion([.log, .log1p])
    case .blend(let map):
      add(map.isotonic)
      statements += """
          {
            const double line = \(HexFloat.text(map.slope)) * m + \(HexFloat.text(map.intercept));
            m = lrs_log(lrs_sigmoid(line) + lrs_isotonic(m)) -
                lrs_log(lrs_sigmoid(-line) + lrs_isotonic_complement(m));
          }

        """
      parts.formUnion([.log, .sigmoid, .isotonicComplement])
    }
  }

  private mutating func add(_ map: IsotonicMap) {
    tables += "#define LRS_KNOTS ((size_t)\(map.knots.count))\n\n"
    tables += CTables.array(
      "double", "lrs_knot_margins", map.knots.map { HexFloat.text($0.margin) }, empty: "0.0")
    tables += CTables.array(
      "double", "lrs_knot_probabilities", map.knots.map { HexFloat.text($0.probability) },
      empty: "0.0")
    parts.insert(.isotonic)
  }
}
