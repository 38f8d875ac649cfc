internal import Configuration
internal import ElementaryMath
internal import Evaluation
internal import ModelFile
internal import Notices

/// Judges what the labels of a window say of the model.
struct LabelJudge {
  private let labels: WindowFigures.Labels
  private let thresholds: MonitorThresholds
  private let profile: TrainingProfile
  /// Rows that the figures of training are of.
  private let measured: Int

  init(
    _ labels: WindowFigures.Labels, _ thresholds: MonitorThresholds, _ profile: TrainingProfile,
    measured: Int
  ) {
    self.labels = labels
    self.thresholds = thresholds
    self.profile = profile
    self.measured = measured
  }

  var findings: [Finding] { [rate, calibration, logLoss, auc].compactMap(\.self) }

  private var rate: Finding? {
    guard let limit = thresholds.limits[.labelRate], let before = labels.rateInTraining else {
      return nil
    }
    let trained = Double(profile.labelled.all)
    return Finding(
      figure: .labelRate, value: labels.rate, reference: before, limit: limit,
      severity: WindowJudge.severity(
        (labels.rate - before).magnitude, limit * max(before, 1e-9)),
      chance: HomogeneityTest.chance(
        hits: labels.rate * Double(labels.rows), of: Double(labels.rows),
        reference: before * trained, of: trained),
      words: "labels are positive in \(BinWords.shares(labels.rate, before))")
  }

  /// The logarithm of the ratio against that of the nearer end of 1 ± threshold, by the standard error
  /// that its interval was made of.
  private var calibration: Finding? {
    let summary = labels.summary
    guard let limit = thresholds.limits[.calibration], let ratio = summary.calibrationRatio,
      let interval = summary.calibrationRatioInterval, ratio > 0
    else { return nil }
    let error = Elementary.log(interval.high / interval.low) / (2 * Self.width)
    let bound = Elementary.log(1 + limit)
    let distance = Elementary.log(ratio).magnitude
    return Finding(
      figure: .calibration, value: ratio, reference: 1, limit: limit,
      severity: WindowJudge.severity((ratio - 1).magnitude, limit),
      chance: Self.chance(distance - bound, error),
      words: "predictions add up to \(NumberText.significant(ratio, 3)) times the labels (95 %: "
        + "\(NumberText.significant(interval.low, 3)) to "
        + "\(NumberText.significant(interval.high, 3)))")
  }

  private var logLoss: Finding? {
    let summary = labels.summary
    guard let limit = thresholds.limits[.logLoss], let loss = summary.logLoss,
      let before = labels.logLossInTraining, before > 0, let interval = summary.logLossInterval
    else { return nil }
    let error = (interval.high - loss) / Self.width
    return Finding(
      figure: .logLoss, value: loss, reference: before, limit: limit,
      severity: WindowJudge.severity(max(0, loss - before), limit * before),
      chance: Self.chance(loss - before * (1 + limit), error * inflation),
      words: "log loss is \(NumberText.significant(loss, 4)), "
        + "\(NumberText.significant(before, 4)) in training")
  }

  private var auc: Finding? {
    let summary = labels.summary
    guard let limit = thresholds.limits[.auc], let auc = summary.auc,
      let before = labels.aucInTraining, let interval = summary.aucInterval
    else { return nil }
    let error = max(interval.high - auc, auc - interval.low) / Self.width
    return Finding(
      figure: .auc, value: auc, reference: before, limit: limit,
      severity: WindowJudge.severity(max(0, before - auc), limit),
      chance: Self.chance(before - limit - auc, error * inflation),
      words: "AUC is \(NumberText.significant(auc, 3)), \(NumberText.significant(before, 3)) in "
        + "training")
  }

  private static let width = 1.959963984540054

  /// The figure of training has an error of its own: of as many rows, the same as the window's.
  private var inflation: Double {
    (1 + Double(labels.rows) / Double(max(measured, 1))).squareRoot()
  }

  private static func chance(_ beyond: Double, _ error: Double) -> Double {
    guard beyond > 0, error > 0 else { return 1 }
    return Tail.normal(beyond / error) / 2
  }
}
