internal import Evaluation
internal import Learning
internal import SparseBatches

/// All figures of one pass over a model's predictions: the many of a binary label, or the few of other
/// losses.
struct ModelEvaluation {
  /// nil for losses of other labels.
  private var binary: BinaryEvaluation?
  private var others: ModelMetrics

  /// - Throws: usage when figures of a binary label are asked for and the model has none.
  init(_ configuration: EvaluationConfiguration, _ loss: ModelLoss) throws(RunFailure) {
    others = ModelMetrics(loss, isDetailed: configuration.report != nil)
    switch loss {
    case .logistic, .probit: binary = BinaryEvaluation(configuration)
    case .softmax, .squared:
      let words = loss == .squared ? "a number" : "one of several classes"
      for (option, isGiven) in configuration.binaryOptions where isGiven {
        throw RunFailure(
          .usage, "\(option) needs predictions of two classes; this model predicts \(words)",
          cure: "drop it")
      }
    }
  }

  /// Adds the rows of an item whose margins were predicted.
  mutating func add(_ item: PipelineItem) {
    guard binary != nil else { return others.add(item.batch, scores: item.margins) }
    for row in 0..<item.batch.rowCount {
      binary?.add(.margin(item.margins[row]), row: row, of: item)
    }
  }

  /// - Parameters:
  ///   - rows: of the stream, bad ones included.
  ///   - badRows: how many of them were left out.
  mutating func report(rows: Int, badRows: Int) -> EvaluationReport {
    if let figures = binary?.figures(rows: rows, badRows: badRows) {
      return EvaluationReport(figures)
    }
    return EvaluationReport(others.summary(), rows: rows, badRows: badRows)
  }
}
