internal import Evaluation
internal import ModelFile
internal import SparseBatches

/// What a learner knows at one moment.
struct LearnedWeights {
  var bias: Double
  var weights: SparseWeights
}

/// What a training run ends with.
struct TrainedModel {
  var document: ModelDocument
  var epochs: EpochOutcome
  /// On the rows that nothing was decided on; nil without a holdout.
  var holdout: BinarySummary?
  /// The pass that read the input.
  var pipeline: RowPipeline
}

/// How the epochs went; none for an exact solver, which counts its own passes.
struct EpochOutcome {
  var epochs = 0
  private(set) var bestEpoch: Int?
  private var bestLoss = Double.infinity
  /// Of the best epoch, when there is an early stop.
  var bestWeights: LearnedWeights?

  /// - Returns: whether this epoch is the best so far.
  mutating func record(_ epoch: Int, loss: Double?) -> Bool {
    epochs = epoch
    guard let loss, loss < bestLoss else { return false }
    bestLoss = loss
    bestEpoch = epoch
    return true
  }

  /// Whether `patience` epochs brought nothing better.
  func isOver(patience: Int?) -> Bool {
    guard let patience else { return false }
    return epochs - (bestEpoch ?? 0) >= patience
  }
}
