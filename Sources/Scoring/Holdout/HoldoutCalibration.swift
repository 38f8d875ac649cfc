package import Evaluation
package import Learning
package import ModelFile
package import SparseBatches

/// What a model with final weights learns from rows that it was not trained on: a calibrator from one
/// half of them, figures from the other.
///
/// Of a model of fake negatives both are of the stream as it is: its rows say what a row of the stream
/// turns out to be, which the margin before its odds are taken predicts, and not what becomes of an
/// impression.
package struct HoldoutCalibration {
  private let holdout: HoldoutReservoir
  private let loss: ModelLoss
  /// Whether a report wants to show more than the figures.
  private let isDetailed: Bool
  /// On the weights of negatives and positives of the half that fits.
  private let fittingFactors: (negative: Double, positive: Double)
  /// On those of the half that reports.
  private let reportingFactors: (negative: Double, positive: Double)

  /// - Parameters:
  ///   - negativesStoodFor: how many of the population's negatives one held-out negative stands for.
  ///   - others: rows of the same stream that were not held out, by class. The half that fits is
  ///     weighted to have the classes' shares of the stream, as far as it is not the other half:
  ///     its own shares are those of far fewer rows (post-stratification; Holt & Smith 1979).
  ///   - isDetailed: whether a report wants to show more of the other half than its figures.
  package init(
    _ holdout: HoldoutReservoir, loss: ModelLoss, negativesStoodFor: Double,
    others: (negatives: Int, positives: Int) = (0, 0), isDetailed: Bool = false
  ) {
    self.holdout = holdout
    self.isDetailed = isDetailed
    self.loss = loss
    reportingFactors = (negativesStoodFor, 1)
    guard let half = holdout.classesSeen(.fitting), half.negatives > 0, half.positives > 0 else {
      fittingFactors = reportingFactors
      return
    }
    let inHalf = Double(half.positives) / Double(half.negatives + half.positives)
    let negatives = Double(half.negatives + others.negatives)
    let positives = Double(half.positives + others.positives)
    let inStream = positives / (negatives + positives)
    fittingFactors = (negativesStoodFor * (1 - inStream) / (1 - inHalf), inStream / inHalf)
  }

  /// Fits a calibrator, puts it into the document, and measures the model with and without it.
  ///
  /// - Parameters:
  ///   - kind: nil: only measures.
  ///   - document: its weights and prior shift are used; a calibrator it has already is not.
  /// - Throws: why the rows determine no calibrator, or that there is no memory for the weights.
  package func calibrate(
    _ document: inout ModelDocument, with kind: Calibrator.Kind?
  ) throws(CalibrationFailure) -> HoldoutSummaries {
    document.header.calibration = nil
    let weights = try Self.weights(of: document)
    var adjustment = MarginAdjustment(shifts: document.header.correction?.shifts ?? [])
    let reporting = holdout.batch(.reporting, factors: reportingFactors)
    let margins = margins(of: reporting, weights)
    var summaries = HoldoutSummaries(
      before: summary(of: reporting, margins, adjustment, isDetailed: isDetailed))
    if let kind {
      let (calibrator, rows) = try fit(kind, weights, adjustment)
      document.header.calibration = ModelHeader.Calibration(calibrator, rows: rows)
      adjustment.calibrator = calibrator
      summaries.after = summary(of: reporting, margins, adjustment, isDetailed: isDetailed)
    }
    document.header.holdout = ModelHeader.HoldoutFigures(
      before: summaries.before.figures, after: summaries.after?.figures)
    return summaries
  }

  /// Measures the model with and without the calibrator that it has from elsewhere.
  ///
  /// - Throws: that there is no memory for the weights.
  package func measure(_ document: inout ModelDocument) throws(RunFailure) -> HoldoutSummaries {
    let weights = try document.modelWeights()
    let rows = holdout.batch(.reporting, factors: reportingFactors)
    let margins = margins(of: rows, weights)
    var adjustment = try document.header.adjustment()
    adjustment.hasFakeNegatives = false
    var plain = adjustment
    plain.calibrator = nil
    var summaries = HoldoutSummaries(
      before: summary(of: rows, margins, plain, isDetailed: isDetailed))
    if adjustment.calibrator != nil {
      summaries.after = summary(of: rows, margins, adjustment, isDetailed: isDetailed)
    }
    document.header.holdout = ModelHeader.HoldoutFigures(
      before: summaries.before.figures, after: summaries.after?.figures)
    return summaries
  }

  /// Figures on the half that decides.
  package func decidingSummary(
    _ weights: borrowing ModelWeights, _ adjustment: MarginAdjustment
  ) -> ModelSummary {
    let rows = holdout.batch(.fitting, factors: fittingFactors)
    return summary(of: rows, margins(of: rows, weights), adjustment, isDetailed: false)
  }

  /// - Parameter margins: as the weights give them.
  private func summary(
    of rows: borrowing SparseBatch, _ margins: borrowing GrowableBuffer<Double>,
    _ adjustment: MarginAdjustment, isDetailed: Bool
  ) -> ModelSummary {
    var metrics = ModelMetrics(loss, isDetailed: isDetailed)
    metrics.add(rows, scores: adjustment.applied(to: margins))
    return metrics.summary()
  }

  private static func weights(
    of document: ModelDocument
  ) throws(CalibrationFailure) -> ModelWeights {
    do throws(RunFailure) {
      return try document.modelWeights()
    } catch {
      throw .run(error)
    }
  }

  private func margins(
    of rows: borrowing SparseBatch, _ weights: borrowing ModelWeights
  ) -> GrowableBuffer<Double> {
    var margins = GrowableBuffer<Double>(capacity: rows.rowCount * loss.outputs)
    weights.predict(rows, into: &margins)
    return margins
  }

  private func fit(
    _ kind: Calibrator.Kind, _ weights: borrowing ModelWeights, _ adjustment: MarginAdjustment
  ) throws(CalibrationFailure) -> (Calibrator, rows: Int) {
    let rows = holdout.batch(.fitting, factors: fittingFactors)
    let scores = adjustment.applied(to: margins(of: rows, weights))
    do throws(CalibrationRefusal) {
      switch (loss, kind) {
      case (.softmax(let classes), _):
        return (try Self.temperature(rows, scores, classes: classes), rows.rowCount)
      case (_, .isotonic): return (try Self.isotonic(rows, scores), rows.rowCount)
      default: return (try Self.parametric(kind, rows, scores), rows.rowCount)
      }
    } catch {
      throw .refused(error)
    }
  }

  private static func parametric(
    _ kind: Calibrator.Kind, _ rows: borrowing SparseBatch,
    _ scores: borrowing GrowableBuffer<Double>
  ) throws(CalibrationRefusal) -> Calibrator {
    var sample = CalibrationSample()
    for row in 0..<rows.rowCount {
      sample.add(
        margin: scores[row], label: rows.labels[row] > 0, weight: Double(rows.weights[row]))
    }
    return try sample.fit(kind)
  }

  private static func isotonic(
    _ rows: borrowing SparseBatch, _ scores: borrowing GrowableBuffer<Double>
  ) throws(CalibrationRefusal) -> Calibrator {
    var sample = SmoothedIsotonicSample()
    for row in 0..<rows.rowCount {
      sample.add(
        margin: scores[row], label: rows.labels[row] > 0, weight: Double(rows.weights[row]),
        fold: fold(ofRow: row))
    }
    return try sample.fit().map
  }

  /// By hash of the row's place among the rows kept, so that no period in the rows shows.
  static func fold(ofRow row: Int) -> Int {
    let bits = SplitMix64.bits(UInt64(row)) >> 32
    return Int((bits * UInt64(SmoothedIsotonicSample.folds)) >> 32)
  }

  private static func temperature(
    _ rows: borrowing SparseBatch, _ scores: borrowing GrowableBuffer<Double>, classes: Int
  ) throws(CalibrationRefusal) -> Calibrator {
    var sample = TemperatureSample(classes: classes)
    for row in 0..<rows.rowCount {
      let margins = (row * classes..<(row + 1) * classes).map { scores[$0] }
      sample.add(
        margins: margins.span, label: Int(rows.labels[row]), weight: Double(rows.weights[row]))
    }
    return try sample.fit()
  }
}

/// Why there is no calibrator.
package enum CalibrationFailure: Error {
  /// The rows do not determine one.
  case refused(CalibrationRefusal)
  case run(RunFailure)

  /// - Parameter rows: which rows it would have been fitted on.
  package func asRunFailure(rows: String, cure: String) -> RunFailure {
    switch self {
    case .refused(let refusal):
      RunFailure(
        .badData, "no calibrator can be fitted on \(rows): \(refusal)",
        cure: "\(refusal.cure); \(cure)")
    case .run(let failure): failure
    }
  }
}

/// Figures on the rows that nothing was decided on.
package struct HoldoutSummaries {
  /// Of margins after prior correction.
  package var before: ModelSummary
  /// Of calibrated margins; nil without a calibrator.
  package var after: ModelSummary?

  /// Of the model as it predicts.
  package var served: ModelSummary { after ?? before }
}
