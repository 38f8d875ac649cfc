internal import ElementaryMath

/// Rows of similar prediction, and what came true of them.
package struct ReliabilityBin: Sendable, Equatable, Codable {
  /// The least prediction in the bin.
  package var low: Double
  /// The largest prediction in the bin.
  package var high: Double
  package var rows: Int
  package var meanPrediction: Double
  package var meanLabel: Double
}

/// Calibration over bins of equal weight (not of equal width: with rare positives those would put
/// nearly all rows in one bin).
internal struct Reliability: Sendable {
  /// In ascending order of prediction; at most the number asked for.
  private(set) var bins: [ReliabilityBin] = []
  /// The expected calibration error: Σ (weight share) · |mean prediction − mean label|.
  private(set) var expectedError: Double?
  /// The largest |mean prediction − mean label| of a bin.
  private(set) var maximumError: Double?
  /// Which scores each bin holds.
  private(set) var members: [Range<Int>] = []

  /// - Parameters:
  ///   - scores: in ascending order. Rows of equal score stay together, in the bin where the
  ///     middle of their weight lies; so there are fewer bins when a score holds more than one
  ///     bin's share.
  ///   - count: number of bins of equal weight.
  init(_ scores: [ScoreBin], count: Int) {
    var total = CompensatedSum()
    for score in scores { total.add(score.weight) }
    guard total.value > 0 else { return }

    var errors = CompensatedSum()
    var largest = 0.0
    var below = CompensatedSum()
    var current = Pool()
    var (start, end) = (0, 0)
    func close() {
      guard let bin = current.bin else { return }
      let error = (bin.meanPrediction - bin.meanLabel).magnitude
      errors.add(error * current.weight.value)
      largest = max(largest, error)
      bins.append(bin)
      members.append(start..<end)
    }
    for (place, score) in scores.enumerated() {
      let middle = (below.value + score.weight / 2) / total.value
      let index = min(Int(middle * Double(count)), count - 1)
      if index != current.index {
        close()
        current = Pool(index: index)
        start = place
      }
      end = place + 1
      current.add(score)
      below.add(score.weight)
    }
    close()
    expectedError = quotient(errors.value, total.value)
    maximumError = largest
  }
}

/// One reliability bin while it fills.
private struct Pool {
  var index = 0
  var weight = CompensatedSum()
  private var low = 0.0
  private var high = 0.0
  private var rows = 0
  private var predictions = CompensatedSum()
  private var positives = CompensatedSum()

  init(index: Int = 0) { self.index = index }

  mutating func add(_ score: ScoreBin) {
    if rows == 0 { low = score.meanPrediction }
    high = score.meanPrediction
    rows += score.rows
    weight.add(score.weight)
    predictions.add(score.predictions)
    positives.add(score.positiveWeight)
  }

  /// nil while empty.
  var bin: ReliabilityBin? {
    guard let prediction = quotient(predictions.value, weight.value),
      let label = quotient(positives.value, weight.value)
    else { return nil }
    return ReliabilityBin(
      low: low, high: high, rows: rows, meanPrediction: prediction, meanLabel: label)
  }
}
