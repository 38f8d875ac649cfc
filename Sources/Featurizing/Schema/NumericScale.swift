/// How a number becomes a feature value: fitted on the sniffed prefix, then frozen.
package struct NumericScale: Codable, Equatable, Sendable, BitwiseCopyable {
  /// The raw values are stored in models; more transforms join as cases.
  package enum Transform: String, Codable, Sendable, BitwiseCopyable {
    /// (x − mean) / standard deviation, clipped.
    case standardize
  }

  package var transform: Transform
  package var mean: Double
  /// Positive; 1 where the prefix did not vary.
  package var standardDeviation: Double

  package init(transform: Transform, mean: Double, standardDeviation: Double) {
    self.transform = transform
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// - Parameter clip: bound of the absolute result: one wild number cannot explode a margin.
  @inline(__always)
  package func value(of number: Double, clip: Double) -> Float {
    let standardized = (number - mean) / standardDeviation
    return Float(max(-clip, min(clip, standardized)))
  }
}
