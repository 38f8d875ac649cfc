internal import ElementaryMath

/// Figures of predictions of one of several classes: one pass, weighted.
package struct MulticlassMetrics: Sendable {
  private var rows = 0
  private var weights = CompensatedSum()
  private var losses = CompensatedSum()
  private var right = CompensatedSum()

  package init() {}

  /// - Parameters:
  ///   - loss: −log of the probability given to the row's class.
  ///   - isRight: whether that class had the greatest probability.
  ///   - weight: finite and >= 0.
  package mutating func add(loss: Double, isRight: Bool, weight: Double) {
    rows += 1
    weights.add(weight)
    losses.add(weight * loss)
    if isRight { right.add(weight) }
  }

  package var summary: MulticlassSummary {
    MulticlassSummary(
      rows: rows, logLoss: quotient(losses.value, weights.value),
      accuracy: quotient(right.value, weights.value))
  }
}

/// Figures of `MulticlassMetrics`; nil where there are no rows of any weight.
package struct MulticlassSummary: Equatable, Sendable {
  package var rows: Int
  package var logLoss: Double?
  package var accuracy: Double?
  /// nil unless it was asked for.
  package var detail: ClassSummary?
}

/// How predictions of one of several classes fare class by class: one pass, weighted, for a report.
package struct ClassFigures: Sendable {
  /// Of one class.
  package struct Class: Sendable, Equatable {
    /// Weight of the rows whose label it is.
    package var labels = 0.0
    /// Weight of the rows for which it had the greatest probability.
    package var predictions = 0.0
    /// Weight of the rows of which both hold.
    package var hits = 0.0
    /// Σ weight · (probability of the class), over all rows.
    package var probabilities = 0.0

    /// nil when the class is never predicted.
    package var precision: Double? { quotient(hits, predictions) }
    /// nil when no label is of the class.
    package var recall: Double? { quotient(hits, labels) }
    /// Harmonic mean of precision and recall; nil when the class is neither a label nor predicted.
    package var f1: Double? { quotient(2 * hits, labels + predictions) }
  }

  /// With more classes there is no table of confusions.
  package static let confusionLimit = 30

  private var labels: [CompensatedSum]
  private var predictions: [CompensatedSum]
  private var probabilities: [CompensatedSum]
  private var hits: [CompensatedSum]
  /// By label, then prediction; empty with too many classes.
  private var confusions: [CompensatedSum]
  /// Whether the predicted class is right, against the probability that it had.
  private var confidence: BinaryMetrics

  /// - Parameter classes: at least 2.
  package init(classes: Int) {
    let none = CompensatedSum()
    labels = Array(repeating: none, count: classes)
    (predictions, probabilities, hits) = (labels, labels, labels)
    let cells = classes <= Self.confusionLimit ? classes * classes : 0
    confusions = Array(repeating: none, count: cells)
    confidence = BinaryMetrics()
  }

  /// - Parameters:
  ///   - row: the probability of each class.
  ///   - predicted: the class with the greatest one.
  ///   - label: the row's class.
  ///   - weight: finite and >= 0.
  package mutating func add(
    _ row: Span<Double>, predicted: Int, label: Int, weight: Double
  ) {
    precondition(
      row.count == labels.count && labels.indices.contains(label)
        && labels.indices.contains(predicted), "not these classes")
    for index in row.indices { probabilities[index].add(weight * row[index]) }
    labels[label].add(weight)
    predictions[predicted].add(weight)
    if predicted == label { hits[label].add(weight) }
    if !confusions.isEmpty { confusions[label * labels.count + predicted].add(weight) }
    confidence.add(
      probability: min(row[predicted], 1), label: predicted == label, weight: weight)
  }

  package mutating func summary() -> ClassSummary {
    ClassSummary(
      classes: labels.indices.map { index in
        Class(
          labels: labels[index].value, predictions: predictions[index].value,
          hits: hits[index].value, probabilities: probabilities[index].value)
      },
      confusions: confusions.isEmpty
        ? nil
        : labels.indices.map { label in
          labels.indices.map { confusions[label * labels.count + $0].value }
        },
      confidence: confidence.summary())
  }
}

/// The figures of `ClassFigures`.
package struct ClassSummary: Sendable, Equatable {
  package var classes: [ClassFigures.Class]
  /// Weight of rows by label, then by the class predicted; nil with too many classes.
  package var confusions: [[Double]]?
  /// Of the probability of the predicted class; a positive is a row where it was right.
  package var confidence: BinarySummary
}
