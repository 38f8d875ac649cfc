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

/// Weight of each class.
internal struct ClassWeights: Sendable, Equatable {
  var positive = 0.0
  var negative = 0.0

  mutating func add(_ bin: ScoreBin) {
    positive += bin.positiveWeight
    negative += bin.negativeWeight
  }

  /// Shares of `bin` in its classes; 0 in a class without weight.
  func shares(of bin: ScoreBin) -> ClassWeights {
    ClassWeights(
      positive: positive > 0 ? bin.positiveWeight / positive : 0,
      negative: negative > 0 ? bin.negativeWeight / negative : 0)
  }
}

extension [ScoreBin] {
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
    var place = count - 1
    while new >= 0 {
      if old >= 0 && self[old].low > others[new].low {
        self[place] = self[old]
        old -= 1
      } else {
        self[place] = others[new]
        new -= 1
      }
      place -= 1
    }
  }
}
