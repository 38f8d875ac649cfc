internal import Evaluation
internal import Learning
internal import ModelFile
internal import SparseBatches

/// From a model's margins to those that its probabilities are made of: the prior shift, which brings
/// back the population's share of each class, then the calibrator.
struct MarginAdjustment: Sendable {
  /// Added, one for each output; empty: nothing.
  var shifts: [Double] = []
  var calibrator: Calibrator?

  /// - Parameter scores: as `ModelWeights.predict` gives them, row by row.
  func apply(to scores: inout GrowableBuffer<Double>) {
    if !shifts.isEmpty {
      for index in 0..<scores.count { scores[index] += shifts[index % shifts.count] }
    }
    guard let calibrator else { return }
    for index in 0..<scores.count { scores[index] = calibrator.apply(scores[index]) }
  }
}

extension MarginAdjustment {
  /// - Parameter scores: as `apply` takes them; they stay.
  func applied(to scores: borrowing GrowableBuffer<Double>) -> GrowableBuffer<Double> {
    var adjusted = GrowableBuffer<Double>(capacity: scores.count)
    for index in 0..<scores.count { adjusted.append(scores[index]) }
    apply(to: &adjusted)
    return adjusted
  }
}

extension ModelHeader {
  /// - Parameter isUncalibrated: to leave out the calibrator.
  /// - Throws: a bug of ours: a header is checked when it is read.
  func adjustment(isUncalibrated: Bool = false) throws(RunFailure) -> MarginAdjustment {
    var adjustment = MarginAdjustment(shifts: correction?.shifts ?? [])
    guard !isUncalibrated, let calibration else { return adjustment }
    do throws(CalibratorDefect) {
      adjustment.calibrator = try calibration.calibrator()
    } catch {
      throw RunFailure(.bug, "the model's calibrator is none: \(error.rawValue)")
    }
    return adjustment
  }
}
