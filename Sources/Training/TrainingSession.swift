internal import Configuration
internal import ElementaryMath
package import Learning
package import ModelFile
internal import Notices
internal import Scoring
internal import SparseBatches

/// The online learner of one run, whatever its optimizer: one dynamic call a batch, none a row.
protocol TrainingSession: AnyObject {
  /// Loss and weight of every row so far, each before it was learned.
  var progressiveLoss: (sum: Double, weight: Double) { get }
  /// Mean loss of the first epoch: later ones have seen the rows before.
  var firstEpochLoss: Double? { get }
  var description: ModelHeader.Learner { get }
  /// Lends the margins of the rows of the last batch learned, each before it was learned.
  func withMargins(_ body: (borrowing GrowableBuffer<Double>) -> Void)

  /// - Parameter place: where the row with this index in its chunk stands in the input; nil when
  ///   that is not known any more.
  func learn(_ batch: borrowing SparseBatch, place: (Int) -> RowPlace?) throws(RunFailure)
  /// Ends an epoch: applies the last, shorter mini-batch.
  func finishEpoch() throws(RunFailure)
  /// The weights of now.
  func weights() throws(RunFailure) -> LearnedWeights

  /// Measures rows at both kinds of weights as they are now; learns nothing.
  func score(_ batch: borrowing SparseBatch, into scores: inout FrozenScores)
  /// The weights that it gives are the last ones from now on, not averages. Call when all is learned.
  func serveLastWeights()

  /// Whether the learning rate is 0 for ever after `waiting` more rows.
  func scheduleHasEnded(after waiting: Int) -> Bool
  /// Multiplies the evidence behind all that was learned by `share`.
  func forget(keeping share: Double) throws(RunFailure)
  /// What a checkpoint holds of it beside the table.
  var section: ContainerSection { get }
  func copyTable(into snapshot: TableSnapshot)
  /// Takes over the state of a session of the same configuration.
  ///
  /// - Throws: badData when the parts of the checkpoint contradict each other.
  func restore(_ container: Container) throws(RunFailure)
}

/// Makes the session that a configuration asks for.
enum TrainingSessions {
  /// - Throws: usage, naming the option that is out of range.
  static func make(
    _ configuration: LearnerConfiguration, loss: ModelLoss, bits: Int,
    _ start: LearnerStart = LearnerStart()
  ) throws(RunFailure) -> any TrainingSession {
    let plan = SessionPlan(configuration, loss: loss, bits: bits, start: start)
    let (l1, l2) = (configuration.l1, configuration.l2)
    var rate = configuration.learningRate.options
    rate.learningRate = rate.learningRate ?? start.rate
    switch configuration.optimizer {
    case .sgd:
      let parameters = try SGDParameters(rate: rate, l1: l1, l2: l2)
      return try plan.session(SGDCoordinates.self, parameters, rate: parameters.rate)
    case .adagrad:
      let parameters = try AdaGradParameters(rate: rate, l1: l1, l2: l2)
      return try plan.session(AdaGradCoordinates.self, parameters, rate: parameters.rate)
    case .ftrl, .lbfgs, .newton:
      let parameters = try FTRLParameters(
        alpha: configuration.alpha ?? start.rate ?? FTRLParameters.defaultAlpha,
        beta: configuration.beta, l1: l1, l2: l2)
      return try plan.session(FTRLCoordinates.self, parameters, alpha: parameters.alpha)
    }
  }
}

/// What every session of a configuration has in common.
private struct SessionPlan {
  let configuration: LearnerConfiguration
  let loss: ModelLoss
  let bits: Int
  let start: LearnerStart

  init(
    _ configuration: LearnerConfiguration, loss: ModelLoss, bits: Int, start: LearnerStart
  ) {
    self.configuration = configuration
    self.loss = loss
    self.bits = bits
    self.start = start
  }

  /// - Parameters:
  ///   - alpha: of ftrl.
  ///   - rate: of the others.
  func session<Rule: CoordinateRule>(
    _ rule: Rule.Type, _ parameters: Rule.Parameters, alpha: Double? = nil,
    rate: LearningRate? = nil
  ) throws(RunFailure) -> any TrainingSession {
    let description = description(alpha: alpha, rate)
    switch configuration.average {
    case .none: return try learner(rule, parameters, description)
    case .auto, .tail: return try learner(Averaged<Rule>.self, parameters, description)
    }
  }

  private func learner<Rule: CoordinateRule>(
    _: Rule.Type, _ parameters: Rule.Parameters, _ description: ModelHeader.Learner
  ) throws(RunFailure) -> any TrainingSession {
    let batchSize = configuration.batchSize
    switch loss {
    case .logistic:
      return OnlineSession(
        try OnlineLearner<Rule, LogisticLoss>(
          bits: bits, parameters: parameters, batchSize: batchSize), description)
    case .squared:
      var learner = try OnlineLearner<Rule, SquaredLoss>(
        bits: bits, parameters: parameters, batchSize: batchSize)
      learner.target = start.target
      return OnlineSession(learner, description, target: start.target)
    case .probit:
      return OnlineSession(
        try OnlineLearner<Rule, ProbitLoss>(
          bits: bits, parameters: parameters, batchSize: batchSize), description)
    case .softmax(let classes):
      return OnlineSession(
        try SoftmaxLearner<Rule>(
          bits: bits, classes: classes, parameters: parameters, batchSize: batchSize), description)
    }
  }

  private func description(alpha: Double?, _ rate: LearningRate?) -> ModelHeader.Learner {
    var online = ModelHeader.Learner.Online(
      alpha: alpha, beta: alpha == nil ? nil : configuration.beta,
      rate: rate.map { ModelHeader.Learner.Rate($0) }, batchSize: configuration.batchSize)
    online.average =
      configuration.average == .none ? nil : LearnerConfiguration.Average.tail.rawValue
    online.race = start.race
    if start.target != .unscaled {
      online.target = ModelHeader.Learner.Target(
        mean: start.target.mean, deviation: start.target.deviation)
    }
    return ModelHeader.Learner(
      loss: loss.name, optimizer: configuration.optimizer.rawValue, l1: configuration.l1,
      l2: configuration.l2, online: online)
  }
}

extension ModelHeader.Learner.Rate {
  package init(_ rate: LearningRate) {
    self.init(
      schedule: rate.schedule.rawValue, initial: rate.initial, power: rate.power,
      decay: rate.decay, decayRows: rate.decayRows, warmupRows: rate.warmupRows)
  }
}

/// A session with one optimizer and one loss.
private final class OnlineSession<Learner: ResumableLearner & ~Copyable>: TrainingSession {
  private var learner: Learner
  let description: ModelHeader.Learner
  /// The unit in which the learner has labels, and with them losses and weights.
  private let target: TargetScale
  private(set) var firstEpochLoss: Double?
  private var isFirstEpoch = true

  init(
    _ learner: consuming Learner, _ description: ModelHeader.Learner,
    target: TargetScale = .unscaled
  ) {
    self.learner = learner
    self.description = description
    self.target = target
  }

  var progressiveLoss: (sum: Double, weight: Double) {
    (learner.progress.weightedLoss.value * lossUnit, learner.progress.weight.value)
  }

  /// What a loss of 1 in the learner's unit is in that of the labels.
  private var lossUnit: Double { target.deviation * target.deviation }

  func withMargins(_ body: (borrowing GrowableBuffer<Double>) -> Void) { body(learner.margins) }

  func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?
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
    if isFirstEpoch { firstEpochLoss = learner.progress.mean.map { $0 * lossUnit } }
    isFirstEpoch = false
  }

  func weights() throws(RunFailure) -> LearnedWeights {
    var weights = SparseWeights(outputsPerSlot: learner.outputs)
    weights.reserve(learner.tableCount)
    let unit = Float(target.deviation)
    var scaled = EntryWeights()
    try learner.forEachPortionOfWeights { portion throws(RunFailure) in
      guard target != .unscaled else { return try weights.append(portion) }
      scaled.removeAll()
      for index in 0..<portion.entries.count {
        scaled.entries.append(portion.entries[index])
        scaled.weights.append(portion.weights[index] * unit)
      }
      try weights.append(scaled)
    }
    return LearnedWeights(
      biases: (0..<learner.outputs).map {
        target.mean + target.deviation * learner.bias(output: $0)
      }, weights: weights)
  }

  func score(_ batch: borrowing SparseBatch, into scores: inout FrozenScores) {
    learner.predict(batch, into: &scores.margins)
    learner.losses(of: batch, at: scores.margins, into: &scores.averaged)
    learner.serveLastWeights(true)
    learner.predict(batch, into: &scores.margins)
    learner.losses(of: batch, at: scores.margins, into: &scores.last)
    learner.serveLastWeights(false)
    scores.lossUnit = lossUnit
  }

  func serveLastWeights() { learner.serveLastWeights(true) }

  // MARK: - Checkpoints

  func scheduleHasEnded(after waiting: Int) -> Bool {
    guard let rate = description.online?.rate, rate.schedule == RateSchedule.cosine.rawValue
    else { return false }
    return learner.rowsOnClock + waiting >= rate.decayRows
  }

  func forget(keeping share: Double) throws(RunFailure) { try learner.forget(keeping: share) }

  var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(isFirstEpoch)
    writer.append(firstEpochLoss != nil)
    writer.append(firstEpochLoss ?? 0)
    learner.encodeState(into: &writer)
    return ContainerSection(type: .learnerState, data: writer.bytes)
  }

  func copyTable(into snapshot: TableSnapshot) {
    learner.withTable { snapshot.copy($0, stateBytes: Learner.stateBytes) }
  }

  func restore(_ container: Container) throws(RunFailure) {
    var reader = try container.reader(of: .learnerState)
    var isPossible = true
    isFirstEpoch = try reader.readBool()
    let hasLoss = try reader.readBool()
    let loss = try reader.readDouble()
    firstEpochLoss = hasLoss ? loss : nil
    guard loss.isFinite else { throw reader.failure("a loss is \(loss)") }
    let fits = TableSnapshot.forEachPiece(
      of: container, stateBytes: Learner.stateBytes, states: learner.tableCount
    ) { learner.loadTable($0, at: $1) }
    guard fits else { throw reader.failure("its table is not that of the options") }
    try learner.restoreState(from: &reader)
    try reader.expectEnd()
    // Penalties flow with the clock: what a state is worth shows when both are there.
    TableSnapshot.forEachUsedState(of: container) { state in
      isPossible = isPossible && learner.isPossible(state: state)
    }
    guard isPossible else { throw reader.failure("a number in its table is out of range") }
  }

  private static func refusal(_ error: NonFiniteRow, place: RowPlace?) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    return RunFailure(
      .badData,
      "\(place?.text ?? "a row")\(feature): the \(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or learn more slowly (--alpha, --learning-rate)")
  }
}
