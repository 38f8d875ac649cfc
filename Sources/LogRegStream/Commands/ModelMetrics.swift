internal import ElementaryMath
internal import Evaluation
internal import Learning
internal import ModelFile
internal import SparseBatches

/// Holds what a model says of rows against their labels, with the figures that fit its loss.
enum ModelMetrics {
  case binary(BinaryMetrics)
  case multiclass(MulticlassMetrics, classes: Int)
  case regression(RegressionMetrics)

  init(_ loss: ModelLoss) {
    switch loss {
    case .logistic, .probit: self = .binary(BinaryMetrics())
    case .softmax(let classes): self = .multiclass(MulticlassMetrics(), classes: classes)
    case .squared: self = .regression(RegressionMetrics())
    }
  }

  /// - Parameter scores: of the rows of `batch`, as `ModelWeights.predict` gives them.
  mutating func add(_ batch: borrowing SparseBatch, scores: borrowing GrowableBuffer<Double>) {
    switch self {
    case .binary(var metrics):
      self = .none
      for row in 0..<batch.rowCount {
        metrics.add(
          margin: scores[row], probability: Elementary.sigmoid(scores[row]),
          label: batch.labels[row] > 0, weight: Double(batch.weights[row]))
      }
      self = .binary(metrics)
    case .multiclass(var metrics, let classes):
      for row in 0..<batch.rowCount {
        let (range, label) = (row * classes..<(row + 1) * classes, Int(batch.labels[row]))
        metrics.add(
          loss: SoftmaxLoss.loss(scores, row: range, label: label),
          isRight: Self.largest(scores, in: range) == label, weight: Double(batch.weights[row]))
      }
      self = .multiclass(metrics, classes: classes)
    case .regression(var metrics):
      for row in 0..<batch.rowCount {
        metrics.add(
          prediction: scores[row], label: Double(batch.labels[row]),
          weight: Double(batch.weights[row]))
      }
      self = .regression(metrics)
    }
  }

  /// Holds a large histogram only once while it is changed.
  private static let none = ModelMetrics.regression(RegressionMetrics())

  /// The class with the largest score; the first of equal ones.
  static func largest(_ scores: borrowing GrowableBuffer<Double>, in row: Range<Int>) -> Int {
    var best = row.lowerBound
    for index in row where scores[index] > scores[best] { best = index }
    return best - row.lowerBound
  }

  mutating func summary() -> ModelSummary {
    switch self {
    case .binary(var metrics):
      self = .none
      let summary = metrics.summary()
      self = .binary(metrics)
      return .binary(summary)
    case .multiclass(let metrics, _): return .multiclass(metrics.summary)
    case .regression(let metrics): return .regression(metrics.summary)
    }
  }
}

/// The figures of a model on rows.
enum ModelSummary: Sendable {
  case binary(BinarySummary)
  case multiclass(MulticlassSummary)
  case regression(RegressionSummary)

  /// The few figures that a model keeps.
  var figures: ModelHeader.HoldoutFigures.Figures {
    var figures = ModelHeader.HoldoutFigures.Figures()
    switch self {
    case .binary(let summary):
      figures.rows = summary.rows
      figures.positives = summary.positives
      figures.logLoss = summary.logLoss
      figures.auc = summary.auc
      figures.ece = summary.ece
      figures.eceIfPerfect = summary.eceIfPerfect
      figures.calibrationRatio = summary.calibrationRatio
      figures.accuracy = summary.accuracy
    case .multiclass(let summary):
      figures.rows = summary.rows
      figures.logLoss = summary.logLoss
      figures.accuracy = summary.accuracy
    case .regression(let summary):
      figures.rows = summary.rows
      figures.rootMeanSquaredError = summary.rootMeanSquaredError
    }
    return figures
  }

  /// What an early stop wants to be small.
  var loss: Double? {
    switch self {
    case .binary(let summary): summary.logLoss
    case .multiclass(let summary): summary.logLoss
    case .regression(let summary): summary.meanSquaredError
    }
  }
}
