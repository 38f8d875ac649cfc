internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
internal import SparseBatches

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

extension TrainingSessions {
  /// The learner of a state, as it was.
  ///
  /// - Throws: badData when the parts of the state contradict each other, usage when there is no
  ///   memory for its table.
  static func make(of state: StateDocument) throws(RunFailure) -> any TrainingSession {
    let session = try make(of: state.header.model, named: state.container.name)
    try session.restore(state.container)
    return session
  }

  /// A learner as a state's is, that has learned nothing.
  static func make(
    of header: ModelHeader, named name: String
  ) throws(RunFailure) -> any TrainingSession {
    guard let loss = header.loss, let (configuration, start) = header.learner.configured else {
      throw RunFailure(
        .badData, "\(name): its learner is not known to this version",
        cure: "restore the file from a copy, or learn again")
    }
    do throws(RunFailure) {
      try configuration.validate()
    } catch {
      throw RunFailure(
        .badData, "\(name) is damaged: its learner is impossible: \(error.message)",
        cure: "restore the file from a copy, or learn again")
    }
    return try make(configuration, loss: loss, bits: header.schema.hashing.bits, start)
  }
}

extension ModelHeader.Learner {
  /// Whether two learners take the same steps on the same rows, but for how many are in each.
  func learnsLike(_ other: ModelHeader.Learner) -> Bool { plain == other.plain }

  private var plain: ModelHeader.Learner {
    var plain = self
    plain.online?.race = nil
    plain.online?.frozen = nil
    plain.online?.batchSize = 1
    return plain
  }

  /// The options that lead to this learner; nil: there are none.
  fileprivate var configured: (LearnerConfiguration, LearnerStart)? {
    guard let online, let optimizer = LearnerConfiguration.Optimizer(rawValue: optimizer),
      !optimizer.isExact, let loss = LearnerConfiguration.Loss(rawValue: loss)
    else { return nil }
    var configuration = LearnerConfiguration()
    configuration.optimizer = optimizer
    configuration.loss = loss
    (configuration.l1, configuration.l2) = (l1, l2)
    configuration.batchSize = online.batchSize
    configuration.average = online.average == nil ? .none : .tail
    if optimizer == .ftrl {
      guard let alpha = online.alpha, let beta = online.beta, online.rate == nil else {
        return nil
      }
      configuration.alpha = alpha
      configuration.beta = beta
    } else {
      guard let rate = online.rate,
        let schedule = LearningRateConfiguration.Schedule(rawValue: rate.schedule)
      else { return nil }
      configuration.learningRate.schedule = schedule
      let decays = schedule == .exponential || schedule == .step
      if schedule != .optimal { configuration.learningRate.initial = rate.initial }
      if schedule == .invscaling { configuration.learningRate.power = rate.power }
      if decays { configuration.learningRate.decay = rate.decay }
      if decays || schedule == .invscaling || schedule == .cosine {
        configuration.learningRate.decayRows = rate.decayRows
      }
      configuration.learningRate.warmupRows = rate.warmupRows
    }
    var start = LearnerStart()
    start.race = online.race
    if let target = online.target {
      start.target = TargetScale(mean: target.mean, deviation: target.deviation)
    }
    return (configuration, start)
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
  init(_ rate: LearningRate) {
    self.init(
      schedule: rate.schedule.rawValue, initial: rate.initial, power: rate.power,
      decay: rate.decay, decayRows: rate.decayRows, warmupRows: rate.warmupRows)
  }
}
