public import ArgumentParser
public import LogRegStream
internal import SparseBatches

/// How weights are learned.
package struct LearnerOptions: ParsableArguments {
  package init() {}

  /// What holds where nothing is said.
  private static var standard: LearnerConfiguration { LearnerConfiguration() }

  @Option(
    help: ArgumentHelp(
      "ftrl, sgd and adagrad learn each row as it comes; lbfgs and newton are exact, in many passes.",
      valueName: "name"))
  package var optimizer: LearnerConfiguration.Optimizer = .ftrl

  @Option(
    help: ArgumentHelp(
      "logistic and probit: two classes; softmax: two or more; squared: numbers.",
      valueName: "name"))
  package var loss: LearnerConfiguration.Loss = .logistic

  @Option(
    help: ArgumentHelp(
      "ftrl: the step size; auto finds it by a race over the first rows (default: auto).",
      valueName: "a"))
  package var alpha: FoundNumber?

  @Option(
    help: ArgumentHelp(
      "ftrl: damps the first steps (default: \(OptionText.number(Self.standard.beta))).",
      valueName: "b"))
  package var beta: Double?

  @Option(
    help: ArgumentHelp(
      "Rows of the race that finds a rate (default: 5000, or up to 100000 until it can judge).",
      valueName: "rows"))
  package var raceRows: Int?

  @Option(
    help: ArgumentHelp(
      "ftrl, sgd, adagrad: serve the average of the weights over the run (tail), the last ones "
        + "(none), or those that predict rows to come better (auto) (default: auto).",
      valueName: "name"))
  package var average: LearnerConfiguration.Average?

  @Option(help: ArgumentHelp("L1 penalty; never on the bias.", valueName: "x"))
  package var l1 = 0.0

  @Option(help: ArgumentHelp("L2 penalty; never on the bias.", valueName: "x"))
  package var l2 = 0.0

  @Option(
    help: ArgumentHelp(
      "ftrl, sgd, adagrad: rows for each update (default: \(Self.standard.batchSize)).",
      valueName: "n"))
  package var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "sgd, adagrad: the first rate; auto finds it as --alpha auto does (default: auto).",
      valueName: "x"))
  package var learningRate: FoundNumber?

  @Option(
    help: ArgumentHelp(
      "sgd, adagrad: constant, invscaling, exponential, step, cosine or optimal (default: sgd "
        + "invscaling, adagrad constant).", valueName: "name"))
  package var schedule: LearningRateConfiguration.Schedule?

  @Option(help: ArgumentHelp("invscaling: the exponent (default: 0.5).", valueName: "x"))
  package var power: Double?

  @Option(help: ArgumentHelp("exponential, step: the factor (default: 0.5).", valueName: "x"))
  package var decay: Double?

  @Option(
    help: ArgumentHelp(
      "Rows until the factor is reached (default: 1000000; invscaling: 1000).", valueName: "rows"))
  package var decayRows: Int?

  @Option(
    help: ArgumentHelp("sgd, adagrad: rows over which the rate rises from 0.", valueName: "rows"))
  package var warmup: Int?

  @Option(
    help: ArgumentHelp(
      "lbfgs, newton: the most iterations (default: \(Self.standard.maximumIterations)).",
      valueName: "n"))
  package var maxIterations: Int?

  @Option(
    help: ArgumentHelp(
      "lbfgs, newton: the gradient norm to reach, relative to that at zero "
        + "(default: \(Self.standard.tolerance)).",
      valueName: "x"))
  package var tolerance: Double?

  /// Options that only some optimizers have a use for.
  private var claims: [(option: String, isGiven: Bool, serves: Bool)] {
    let isFTRL = optimizer == .ftrl
    let hasRate = optimizer.hasLearningRate
    return [
      ("--alpha", alpha != nil, isFTRL), ("--beta", beta != nil, isFTRL),
      ("--batch-size", batchSize != nil, !optimizer.isExact),
      ("--average", average != nil, !optimizer.isExact),
      ("--race-rows", raceRows != nil, !optimizer.isExact),
      ("--learning-rate", learningRate != nil, hasRate), ("--schedule", schedule != nil, hasRate),
      ("--power", power != nil, hasRate), ("--decay", decay != nil, hasRate),
      ("--decay-rows", decayRows != nil, hasRate), ("--warmup", warmup != nil, hasRate),
      ("--max-iterations", maxIterations != nil, optimizer.isExact),
      ("--tolerance", tolerance != nil, optimizer.isExact),
    ]
  }

  package func validate() throws {
    if let claim = claims.first(where: { $0.isGiven && !$0.serves }) {
      throw ValidationError(
        "\(claim.option) is of no use with --optimizer \(optimizer.rawValue)")
    }
  }

  package var configuration: LearnerConfiguration {
    var learner = LearnerConfiguration()
    learner.optimizer = optimizer
    learner.loss = loss
    learner.alpha = alpha?.number
    learner.raceRows = raceRows
    learner.average = average ?? learner.average
    learner.beta = beta ?? learner.beta
    learner.l1 = l1
    learner.l2 = l2
    learner.batchSize = batchSize ?? learner.batchSize
    learner.learningRate.initial = learningRate?.number
    learner.learningRate.schedule = schedule
    learner.learningRate.power = power
    learner.learningRate.decay = decay
    learner.learningRate.decayRows = decayRows
    learner.learningRate.warmupRows = warmup
    learner.maximumIterations = maxIterations ?? learner.maximumIterations
    learner.tolerance = tolerance ?? learner.tolerance
    return learner
  }
}

extension LearnerConfiguration.Optimizer: ExpressibleByArgument {}

extension LearnerConfiguration.Loss: ExpressibleByArgument {}

extension LearnerConfiguration.Average: ExpressibleByArgument {}

extension LearningRateConfiguration.Schedule: ExpressibleByArgument {}
extension PassConfiguration.Shuffle: ExpressibleByArgument {}

/// How often, in which order and on which rows a model is trained.
package struct PassOptions: ParsableArguments {
  package init() {}

  @Option(help: ArgumentHelp("Passes over the rows.", valueName: "n"))
  package var epochs = PassConfiguration().epochs

  @Option(
    help: ArgumentHelp(
      "Stop after N epochs without a better holdout loss; the best epoch's weights stay.",
      valueName: "n"))
  package var earlyStop: Int?

  @Option(
    help: ArgumentHelp(
      "Learn in random order within windows of so many rows (0: input order); auto: in random order "
        + "when all rows have at most 16777216 features, else in input order.", valueName: "rows"))
  package var shuffle = PassConfiguration().shuffle

  @Option(help: ArgumentHelp("Seed of shuffling, holdout and sampling.", valueName: "n"))
  package var seed = PassConfiguration().seed

  @Option(
    help: ArgumentHelp(
      "Where hashed rows wait between epochs: auto (a nameless file in TMPDIR or /var/tmp), none "
        + "(read the input again), or a file.", valueName: "file"))
  package var cache = "auto"

  @Option(
    help: ArgumentHelp(
      "Fraction of rows never trained on "
        + "(default 0; \(PassConfiguration.usualHoldout) with --early-stop or --calibrate-on holdout).",
      valueName: "f"))
  package var holdout: Double?

  @Option(help: ArgumentHelp("The most holdout rows that are kept.", valueName: "n"))
  package var holdoutRows = PassConfiguration().holdoutRows

  @Option(
    help: ArgumentHelp(
      "Factors on row weights, such as positive=10 (classes: positive, negative, or label texts).",
      valueName: "c=w,…"))
  package var classWeight: [ClassWeightList] = []

  package var configuration: PassConfiguration {
    var passes = PassConfiguration()
    passes.epochs = epochs
    passes.earlyStop = earlyStop
    passes.shuffle = shuffle
    passes.seed = seed
    passes.cache = cache == "auto" ? .auto : cache == "none" ? .none : .file(cache)
    passes.holdout = holdout
    passes.holdoutRows = holdoutRows
    return passes
  }

  /// - Throws: usage for a factor that is no weight.
  package func classWeights() throws(RunFailure) -> ClassWeights {
    try ClassWeights(classWeight.flatMap(\.entries))
  }
}

/// `class=weight,…`.
package struct ClassWeightList: ExpressibleByArgument {
  package let entries: [ClassWeights.Entry]

  package init?(argument: String) {
    var entries: [ClassWeights.Entry] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let sign = part.lastIndex(of: "="),
        let factor = Double(part[part.index(after: sign)...])
      else { return nil }
      entries.append(ClassWeights.Entry(name: String(part[..<sign]), factor: factor))
    }
    self.entries = entries
  }
}

/// Which negatives are left out, and what makes probabilities those of the population again.
package struct SamplingOptions: ParsableArguments {
  package init() {}

  @Option(
    help: ArgumentHelp(
      "Train on this fraction of the negatives, chosen by a seeded hash (default: 1).",
      valueName: "r"))
  package var keepNegatives: Double?

  @Option(
    help: ArgumentHelp(
      "The input was downsampled before: this fraction of its negatives was kept (default: 1).",
      valueName: "r"))
  package var negativesKept: Double?

  @Option(
    help: ArgumentHelp(
      "The population's share of positives, where it is known instead of a fraction.",
      valueName: "t"))
  package var populationRate: Double?

  @Option(
    help: ArgumentHelp(
      "prior: shift the predictions; weight: weight kept negatives by 1/R; none (default: prior). "
        + "fake-negatives: the input has every row as a negative at once, and positives again when "
        + "their labels come.",
      valueName: "name"))
  package var correction: SamplingConfiguration.Correction?

  @Option(
    help: ArgumentHelp(
      "From margins to probabilities: auto (as much as the rows can tell), none, intercept, platt, "
        + "isotonic, beta, blend (of platt and isotonic), or for softmax temperature.",
      valueName: "name"))
  package var calibrator: CalibratorChoice = .auto

  @Option(
    help: ArgumentHelp(
      "What it is fitted on: stream (rows before they are learned; the default of one epoch with "
        + "--loss logistic) or holdout (the default of all else, and with --holdout).",
      valueName: "rows"))
  package var calibrateOn: CalibrationRows?

  package var configuration: SamplingConfiguration {
    var sampling = SamplingConfiguration()
    sampling.keepNegatives = keepNegatives
    sampling.negativesKept = negativesKept
    sampling.populationRate = populationRate
    sampling.correction = correction
    return sampling
  }
}

extension SamplingConfiguration.Correction: ExpressibleByArgument {}

extension CalibratorChoice: ExpressibleByArgument {}

extension CalibrationRows: ExpressibleByArgument {}

/// What `train` and `sweep` are told alike.
package struct TrainingOptions: ParsableArguments {
  package init() {}

  @OptionGroup(title: "Input") package var input: InputOptions
  @OptionGroup(title: "Reading rows (stored in the model)") package var reading: ReadingOptionGroup
  @OptionGroup(title: "Learning") package var learner: LearnerOptions
  @OptionGroup(title: "Passes") package var passes: PassOptions
  @OptionGroup(title: "Sampling and calibration") package var sampling: SamplingOptions

  @Option(
    help: ArgumentHelp(
      "Names of features that the model keeps, for inspect: auto (up to 65536), off, or at most N. "
        + "They hold values of the rows, so they can be personal data.", valueName: "n"))
  package var names: NamingChoice = NamingChoice(.auto)

  @Option(
    help: ArgumentHelp(
      "Whether the model keeps what its rows were like, which monitor needs: on or off. It holds the "
        + "most frequent values, as --names allows.", valueName: "choice"))
  package var profile: OnOff = .on

  @Option(
    help: ArgumentHelp("A page of figures and plots, for a browser.", valueName: "file.html"))
  package var report: String?

  /// - Parameters:
  ///   - config: the file that options came from, if any.
  ///   - model: where the model goes.
  package func configuration(
    config: String?, model: ModelDestination
  ) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration(input: try input.configuration(config: config))
    configuration.reading = try reading.configuration(maximumLineBytes: input.maxLineBytes.bytes)
    configuration.learner = learner.configuration
    configuration.passes = passes.configuration
    configuration.classWeights = try passes.classWeights()
    configuration.sampling = sampling.configuration
    configuration.calibrator = sampling.calibrator
    configuration.calibrateOn = sampling.calibrateOn
    configuration.names = names.naming
    configuration.keepsProfile = profile == .on
    configuration.model = model
    configuration.report = report
    return configuration
  }
}
