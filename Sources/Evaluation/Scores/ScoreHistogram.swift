internal import ElementaryMath

// Design note
//
// Ranking metrics need the rows in the order of their scores; a stream of 10^9 rows does not fit.
// Rows of equal score add up in one bin. While the distinct scores fit (`capacity` bins) nothing is
// lost: every figure is exact, and the order of the rows shows at most as rounding.
//
// When they do not fit, neighbouring bins merge into ranges of at most 8 / capacity of class share
// (a bin's part of all positives + its part of all negatives). Shares add up to 2 and any two
// neighbours together exceed the limit, so at most capacity / 2 + 1 bins remain, whatever the
// scores. Bins follow the rows and not the scores: a band of any narrowness is resolved as finely
// as any other, a heavy tie keeps a bin of its own, and rare positives are not lumped together.
//
// A later row inside a range joins it. Only pairs of rows inside one range lose their order, so the
// error of the AUC is at most half of Σ (positive share · negative share) over the ranges. When the
// scores drift, one range might take in much of both classes. Before its shares of both classes
// pass 32 / capacity, the range is *cut*: it keeps its rows but moves to one side of the newcomers,
// which stay apart. So that half sum stays below 32 / capacity, 3·10^-5 by default. The few rows of
// a cut range then stand on the wrong side of an unknown part of the stream; `misplaced` adds them
// up. `Ranking` computes the bound that holds for the run at hand, cuts and all. After many cuts it
// is loose: scores that drift by twice their spread gave 0.1, where the true error was 10^-7.
//
// Beyond the capacity the order of the rows decides where ranges end, so it can move figures
// within that error.

/// Weighted rows by score, in bounded memory.
internal struct ScoreHistogram: Sendable {
  /// Weight that a cut may have put on the wrong side of other rows.
  private(set) var misplaced = ClassTotals()
  private let capacity: Int
  /// In ascending order of score; ranges do not overlap.
  private var bins: [ScoreBin] = []
  /// Rows not yet among `bins`, in the order they came.
  private var pending: [ScoreBin] = []
  /// Of the rows among `bins`.
  private var totals = ClassTotals()

  /// - Parameter capacity: the most bins kept; 72 bytes each.
  init(capacity: Int) {
    precondition(capacity >= 16, "too few bins")
    self.capacity = capacity
  }

  /// - Parameters:
  ///   - score: not NaN.
  ///   - weight: > 0.
  mutating func add(score: Double, prediction: Double, label: Bool, weight: Double) {
    pending.append(
      ScoreBin(key: Self.key(score), prediction: prediction, label: label, weight: weight))
    // A quarter: settling then moves five bins a row at most, and memory grows by a quarter.
    if pending.count >= max(min(capacity / 4, bins.count), 1024) { settle() }
  }

  /// The bins of all rows, in ascending order of score.
  mutating func sorted() -> [ScoreBin] {
    settle()
    return bins
  }

  /// An integer that orders as the score does; -0 and 0 are one score.
  static func key(_ score: Double) -> UInt64 {
    let bits = (score + 0).bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }

  /// The score of a key.
  static func score(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
  }

  private mutating func settle() {
    pending.sort { $0.low < $1.low }
    // First among themselves: adding block sums, not rows, keeps the digits of a heavy tie.
    pending.combineNeighbours { $0.low == $1.low }
    for group in pending { totals.add(group) }
    joinRanges()
    reserve(bins.count + pending.count)
    bins.merge(pending)
    pending.removeAll(keepingCapacity: true)
    if bins.count > capacity { coarsen() }
  }

  /// Grows the bins in few steps, the last of them to what they will ever need.
  private mutating func reserve(_ needed: Int) {
    guard needed > bins.capacity else { return }
    bins.reserveCapacity(needed > capacity / 2 ? capacity + capacity / 4 : 2 * needed)
  }

  /// Adds pending groups to the bins that stand for their scores; those that need bins of their
  /// own stay pending.
  private mutating func joinRanges() {
    var kept = 0
    var group = 0
    var index = 0
    while group < pending.count && index < bins.count {
      if bins[index].high < pending[group].low {
        index += 1
        continue
      }
      let start = group
      let isBelow = pending[group].low < bins[index].low
      let end = isBelow ? bins[index].low - 1 : bins[index].high
      while group < pending.count && pending[group].low <= end { group += 1 }
      if isBelow || !join(start..<group, bin: index) {
        for stays in start..<group {
          pending[kept] = pending[stays]
          kept += 1
        }
      }
    }
    pending.removeSubrange(kept..<group)
  }

  /// Adds the groups to the bin, or cuts the bin.
  ///
  /// - Parameter run: indices of the pending groups inside the bin's range.
  /// - Returns: false when the bin was cut.
  private mutating func join(_ run: Range<Int>, bin index: Int) -> Bool {
    let bin = bins[index]
    var joined = bin
    for group in run { joined.absorb(pending[group]) }
    let shares = totals.shares(of: joined)
    let below = pending[run.lowerBound].low - bin.low
    let above = bin.high - pending[run.upperBound - 1].high
    let fits = min(shares.positive, shares.negative) <= 32 / Double(capacity)
    if !bin.isMixed || fits || max(below, above) == 0 {
      bins[index] = joined
      return true
    }
    misplaced.add(bin)
    if below >= above {
      bins[index].high = bin.low + below - 1
    } else {
      bins[index].low = bin.high - above + 1
    }
    return false
  }

  private mutating func coarsen() {
    let limit = 8 / Double(capacity)
    let totals = totals
    bins.combineNeighbours { sum, next in
      let these = totals.shares(of: sum)
      let those = totals.shares(of: next)
      return these.positive + these.negative + those.positive + those.negative <= limit
    }
  }
}

/// Rows of one score, or of a range of neighbouring scores that no other bin overlaps.
internal struct ScoreBin: BitwiseCopyable, Sendable {
  /// The least key that the bin stands for.
  var low: UInt64
  /// The largest key that the bin stands for.
  var high: UInt64
  var rows = 1
  /// Rows of positive label.
  var positives: Int
  var positiveWeight: Double
  var negativeWeight: Double
  /// Σ weight² of the positives.
  var positiveSquares: Double
  /// Σ weight² of the negatives.
  var negativeSquares: Double
  /// Σ weight · prediction.
  var predictions: Double

  /// One row.
  init(key: UInt64, prediction: Double, label: Bool, weight: Double) {
    low = key
    high = key
    positives = label ? 1 : 0
    positiveWeight = label ? weight : 0
    negativeWeight = label ? 0 : weight
    positiveSquares = positiveWeight * positiveWeight
    negativeSquares = negativeWeight * negativeWeight
    predictions = prediction * weight
  }

  var weight: Double { positiveWeight + negativeWeight }
  var meanPrediction: Double { predictions / weight }
  /// Whether the order of the bin's rows is lost. Rows of one score are a tie and have none.
  var isMixed: Bool { low != high }

  /// - Parameter next: its keys are not below this bin's least.
  mutating func absorb(_ next: ScoreBin) {
    high = max(high, next.high)
    rows += next.rows
    positives += next.positives
    positiveWeight += next.positiveWeight
    negativeWeight += next.negativeWeight
    positiveSquares += next.positiveSquares
    negativeSquares += next.negativeSquares
    predictions += next.predictions
  }
}

/// Weight of the rows of each class.
internal struct ClassTotals: Sendable, Equatable {
  var positive = 0.0
  var negative = 0.0

  mutating func add(_ bin: ScoreBin) {
    positive += bin.positiveWeight
    negative += bin.negativeWeight
  }

  /// Shares of `bin` in its classes; 0 in a class without weight.
  func shares(of bin: ScoreBin) -> ClassTotals {
    ClassTotals(
      positive: positive > 0 ? bin.positiveWeight / positive : 0,
      negative: negative > 0 ? bin.negativeWeight / negative : 0)
  }
}

extension [ScoreBin] {
  /// Of all bins, rounded once.
  internal var classTotals: ClassTotals {
    var positive = CompensatedSum()
    var negative = CompensatedSum()
    for bin in self {
      positive.add(bin.positiveWeight)
      negative.add(bin.negativeWeight)
    }
    return ClassTotals(positive: positive.value, negative: negative.value)
  }

  /// Adds up neighbours while `belongTogether` says so of the sum so far and the next bin.
  internal mutating func combineNeighbours(while belongTogether: (ScoreBin, ScoreBin) -> Bool) {
    guard count > 1 else { return }
    var last = 0
    for index in 1..<count {
      if belongTogether(self[last], self[index]) {
        self[last].absorb(self[index])
      } else {
        last += 1
        self[last] = self[index]
      }
    }
    removeLast(count - last - 1)
  }

  /// Moves `others` in among these bins, from the back, so that no second copy is needed. Both
  /// are in ascending order, and no two bins overlap.
  internal mutating func merge(_ others: [ScoreBin]) {
    var old = count - 1
    append(contentsOf: others)
    var new = others.count - 1
    var target = count - 1
    while new >= 0 {
      if old >= 0 && self[old].low > others[new].low {
        self[target] = self[old]
        old -= 1
      } else {
        self[target] = others[new]
        new -= 1
      }
      target -= 1
    }
  }
}
