internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import SparseBatches

/// The online learner of one run, whatever its optimizer: one dynamic call a batch, none a row.
protocol TrainingSession: AnyObject {
  /// Loss and weight of every row so far, each before it was learned.
  var progressiveLoss: (sum: Double, weight: Double) { get }
  /// Of the first epoch: later ones have seen the rows before.
  var progressiveLogLoss: Double? { get }
  var description: ModelHeader.Learner { get }

  /// - Parameter place: where the row with this index in its chunk stands in the input; nil when
  ///   that is not known any more.
  func learn(_ batch: borrowing SparseBatch, place: (Int) -> String?) throws(RunFailure)
  /// Ends an epoch: applies the last, shorter mini-batch.
  func finishEpoch() throws(RunFailure)
  /// Margins at the weights of now.
  func predict(_ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>)
  /// The weights of now.
  func weights() throws(RunFailure) -> LearnedWeights
}

/// Makes the session that a configuration asks for.
enum TrainingSessions {
  /// - Throws: usage, naming the option that is out of range.
  static func make(
    _ configuration: LearnerConfiguration, bits: Int
  ) throws(RunFailure) -> any TrainingSession {
    let (l1, l2) = (configuration.l1, configuration.l2)
    let rate = configuration.learningRate.options
    var online = ModelHeader.Learner.Online(
      alpha: nil, beta: nil, rate: nil, batchSize: configuration.batchSize)
    switch configuration.optimizer {
    case .sgd:
      let parameters = try SGDParameters(rate: rate, l1: l1, l2: l2)
      online.rate = ModelHeader.Learner.Rate(parameters.rate)
      return try OnlineSession<SGDCoordinates>(configuration, online, bits: bits, parameters)
    case .adagrad:
      let parameters = try AdaGradParameters(rate: rate, l1: l1, l2: l2)
      online.rate = ModelHeader.Learner.Rate(parameters.rate)
      return try OnlineSession<AdaGradCoordinates>(configuration, online, bits: bits, parameters)
    case .ftrl, .lbfgs, .newton:
      let parameters = try FTRLParameters(
        alpha: configuration.alpha, beta: configuration.beta, l1: l1, l2: l2)
      online.alpha = configuration.alpha
      online.beta = configuration.beta
      return try OnlineSession<FTRLCoordinates>(configuration, online, bits: bits, parameters)
    }
  }
}

extension ModelHeader.Learner.Rate {
  init(_ rate: LearningRate) {
    self.init(
      schedule: rate.schedule.rawValue, initial: rate.initial, power: rate.power,
      decay: rate.decay, decayRows: rate.decayRows, warmupRows: rate.warmupRows)
  }
}

/// A session with one optimizer.
private final class OnlineSession<Rule: CoordinateRule>: TrainingSession {
  private var learner: OnlineLearner<Rule, LogisticLoss>
  let description: ModelHeader.Learner
  private(set) var progressiveLogLoss: Double?
  private var isFirstEpoch = true

  init(
    _ configuration: LearnerConfiguration, _ online: ModelHeader.Learner.Online, bits: Int,
    _ parameters: Rule.Parameters
  ) throws(RunFailure) {
    learner = try OnlineLearner(
      bits: bits, parameters: parameters, batchSize: configuration.batchSize)
    description = ModelHeader.Learner(
      loss: "logistic", optimizer: configuration.optimizer.rawValue, l1: configuration.l1,
      l2: configuration.l2, online: online)
  }

  var progressiveLoss: (sum: Double, weight: Double) {
    (learner.progress.weightedLoss.value, learner.progress.weight.value)
  }

  func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.learn(batch)
    } catch {
      throw Self.refusal(
        error, place: error.row.flatMap { place(Int(batch.rowsInChunk[$0])) })
    }
  }

  func finishEpoch() throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.finish()
    } catch {
      throw Self.refusal(error, place: nil)
    }
    if isFirstEpoch { progressiveLogLoss = learner.progress.mean }
    isFirstEpoch = false
  }

  func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    learner.predict(batch, into: &margins)
  }

  func weights() throws(RunFailure) -> LearnedWeights {
    var weights = SparseWeights()
    try learner.forEachNonZeroWeight { slot, _, weight throws(RunFailure) in
      try weights.append(slot: slot, weight: weight)
    }
    return LearnedWeights(bias: learner.bias, weights: weights)
  }

  private static func refusal(_ error: NonFiniteRow, place: String?) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    return RunFailure(
      .badData,
      "\(place ?? "a row")\(feature): the \(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or learn more slowly (--alpha, --learning-rate)")
  }
}
