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
