internal import ElementaryMath

/// Figures of probabilistic predictions of a binary label: one pass, bounded memory, weighted.
///
/// Use one of the two `add` throughout: margins and probabilities are different scores. The order
/// of the rows shows only as rounding while the distinct scores fit the capacity, and beyond it
/// within the error that the summary states.
package struct BinaryMetrics: Sendable {
  /// Bins of equal weight for calibration error and reliability.
  package static let reliabilityBins = 15

  private var scores: ScoreHistogram
  /// Rows added.
  package private(set) var rows = 0
  private var positives = 0
  private var infiniteLosses = 0
  private var weights = CompensatedSum()
  private var losses = CompensatedSum()
  private var squares = CompensatedSum()
  private var predictions = CompensatedSum()
  private var labels = CompensatedSum()
  private var right = CompensatedSum()
  private var squaresForErrors = SquareSums()
  private var scoresAreMargins = true

  /// - Parameter capacity: distinct scores up to which every figure is exact; beyond it memory
  ///   stays the same (about 115 MB at the default) and the summary states the error.
  package init(capacity: Int = 1 << 20) { scores = ScoreHistogram(capacity: capacity) }

  /// A row predicted by a model. The loss is exact in the margin, however far out.
  ///
  /// - Parameters:
  ///   - margin: log-odds of `probability` (after correction and calibration); not NaN.
  ///   - probability: sigmoid of `margin`.
  ///   - weight: finite and >= 0.
  package mutating func add(margin: Double, probability: Double, label: Bool, weight: Double) {
    let loss = Elementary.softplus(label ? -margin : margin)
    add(score: margin, probability: probability, loss: loss, label: label, weight: weight)
  }

  /// A row of which only the probability is known, or whose probability is not the sigmoid of a
  /// margin. The loss of a probability of 0 for what came true is infinite, and counted.
  ///
  /// - Parameters:
  ///   - probability: 0 ... 1.
  ///   - weight: finite and >= 0.
  package mutating func add(probability: Double, label: Bool, weight: Double) {
    add(Probability(probability), label: label, weight: weight)
  }

  /// The same with what is known of the probability's complement.
  package mutating func add(_ probability: Probability, label: Bool, weight: Double) {
    scoresAreMargins = false
    add(
      score: probability.score, probability: probability.value,
      loss: probability.loss(label: label), label: label, weight: weight)
  }

  private mutating func add(
    score: Double, probability: Double, loss: Double, label: Bool, weight: Double
  ) {
    rows += 1
    if label { positives += 1 }
    guard weight > 0 else { return }
    scores.add(score: score, prediction: probability, label: label, weight: weight)
    weights.add(weight)
    if loss == .infinity { infiniteLosses += 1 } else { losses.add(weight * loss) }
    squaresForErrors.add(
      loss: loss == .infinity ? 0 : loss, prediction: probability, label: label, weight: weight)
    let miss = probability - (label ? 1 : 0)
    squares.add(weight * miss * miss)
    predictions.add(weight * probability)
    if label { labels.add(weight) }
    if (probability >= 0.5) == label { right.add(weight) }
  }

  /// The figures of all rows so far; more may be added.
  package mutating func summary() -> BinarySummary {
    let sorted = scores.sorted()
    let ranking = Ranking(sorted, misplaced: scores.misplaced)
    let reliability = Reliability(sorted, count: Self.reliabilityBins)
    let weight = weights.value
    let logLoss = infiniteLosses == 0 ? quotient(losses.value, weight) : nil
    let meanLabel = quotient(labels.value, weight)
    return BinarySummary(
      rows: rows, positives: positives, infiniteLosses: infiniteLosses, logLoss: logLoss,
      normalizedEntropy: logLoss.flatMap { loss in
        meanLabel.flatMap { quotient(loss, Self.entropy($0)) }
      },
      brier: quotient(squares.value, weight),
      auc: ranking.auc, aucError: ranking.aucError,
      averagePrecision: ranking.averagePrecision,
      averagePrecisionError: ranking.averagePrecisionError,
      ece: reliability.expectedError, mce: reliability.maximumError,
      meanPrediction: quotient(predictions.value, weight), meanLabel: meanLabel,
      calibrationRatio: quotient(predictions.value, labels.value),
      accuracy: quotient(right.value, weight),
      eceIfPerfect: PerfectReference.error(sorted, bins: reliability.members),
      logLossInterval: ConfidenceInterval(
        logLoss, standardError: squaresForErrors.lossError(mean: logLoss, weight: weight),
        inside: 0...(.infinity)),
      aucInterval: ConfidenceInterval(
        ranking.auc, standardError: Ranking.standardError(of: ranking.auc, sorted),
        inside: 0...1),
      calibrationRatioInterval: ConfidenceInterval(
        ratio: quotient(predictions.value, labels.value),
        relativeError: squaresForErrors.ratioError(
          predictions: predictions.value, labels: labels.value)),
      reliability: reliability.bins, curves: BinaryCurves(sorted, reliability))
  }

  /// What thresholds on the probability would give, over all rows so far.
  package mutating func decisions() -> DecisionTable {
    DecisionTable(scores.sorted()) { [scoresAreMargins] score in
      scoresAreMargins ? Elementary.sigmoid(score) : Probability.value(ofScore: score)
    }
  }

  /// Of a coin that shows heads at `rate`, in nats.
  private static func entropy(_ rate: Double) -> Double {
    guard rate > 0, rate < 1 else { return 0 }
    return -rate * Elementary.log(rate) - (1 - rate) * Elementary.log1p(-rate)
  }
}

/// The figures of `BinaryMetrics`, all weighted; nil where a figure is undefined.
package struct BinarySummary: Sendable, Equatable {
  /// Rows added, those of weight 0 too.
  package var rows: Int
  /// Rows whose label is positive (a count, not a weight).
  package var positives: Int
  /// Rows of some weight whose label was given probability exactly 0.
  package var infiniteLosses: Int
  /// Mean −log(probability of the label), in nats. nil without weight, or when
  /// `infiniteLosses` > 0: the mean is then infinite, which JSON cannot say.
  package var logLoss: Double?
  /// Log loss over the entropy of the base rate (He et al. 2014): 1 is what always predicting the
  /// base rate reaches. nil when one class has no weight.
  package var normalizedEntropy: Double?
  /// Mean (prediction − label)².
  package var brier: Double?
  /// P(a positive scores above a negative) + ½ P(equal). nil when one class has no weight.
  package var auc: Double?
  /// The most by which `auc` may be off; 0 while the distinct scores fit the capacity.
  package var aucError: Double?
  /// As scikit-learn's `average_precision_score`. nil when no positive has weight.
  package var averagePrecision: Double?
  /// The most by which `averagePrecision` may be off; 0 while the distinct scores fit.
  package var averagePrecisionError: Double?
  /// Expected calibration error over 15 bins of equal weight.
  package var ece: Double?
  /// Maximum calibration error over the same bins.
  package var mce: Double?
  package var meanPrediction: Double?
  package var meanLabel: Double?
  /// Sum of predictions over sum of labels. nil when no positive has weight.
  package var calibrationRatio: Double?
  /// Share of rows where prediction >= 1/2 says what the label says.
  package var accuracy: Double?
  /// The 95th percentile of the `ece` that a perfectly calibrated model would show on these rows,
  /// by drawing labels from the predictions themselves.
  package var eceIfPerfect: Double?
  package var logLossInterval: ConfidenceInterval?
  /// DeLong's; nil unless both classes have two rows.
  package var aucInterval: ConfidenceInterval?
  package var calibrationRatioInterval: ConfidenceInterval?
  /// At most 15 bins; rows of weight 0 are in none.
  package var reliability: [ReliabilityBin]
  /// For plots.
  package var curves: BinaryCurves
}

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
