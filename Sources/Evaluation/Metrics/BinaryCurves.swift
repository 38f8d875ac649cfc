internal import ElementaryMath

/// A point of a curve.
package struct CurvePoint: Sendable, Equatable, BitwiseCopyable {
  package var x: Double
  package var y: Double

  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// Rows whose log-odds lie in one interval.
package struct HistogramBar: Sendable, Equatable, BitwiseCopyable {
  /// In log-odds.
  package var low: Double
  package var high: Double
  /// Weight of the rows of each class.
  package var positiveWeight = 0.0
  package var negativeWeight = 0.0
}

/// Pictures of a set of scores, as few points as a plot can show.
package struct BinaryCurves: Sendable, Equatable {
  /// False positive rate and true positive rate, from (0, 0) to (1, 1). Empty unless both classes
  /// have weight; straight lines between the points are right for ties.
  package private(set) var roc: [CurvePoint] = []
  /// Recall and precision, from the strictest threshold on. Empty when no positive has weight.
  package private(set) var precisionRecall: [CurvePoint] = []
  /// Share of the rows called positive, and their lift. Empty when no positive has weight.
  package private(set) var lift: [CurvePoint] = []
  /// Rows by predicted log-odds, at most 40 bars of one width; log-odds beyond ±16 are put there.
  package private(set) var histogram: [HistogramBar] = []
  /// For each bin of the reliability table, how far its mean label may be off.
  package private(set) var labelIntervals: [ConfidenceInterval] = []

  private static let steps = 200.0
  private static let bars = 40
  private static let farthest = 16.0

  /// - Parameters:
  ///   - bins: in ascending order of score.
  ///   - reliability: of the same bins.
  init(_ bins: [ScoreBin], _ reliability: Reliability) {
    labelIntervals = reliability.members.map { LabelInterval.of(bins[$0]) }
    let totals = bins.classTotals
    addCurves(bins, positives: totals.positive, negatives: totals.negative)
    addHistogram(bins)
  }

  private mutating func addCurves(_ bins: [ScoreBin], positives: Double, negatives: Double) {
    guard positives > 0 else { return }
    var hits = CompensatedSum()
    var misses = CompensatedSum()
    var kept = (travelled: 0.0, recall: -1.0, share: 0.0)
    if negatives > 0 { roc.append(CurvePoint(x: 0, y: 0)) }
    for (index, bin) in bins.enumerated().reversed() {
      hits.add(bin.positiveWeight)
      misses.add(bin.negativeWeight)
      let isLast = index == 0
      let recall = hits.value / positives
      let share = (hits.value + misses.value) / (positives + negatives)
      let precision = hits.value / (hits.value + misses.value)
      if negatives > 0 {
        let fallOut = misses.value / negatives
        if isLast || recall + fallOut >= kept.travelled + 2 / Self.steps {
          roc.append(CurvePoint(x: fallOut, y: recall))
          kept.travelled = recall + fallOut
        }
      }
      if isLast || recall >= kept.recall + 1 / Self.steps {
        precisionRecall.append(CurvePoint(x: recall, y: precision))
        kept.recall = recall
      }
      // The few rows at the top matter most: closer points there.
      if isLast || share >= min(kept.share * 1.1, kept.share + 1 / Self.steps) {
        lift.append(CurvePoint(x: share, y: precision * (positives + negatives) / positives))
        kept.share = share
      }
    }
  }

  private mutating func addHistogram(_ bins: [ScoreBin]) {
    let logits = bins.map { Self.logit($0.meanPrediction) }
    guard let least = logits.first, let largest = logits.last else { return }
    // One score: a bar about it.
    let low = largest > least ? least : least - 0.5
    let width = largest > least ? (largest - least) / Double(Self.bars) : 1
    let count = largest > least ? Self.bars : 1
    histogram = (0..<count).map {
      HistogramBar(low: low + Double($0) * width, high: low + Double($0 + 1) * width)
    }
    for (bin, logit) in zip(bins, logits) {
      let bar = min(max(Int((logit - low) / width), 0), count - 1)
      histogram[bar].positiveWeight += bin.positiveWeight
      histogram[bar].negativeWeight += bin.negativeWeight
    }
  }

  private static func logit(_ probability: Double) -> Double {
    let logit = Elementary.log(probability) - Elementary.log1p(-min(probability, 1))
    return min(max(logit, -farthest), farthest)
  }
}
