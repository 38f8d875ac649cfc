internal import ElementaryMath
package import Evaluation
package import Learning
package import ModelFile
package import SparseBatches

/// Holds what a model says of rows against their labels, with the figures that fit its loss.
enum ModelMetrics {
  case binary(BinaryMetrics)
  case multiclass(MulticlassMetrics, classes: Int, ClassFigures?)
  case regression(RegressionMetrics, rows: Int, RegressionSample?)

  /// - Parameter isDetailed: whether a report wants to show more than the figures.
  init(_ loss: ModelLoss, isDetailed: Bool) {
    switch loss {
    case .logistic, .probit: self = .binary(BinaryMetrics())
    case .softmax(let classes):
      self = .multiclass(
        MulticlassMetrics(), classes: classes,
        isDetailed ? ClassFigures(classes: classes) : nil)
    case .squared:
      self = .regression(RegressionMetrics(), rows: 0, isDetailed ? RegressionSample() : nil)
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
    case .multiclass(var metrics, let classes, var detail):
      self = .none
      var probabilities: [Double] = []
      for row in 0..<batch.rowCount {
        let (range, label) = (row * classes..<(row + 1) * classes, Int(batch.labels[row]))
        let (predicted, weight) = (Self.largest(scores, in: range), Double(batch.weights[row]))
        metrics.add(
          loss: SoftmaxLoss.loss(scores, row: range, label: label),
          isRight: predicted == label, weight: weight)
        guard detail != nil else { continue }
        Self.setProbabilities(&probabilities, scores, in: range)
        detail?.add(
          probabilities.span, predicted: predicted, label: label, weight: weight)
      }
      self = .multiclass(metrics, classes: classes, detail)
    case .regression(var metrics, var rows, var sample):
      self = .none
      for row in 0..<batch.rowCount {
        let (label, weight) = (Double(batch.labels[row]), Double(batch.weights[row]))
        metrics.add(prediction: scores[row], label: label, weight: weight)
        sample?.add(
          prediction: scores[row], label: label, weight: weight,
          priority: SplitMix64.bits(UInt64(rows) &* SplitMix64.increment))
        rows += 1
      }
      self = .regression(metrics, rows: rows, sample)
    }
  }

  /// Holds a large histogram or sample only once while it is changed.
  private static let none = ModelMetrics.regression(RegressionMetrics(), rows: 0, nil)

  /// Of each class, from the scores of one row.
  private static func setProbabilities(
    _ probabilities: inout [Double], _ scores: borrowing GrowableBuffer<Double>,
    in row: Range<Int>
  ) {
    let top = scores[row.lowerBound + largest(scores, in: row)]
    probabilities.removeAll(keepingCapacity: true)
    var sum = 0.0
    for index in row {
      let odds = Elementary.exp(scores[index] - top)
      probabilities.append(odds)
      sum += odds
    }
    for index in probabilities.indices { probabilities[index] /= sum }
  }

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
    case .multiclass(let metrics, let classes, var detail):
      self = .none
      var summary = metrics.summary
      summary.detail = detail?.summary()
      self = .multiclass(metrics, classes: classes, detail)
      return .multiclass(summary)
    case .regression(let metrics, let rows, var sample):
      var summary = metrics.summary
      summary.pictures = sample?.summary()
      self = .regression(metrics, rows: rows, sample)
      return .regression(summary)
    }
  }
}

/// The figures of a model on rows.
package enum ModelSummary: Sendable {
  case binary(BinarySummary)
  case multiclass(MulticlassSummary)
  case regression(RegressionSummary)

  /// The few figures that a model keeps.
  package var figures: ModelHeader.HoldoutFigures.Figures {
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
  package var loss: Double? {
    switch self {
    case .binary(let summary): summary.logLoss
    case .multiclass(let summary): summary.logLoss
    case .regression(let summary): summary.meanSquaredError
    }
  }
}

extension ModelWeights {
  /// The mean loss of these weights on some rows, as people are shown it; nil without weight.
  package func meanLoss(of rows: borrowing SparseBatch, _ loss: ModelLoss) -> Double? {
    var scores = GrowableBuffer<Double>(capacity: rows.rowCount * loss.outputs)
    predict(rows, into: &scores)
    var metrics = ModelMetrics(loss, isDetailed: false)
    metrics.add(rows, scores: scores)
    return metrics.summary().loss
  }
}
