package import Evaluation
package import SparseBatches

/// The map from margins to probabilities that is fitted on held-out rows.
public enum CalibratorChoice: String, CaseIterable, Sendable {
  /// `platt` when negatives are downsampled, else none.
  case auto
  /// The margin's own probability.
  case none
  case platt, isotonic, beta
  /// Of softmax.
  case temperature

  /// - Parameter isDownsampled: what `auto` turns on.
  /// - Returns: nil for none.
  package func kind(isDownsampled: Bool) -> Calibrator.Kind? {
    switch self {
    case .auto: isDownsampled ? .platt : nil
    case .none: nil
    case .platt: .platt
    case .isotonic: .isotonic
    case .beta: .beta
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
