internal import ElementaryMath

/// How well scores order positives above negatives, and by how much binning may be off.
internal struct Ranking: Sendable {
  /// The area under the ROC curve: P(score of a positive > score of a negative) + half of
  /// P(equal). nil unless both classes have weight.
  var auc: Double?
  /// The most by which `auc` can differ from the value over unbinned scores.
  var aucError: Double?
  /// Σ (R_n − R_(n−1)) P_n over the distinct scores from the top, as scikit-learn defines it:
  /// no interpolation, equal scores are one step. nil when no positive has weight.
  var averagePrecision: Double?
  /// The most by which `averagePrecision` can differ from the value over unbinned scores.
  var averagePrecisionError: Double?

  /// - Parameters:
  ///   - bins: in ascending order of score.
  ///   - misplaced: weight in bins that may stand on the wrong side of others.
  init(_ bins: [ScoreBin], misplaced: ClassTotals) {
    let totals = bins.classTotals
    rankPairs(
      bins, misplaced: misplaced, positives: totals.positive, negatives: totals.negative)
    averagePrecisions(bins, misplaced: misplaced, positives: totals.positive)
  }

  private mutating func rankPairs(
    _ bins: [ScoreBin], misplaced: ClassTotals, positives: Double, negatives: Double
  ) {
    let pairs = positives * negatives
    var won = CompensatedSum()
    var uncertain = CompensatedSum()
    var negativesBelow = CompensatedSum()
    for bin in bins {
      // Half for pairs inside the bin: right for ties, the middle of what is possible otherwise.
      let inside = bin.positiveWeight * bin.negativeWeight / 2
      won.add(bin.positiveWeight * negativesBelow.value + inside)
      if bin.isMixed { uncertain.add(inside) }
      negativesBelow.add(bin.negativeWeight)
    }
    uncertain.add(misplaced.positive * negatives + misplaced.negative * positives)
    auc = quotient(won.value, pairs)
    aucError = quotient(uncertain.value, pairs)
  }

  private mutating func averagePrecisions(
    _ bins: [ScoreBin], misplaced: ClassTotals, positives: Double
  ) {
    let astray = misplaced.positive + misplaced.negative
    var sum = CompensatedSum()
    var uncertain = CompensatedSum()
    var positivesAbove = CompensatedSum()
    var negativesAbove = CompensatedSum()
    for bin in bins.reversed() {
      let step = PrecisionStep(
        hits: positivesAbove.value, misses: negativesAbove.value, bin: bin)
      positivesAbove.add(bin.positiveWeight)
      negativesAbove.add(bin.negativeWeight)
      guard bin.positiveWeight > 0 else { continue }
      let precision = bin.isMixed ? step.meanWithin : step.atEnd
      sum.add(bin.positiveWeight * precision)
      let within = bin.isMixed ? step.largestDistance(from: precision) : 0
      uncertain.add(bin.positiveWeight * min(1, within + step.shift(by: astray)))
    }
    uncertain.add(misplaced.positive)
    averagePrecision = quotient(sum.value, positives)
    averagePrecisionError = quotient(uncertain.value, positives)
  }
}

extension Ranking {
  /// The standard error of the AUC (DeLong, DeLong & Clarke-Pearson 1988), with weights. nil unless
  /// both classes have two rows.
  static func standardError(of auc: Double?, _ bins: [ScoreBin]) -> Double? {
    guard let auc else { return nil }
    let rows = bins.reduce(0) { $0 + $1.rows }
    let positives = bins.reduce(0) { $0 + $1.positives }
    guard min(positives, rows - positives) >= 2 else { return nil }
    let totals = bins.classTotals
    var (ofPositives, ofNegatives) = (CompensatedSum(), CompensatedSum())
    var (positivesBelow, negativesBelow) = (CompensatedSum(), CompensatedSum())
    for bin in bins {
      // What share of the other class a row of this score beats.
      let won = (negativesBelow.value + bin.negativeWeight / 2) / totals.negative - auc
      ofPositives.add(bin.positiveSquares * won * won)
      let lost = 1 - (positivesBelow.value + bin.positiveWeight / 2) / totals.positive - auc
      ofNegatives.add(bin.negativeSquares * lost * lost)
      positivesBelow.add(bin.positiveWeight)
      negativesBelow.add(bin.negativeWeight)
    }
    func variance(_ sum: Double, _ weight: Double, _ count: Int) -> Double {
      sum / (weight * weight) * Double(count) / Double(count - 1)
    }
    return
      (variance(ofPositives.value, totals.positive, positives)
      + variance(ofNegatives.value, totals.negative, rows - positives)).squareRoot()
  }
}

/// Precision while the threshold sinks through one bin that has positives.
private struct PrecisionStep {
  /// Weight of the positives above the bin.
  var hits: Double
  /// Weight of the negatives above the bin.
  var misses: Double
  var bin: ScoreBin

  var atEnd: Double {
    (hits + bin.positiveWeight) / (hits + misses + bin.weight)
  }

  /// The average if both classes spread alike over the bin: ∫ (h + a x) / (t + c x) dx over
  /// 0 ... 1, with h hits and t rows above, a positives and c rows inside. Precision at a row
  /// counts the row itself, so half of a positive row is already above.
  var meanWithin: Double {
    let half = bin.positiveWeight / Double(2 * bin.positives)
    let above = hits + misses + half
    let share = bin.positiveWeight / bin.weight
    return share
      + (hits + half - share * above) / bin.weight * Elementary.log1p(bin.weight / above)
  }

  /// How far the precision at any positive of the bin can lie from `precision`: the extremes are
  /// all positives first, and all negatives first.
  func largestDistance(from precision: Double) -> Double {
    let largest = (hits + bin.positiveWeight) / (hits + misses + bin.positiveWeight)
    let rowsAbove = hits + misses + bin.negativeWeight
    let smallest = rowsAbove > 0 ? hits / rowsAbove : 0
    return max(largest - precision, precision - smallest)
  }

  /// How far the precision can move when rows of weight `astray` above the threshold belong
  /// below it, or the other way round.
  func shift(by astray: Double) -> Double {
    guard astray > 0 else { return 0 }
    let rest = hits + misses - astray
    return rest > astray ? astray / rest : 1
  }
}
