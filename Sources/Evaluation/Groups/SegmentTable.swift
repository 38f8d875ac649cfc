internal import ElementaryMath

/// Figures of the rows that share a value of a column, for a bounded number of values.
///
/// The first values met get segments of their own; rows of later ones, and of values too long to
/// keep, are one segment together.
package struct SegmentTable: Sendable {
  fileprivate struct Sums {
    var rows = 0
    var positives = 0
    var infiniteLosses = 0
    var weights = CompensatedSum()
    var losses = CompensatedSum()
    var predictions = CompensatedSum()
    var labels = CompensatedSum()
  }

  private let capacity: Int
  private let longestName: Int
  /// Indices into `names`.
  private var indices: [[UInt8]: Int] = [:]
  private var names: [[UInt8]] = []
  /// In the order of `names`.
  private var segments: [Sums] = []
  private var others = Sums()

  /// - Parameters:
  ///   - capacity: the most values with segments of their own.
  ///   - longestName: in bytes; rows of longer values go with the others.
  package init(capacity: Int = 1000, longestName: Int = 256) {
    self.capacity = capacity
    self.longestName = longestName
  }

  /// - Parameters:
  ///   - name: the value's bytes.
  ///   - loss: log loss of the row; infinite when the label was given probability 0.
  ///   - weight: finite and >= 0.
  package mutating func add(
    name: [UInt8], prediction: Double, loss: Double, label: Bool, weight: Double
  ) {
    guard let index = index(of: name) else {
      Self.add(&others, prediction, loss, label, weight)
      return
    }
    Self.add(&segments[index], prediction, loss, label, weight)
  }

  private mutating func index(of name: [UInt8]) -> Int? {
    if let index = indices[name] { return index }
    guard segments.count < capacity, name.count <= longestName else { return nil }
    indices[name] = segments.count
    names.append(name)
    segments.append(Sums())
    return segments.count - 1
  }

  private static func add(
    _ sums: inout Sums, _ prediction: Double, _ loss: Double, _ label: Bool, _ weight: Double
  ) {
    sums.rows += 1
    if label { sums.positives += 1 }
    guard weight > 0 else { return }
    sums.weights.add(weight)
    if loss == .infinity { sums.infiniteLosses += 1 } else { sums.losses.add(weight * loss) }
    sums.predictions.add(weight * prediction)
    if label { sums.labels.add(weight) }
  }

  /// The segments, largest first, those of equal rows by name; the others last, if there are any.
  package var summaries: [SegmentSummary] {
    var all = zip(names, segments).map { SegmentSummary(name: $0, $1) }
    all.sort {
      $0.rows == $1.rows
        ? ($0.name ?? []).lexicographicallyPrecedes($1.name ?? []) : $0.rows > $1.rows
    }
    return others.rows > 0 ? all + [SegmentSummary(name: nil, others)] : all
  }
}

/// The figures of one segment; nil where undefined.
package struct SegmentSummary: Sendable, Equatable {
  /// The column's value; nil for the rows of all values without a segment of their own.
  package var name: [UInt8]?
  package var rows: Int
  package var positives: Int
  package var logLoss: Double?
  package var meanPrediction: Double?
  package var meanLabel: Double?
  package var calibrationRatio: Double?
}

extension SegmentSummary {
  fileprivate init(name: [UInt8]?, _ sums: SegmentTable.Sums) {
    self.name = name
    rows = sums.rows
    positives = sums.positives
    logLoss = sums.infiniteLosses == 0 ? quotient(sums.losses.value, sums.weights.value) : nil
    meanPrediction = quotient(sums.predictions.value, sums.weights.value)
    meanLabel = quotient(sums.labels.value, sums.weights.value)
    calibrationRatio = quotient(sums.predictions.value, sums.labels.value)
  }
}
