internal import ElementaryMath

/// Rows of similar prediction, and what came true of them.
package struct ReliabilityBin: Sendable, Equatable, Decodable {
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
    for (position, score) in scores.enumerated() {
      let middle = (below.value + score.weight / 2) / total.value
      let index = min(Int(middle * Double(count)), count - 1)
      if index != current.index {
        close()
        current = Pool(index: index)
        start = position
      }
      end = position + 1
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

// Design note
//
// A perfectly calibrated model's ECE is not 0: the labels of a bin are drawn, and miss their mean.
// How large the ECE may be by that alone is found by drawing labels from the predictions
// themselves (parametric bootstrap), keeping the bins. Drawing every row a thousand times would
// take longer than evaluating; but a bin enters only by the sum of its rows' label noise Σ w (y −
// p), of variance V = Σ w² p (1 − p), in which about n = (Σ w p (1 − p))² / V events are drawn. So:
//     n >= 25             V^½ × a normal draw (skewness at most 1 / 5)
//     at most 512 rows    every row drawn
//     otherwise           a Poisson draw of n events: p (1 − p) is below 1 / 20 on average, so the
//                         rarer outcome is nearly Poisson
// At most 1000 × 15 × 512 draws, whatever the number of rows; the generator's seed is fixed.

/// The expected calibration error that a perfectly calibrated model would show on the same rows.
internal enum PerfectReference {
  private static let replicates = 1000
  private static let quantile = 0.95

  /// The 95th percentile over draws of the labels.
  ///
  /// - Parameters:
  ///   - scores: in ascending order.
  ///   - bins: which scores each reliability bin holds.
  /// - Returns: nil without any.
  static func error(_ scores: [ScoreBin], bins: [Range<Int>]) -> Double? {
    guard !bins.isEmpty else { return nil }
    var weight = CompensatedSum()
    for score in scores { weight.add(score.weight) }
    let noises = bins.map { Noise(scores[$0]) }
    var draws = SeededDraws(seed: 0x5EED)
    var errors = (0..<replicates).map { _ in
      noises.reduce(0) { $0 + $1.draw(&draws).magnitude } / weight.value
    }
    errors.sort()
    let rank = quantile * Double(replicates - 1)
    let below = Int(rank)
    return errors[below] + (rank - Double(below)) * (errors[below + 1] - errors[below])
  }
}

/// The sum of weight · (label − probability) over the rows of one bin, as a random variable.
private enum Noise {
  case normal(deviation: Double)
  case rows([(probability: Double, weight: Double)])
  case poisson(events: Double, unit: Double)

  private static let normalEvents = 25.0
  private static let mostRows = 512

  init(_ scores: ArraySlice<ScoreBin>) {
    var variance = 0.0
    var mass = 0.0
    var rows = 0
    for score in scores {
      let spread = score.meanPrediction * max(0, 1 - score.meanPrediction)
      variance += (score.positiveSquares + score.negativeSquares) * spread
      mass += score.weight * spread
      rows += score.rows
    }
    let events = variance > 0 ? mass * mass / variance : .infinity
    if events >= Self.normalEvents {
      self = .normal(deviation: variance.squareRoot())
    } else if rows <= Self.mostRows {
      self = .rows(scores.flatMap(Self.trials))
    } else {
      self = .poisson(events: events, unit: variance / mass)
    }
  }

  /// The rows of one score, of one weight that keeps their variance.
  private static func trials(_ score: ScoreBin) -> [(probability: Double, weight: Double)] {
    let squares = score.positiveSquares + score.negativeSquares
    let weight = (squares / Double(score.rows)).squareRoot()
    return Array(repeating: (score.meanPrediction, weight), count: score.rows)
  }

  func draw(_ draws: inout SeededDraws) -> Double {
    switch self {
    case .normal(let deviation):
      return deviation * draws.normal()
    case .rows(let rows):
      var sum = 0.0
      for row in rows {
        sum += row.weight * ((draws.unit() < row.probability ? 1 : 0) - row.probability)
      }
      return sum
    case .poisson(let events, let unit):
      return unit * (Double(draws.poisson(events)) - events)
    }
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014) and what is drawn from it.
private struct SeededDraws {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Uniform in 0 ..< 1.
  mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Double(EvenBits.of(state) >> 11) * 0x1p-53
  }

  /// Marsaglia's polar method.
  mutating func normal() -> Double {
    while true {
      let (x, y) = (2 * unit() - 1, 2 * unit() - 1)
      let square = x * x + y * y
      if square > 0 && square < 1 {
        return x * (-2 * Elementary.log(square) / square).squareRoot()
      }
    }
  }

  /// Knuth's product of uniforms.
  mutating func poisson(_ mean: Double) -> Int {
    let limit = Elementary.exp(-mean)
    var count = 0
    var product = unit()
    while product > limit {
      count += 1
      product *= unit()
    }
    return count
  }
}
