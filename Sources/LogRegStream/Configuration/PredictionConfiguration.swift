/// A model and the rows to hold it against: for predict and evaluate.
public struct PredictionConfiguration: Sendable {
  /// Where rows come from.
  public var input: InputConfiguration
  /// Path of the model; `-` is standard input.
  public var model: String
  /// A longer row is a bad row.
  public var maximumLineBytes = 64 << 20
  /// Leave out the calibrator: probabilities are the corrected margin's own.
  public var isUncalibrated = false
  /// Say where the time went.
  public var isVerbose = false

  /// - Parameters:
  ///   - input: where rows come from; they are read as the model's schema says.
  ///   - model: path of the model.
  public init(input: InputConfiguration, model: String) {
    self.input = input
    self.model = model
  }
}
