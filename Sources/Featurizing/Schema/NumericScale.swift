internal import ElementaryMath

/// How a number becomes a feature value: fitted on the sniffed prefix, then frozen.
package struct NumericScale: Equatable, Sendable, BitwiseCopyable {
  /// The raw values are stored in models.
  package enum Transform: String, CaseIterable, Sendable, BitwiseCopyable {
    /// (x − mean) / standard deviation, clipped.
    case standardize
    /// sgn(x)·ln(1 + |x|), then as `standardize`; mean and deviation are those of the logarithms.
    case symlog
    /// x itself, neither shifted nor clipped.
    case raw
  }

  package var transform: Transform
  /// 0 for `raw`.
  package var mean: Double
  /// Positive; 1 where the prefix did not vary, and for `raw`.
  package var standardDeviation: Double

  package init(transform: Transform, mean: Double, standardDeviation: Double) {
    self.transform = transform
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  package static let raw = NumericScale(transform: .raw, mean: 0, standardDeviation: 1)

  /// - Parameter clip: bound of the absolute result: one wild number cannot explode a margin.
  /// - Returns: finite when `clip` is, but for a `raw` number beyond 32-bit floats.
  @inline(__always)
  package func value(of number: Double, clip: Double) -> Float {
    switch transform {
    case .standardize: return standardized(number, clip: clip)
    case .symlog: return standardized(Self.symlog(number), clip: clip)
    case .raw: return Float(number)
    }
  }

  @inline(__always)
  func standardized(_ number: Double, clip: Double) -> Float {
    Float(max(-clip, min(clip, (number - mean) / standardDeviation)))
  }

  /// sgn(x)·ln(1 + |x|): nearly x for small x, a logarithm for large ones, on both sides.
  @inline(__always)
  package static func symlog(_ x: Double) -> Double {
    let logarithm = Elementary.log1p(x.magnitude)
    return x < 0 ? -logarithm : logarithm
  }
}
