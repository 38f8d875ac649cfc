internal import ElementaryMath
internal import Featurizing
internal import Learning
internal import ModelFile
internal import SparseBatches

/// The learner of one run and what it has seen.
struct TrainingSession: ~Copyable {
  private var learner: FTRLProximal<LogisticLoss>
  private let configuration: LearnerConfiguration
  private(set) var statistics = ModelHeader.Statistics()
  /// Rows learned in the first epoch.
  private var rows = 0
  /// Set when the first epoch is over: later ones learn the same rows again.
  private var hasSeenAllRows = false

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

  /// - Parameter place: where a row of the batch stands in the input, when that is known.
  mutating func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.learn(batch)
    } catch {
      throw Self.refusal(error, place: error.row.flatMap(place))
    }
    if !hasSeenAllRows { count(batch) }
  }

  private mutating func count(_ batch: borrowing SparseBatch) {
    statistics.features += batch.slots.count
    rows += batch.rowCount
    for row in 0..<batch.rowCount where batch.labels[row] > 0 {
      statistics.positives += 1
      statistics.positiveWeight += Double(batch.weights[row])
    }
  }

  /// Ends an epoch: applies the last, shorter mini-batch.
  mutating func finishEpoch() throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.finish()
    } catch {
      throw Self.refusal(error, place: nil)
    }
    guard !hasSeenAllRows else { return }
    hasSeenAllRows = true
    statistics.weight = learner.progress.weight.value
    statistics.progressiveLogLoss = learner.progress.mean
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

  /// Says when there was nothing to tell apart.
  func warn(_ notices: NoticeBoard) {
    if rows > 0, statistics.positives == 0 {
      notices.post("warning: no row is positive; is --positive right?")
    } else if rows > 0, statistics.positives == rows {
      notices.post("warning: every row is positive; is --label right?")
    }
  }

  var description: ModelHeader.Learner {
    ModelHeader.Learner(
      loss: "logistic", optimizer: "ftrl", alpha: configuration.alpha, beta: configuration.beta,
      l1: configuration.l1, l2: configuration.l2, batchSize: configuration.batchSize)
  }

  private static func refusal(_ error: NonFiniteRow, place: String?) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    return RunFailure(
      .badData,
      "\(place ?? "a row")\(feature): the \(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or lower --alpha")
  }
}

/// What a learner knows at one moment.
struct LearnedWeights {
  var bias: Double
  var weights: SparseWeights
}
