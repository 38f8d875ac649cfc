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
