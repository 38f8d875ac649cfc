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

/// Equal-mass bins of a column of numbers, each a feature of its own: fitted on the sniffed prefix,
/// then frozen.
package struct QuantileBins: Equatable, Sendable {
  package static let maximumCount = 32

  /// Ascending, distinct, finite; at most 31. Bin k holds `edges[k − 1] <= x < edges[k]`.
  package let edges: [Double]

  package init(edges: [Double]) { self.edges = edges }

  /// Edges at the ranks k·n/32 of the numbers; fewer bins where numbers repeat.
  package init(fittedTo numbers: [Double]) {
    let sorted = numbers.sorted()
    var edges: [Double] = []
    for bin in 1..<Self.maximumCount where !sorted.isEmpty {
      let edge = sorted[bin * sorted.count / Self.maximumCount]
      // Nothing lies below the smallest number: an edge there would make an empty bin.
      if edge > edges.last ?? sorted[0] { edges.append(edge) }
    }
    self.edges = edges
  }

  /// The numbers of a bin: `< 2`, `>= 2 and < 3.5`, `>= 3.5`.
  package func words(_ bin: Int) -> String {
    let below = bin < edges.count ? "< " + Self.text(edges[bin]) : nil
    guard bin > 0 else { return below ?? "any number" }
    return ">= " + Self.text(edges[bin - 1]) + (below.map { " and " + $0 } ?? "")
  }

  /// `8` and not `8.0`.
  static func text(_ number: Double) -> String {
    let text = number.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  var isValid: Bool {
    edges.count < Self.maximumCount && edges.allSatisfy(\.isFinite)
      && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// What `--numeric-transform` may ask for.
package enum TransformChoice: String, CaseIterable, Sendable {
  /// `symlog` where some value of the prefix lies far from the mean, else `standardize`.
  case auto
  case standardize, symlog, quantile, raw
}
