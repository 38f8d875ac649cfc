internal import ElementaryMath

/// Figures of predictions of a number: one pass, weighted.
package struct RegressionMetrics: Sendable {
  private var rows = 0
  private var weights = CompensatedSum()
  private var squares = CompensatedSum()
  private var magnitudes = CompensatedSum()
  /// Labels are taken from here, so that their variance does not drown in their mean.
  private var origin: Double?
  private var labels = CompensatedSum()
  private var labelSquares = CompensatedSum()

  package init() {}

  /// - Parameter weight: finite and >= 0.
  package mutating func add(prediction: Double, label: Double, weight: Double) {
    rows += 1
    guard weight > 0 else { return }
    let origin = origin ?? label
    self.origin = origin
    let (miss, shifted) = (prediction - label, label - origin)
    weights.add(weight)
    squares.add(weight * miss * miss)
    magnitudes.add(weight * miss.magnitude)
    labels.add(weight * shifted)
    labelSquares.add(weight * shifted * shifted)
  }

  package var summary: RegressionSummary {
    let weight = weights.value
    let mean = quotient(squares.value, weight)
    // Σ s(y − ȳ)².
    let spread = quotient(labels.value * labels.value, weight).map { labelSquares.value - $0 }
    return RegressionSummary(
      rows: rows, meanSquaredError: mean, rootMeanSquaredError: mean?.squareRoot(),
      meanAbsoluteError: quotient(magnitudes.value, weight),
      explainedShare: spread.flatMap { $0 > 0 ? 1 - squares.value / $0 : nil })
  }
}

/// Figures of `RegressionMetrics`; nil where there are no rows of any weight.
package struct RegressionSummary: Equatable, Sendable {
  package var rows: Int
  package var meanSquaredError: Double?
  package var rootMeanSquaredError: Double?
  package var meanAbsoluteError: Double?
  /// R², 1 − Σ s(m − y)² / Σ s(y − ȳ)²; nil also when all labels are the same.
  package var explainedShare: Double?
  /// nil unless they were asked for.
  package var pictures: RegressionPictures?
}

/// An even sample of the rows of a regression, for pictures of it: bounded, whatever the number of
/// rows, and the same in whatever parts they come.
package struct RegressionSample: Sendable {
  package struct Row: Sendable, Equatable {
    package var prediction: Double
    package var label: Double
    package var weight: Double
  }

  private var kept: [(priority: UInt64, row: Row)] = []
  /// Only rows below it can still be among the first `capacity`.
  private var limit = UInt64.max
  private let capacity: Int

  /// - Parameter capacity: rows kept, at least 1.
  package init(capacity: Int = 2048) { self.capacity = capacity }

  /// - Parameters:
  ///   - weight: finite and >= 0; rows of weight 0 are passed over.
  ///   - priority: drawn evenly for each row; the rows with the least are kept.
  package mutating func add(prediction: Double, label: Double, weight: Double, priority: UInt64) {
    guard weight > 0, priority < limit else { return }
    kept.append((priority, Row(prediction: prediction, label: label, weight: weight)))
    if kept.count == 2 * capacity { shorten() }
  }

  private mutating func shorten() {
    kept.sort { $0.priority < $1.priority }
    guard kept.count > capacity else { return }
    limit = kept[capacity].priority
    kept.removeSubrange(capacity...)
  }

  package mutating func summary() -> RegressionPictures {
    shorten()
    return RegressionPictures(kept.map(\.row))
  }
}

/// Pictures of a regression, as few points as a plot can show.
package struct RegressionPictures: Sendable, Equatable {
  /// Rows of similar prediction.
  package struct Bin: Sendable, Equatable {
    package var meanPrediction: Double
    package var meanLabel: Double
    /// Of the residuals label − prediction.
    package var standardDeviation: Double
  }

  package struct Bar: Sendable, Equatable {
    package var low: Double
    package var high: Double
    package var weight: Double
  }

  /// In the order in which they were drawn.
  package private(set) var rows: [RegressionSample.Row]
  /// In ascending order of prediction, of equal numbers of rows.
  package private(set) var bins: [Bin] = []
  /// Weight of the rows by label − prediction, bars of one width; what lies beyond the 0.5th and
  /// the 99.5th percentile is in the first and the last.
  package private(set) var residuals: [Bar] = []
  /// Those percentiles of predictions and labels together; nil without rows.
  package private(set) var range: ClosedRange<Double>?

  private static let binCount = 15
  private static let barCount = 40

  init(_ rows: [RegressionSample.Row]) {
    self.rows = rows
    guard !rows.isEmpty else { return }
    range = Self.middle(rows.map(\.prediction) + rows.map(\.label))
    addBins(rows.sorted { $0.prediction < $1.prediction })
    addResiduals()
  }

  /// From the 0.5th to the 99.5th percentile.
  private static func middle(_ values: [Double]) -> ClosedRange<Double> {
    let sorted = values.sorted()
    let cut = sorted.count / 200
    return sorted[cut]...sorted[sorted.count - 1 - cut]
  }

  private mutating func addBins(_ sorted: [RegressionSample.Row]) {
    let count = min(Self.binCount, max(sorted.count / 5, 1))
    for index in 0..<count {
      let members = sorted[sorted.count * index / count..<sorted.count * (index + 1) / count]
      func mean(_ value: (RegressionSample.Row) -> Double) -> Double {
        var sum = CompensatedSum()
        var weight = CompensatedSum()
        for row in members {
          sum.add(row.weight * value(row))
          weight.add(row.weight)
        }
        return sum.value / weight.value
      }
      let residual = mean { $0.label - $0.prediction }
      let variance = mean { row in
        let miss = row.label - row.prediction - residual
        return miss * miss
      }
      bins.append(
        Bin(
          meanPrediction: mean(\.prediction), meanLabel: mean(\.label),
          standardDeviation: variance.squareRoot()))
    }
  }

  private mutating func addResiduals() {
    let values = rows.map { $0.label - $0.prediction }
    let range = Self.middle(values)
    let isWide = range.upperBound > range.lowerBound
    let low = isWide ? range.lowerBound : range.lowerBound - 0.5
    let count = isWide ? Self.barCount : 1
    let width = isWide ? (range.upperBound - low) / Double(count) : 1
    residuals = (0..<count).map {
      Bar(low: low + Double($0) * width, high: low + Double($0 + 1) * width, weight: 0)
    }
    for (row, value) in zip(rows, values) {
      let bar = min(max((value - low) / width, 0), Double(count - 1))
      residuals[Int(bar)].weight += row.weight
    }
  }
}
