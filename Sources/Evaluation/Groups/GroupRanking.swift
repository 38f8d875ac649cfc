internal import ElementaryMath

// Design note
//
// A figure of a group needs all of its rows, and they may lie anywhere in the stream. Rows are kept
// as they come while they fit. When they do not, the half of the groups whose keys are larger is
// given up, and so on: what remains is a sample of whole groups, chosen by a hash of their names,
// which no order of rows and no score can sway. Its mean estimates that of all groups without bias,
// and the interval says how well. Only groups of more than `capacity` rows are never among those.

/// How well scores order the rows inside each group (a query, a user, a session).
package struct GroupRanking: Sendable {
  private struct Row: BitwiseCopyable {
    var group: GroupKey
    var score: Double
    var weight: Float
    var label: Bool
  }

  private let capacity: Int
  private let cutoff: Int
  private var rows: [Row] = []
  /// Only groups whose keys begin with so many zero bits are kept; none at 65.
  private var halvings = 0

  /// - Parameters:
  ///   - cutoff: positions that NDCG looks at; at least 1.
  ///   - capacity: rows kept, 24 bytes each.
  package init(cutoff: Int, capacity: Int = 1 << 21) {
    precondition(cutoff >= 1 && capacity >= 1, "nothing to look at")
    self.cutoff = cutoff
    self.capacity = capacity
  }

  /// - Parameters:
  ///   - score: not NaN.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  package mutating func add(group: GroupKey, score: Double, label: Bool, weight: Float) {
    guard weight > 0, group.bits.leadingZeroBitCount >= halvings else { return }
    rows.append(Row(group: group, score: score, weight: weight, label: label))
    while rows.count > capacity {
      halvings += 1
      rows.removeAll { $0.group.bits.leadingZeroBitCount < halvings }
    }
  }

  /// The figures of all rows so far; more may be added.
  package mutating func summary() -> GroupSummary {
    // By score too, from the top, and then nothing that shows: rows of equal score are averaged.
    rows.sort { $0.group == $1.group ? $0.score > $1.score : $0.group < $1.group }
    var figures = GroupFigures(cutoff: cutoff)
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count && rows[end].group == rows[start].group { end += 1 }
      figures.add(
        rows[start..<end].map {
          RankedRow(score: $0.score, label: $0.label, weight: Double($0.weight))
        })
      start = end
    }
    return figures.summary(isSampled: halvings > 0)
  }
}

/// The figures of `GroupRanking`; nil where undefined.
package struct GroupSummary: Sendable, Equatable {
  /// Groups looked at.
  package var groups: Int
  /// Whether they are a hash-chosen sample, the rows of all having not fitted.
  package var isSampled: Bool
  /// Groups with a positive row, over which the mean NDCG is taken.
  package var groupsWithPositives: Int
  /// Groups with rows of both classes, over which the AUC is taken.
  package var groupsWithBothClasses: Int
  /// Positions that NDCG looks at.
  package var cutoff: Int
  /// The mean over groups of normalized discounted cumulative gain, relevance 1 for a positive row.
  package var meanNDCG: Double?
  package var meanNDCGInterval: ConfidenceInterval?
  /// The mean over groups of their AUC, each group weighing what its rows weigh (Zhu et al. 2017).
  package var groupAUC: Double?
}

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
    return Ranking(bins, misplaced: ClassTotals()).auc
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

/// 64 bits that stand for a group's name: FNV-1a, then SplitMix64's finaliser, so that the high
/// bits choose groups as well as a coin does. Among a million groups two share a key once in 37
/// million runs.
package struct GroupKey: Sendable, Equatable, Comparable, BitwiseCopyable {
  package let bits: UInt64

  /// - Parameter name: the group's bytes.
  package init(_ name: some Sequence<UInt8>) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    bits = EvenBits.of(hash)
  }

  package static func < (left: GroupKey, right: GroupKey) -> Bool { left.bits < right.bits }
}
