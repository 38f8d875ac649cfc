/// The figures of `BinaryMetrics`, all weighted; nil where a figure is undefined.
package struct BinarySummary: Sendable, Equatable, Codable {
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
