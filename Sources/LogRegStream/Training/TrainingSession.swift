internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import SparseBatches

/// The online learner of one run.
struct TrainingSession: ~Copyable {
  private var learner: FTRLProximal<LogisticLoss>
  private let configuration: LearnerConfiguration
  /// Of the first epoch: later ones have seen the rows before.
  private(set) var progressiveLogLoss: Double?
  private var isFirstEpoch = true

  init(_ configuration: LearnerConfiguration, bits: Int) throws(RunFailure) {
    let parameters = try FTRLParameters(
      alpha: configuration.alpha, beta: configuration.beta, l1: configuration.l1,
      l2: configuration.l2)
    learner = try FTRLProximal<LogisticLoss>(
      bits: bits, parameters: parameters, batchSize: configuration.batchSize)
    self.configuration = configuration
  }

  /// Loss and weight of every row so far, each before it was learned.
  var progressiveLoss: (sum: Double, weight: Double) {
    (learner.progress.weightedLoss.value, learner.progress.weight.value)
  }

  /// - Parameter place: where the row with this index in its chunk stands in the input; nil when
  ///   that is not known any more.
  mutating func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.learn(batch)
    } catch {
      throw Self.refusal(
        error, place: error.row.flatMap { place(Int(batch.rowsInChunk[$0])) })
    }
  }

  /// Ends an epoch: applies the last, shorter mini-batch.
  mutating func finishEpoch() throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.finish()
    } catch {
      throw Self.refusal(error, place: nil)
    }
    if isFirstEpoch { progressiveLogLoss = learner.progress.mean }
    isFirstEpoch = false
  }

  /// Margins at the weights of now.
  mutating func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    learner.predict(batch, into: &margins)
  }

  /// The weights of now.
  func weights() throws(RunFailure) -> LearnedWeights {
    var weights = SparseWeights()
    try learner.forEachNonZeroWeight { slot, _, weight throws(RunFailure) in
      try weights.append(slot: slot, weight: weight)
    }
    return LearnedWeights(bias: learner.bias, weights: weights)
  }

  var description: ModelHeader.Learner {
    ModelHeader.Learner(
      loss: "logistic", optimizer: configuration.optimizer.rawValue, l1: configuration.l1,
      l2: configuration.l2,
      online: ModelHeader.Learner.Online(
        alpha: configuration.alpha, beta: configuration.beta, batchSize: configuration.batchSize))
  }

  private static func refusal(_ error: NonFiniteRow, place: String?) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    return RunFailure(
      .badData,
      "\(place ?? "a row")\(feature): the \(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or lower --alpha")
  }
}
