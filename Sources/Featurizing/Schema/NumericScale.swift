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

  var isFinite: Bool { mean.isFinite && standardDeviation > 0 && standardDeviation.isFinite }

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
  /// 32 bins, and another one beside each of at most 31 frequent values.
  package static let maximumSeparated = 64

  /// Ascending, distinct, finite; at most 31, or 63 where values are separated. Bin k holds
  /// `edges[k − 1] <= x < edges[k]`.
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

  /// Edges that give each of at most 32 distinct numbers a bin of its own. Of more numbers, the
  /// edges at the ranks k·n/32, and a bin of its own for a number that is more than 1/32 of them:
  /// a code such as 999 among measurements.
  package init(separating numbers: [Double]) {
    let sorted = numbers.sorted()
    var starts: [Int] = []
    for index in sorted.indices where index == 0 || sorted[index] != sorted[index - 1] {
      starts.append(index)
    }
    guard starts.count > Self.maximumCount else {
      edges = starts.dropFirst().map { sorted[$0] }
      return
    }
    var edges: [Double] = []
    var ranks = (1..<Self.maximumCount).map { $0 * sorted.count / Self.maximumCount }[...]
    var followsFrequent = false
    for (start, end) in zip(starts, starts.dropFirst() + [sorted.count]) {
      // A run of more than n/32 numbers that is not the first holds such a rank: it has an edge.
      let others = ranks.drop { $0 < end }
      let holdsRank = others.count < ranks.count
      ranks = others
      if start > 0, holdsRank || followsFrequent { edges.append(sorted[start]) }
      followsFrequent = (end - start) * Self.maximumCount > sorted.count
    }
    self.edges = edges
  }

  /// The numbers of a bin: `< 2`, `in [2, 3.5)`, `>= 3.5`.
  package func words(_ bin: Int) -> String {
    let below = bin < edges.count ? Self.text(edges[bin]) : nil
    guard bin > 0 else { return below.map { "< " + $0 } ?? "any number" }
    let least = Self.text(edges[bin - 1])
    return below.map { "in [\(least), \($0))" } ?? ">= \(least)"
  }

  /// `8` and not `8.0`.
  static func text(_ number: Double) -> String {
    let text = number.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  var isValid: Bool { edges.count < Self.maximumCount && ascend }

  var ascend: Bool {
    edges.allSatisfy(\.isFinite) && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// A number as up to three features: a slope, a slope of its logarithm, and its bin. Whichever of
/// them fits the column gets the weight.
package struct BinsAndSlope: Equatable, Sendable {
  /// Of the transform `standardize`.
  package var slope: NumericScale
  /// Of the transform `symlog`; nil where it would say nothing new.
  package var logarithm: NumericScale?
  package var bins: QuantileBins

  package init(slope: NumericScale, logarithm: NumericScale?, bins: QuantileBins) {
    self.slope = slope
    self.logarithm = logarithm
    self.bins = bins
  }

  /// What follows the column's name in the name of the feature of the logarithm.
  package static let logarithmWords = " (symlog)"

  /// Full hash of the feature of the logarithm.
  package static func logarithmHash(columnSeed: UInt32) -> UInt32 {
    MurmurHash3.hash(Array("symlog".utf8), seed: columnSeed)
  }

  var defect: String? {
    for scale in [slope, logarithm].compactMap(\.self) {
      guard scale.isFinite else { return "has a scale that is not finite" }
    }
    guard slope.transform == .standardize, logarithm?.transform ?? .symlog == .symlog else {
      return "has a slope that is not standardized"
    }
    guard (1..<QuantileBins.maximumSeparated).contains(bins.edges.count) else {
      return "has \(bins.edges.count) edges, not 1 to \(QuantileBins.maximumSeparated - 1)"
    }
    return bins.ascend ? nil : "has bins that do not ascend"
  }
}

/// What `--numeric-transform` may ask for.
package enum TransformChoice: String, CaseIterable, Sendable {
  /// `bins+slope`, but for very wide rows.
  case auto
  case binsAndSlope = "bins+slope"
  case standardize, symlog, quantile, raw
}
