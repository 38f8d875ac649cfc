internal import ElementaryMath

/// The margins and labels that a calibrator is fitted on, in bounded memory.
///
/// Rows of equal margin add up. While the distinct margins fit the capacity every fit is exact;
/// beyond it neighbouring margins share a bin that holds at most 8 / capacity of the classes.
package struct CalibrationSample: Sendable {
  private var scores: ScoreHistogram
  private var hasMarginNotFinite = false

  /// - Parameter capacity: distinct margins up to which nothing is rounded together.
  package init(capacity: Int = 1 << 20) { scores = ScoreHistogram(capacity: capacity) }

  /// - Parameters:
  ///   - margin: log-odds after prior correction.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  package mutating func add(margin: Double, label: Bool, weight: Double) {
    guard weight > 0 else { return }
    guard margin.isFinite else {
      hasMarginNotFinite = true
      return
    }
    scores.add(score: margin, prediction: margin, label: label, weight: weight)
  }

  /// Fits a calibrator of a binary label.
  ///
  /// - Parameter method: platt, isotonic or beta.
  package mutating func fit(
    _ method: Calibrator.Kind
  ) throws(CalibrationRefusal) -> Calibrator {
    let bins = try bins(for: method, atLeast: Self.needed(for: method))
    switch method {
    case .platt: return try PlattFit.fit(bins)
    case .beta: return try BetaFit.fit(bins)
    case .isotonic: return .isotonic(IsotonicMap(fitting: bins))
    case .temperature: preconditionFailure("a temperature belongs to a softmax")
    }
  }

  /// Rows needed of each class. The standard error of a fitted log-odds is about 1 / √positives:
  /// ten events a parameter (Peduzzi et al. 1996) for the parametric maps, and a hundred for
  /// isotonic, whose steps each rest on a few of them.
  package static func needed(for method: Calibrator.Kind) -> Int {
    switch method {
    case .platt: 20
    case .beta: 30
    case .isotonic: 100
    case .temperature: 10
    }
  }

  /// The rows in ascending order of margin.
  ///
  /// - Parameter needed: rows of each class; `method` is what they are needed for.
  internal mutating func bins(
    for method: Calibrator.Kind, atLeast needed: Int
  ) throws(CalibrationRefusal) -> [ScoreBin] {
    if hasMarginNotFinite { throw .marginNotFinite }
    let bins = scores.sorted()
    let rows = bins.reduce(0) { $0 + $1.rows }
    let positives = bins.reduce(0) { $0 + $1.positives }
    if min(positives, rows - positives) < needed {
      throw .tooFew(
        method: method, positives: positives, negatives: rows - positives, needed: needed)
    }
    try Self.refuseWithoutRise(bins)
    return bins
  }

  /// An increasing map says something only where labels rise with the margin. Without this an
  /// isotonic fit would be one level for all rows, and published as if it were a finding.
  private static func refuseWithoutRise(_ bins: [ScoreBin]) throws(CalibrationRefusal) {
    let weight = bins.reduce(into: CompensatedSum()) { $0.add($1.weight) }.value
    let mean = bins.reduce(into: CompensatedSum()) {
      $0.add($1.weight / weight * $1.meanPrediction)
    }.value
    var covariance = CompensatedSum()
    var spread = CompensatedSum()
    for bin in bins {
      let distance = bin.meanPrediction - mean
      covariance.add(bin.positiveWeight * distance)
      spread.add(bin.weight * distance.magnitude)
    }
    // What rounding leaves of margins that are all the same.
    guard bins.count > 1, spread.value > 1e-12 * weight * mean.magnitude else {
      throw .constantMargins
    }
    guard covariance.value > 0 else { throw .notIncreasing }
  }
}
