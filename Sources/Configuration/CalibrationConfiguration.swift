package import Evaluation
package import SparseBatches

/// A model, and the rows that a new calibrator of it is fitted on.
public struct CalibrationConfiguration: Sendable {
  /// The model, and where rows come from.
  public var rows: PredictionConfiguration
  /// Neither `auto` nor `none`.
  public var calibrator: CalibratorChoice
  /// Where the calibrated model goes.
  public var output: ModelDestination
  /// Fraction of the population's negatives that the rows still have; nil: all.
  public var negativesKept: Double?
  /// Greatest number of rows that are kept in memory.
  public var maximumRows = PassConfiguration().holdoutRows

  /// - Parameters:
  ///   - rows: the model, and where rows come from.
  ///   - calibrator: neither `auto` nor `none`.
  ///   - output: where the calibrated model goes.
  public init(
    rows: PredictionConfiguration, calibrator: CalibratorChoice, output: ModelDestination
  ) {
    self.rows = rows
    self.calibrator = calibrator
    self.output = output
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    try rows.validate()
    try SamplingConfiguration.check("--negatives-kept", negativesKept)
    guard maximumRows >= 2 else { throw RunFailure(.usage, "--holdout-rows must be at least 2") }
    guard calibrator != .auto, calibrator != .none else {
      throw RunFailure(
        .usage, "--calibrator \(calibrator.rawValue) is nothing to fit",
        cure: "name the calibrator; predict --uncalibrated leaves out the one that a model has")
    }
    var files = OutputGuard()
    files.writes("--output", output)
    files.uses(rows.input)
    // The model itself may be replaced: it is read whole before anything is written.
    try files.check()
  }
}

/// The rows that a calibrator is fitted on while a model is trained.
public enum CalibrationRows: String, CaseIterable, Sendable {
  /// Those never trained on, with the final weights.
  case holdout
  /// The last half of those learned, with the margins that they had before they were learned.
  case stream
}

/// The map from margins to probabilities that is fitted on rows which the weights had not seen.
public enum CalibratorChoice: String, CaseIterable, Sendable {
  /// On the stream what its rows can tell; on a holdout `platt` when negatives are downsampled, else
  /// none.
  case auto
  /// The margin's own probability.
  case none
  case intercept, platt, isotonic, beta
  /// The mean of `platt` and `isotonic`.
  case blend
  /// Of softmax.
  case temperature

  /// The one that was named; nil for `auto` and `none`.
  package var kind: Calibrator.Kind? {
    switch self {
    case .auto, .none: nil
    case .intercept: .intercept
    case .platt: .platt
    case .isotonic: .isotonic
    case .beta: .beta
    case .blend: .blend
    case .temperature: .temperature
    }
  }

  /// - Throws: `RunFailure` of kind usage when predictions of `loss` have no such calibrator.
  package func validate(loss: LearnerConfiguration.Loss) throws(RunFailure) {
    let objection: (reason: String, cure: String)?
    switch (self, loss) {
    case (.auto, _), (.none, _): objection = nil
    case (_, .squared):
      objection = ("its predictions are numbers, not probabilities", "drop it")
    case (.temperature, .softmax): objection = nil
    case (.temperature, _):
      objection = ("a temperature scales the margins of several classes", "use --calibrator platt")
    case (_, .softmax):
      objection = ("it maps the margin of two classes", "use --calibrator temperature")
    case (_, _): objection = nil
    }
    guard let objection else { return }
    throw RunFailure(
      .usage,
      "--calibrator \(rawValue) is of no use with \(loss.rawValue) loss: \(objection.reason)",
      cure: objection.cure)
  }
}
