/// How sure the mean label of a reliability bin is.
enum LabelInterval {
  /// The 95 % score interval (Wilson 1927) of the share of positives, from the number of equally
  /// weighted rows that would be as informative: (Σ w)² / Σ w² (Kish 1965).
  static func of(_ bins: some Collection<ScoreBin>) -> ConfidenceInterval {
    var (positive, weight, squares) = (0.0, 0.0, 0.0)
    for bin in bins {
      positive += bin.positiveWeight
      weight += bin.weight
      squares += bin.positiveSquares + bin.negativeSquares
    }
    let (rows, rate) = (weight * weight / squares, positive / weight)
    let square = ConfidenceInterval.width * ConfidenceInterval.width
    let middle = (rate + square / (2 * rows)) / (1 + square / rows)
    let half =
      ConfidenceInterval.width / (1 + square / rows)
      * (rate * (1 - rate) / rows + square / (4 * rows * rows)).squareRoot()
    return ConfidenceInterval(low: max(middle - half, 0), high: min(middle + half, 1))
  }
}
