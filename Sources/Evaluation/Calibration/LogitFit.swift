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
    var value = rows.loss(at: point)
    var hasConverged = false
    for _ in 0..<Self.iterations where !hasConverged {
      let (gradient, hessian) = rows.derivatives(at: point)
      let step = Self.solve(hessian, gradient)
      let next = Self.next(rows, point, value, step, gradient)
      let moved = zip(next.point, point).map { ($0 - $1).magnitude }.max() ?? 0
      (point, value) = next
      hasConverged = moved < 1e-13 * max(1, point.map(\.magnitude).max() ?? 1)
    }
    // An optimum at infinity: the loss goes to 0, or the steps never end.
    guard hasConverged, value > Self.leastLoss else { throw .separable }
    slopes = zip(point.dropFirst(), rows.deviations).map { $0 / $1 }
    intercept = zip(slopes, rows.means).reduce(point[0]) { $0 - $1.0 * $1.1 }
  }

  /// A Newton step, halved until the loss falls enough (Armijo). Near the optimum, where the loss
  /// has no digits left to tell, the whole step.
  private static func next(
    _ rows: Rows, _ point: [Double], _ value: Double, _ step: [Double], _ gradient: [Double]
  ) -> (point: [Double], value: Double) {
    let descent = zip(step, gradient).reduce(0) { $0 + $1.0 * $1.1 }
    var length = 1.0
    while true {
      let trial = zip(point, step).map { $0 - length * $1 }
      let found = rows.loss(at: trial)
      let isSettled = descent < 1e-9 * value || length < 1e-10
      if isSettled || found < value - 1e-4 * length * descent { return (trial, found) }
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

  private func logit(_ row: Int, at point: [Double]) -> Double {
    var sum = point[0]
    for column in columns.indices { sum += point[column + 1] * columns[column][row] }
    return sum
  }

  func loss(at point: [Double]) -> Double {
    var sum = CompensatedSum()
    for row in weights.indices {
      let logit = logit(row, at: point)
      // From the positive and the negative part apart: their difference would cancel far out.
      sum.add(
        targets[row] * Elementary.softplus(-logit)
          + (weights[row] - targets[row]) * Elementary.softplus(logit))
    }
    return sum.value / total
  }

  func derivatives(at point: [Double]) -> (gradient: [Double], hessian: [[Double]]) {
    let size = point.count
    var gradient = [CompensatedSum](repeating: CompensatedSum(), count: size)
    var hessian = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
    var values = [Double](repeating: 1, count: size)
    for row in weights.indices {
      for column in columns.indices { values[column + 1] = columns[column][row] }
      let logit = logit(row, at: point)
      let probability = Elementary.sigmoid(logit)
      let slope = weights[row] * probability - targets[row]
      let curvature = weights[row] * probability * Elementary.sigmoid(-logit) / total
      for i in 0..<size {
        gradient[i].add(slope * values[i])
        for j in 0...i { hessian[i][j] += curvature * values[i] * values[j] }
      }
    }
    return (gradient.map { $0.value / total }, hessian)
  }
}
