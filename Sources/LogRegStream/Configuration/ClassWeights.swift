public import SparseBatches

/// Factors on the weights of rows by their class.
public struct ClassWeights: Sendable, Equatable {
  /// Factor of rows with label 1.
  public var positive = 1.0
  /// Factor of rows with label 0.
  public var negative = 1.0

  /// No factors.
  public init() {}

  /// - Parameters:
  ///   - entries: class and factor. A class is `positive`, `negative`, or the text of a label.
  ///   - positiveText: the text that `--positive` names.
  /// - Throws: `RunFailure` of kind usage for an unknown class or a factor that is no weight.
  public init(
    _ entries: [(name: String, factor: Double)], positiveText: String?
  ) throws(RunFailure) {
    let positives = positiveText.map { ["positive", $0] } ?? ["positive", "1", "+1", "true"]
    let negatives = positiveText == nil ? ["negative", "0", "-1", "false"] : ["negative"]
    for (name, factor) in entries {
      guard factor >= 0, factor <= 1e9 else {
        throw RunFailure(
          .usage, "--class-weight \(name)=\(factor): a factor is a number from 0 to 1e9")
      }
      if positives.contains(name) {
        positive = factor
      } else if negatives.contains(name) {
        negative = factor
      } else {
        throw RunFailure(
          .usage, "--class-weight: there is no class \"\(name)\"",
          cure: "classes are \((positives + negatives).joined(separator: ", "))")
      }
    }
  }

  func apply(to batch: inout SparseBatch) {
    guard self != ClassWeights() else { return }
    for row in 0..<batch.rowCount {
      batch.weights[row] *= Float(batch.labels[row] > 0 ? positive : negative)
    }
  }
}
