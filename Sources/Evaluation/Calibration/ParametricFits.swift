internal import ElementaryMath

/// Platt's sigmoid on smoothed targets (Lin, Lin & Weng 2007), whose optimum is finite whatever
/// the rows.
internal enum PlattFit {
  /// - Parameter bins: of margins, both classes present.
  static func fit(_ bins: [ScoreBin]) throws(CalibrationRefusal) -> Calibrator {
    var positives = CompensatedSum()
    var negatives = CompensatedSum()
    for bin in bins {
      positives.add(bin.positiveWeight)
      negatives.add(bin.negativeWeight)
    }
    let high = (positives.value + 1) / (positives.value + 2)
    let low = 1 / (negatives.value + 2)
    let line = try LogitFit(
      columns: [bins.map(\.meanPrediction)], weights: bins.map(\.weight),
      targets: bins.map { $0.positiveWeight * high + $0.negativeWeight * low })
    guard line.slopes[0] > 0 else { throw .notIncreasing }
    return .platt(slope: line.slopes[0], intercept: line.intercept)
  }
}

/// The three-parameter beta map (Kull, Silva Filho & Flach 2017, section 3), unpenalised, on hard
/// labels. Its logarithms come from the margin, so that nothing is clipped.
internal enum BetaFit {
  /// - Parameter bins: of margins, both classes present.
  static func fit(_ bins: [ScoreBin]) throws(CalibrationRefusal) -> Calibrator {
    let margins = bins.map(\.meanPrediction)
    let logs = margins.map { -Elementary.softplus(-$0) }
    let coLogs = margins.map { Elementary.softplus($0) }
    func solve(_ columns: [[Double]]) throws(CalibrationRefusal) -> LogitFit {
      try LogitFit(
        columns: columns, weights: bins.map(\.weight), targets: bins.map(\.positiveWeight))
    }
    let both = try solve([logs, coLogs])
    if both.slopes[0] >= 0 && both.slopes[1] >= 0 {
      return .beta(a: both.slopes[0], b: both.slopes[1], c: both.intercept)
    }
    // As the authors do: the negative one becomes 0, and the rest is fitted again.
    let keepsFirst = both.slopes[0] >= 0
    let one = try solve([keepsFirst ? logs : coLogs])
    guard one.slopes[0] > 0 else { throw .notIncreasing }
    return keepsFirst
      ? .beta(a: one.slopes[0], b: 0, c: one.intercept)
      : .beta(a: 0, b: one.slopes[0], c: one.intercept)
  }
}
