internal import Checkpoints
internal import Learning
internal import Notices
internal import SparseBatches

/// Whether the learners have seen the same mixture of labels. Those of shards that were sorted by
/// label have each learned another constant, which no rule puts together.
///
/// Of classes the measure is Cramér's V²: χ² of the table of learners and classes, as a part of the
/// most that it can be; of numbers the correlation ratio η², the part of the variance that lies
/// between the learners. Both are 0 where learners are alike and 1 where each has labels of its own;
/// what chance brings is some standard deviations of χ² around its degrees of freedom.
struct LabelBalance {
  /// V² or η².
  let share: Double
  /// Whether it is more than chance brings.
  let isBeyondChance: Bool
  /// Share of positive rows, smallest and largest; nil where there are no such.
  let rates: ClosedRange<Double>?

  /// From here on a merged model is worse than none.
  static let mostShare = 0.25
  /// From here on it is felt.
  static let feltShare = 0.02
  /// Learners with fewer rows say nothing.
  private static let fewestRows = 50.0
  private static let deviations = 6.0

  /// - Returns: nil when there are too few learners with enough rows.
  init?(_ shares: [StateShare], _ loss: ModelLoss) {
    let known = shares.filter { !$0.labels.isEmpty && Double($0.learnedRows) >= Self.fewestRows }
    guard known.count > 1 else { return nil }
    let freedom: Double
    let statistic: Double
    if loss == .squared {
      guard let ratio = Self.correlationRatio(known) else { return nil }
      share = ratio
      freedom = Double(known.count - 1)
      statistic = ratio * known.reduce(0) { $0 + Double($1.learnedRows) }
      rates = nil
    } else {
      let classes = known[0].labels.indices
      let totals = classes.map { place in known.reduce(0) { $0 + $1.labels[place] } }
      let present = classes.filter { totals[$0] > 0 }
      let rows = totals.reduce(0, +)
      guard present.count > 1 else { return nil }
      var square = 0.0
      for learner in known {
        let own = learner.labels.reduce(0, +)
        guard own > 0 else { continue }
        for place in present {
          let expected = own * totals[place] / rows
          let distance = learner.labels[place] - expected
          square += distance * distance / expected
        }
      }
      statistic = square
      freedom = Double((known.count - 1) * (present.count - 1))
      share = square / (rows * Double(min(known.count, present.count) - 1))
      let positive = known.map { $0.labels[1] / max(1, $0.labels.reduce(0, +)) }
      rates = loss.isBinary ? (positive.min() ?? 0)...(positive.max() ?? 0) : nil
    }
    isBeyondChance = statistic > freedom + Self.deviations * (2 * freedom).squareRoot()
  }

  private static func correlationRatio(_ learners: [StateShare]) -> Double? {
    let rows = learners.reduce(0) { $0 + Double($1.learnedRows) }
    let mean = learners.reduce(0) { $0 + $1.labels[0] } / rows
    let total = learners.reduce(0) { $0 + $1.labels[1] } - rows * mean * mean
    guard total > 0 else { return nil }
    let between = learners.reduce(0) { sum, learner in
      let own = learner.labels[0] / Double(learner.learnedRows) - mean
      return sum + Double(learner.learnedRows) * own * own
    }
    return between / total
  }

  /// Says what was found.
  ///
  /// - Throws: badData where the learners have hardly a label in common.
  func report(_ notices: NoticeBoard) throws(RunFailure) {
    guard isBeyondChance, share >= Self.feltShare else { return }
    var found = "the labels of the states differ beyond chance"
    if let rates {
      found +=
        ": from \(NumberText.fixed(100 * rates.lowerBound, 2)) % positive to "
        + "\(NumberText.fixed(100 * rates.upperBound, 2)) %"
    }
    guard share < Self.mostShare else {
      throw RunFailure(
        .badData, "\(found): rows were dealt out by label, and no merge of these is a model",
        cure: "deal rows out at random, or learn them in one stream with --shuffle")
    }
    notices.post(
      "warning: \(found); the merged model may be off by as much: deal rows out at random, or end with "
        + "calibrate")
  }
}
