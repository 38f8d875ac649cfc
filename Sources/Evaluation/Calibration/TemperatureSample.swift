internal import ElementaryMath

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
