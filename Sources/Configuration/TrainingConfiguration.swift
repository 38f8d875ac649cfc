package import Evaluation
package import Featurizing
package import Learning
package import SparseBatches

/// How weights are learned.
public struct LearnerConfiguration: Sendable {
  /// The way to the minimum.
  public enum Optimizer: String, CaseIterable, Sendable {
    /// Online: each row is learned as it comes.
    case ftrl
    /// Online stochastic gradient descent with importance-invariant steps.
    case sgd
    /// Online, with a rate for each coordinate that falls as it is updated.
    case adagrad
    /// Exact, in many passes: limited-memory BFGS, and OWL-QN with an L1 penalty.
    case lbfgs
    /// Exact, in many passes: trust-region Newton with conjugate gradients.
    case newton

    /// Whether it makes as many passes over the rows as it needs.
    public var isExact: Bool { self == .lbfgs || self == .newton }
    /// Whether it follows a learning rate that is given.
    public var hasLearningRate: Bool { self == .sgd || self == .adagrad }
  }

  /// What is made small.
  public enum Loss: String, CaseIterable, Sendable {
    /// Labels of two classes; predicts the probability of the positive one.
    case logistic
    /// Labels of any size; predicts them.
    case squared
    /// Labels of two classes or more; predicts the probability of each.
    case softmax
    /// As logistic, with the normal distribution in place of the sigmoid.
    case probit
  }

  /// Which weights of a run an online optimizer serves.
  public enum Average: String, CaseIterable, Sendable {
    /// `tail`, but the last weights where these predicted rows to come clearly better. In more than
    /// one epoch, or with a shuffle, `tail`.
    case auto
    /// The average over the run, to which step t adds with t³: mostly over its last third.
    case tail
    /// The last ones.
    case none
  }

  /// Online or exact.
  public var optimizer: Optimizer = .ftrl
  /// What is made small.
  public var loss: Loss = .logistic
  /// FTRL-proximal's step size α; nil: found by a race of rates over the first rows.
  public var alpha: Double?
  /// Rows of that race; nil: 5,000, or up to 100,000 until there are enough of the rarer class.
  public var raceRows: Int?
  /// Which weights are served.
  public var average: Average = .auto
  /// FTRL-proximal's β: damps the first steps of a coordinate.
  public var beta = FTRLParameters.defaultBeta
  /// λ1 of Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂², for sgd and adagrad of (1/N)Σ s·ℓ + …; the bias has no
  /// penalty.
  public var l1 = 0.0
  /// λ2 of the same objective.
  public var l2 = 0.0
  /// Of sgd and adagrad; what is nil is the optimizer's default.
  public var learningRate = LearningRateConfiguration()
  /// Rows for each update of an online optimizer.
  public var batchSize = 1
  /// Greatest number of iterations of an exact solver.
  public var maximumIterations = SolverLimits.defaultMaximumIterations
  /// Gradient norm at which an exact solver is content, relative to that at zero.
  public var tolerance = SolverLimits.defaultTolerance

  /// The defaults of the command line.
  public init() {}

  /// The learning rate of sgd and adagrad, with what was not said filled in; nil of the others.
  ///
  /// - Throws: usage, naming the option that is out of range.
  func rateInForce() throws(RunFailure) -> LearningRate? {
    switch optimizer {
    case .sgd: try SGDParameters(rate: learningRate.options, l1: l1, l2: l2).rate
    case .adagrad: try AdaGradParameters(rate: learningRate.options, l1: l1, l2: l2).rate
    case .ftrl, .lbfgs, .newton: nil
    }
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    guard batchSize >= 1 else {
      throw RunFailure(.usage, "--batch-size is \(batchSize)", cure: "give 1 or more")
    }
    try validateRace()
    switch optimizer {
    case .ftrl:
      _ = try FTRLParameters(
        alpha: alpha ?? FTRLParameters.defaultAlpha, beta: beta, l1: l1, l2: l2)
    case .sgd, .adagrad: _ = try rateInForce()
    case .lbfgs, .newton:
      _ = try SolverLimits(maximumIterations: maximumIterations, tolerance: tolerance)
      try validatePenalties()
    }
    if optimizer == .newton, l1 > 0 {
      throw RunFailure(
        .usage, "--optimizer newton cannot have an L1 penalty", cure: "use --optimizer lbfgs")
    }
  }

  /// Whether the rate is found on the first rows.
  package var findsRate: Bool {
    switch optimizer {
    case .ftrl: alpha == nil
    case .sgd, .adagrad: learningRate.initial == nil && learningRate.schedule != .optimal
    case .lbfgs, .newton: false
    }
  }

  /// The rate where the first rows do not tell.
  package var rateWithoutRace: Double {
    switch optimizer {
    case .sgd: SGDParameters.defaultRate
    case .adagrad: AdaGradParameters.defaultRate
    case .ftrl, .lbfgs, .newton: FTRLParameters.defaultAlpha
    }
  }

  private func validateRace() throws(RunFailure) {
    guard let raceRows else { return }
    guard (100...100_000).contains(raceRows) else {
      throw RunFailure(.usage, "--race-rows is \(raceRows)", cure: "give 100 to 100000")
    }
    guard findsRate else {
      throw RunFailure(
        .usage, "--race-rows is of no use where the rate is not found by a race",
        cure: "drop it, or let --alpha or --learning-rate be auto")
    }
  }

  /// Of an exact solver, whose numbers are double.
  package func validatePenalties() throws(RunFailure) {
    for (option, penalty) in [("--l1", l1), ("--l2", l2)]
    where !(penalty >= 0 && penalty.isFinite) {
      throw RunFailure(.usage, "\(option) is \(penalty)", cure: "give a finite number >= 0")
    }
  }
}

/// Where a model goes.
public enum ModelDestination: Equatable, Sendable {
  /// Replaced atomically, once the whole input was read and verified.
  case file(String)
  case standardOutput
  /// Handed over once the whole input was read and verified.
  case memory(ModelBytes)

  /// As it stands in JSON and messages.
  package var name: String {
    switch self {
    case .file(let path): path
    case .standardOutput: "-"
    case .memory: "memory"
    }
  }
}

/// One training run.
public struct TrainingConfiguration: Sendable {
  /// Where rows come from.
  public var input: InputConfiguration
  /// How rows become features.
  public var reading = ReadingConfiguration()
  /// How weights are learned.
  public var learner = LearnerConfiguration()
  /// Passes, order and holdout.
  public var passes = PassConfiguration()
  /// Factors on row weights by class.
  public var classWeights = ClassWeights.none
  /// Which negatives are left out, and how that is put right.
  public var sampling = SamplingConfiguration()
  /// What is fitted once the weights are final.
  public var calibrator = CalibratorChoice.auto
  /// What it is fitted on; nil: the stream where its margins can be had and no holdout is asked for,
  /// else the holdout.
  public var calibrateOn: CalibrationRows?
  /// Names of features that the model keeps.
  public var names: FeatureNaming = .auto
  /// Whether the model keeps what its rows were like, for `Monitor`.
  public var keepsProfile = true
  /// Where the model goes.
  public var model: ModelDestination = .standardOutput
  /// What the model must be like to be published; nil: nothing is asked.
  public var gate: ModelGate?
  /// Where state is kept, to be continued from; nil: nowhere.
  public var checkpoint: CheckpointConfiguration?
  /// Path of a page of figures and plots; nil: none.
  public var report: String?
  /// Say which columns were found and why, and where the time went.
  public var isVerbose = false

  /// - Parameter input: where rows come from.
  public init(input: InputConfiguration) { self.input = input }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func readingOptions() throws(RunFailure) -> ReadingOptions {
    var options = try reading.readingOptions(loss: learner.loss)
    // Beside a slope, bins leave an exact solver without a single optimum, unless there is a penalty.
    options.binsNumbers = !learner.optimizer.isExact
    return options
  }

  /// Whether averages and last weights are compared on rows to come: where rows are learned once, in
  /// the order in which they came.
  package var comparesWeights: Bool {
    learner.average == .auto && !learner.optimizer.isExact && passes.epochs == 1
      && passes.shuffle == .none
  }

  /// The rows that a calibrator is fitted on.
  package var calibrationRows: CalibrationRows {
    if let calibrateOn { return calibrateOn }
    return (passes.holdout ?? 0) > 0 || streamObjection != nil ? .holdout : .stream
  }

  /// Whether margins of the stream are wanted.
  package var calibratesOnStream: Bool {
    calibrationRows == .stream && calibrator != .none && streamObjection == nil
  }

  /// The calibrator to fit on the holdout; nil: none.
  package var holdoutCalibrator: Calibrator.Kind? {
    guard calibrationRows == .holdout else { return nil }
    guard calibrator == .auto else { return calibrator.kind }
    // Without a holdout there is nothing to fit what was not asked for on.
    return sampling.isDownsampled && passes.holdout != 0 ? .platt : nil
  }

  /// Why no margin of the stream says how good the final weights are, and what to do.
  private var streamObjection: (reason: String, cure: String)? {
    let holdout = "use --calibrate-on holdout"
    if learner.optimizer.isExact {
      return ("an exact solver has no margins of rows that it has not learned yet", holdout)
    }
    if passes.epochs > 1 {
      return ("with --epochs \(passes.epochs), rows have been learned before", holdout)
    }
    switch learner.loss {
    case .logistic: return nil
    case .squared:
      return ("predictions of --loss squared are numbers, not probabilities", "drop it")
    case .softmax, .probit:
      return ("it is there for --loss logistic, not for \(learner.loss.rawValue)", holdout)
    }
  }

  private func validateCalibration() throws(RunFailure) {
    try calibrator.validate(loss: learner.loss)
    if calibrateOn == .stream, let (reason, cure) = streamObjection {
      // Of softmax, nobody is refused what is nothing.
      guard learner.loss != .softmax || calibrator.kind != nil else { return }
      throw RunFailure(.usage, "--calibrate-on stream is of no use: \(reason)", cure: cure)
    }
    if holdoutCalibrator != nil, passes.holdout == 0 {
      throw RunFailure(
        .usage, "--calibrator \(calibrator.rawValue) needs a holdout", cure: "drop --holdout 0")
    }
  }

  /// Fraction of rows never trained on.
  package var holdoutFraction: Double { passes.holdoutFraction(isNeeded: holdoutCalibrator != nil) }

  /// - Throws: `RunFailure` of kind usage for options that contradict each other.
  package func validate() throws(RunFailure) {
    try input.validate()
    try learner.validate()
    var files = OutputGuard()
    files.writes("--model", model)
    files.uses(input)
    files.writes("--report", report)
    if case .file(let path) = passes.cache { files.writes("--cache", path) }
    files.reads(reading.schema?.path)
    files.keepsCheckpoints(in: checkpoint?.directory)
    try files.check()
    try report.map(OutputGuard.checkReport)
    if learner.loss == .squared, !classWeights.entries.isEmpty {
      throw RunFailure(
        .usage, "--class-weight is of no use with --loss squared, which has no classes",
        cure: "drop it, or give rows a weight with --weight")
    }
    try classWeights.validate(try readingOptions().labels)
    try passes.validate(
      readsStandardInput: input.readsStandardInput, isExact: learner.optimizer.isExact)
    try sampling.validate(loss: learner.loss, classWeights: classWeights)
    try validateCalibration()
    try gate?.validate(self)
    try checkpoint?.validate(self)
  }
}

/// How the learning rate of sgd and adagrad begins and falls; nil is the optimizer's default.
public struct LearningRateConfiguration: Sendable, Equatable {
  /// The course of the rate over the rows.
  public enum Schedule: String, CaseIterable, Sendable {
    case constant, invscaling, exponential, step, cosine, optimal
  }

  /// The first rate.
  public var initial: Double?
  /// How it falls.
  public var schedule: Schedule?
  /// Exponent of `invscaling`.
  public var power: Double?
  /// Factor of `exponential` and `step`.
  public var decay: Double?
  /// Rows after which the factor is reached; the scale of `invscaling`, the end of `cosine`.
  public var decayRows: Int?
  /// Rows over which the rate rises from 0.
  public var warmupRows: Int?

  /// First rates where nothing is said: of sgd, and of adagrad.
  public static var usualRates: [Double] {
    [SGDParameters.defaultRate, AdaGradParameters.defaultRate]
  }

  /// The optimizer's defaults.
  public init() {}

  package var options: RateOptions {
    RateOptions(
      learningRate: initial, schedule: schedule.flatMap { RateSchedule(rawValue: $0.rawValue) },
      power: power, decay: decay, decayRows: decayRows, warmupRows: warmupRows)
  }
}

/// How many names of features a model keeps. Names hold what stood in the rows, so they can be
/// personal data.
public enum FeatureNaming: Equatable, Sendable {
  /// Up to 65,536.
  case auto
  /// None.
  case off
  /// Up to so many, 1 to 16,777,216.
  case atMost(Int)

  /// The most that can be asked for.
  public static let most = FeatureRegister.allowedNameLimits.upperBound

  package var limit: Int {
    switch self {
    case .auto: FeatureRegister.usualNameLimit
    case .off: 0
    case .atMost(let count): min(max(count, 0), Self.most)
    }
  }
}
