package import Evaluation
internal import Learning

/// How margins become the population's probabilities. Models that need none of it, and those
/// written before there was any, have none of these members.
extension ModelHeader {
  /// How the rows trained on differ from the population, and what is added to margins for it.
  package struct Correction: Codable, Equatable, Sendable {
    /// Fraction of the input's negatives that was trained on.
    package var keepNegatives: Double
    /// Fraction of the population's negatives that the input had.
    package var negativesKept: Double
    /// Share of positives in the population, where it was given instead.
    package var populationRate: Double?
    /// prior, weight, fake-negatives or none.
    package var method: String
    /// Negatives that were left out.
    package var rowsSampledOut: Int
    /// In log-odds, one for each output; empty for none. Not in the biases, so that training could
    /// go on with them.
    package var shifts: [Double]

    package init(
      keepNegatives: Double, negativesKept: Double, populationRate: Double?, method: String,
      rowsSampledOut: Int, shifts: [Double]
    ) {
      self.keepNegatives = keepNegatives
      self.negativesKept = negativesKept
      self.populationRate = populationRate
      self.method = method
      self.rowsSampledOut = rowsSampledOut
      self.shifts = shifts
    }

    /// Whether every positive was a negative before, so that odds are served as probabilities.
    package var hasFakeNegatives: Bool { method == Self.fakeNegatives }

    private static let fakeNegatives = "fake-negatives"

    func defect(_ loss: ModelLoss) -> String? {
      let rates = [keepNegatives, negativesKept, populationRate ?? 1]
      guard rates.allSatisfy({ $0 > 0 && $0 <= 1 }), rowsSampledOut >= 0,
        ["prior", "weight", Self.fakeNegatives, "none"].contains(method)
      else { return "sampling is invalid: a number or the method is out of range" }
      guard !hasFakeNegatives || loss == .logistic && populationRate == nil else {
        return "sampling is invalid: fake negatives do not fit the loss or a population rate"
      }
      guard shifts.isEmpty || shifts.count == loss.outputs, shifts.allSatisfy(\.isFinite) else {
        return "prior shift is invalid: \(loss.outputs) finite number(s) are needed"
      }
      return nil
    }
  }

  /// A fitted calibrator.
  package struct Calibration: Codable, Equatable, Sendable {
    /// intercept, platt, isotonic, beta, blend or temperature.
    package var method: String
    /// As `Calibrator.parameters`.
    package var parameters: [Double]
    /// Rows that it was fitted on.
    package var rows: Int

    package init(_ calibrator: Calibrator, rows: Int) {
      method = calibrator.kind.rawValue
      parameters = calibrator.parameters
      self.rows = rows
    }

    /// - Throws: what is wrong with it.
    package func calibrator() throws(CalibratorDefect) -> Calibrator {
      guard let kind = Calibrator.Kind(rawValue: method) else { throw .wrongCount }
      return try Calibrator(kind: kind, parameters: parameters)
    }

    func defect(_ loss: ModelLoss) -> String? {
      guard let kind = Calibrator.Kind(rawValue: method) else {
        return "calibrator is invalid: its method is not known to this version"
      }
      guard rows >= 0, loss != .squared, (kind == .temperature) == !loss.isBinary else {
        return "calibrator is invalid: it does not fit the loss"
      }
      do throws(CalibratorDefect) {
        _ = try calibrator()
        return nil
      } catch {
        return "calibrator is invalid: \(error.rawValue)"
      }
    }
  }

  /// Figures on rows that fitted no calibrator that they are measured with, and that no weight that
  /// they are measured with had seen: held out, or not learned yet.
  package struct HoldoutFigures: Codable, Equatable, Sendable {
    /// Figures of one way to predict; nil where undefined or of no meaning for the loss.
    package struct Figures: Codable, Equatable, Sendable {
      package var rows = 0
      package var positives: Int?
      package var logLoss: Double?
      package var rootMeanSquaredError: Double?
      package var auc: Double?
      package var ece: Double?
      package var eceIfPerfect: Double?
      package var calibrationRatio: Double?
      package var accuracy: Double?

      package init() {}
    }

    /// Of margins after prior correction.
    package var before: Figures
    /// Of calibrated margins; nil without a calibrator.
    package var after: Figures?

    package init(before: Figures, after: Figures?) {
      self.before = before
      self.after = after
    }

    var defect: String? {
      let isPossible = [before, after ?? before].allSatisfy {
        $0.rows >= 0 && ($0.positives ?? 0) >= 0 && ($0.positives ?? 0) <= $0.rows
      }
      return isPossible ? nil : "counts of held-out rows are invalid"
    }
  }

  /// What is wrong with these members; nil when nothing is.
  func probabilityDefect(_ loss: ModelLoss) -> String? {
    correction?.defect(loss) ?? calibration?.defect(loss) ?? holdout?.defect
      ?? stream?.defect.map { _ in "counts of the stream's rows are invalid" }
  }
}
