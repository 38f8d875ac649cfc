internal import ElementaryMath

/// A row of a group.
internal struct RankedRow: BitwiseCopyable {
  var score: Double
  var label: Bool
  /// > 0.
  var weight: Double
}

/// Running means over groups.
internal struct GroupFigures {
  private let cutoff: Int
  private var discounts = Discounts()
  private var groups = 0
  private var gained = 0
  private var gains = CompensatedSum()
  private var squaredGains = CompensatedSum()
  private var ranked = 0
  private var areas = CompensatedSum()
  private var areaWeights = CompensatedSum()

  init(cutoff: Int) { self.cutoff = cutoff }

  /// - Parameter rows: of one group, in descending order of score.
  mutating func add(_ rows: [RankedRow]) {
    groups += 1
    let positives = rows.count { $0.label }
    guard positives > 0 else { return }
    gained += 1
    let gain = gain(rows) / discounts.sum(min(positives, cutoff))
    gains.add(gain)
    squaredGains.add(gain * gain)
    guard positives < rows.count, let area = area(rows) else { return }
    ranked += 1
    let weight = rows.reduce(0) { $0 + $1.weight }
    areas.add(weight * area)
    areaWeights.add(weight)
  }

  /// Discounted cumulative gain at the cutoff. Rows of equal score share their positions' mean, as
  /// in scikit-learn (McSherry & Najork 2008).
  private mutating func gain(_ rows: [RankedRow]) -> Double {
    var sum = 0.0
    var start = 0
    while start < min(rows.count, cutoff) {
      var end = start
      var positives = 0
      while end < rows.count && rows[end].score == rows[start].score {
        if rows[end].label { positives += 1 }
        end += 1
      }
      let discount = discounts.sum(min(end, cutoff)) - discounts.sum(min(start, cutoff))
      sum += Double(positives) / Double(end - start) * discount
      start = end
    }
    return sum
  }

  private func area(_ rows: [RankedRow]) -> Double? {
    let bins = rows.reversed().reduce(into: [ScoreBin]()) { bins, row in
      let bin = ScoreBin(
        key: ScoreHistogram.key(row.score), prediction: row.score, label: row.label,
        weight: row.weight)
      if let last = bins.last, last.low == bin.low {
        bins[bins.count - 1].absorb(bin)
      } else {
        bins.append(bin)
      }
    }
    return Ranking(bins, misplaced: ClassWeights()).auc
  }

  func summary(isSampled: Bool) -> GroupSummary {
    let count = Double(gained)
    let mean = quotient(gains.value, count)
    let error = mean.flatMap { mean -> Double? in
      guard gained > 1 else { return nil }
      let spread = max(squaredGains.value - mean * mean * count, 0) / (count - 1)
      return (spread / count).squareRoot()
    }
    return GroupSummary(
      groups: groups, isSampled: isSampled, groupsWithPositives: gained,
      groupsWithBothClasses: ranked, cutoff: cutoff, meanNDCG: mean,
      meanNDCGInterval: ConfidenceInterval(mean, standardError: error, inside: 0...1),
      groupAUC: quotient(areas.value, areaWeights.value))
  }
}

/// Running sums of 1 / log₂(position + 1), positions from 1 on.
private struct Discounts {
  private var sums = [0.0]
  private static let logarithmOf2 = Elementary.log(2)

  mutating func sum(_ positions: Int) -> Double {
    while sums.count <= positions {
      let discount = Self.logarithmOf2 / Elementary.log(Double(sums.count + 1))
      sums.append(sums[sums.count - 1] + discount)
    }
    return sums[positions]
  }
}
