internal import Evaluation
internal import Learning
package import ModelFile
package import Notices

/// How a model's margins become probabilities, in words and as JSON.
package enum ProbabilityText {
  /// Lines of a description for people; none where nothing was sampled, corrected or calibrated.
  package static func parts(_ header: ModelHeader) -> [(title: String, words: String)] {
    var parts: [(title: String, words: String)] = []
    if let correction = header.correction { parts.append(("sampling", words(correction))) }
    if let calibration = header.calibration {
      let rows = NumberText.grouped(calibration.rows)
      parts.append(("calibrator", "\(words(calibration)), fitted on \(rows) rows"))
    }
    if let holdout = header.holdout { parts += words(holdout).map { ("holdout", $0) } }
    if let stream = header.stream { parts += words(stream).map { ("stream", $0) } }
    return parts
  }

  /// The same as text.
  package static func lines(_ header: ModelHeader) -> String {
    parts(header).map { title, words in
      title + String(repeating: " ", count: 12 - title.count) + words + "\n"
    }.joined()
  }

  package static func words(_ correction: ModelHeader.Correction) -> String {
    var parts: [String] = []
    if correction.keepNegatives < 1 {
      parts.append("\(correction.keepNegatives) of the negatives trained on")
    }
    if correction.negativesKept < 1 {
      parts.append("the input had \(correction.negativesKept) of them")
    }
    if let rate = correction.populationRate { parts.append("population rate \(rate)") }
    parts.append("correction \(correction.method)")
    if correction.hasFakeNegatives { parts.append("probabilities are the odds of the stream") }
    let shown = correction.shifts.prefix(8).map { NumberText.nineDigits($0) }
    if !shown.isEmpty {
      let more = correction.shifts.count > 8 ? ", …" : ""
      parts.append("prior shift \(shown.joined(separator: ", "))\(more) log-odds")
    }
    return parts.joined(separator: ", ")
  }

  package static func words(_ calibration: ModelHeader.Calibration) -> String {
    let names = names(calibration.method)
    let values = zip(names, calibration.parameters).map {
      "\($0) \(NumberText.nineDigits($1))"
    }
    let knots =
      hasKnots(calibration.method)
      ? ["\((calibration.parameters.count - names.count) / 2) knots"] : []
    return ([calibration.method] + values + knots).joined(separator: ", ")
  }

  /// One line, two with a calibrator: of figures on rows that decided nothing.
  private static func words(_ holdout: ModelHeader.HoldoutFigures) -> [String] {
    guard let after = holdout.after else {
      return ["\(words(holdout.before)) on \(NumberText.grouped(holdout.before.rows)) rows"]
    }
    return [
      "before calibration: \(words(holdout.before))",
      "after calibration:  \(words(after)) on \(NumberText.grouped(after.rows)) rows",
    ]
  }

  private static func words(_ figures: ModelHeader.HoldoutFigures.Figures) -> String {
    let shown: [(String, Double?)] = [
      ("log loss", figures.logLoss), ("root mean squared error", figures.rootMeanSquaredError),
      ("ECE", figures.ece), ("predictions / labels", figures.calibrationRatio),
      ("AUC", figures.auc), ("accuracy", figures.accuracy),
    ]
    let words = shown.compactMap { name, value in
      value.map { "\(name) \(NumberText.fixed($0, 6))" }
    }
    return words.isEmpty ? "undefined" : words.joined(separator: ", ")
  }

  private static func names(_ method: String) -> [String] {
    switch Calibrator.Kind(rawValue: method) {
    case .intercept: ["intercept"]
    case .platt, .blend: ["slope", "intercept"]
    case .beta: ["a", "b", "c"]
    case .temperature: ["temperature"]
    case .isotonic, nil: []
    }
  }

  /// Whether pairs of margin and probability come behind the named parameters.
  private static func hasKnots(_ method: String) -> Bool {
    [.isotonic, .blend].contains(Calibrator.Kind(rawValue: method))
  }
}

// MARK: - JSON

extension ProbabilityText {
  /// - Parameter showsKnots: whether an isotonic map is written out.
  package static func members(
    _ header: ModelHeader, showsKnots: Bool
  ) -> [(key: String, value: JSONValue)] {
    let shifts = header.correction?.shifts ?? []
    let isBinary = header.loss?.isBinary ?? false
    return [
      ("sampling", header.correction.map(json) ?? .null),
      ("prior_shift", isBinary ? .number(shifts.first ?? 0) : .null),
      ("prior_shifts", .array(shifts.map { .number($0) })),
      ("calibrator", header.calibration.map { json($0, showsKnots: showsKnots) } ?? .null),
    ]
  }

  private static func json(_ correction: ModelHeader.Correction) -> JSONValue {
    .object([
      ("keep_negatives", .number(correction.keepNegatives)),
      ("negatives_kept", .number(correction.negativesKept)),
      ("population_rate", .optional(correction.populationRate)),
      ("correction", .string(correction.method)),
      ("rows_sampled_out", .integer(correction.rowsSampledOut)),
    ])
  }

  private static func json(
    _ calibration: ModelHeader.Calibration, showsKnots: Bool
  ) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("method", .string(calibration.method)), ("rows", .integer(calibration.rows)),
    ]
    let parameters = calibration.parameters
    let names = names(calibration.method)
    members += zip(names, parameters).map { ($0, .number($1)) }
    if hasKnots(calibration.method) {
      let knots = stride(from: names.count, to: parameters.count - 1, by: 2).map { index in
        JSONValue.array([.number(parameters[index]), .number(parameters[index + 1])])
      }
      members.append(("knots", showsKnots ? .array(knots) : .integer(knots.count)))
    }
    return .object(members)
  }

  /// Figures kept in a model: as it predicts, and without its calibrator.
  ///
  /// - Parameter key: which rows they are of.
  package static func members(
    _ kept: ModelHeader.HoldoutFigures?, _ key: String
  ) -> [(key: String, value: JSONValue)] {
    let plain = kept.flatMap { $0.after == nil ? nil : $0.before }
    return [
      (key, kept.map { json($0.after ?? $0.before) } ?? .null),
      (key + "_uncalibrated", plain.map(json) ?? .null),
    ]
  }

  /// Keys as those of `evaluate`.
  private static func json(_ figures: ModelHeader.HoldoutFigures.Figures) -> JSONValue {
    .object([
      ("rows", .integer(figures.rows)),
      ("positives", figures.positives.map { .integer($0) } ?? .null),
      ("log_loss", .optional(figures.logLoss)), ("rmse", .optional(figures.rootMeanSquaredError)),
      ("auc", .optional(figures.auc)), ("ece", .optional(figures.ece)),
      ("ece_if_perfect", .optional(figures.eceIfPerfect)),
      ("calibration_ratio", .optional(figures.calibrationRatio)),
      ("accuracy", .optional(figures.accuracy)),
    ])
  }
}
