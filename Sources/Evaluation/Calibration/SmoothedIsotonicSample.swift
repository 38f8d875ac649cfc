internal import ElementaryMath

/// Rows for an isotonic calibrator whose steps are drawn toward the beta map by as much as the rows
/// themselves advise.
///
/// Each step of a plain isotonic fit rests on few rows, and its outer ones on rows of one class,
/// where it is sure of 0 or 1: on a thousand rows that noise costs more than a wrong shape would.
/// So the fit is to (1 − λ) · label + λ · q, with q the beta map of the same rows, and λ is the one
/// of `shares` with the least cross-validated log loss (stacking; Wolpert 1992). Where the true
/// relation is not a beta map, λ goes to 0 as rows grow, and the plain fit remains.
package struct SmoothedIsotonicSample: Sendable {
  private struct Row: Sendable {
    var margin: Double
    var isPositive: Bool
    var weight: Double
    var fold: Int
  }

  /// Parts of the cross-validation; each is scored by maps of the others.
  package static let folds = 5
  /// Candidates for λ. Not 1: every margin would have a step of its own.
  package static let shares = [0, 0.125, 0.25, 0.5, 0.75, 0.9]
  /// How near to 0 and 1 the beta map may draw: no row is certain, whatever its margin.
  private static let certainty = 1e-12

  private var rows: [Row] = []
  private var all = CalibrationSample()
  /// At k: all rows but those of fold k.
  private var others = [CalibrationSample](repeating: CalibrationSample(), count: folds)

  package init() {}

  /// - Parameters:
  ///   - margin: log-odds after prior correction.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  ///   - fold: below `folds`, chosen without a look at the row.
  package mutating func add(margin: Double, label: Bool, weight: Double, fold: Int) {
    precondition((0..<Self.folds).contains(fold), "no such fold")
    all.add(margin: margin, label: label, weight: weight)
    for index in others.indices where index != fold {
      others[index].add(margin: margin, label: label, weight: weight)
    }
    guard weight > 0 else { return }
    rows.append(Row(margin: margin, isPositive: label, weight: weight, fold: fold))
  }

  /// - Returns: the map and its λ.
  package mutating func fit() throws(CalibrationRefusal) -> (map: Calibrator, share: Double) {
    let bins = try all.bins(
      for: .isotonic, atLeast: CalibrationSample.needed(for: .isotonic))
    let share = bestShare()
    return (.isotonic(Self.map(bins, Self.betaMap(bins), share)), share)
  }

  private mutating func bestShare() -> Double {
    var losses = [CompensatedSum](repeating: CompensatedSum(), count: Self.shares.count)
    for fold in 0..<Self.folds {
      // Without both classes in the others there is nothing to compare.
      guard let bins = try? others[fold].bins(for: .isotonic, atLeast: 1) else { return 0 }
      let beta = Self.betaMap(bins)
      for (index, share) in Self.shares.enumerated() {
        let map = Self.map(bins, beta, share)
        for row in rows where row.fold == fold {
          let probability = map.probability(row.margin)
          let logarithm =
            row.isPositive ? Elementary.log(probability) : Elementary.log1p(-probability)
          losses[index].add(-row.weight * logarithm)
        }
      }
    }
    let best = losses.indices.min { losses[$0].value < losses[$1].value }
    return best.map { Self.shares[$0] } ?? 0
  }

  /// The beta map; nil where the rows determine none.
  private static func betaMap(_ bins: [ScoreBin]) -> Calibrator? { try? BetaFit.fit(bins) }

  private static func map(
    _ bins: [ScoreBin], _ beta: Calibrator?, _ share: Double
  ) -> IsotonicMap {
    guard let beta, share > 0 else { return IsotonicMap(fitting: bins) }
    return IsotonicMap(
      fitting: bins,
      targets: bins.map {
        let drawn = min(max(beta.probability($0.meanPrediction), certainty), 1 - certainty)
        return (1 - share) * $0.positiveWeight + share * $0.weight * drawn
      })
  }
}
