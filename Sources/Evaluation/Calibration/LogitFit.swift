internal import ElementaryMath

/// Platt's sigmoid on smoothed targets (Lin, Lin & Weng 2007), whose optimum is finite whatever
/// the rows.
internal enum PlattFit {
  /// - Parameter bins: of margins, both classes present.
  static func fit(_ bins: [ScoreBin]) throws(CalibrationRefusal) -> Calibrator {
    let totals = bins.classTotals
    let high = (totals.positive + 1) / (totals.positive + 2)
    let low = 1 / (totals.negative + 2)
    let line = try LogitFit(
      columns: [bins.map(\.meanPrediction)], weights: bins.map(\.weight),
      targets: bins.map { $0.positiveWeight * high + $0.negativeWeight * low })
    guard line.slopes[0] > 0 else { throw .notIncreasing }
    return .platt(slope: line.slopes[0], intercept: line.intercept)
  }
}

extension PlattFit {
  /// Platt's map with its slope inside `slopes`: where the best slope is outside, the nearest one and
  /// the intercept that is best with it.
  ///
  /// - Parameter map: the best one of the bins.
  /// - Returns: the map, and the slope that was best.
  static func hold(
    _ map: Calibrator, _ bins: [ScoreBin], slopes: ClosedRange<Double>
  ) -> (map: Calibrator, slope: Double) {
    let slope = map.parameters[0]
    let held = min(max(slope, slopes.lowerBound), slopes.upperBound)
    guard held != slope else { return (map, slope) }
    return (.platt(slope: held, intercept: InterceptFit.fit(bins, slope: held)), slope)
  }
}

/// The likeliest intercept of a line whose slope is given: where the probabilities sum to the labels.
internal enum InterceptFit {
  private static let iterations = 200

  /// - Parameters:
  ///   - bins: of margins, both classes present.
  ///   - slope: > 0.
  static func fit(_ bins: [ScoreBin], slope: Double) -> Double {
    let totals = bins.classTotals
    let margins = bins.map { slope * $0.meanPrediction }
    let even = Elementary.log(totals.positive) - Elementary.log(totals.negative)
    // At either end every row has a probability on the same side of the share of positives.
    var low = even - (margins.max() ?? 0)
    var high = even - (margins.min() ?? 0)
    var intercept = (low + high) / 2
    for _ in 0..<iterations {
      var miss = CompensatedSum()
      var curvature = CompensatedSum()
      for (bin, margin) in zip(bins, margins) {
        let (probability, other) =
          (Elementary.sigmoid(margin + intercept), Elementary.sigmoid(-margin - intercept))
        // Not weight · p − positives: where nearly all rows are positive it would cancel.
        miss.add(bin.negativeWeight * probability - bin.positiveWeight * other)
        curvature.add(bin.weight * probability * other)
      }
      if miss.value < 0 { low = intercept } else { high = intercept }
      let newton = intercept - miss.value / curvature.value
      let next = newton > low && newton < high ? newton : (low + high) / 2
      let moved = (next - intercept).magnitude
      intercept = next
      if moved <= 1e-15 * max(1, intercept.magnitude) { break }
    }
    return intercept
  }
}

/// The three-parameter beta map (Kull, Silva Filho & Flach 2017, section 3), unpenalised, on hard
/// labels. Its logarithms come from the margin, so that nothing is clipped.
internal enum BetaFit {
  /// - Parameter bins: of margins, both classes present.
  static func fit(_ bins: [ScoreBin]) throws(CalibrationRefusal) -> Calibrator {
    let margins = bins.map(\.meanPrediction)
    let logs = margins.map { -Elementary.softplus(-$0) }
    let coLogs = margins.map { Elementary.softplus($0) }
    func solve(_ columns: [[Double]]) throws(CalibrationRefusal) -> LogitFit {
      try LogitFit(
        columns: columns, weights: bins.map(\.weight), targets: bins.map(\.positiveWeight))
    }
    let both = try solve([logs, coLogs])
    if both.slopes[0] >= 0 && both.slopes[1] >= 0 {
      return .beta(a: both.slopes[0], b: both.slopes[1], c: both.intercept)
    }
    // As the authors do: the negative one becomes 0, and the rest is fitted again.
    let keepsFirst = both.slopes[0] >= 0
    let one = try solve([keepsFirst ? logs : coLogs])
    guard one.slopes[0] > 0 else { throw .notIncreasing }
    return keepsFirst
      ? .beta(a: one.slopes[0], b: 0, c: one.intercept)
      : .beta(a: 0, b: one.slopes[0], c: one.intercept)
  }
}

/// Weighted logistic regression on one or two columns and an intercept, by Newton's method with
/// backtracking: what the parametric calibrators are made of.
///
/// Columns are standardized while solving, so that neither far nor tightly packed margins cost
/// digits.
internal struct LogitFit {
  /// One for each column.
  private(set) var slopes: [Double]
  private(set) var intercept: Double

  private static let iterations = 100
  /// A mean loss below it means that the rows are told apart without a fault.
  private static let leastLoss = 1e-9

  /// - Parameters:
  ///   - columns: 1 or 2 columns of one value a row.
  ///   - weights: > 0, one for each row.
  ///   - targets: weight × target probability of each row.
  init(
    columns: [[Double]], weights: [Double], targets: [Double]
  ) throws(CalibrationRefusal) {
    let rows = try Rows(columns: columns, weights: weights, targets: targets)
    var point = rows.start
    var value = rows.value(at: point)
    var hasConverged = false
    for _ in 0..<Self.iterations where !hasConverged {
      let next = Self.next(rows, point, value)
      let moved = zip(next.point, point).map { ($0 - $1).magnitude }.max() ?? 0
      (point, value) = next
      hasConverged = moved < 1e-13 * max(1, point.map(\.magnitude).max() ?? 1)
    }
    // An optimum at infinity: the loss goes to 0, or the steps never end.
    guard hasConverged, value.loss > Self.leastLoss else { throw .separable }
    slopes = zip(point.dropFirst(), rows.deviations).map { $0 / $1 }
    intercept = zip(slopes, rows.means).reduce(point[0]) { $0 - $1.0 * $1.1 }
  }

  /// A Newton step, halved until the loss falls enough (Armijo). Near the optimum, where the loss
  /// has no digits left to tell, the whole step.
  private static func next(
    _ rows: Rows, _ point: [Double], _ value: Rows.Value
  ) -> (point: [Double], value: Rows.Value) {
    let step = solve(value.hessian, value.gradient)
    let descent = zip(step, value.gradient).reduce(0) { $0 + $1.0 * $1.1 }
    var length = 1.0
    while true {
      let trial = zip(point, step).map { $0 - length * $1 }
      let found = rows.value(at: trial)
      let isSettled = descent < 1e-9 * value.loss || length < 1e-10
      if isSettled || found.loss < value.loss - 1e-4 * length * descent { return (trial, found) }
      length /= 2
    }
  }

  /// The solution of `matrix` x = `vector` by Cholesky's factors, a whisker of ridge added so that
  /// columns that say the same are no fault.
  private static func solve(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    let size = vector.count
    var lower = matrix
    var solution = vector
    for column in 0..<size {
      let ridge = 1e-12 * (matrix[column][column] + 1e-300)
      for row in column..<size {
        var sum = matrix[row][column] + (row == column ? ridge : 0)
        for k in 0..<column { sum -= lower[row][k] * lower[column][k] }
        lower[row][column] =
          row == column ? max(sum, ridge).squareRoot() : sum / lower[column][column]
      }
    }
    for row in 0..<size {
      for k in 0..<row { solution[row] -= lower[row][k] * solution[k] }
      solution[row] /= lower[row][row]
    }
    for row in (0..<size).reversed() {
      for k in (row + 1)..<max(size, row + 1) { solution[row] -= lower[k][row] * solution[k] }
      solution[row] /= lower[row][row]
    }
    return solution
  }
}

/// Rows with standardized columns; losses are means, so that steps and tolerances have one scale.
private struct Rows {
  private(set) var means: [Double] = []
  private(set) var deviations: [Double] = []
  private var columns: [[Double]] = []
  private let weights: [Double]
  private let targets: [Double]
  private let total: Double

  init(
    columns: [[Double]], weights: [Double], targets: [Double]
  ) throws(CalibrationRefusal) {
    self.weights = weights
    self.targets = targets
    total = weights.indices.reduce(into: CompensatedSum()) { $0.add(weights[$1]) }.value
    for column in columns {
      let mean = Self.sum(column, weights) { $0 } / total
      let deviation = (Self.sum(column, weights) { ($0 - mean) * ($0 - mean) } / total).squareRoot()
      guard deviation > 1e-14 * mean.magnitude, deviation.isFinite else { throw .constantMargins }
      means.append(mean)
      deviations.append(deviation)
      self.columns.append(column.map { ($0 - mean) / deviation })
    }
  }

  private static func sum(
    _ column: [Double], _ weights: [Double], _ term: (Double) -> Double
  ) -> Double {
    column.indices.reduce(into: CompensatedSum()) { $0.add(weights[$1] * term(column[$1])) }.value
  }

  /// No slope, and the base rate as the intercept.
  var start: [Double] {
    let rate = targets.indices.reduce(into: CompensatedSum()) { $0.add(targets[$1]) }.value / total
    return [Elementary.log(rate) - Elementary.log1p(-rate)] + columns.map { _ in 0 }
  }

  /// The mean loss at a point, and its derivatives.
  struct Value {
    var loss: Double
    var gradient: [Double]
    var hessian: [[Double]]
  }

  /// Loss and derivatives at once: e^-|logit|, which most of the time goes into, is in all of them.
  ///
  /// - Parameter point: the intercept, and a slope for each column.
  func value(at point: [Double]) -> Value {
    let size = point.count
    precondition(size == columns.count + 1 && size <= 3, "one or two columns")
    var loss = CompensatedSum()
    var gradient = (CompensatedSum(), CompensatedSum(), CompensatedSum())
    // Of coordinates 0, 1 and 2 with each other.
    var (h00, h10, h11, h20, h21, h22) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    let (second, slope2) = size == 3 ? (columns[1], point[2]) : ([], 0)
    for row in weights.indices {
      let x1 = columns[0][row]
      let x2 = size == 3 ? second[row] : 0
      let logit = point[0] + point[1] * x1 + slope2 * x2
      let small = Elementary.exp(-logit.magnitude)
      let tail = Elementary.log1p(small)
      let (larger, smaller) = (1 / (1 + small), small / (1 + small))
      let (probability, other) = logit >= 0 ? (larger, smaller) : (smaller, larger)
      // From the positive and the negative part apart: their difference would cancel far out.
      loss.add(
        targets[row] * (logit < 0 ? tail - logit : tail)
          + (weights[row] - targets[row]) * (logit > 0 ? logit + tail : tail))
      let slope = weights[row] * probability - targets[row]
      let curvature = weights[row] * probability * other / total
      gradient.0.add(slope)
      gradient.1.add(slope * x1)
      gradient.2.add(slope * x2)
      h00 += curvature
      h10 += curvature * x1
      h11 += curvature * x1 * x1
      h20 += curvature * x2
      h21 += curvature * x2 * x1
      h22 += curvature * x2 * x2
    }
    let sums = [gradient.0, gradient.1, gradient.2].map { $0.value / total }
    let rows = [[h00, 0, 0], [h10, h11, 0], [h20, h21, h22]]
    return Value(
      loss: loss.value / total, gradient: Array(sums[..<size]),
      hessian: rows[..<size].map { Array($0[..<size]) })
  }
}
