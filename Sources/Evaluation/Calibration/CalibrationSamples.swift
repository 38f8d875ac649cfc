internal import ElementaryMath

/// The margins and labels that a calibrator is fitted on, in bounded memory.
///
/// Rows of equal margin add up. While the distinct margins fit the capacity every fit is exact;
/// beyond it neighbouring margins share a bin that holds at most 8 / capacity of the classes.
package struct CalibrationSample: Sendable {
  private var scores: ScoreHistogram
  private var hasMarginNotFinite = false
  /// Of the rows so far, once somebody asked: more than one calibrator begins with it.
  private var line: Calibrator?

  /// - Parameter capacity: distinct margins up to which nothing is rounded together.
  package init(capacity: Int = 1 << 20) { scores = ScoreHistogram(capacity: capacity) }

  /// - Parameters:
  ///   - margin: log-odds after prior correction.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  package mutating func add(margin: Double, label: Bool, weight: Double) {
    guard weight > 0 else { return }
    line = nil
    guard margin.isFinite else {
      hasMarginNotFinite = true
      return
    }
    scores.add(score: margin, prediction: margin, label: label, weight: weight)
  }

  /// Fits a calibrator of a binary label.
  ///
  /// - Parameter method: any but a temperature.
  package mutating func fit(
    _ method: Calibrator.Kind
  ) throws(CalibrationRefusal) -> Calibrator {
    let bins = try bins(
      for: method, atLeast: Self.needed(for: method), mustRise: method != .intercept)
    switch method {
    case .intercept: return .intercept(InterceptFit.fit(bins, slope: 1))
    case .platt: return try line(bins)
    case .blend:
      let line = try line(bins).parameters
      return .blend(
        BlendMap(slope: line[0], intercept: line[1], isotonic: IsotonicMap(fitting: bins)))
    case .beta: return try BetaFit.fit(bins)
    case .isotonic: return .isotonic(IsotonicMap(fitting: bins))
    case .temperature: preconditionFailure("a temperature belongs to a softmax")
    }
  }

  /// Fits Platt's map with its slope inside `slopes`.
  ///
  /// - Returns: the map, and the slope that was best.
  package mutating func fitPlatt(
    slopes: ClosedRange<Double>
  ) throws(CalibrationRefusal) -> (map: Calibrator, slope: Double) {
    let bins = try bins(for: .platt, atLeast: Self.needed(for: .platt))
    return PlattFit.hold(try line(bins), bins, slopes: slopes)
  }

  /// Platt's map of the rows so far.
  private mutating func line(_ bins: [ScoreBin]) throws(CalibrationRefusal) -> Calibrator {
    if let line { return line }
    let fitted = try PlattFit.fit(bins)
    line = fitted
    return fitted
  }

  /// Rows needed of each class. The standard error of a fitted log-odds is about 1 / √positives:
  /// ten events a parameter (Peduzzi et al. 1996) for the parametric maps, and a hundred for
  /// isotonic and what has it inside, whose steps each rest on a few of them.
  package static func needed(for method: Calibrator.Kind) -> Int {
    switch method {
    case .intercept: 10
    case .platt: 20
    case .beta: 30
    case .isotonic, .blend: 100
    case .temperature: 10
    }
  }

  /// The rows in ascending order of margin.
  ///
  /// - Parameters:
  ///   - needed: rows of each class; `method` is what they are needed for.
  ///   - mustRise: whether labels have to rise with the margin.
  internal mutating func bins(
    for method: Calibrator.Kind, atLeast needed: Int, mustRise: Bool = true
  ) throws(CalibrationRefusal) -> [ScoreBin] {
    if hasMarginNotFinite { throw .marginNotFinite }
    let bins = scores.sorted()
    let rows = bins.reduce(0) { $0 + $1.rows }
    let positives = bins.reduce(0) { $0 + $1.positives }
    if min(positives, rows - positives) < needed {
      throw .tooFew(
        method: method, positives: positives, negatives: rows - positives, needed: needed)
    }
    if mustRise { try Self.refuseWithoutRise(bins) }
    return bins
  }

  /// An increasing map says something only where labels rise with the margin. Without this an
  /// isotonic fit would be one level for all rows, and published as if it were a finding.
  private static func refuseWithoutRise(_ bins: [ScoreBin]) throws(CalibrationRefusal) {
    let weight = bins.reduce(into: CompensatedSum()) { $0.add($1.weight) }.value
    let mean = bins.reduce(into: CompensatedSum()) {
      $0.add($1.weight / weight * $1.meanPrediction)
    }.value
    var covariance = CompensatedSum()
    var spread = CompensatedSum()
    for bin in bins {
      let distance = bin.meanPrediction - mean
      covariance.add(bin.positiveWeight * distance)
      spread.add(bin.weight * distance.magnitude)
    }
    // What rounding leaves of margins that are all the same.
    guard bins.count > 1, spread.value > 1e-12 * weight * mean.magnitude else {
      throw .constantMargins
    }
    guard covariance.value > 0 else { throw .notIncreasing }
  }
}

/// Rows for an isotonic calibrator whose steps are drawn toward the beta map by as much as the rows
/// themselves advise.
///
/// Each step of a plain isotonic fit rests on few rows, and its outer ones on rows of one class,
/// where it is sure of 0 or 1: on a thousand rows that noise costs more than a wrong shape would.
/// So the fit is to (1 − λ) · label + λ · q, with q the beta map of the same rows, and λ is the one
/// of `shares` with the least cross-validated log loss (stacking; Wolpert 1992). Where the true
/// relation is not a beta map, λ goes to 0 as rows grow, and the plain fit remains.
package struct SmoothedIsotonicSample: Sendable {
  private struct Row: Sendable {
    var margin: Double
    var isPositive: Bool
    var weight: Double
    var fold: Int
  }

  /// Parts of the cross-validation; each is scored by maps of the others.
  package static let folds = 5
  /// Candidates for λ. Not 1: every margin would have a step of its own.
  package static let shares = [0, 0.125, 0.25, 0.5, 0.75, 0.9]
  /// How near to 0 and 1 the beta map may draw: no row is certain, whatever its margin.
  private static let certainty = 1e-12

  private var rows: [Row] = []
  private var all = CalibrationSample()
  /// At k: all rows but those of fold k.
  private var others = [CalibrationSample](repeating: CalibrationSample(), count: folds)

  package init() {}

  /// - Parameters:
  ///   - margin: log-odds after prior correction.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  ///   - fold: below `folds`, chosen without a look at the row.
  package mutating func add(margin: Double, label: Bool, weight: Double, fold: Int) {
    precondition((0..<Self.folds).contains(fold), "no such fold")
    all.add(margin: margin, label: label, weight: weight)
    for index in others.indices where index != fold {
      others[index].add(margin: margin, label: label, weight: weight)
    }
    guard weight > 0 else { return }
    rows.append(Row(margin: margin, isPositive: label, weight: weight, fold: fold))
  }

  /// - Returns: the map and its λ.
  package mutating func fit() throws(CalibrationRefusal) -> (map: Calibrator, share: Double) {
    let bins = try all.bins(
      for: .isotonic, atLeast: CalibrationSample.needed(for: .isotonic))
    let share = bestShare()
    return (.isotonic(Self.map(bins, Self.betaMap(bins), share)), share)
  }

  private mutating func bestShare() -> Double {
    var losses = [CompensatedSum](repeating: CompensatedSum(), count: Self.shares.count)
    for fold in 0..<Self.folds {
      // Without both classes in the others there is nothing to compare.
      guard let bins = try? others[fold].bins(for: .isotonic, atLeast: 1) else { return 0 }
      let beta = Self.betaMap(bins)
      for (index, share) in Self.shares.enumerated() {
        let map = Self.map(bins, beta, share)
        for row in rows where row.fold == fold {
          let probability = map.probability(row.margin)
          let logarithm =
            row.isPositive ? Elementary.log(probability) : Elementary.log1p(-probability)
          losses[index].add(-row.weight * logarithm)
        }
      }
    }
    let best = losses.indices.min { losses[$0].value < losses[$1].value }
    return best.map { Self.shares[$0] } ?? 0
  }

  /// The beta map; nil where the rows determine none.
  private static func betaMap(_ bins: [ScoreBin]) -> Calibrator? { try? BetaFit.fit(bins) }

  private static func map(
    _ bins: [ScoreBin], _ beta: Calibrator?, _ share: Double
  ) -> IsotonicMap {
    guard let beta, share > 0 else { return IsotonicMap(fitting: bins) }
    return IsotonicMap(
      fitting: bins,
      targets: bins.map {
        let drawn = min(max(beta.probability($0.meanPrediction), certainty), 1 - certainty)
        return (1 - share) * $0.positiveWeight + share * $0.weight * drawn
      })
  }
}

/// Softmax margins and their classes, kept to fit one temperature (Guo et al. 2017).
///
/// Memory grows by classes + 2 numbers a row: give it a bounded sample of rows.
package struct TemperatureSample: Sendable {
  private let classes: Int
  /// Margins less the row's largest, row by row.
  private var margins: [Double] = []
  private var labels: [Int] = []
  private var weights: [Double] = []
  private var hasMarginNotFinite = false

  /// - Parameter classes: at least 2.
  package init(classes: Int) {
    precondition(classes >= 2, "a softmax has two classes or more")
    self.classes = classes
  }

  /// - Parameters:
  ///   - margins: one for each class.
  ///   - label: the index of the class that came true.
  ///   - weight: finite and >= 0; a row of weight 0 counts for nothing.
  package mutating func add(margins row: Span<Double>, label: Int, weight: Double) {
    precondition(row.count == classes && label >= 0 && label < classes, "not this softmax's row")
    guard weight > 0 else { return }
    var largest = -Double.infinity
    for index in row.indices {
      guard row[index].isFinite else {
        hasMarginNotFinite = true
        return
      }
      largest = max(largest, row[index])
    }
    for index in row.indices { margins.append(row[index] - largest) }
    labels.append(label)
    weights.append(weight)
  }

  /// Minimises the log loss over T, which is convex in 1 / T: Newton's method inside a bracket.
  package func fit() throws(CalibrationRefusal) -> Calibrator {
    if hasMarginNotFinite { throw .marginNotFinite }
    let needed = CalibrationSample.needed(for: .temperature)
    guard labels.count >= needed else {
      throw .tooFewRows(method: .temperature, rows: labels.count, needed: needed)
    }
    guard margins.contains(where: { $0 < 0 }) else { throw .constantMargins }
    // Flat margins would do better than these: no positive inverse temperature helps.
    guard derivatives(at: 0).slope < 0 else { throw .notIncreasing }
    var low = 0.0
    var high = 1.0
    while derivatives(at: high).slope <= 0 {
      low = high
      high *= 2
      if high > 0x1p40 { throw .separable }
    }
    var inverse = (low + high) / 2
    for _ in 0..<200 {
      let (slope, curvature) = derivatives(at: inverse)
      if slope < 0 { low = inverse } else { high = inverse }
      let newton = inverse - slope / curvature
      let next = newton > low && newton < high ? newton : (low + high) / 2
      let moved = (next - inverse).magnitude
      inverse = next
      if moved <= 1e-15 * inverse { break }
    }
    return .temperature(1 / inverse)
  }

  /// Of the total log loss, by the inverse temperature.
  private func derivatives(at inverse: Double) -> (slope: Double, curvature: Double) {
    var slope = CompensatedSum()
    var curvature = CompensatedSum()
    for row in labels.indices {
      let start = row * classes
      var (total, mean, square) = (0.0, 0.0, 0.0)
      for index in start..<(start + classes) {
        let margin = margins[index]
        let share = Elementary.exp(inverse * margin)
        total += share
        mean += share * margin
        square += share * margin * margin
      }
      mean /= total
      slope.add(weights[row] * (mean - margins[start + labels[row]]))
      curvature.add(weights[row] * max(0, square / total - mean * mean))
    }
    return (slope.value, curvature.value)
  }
}
