public import ArgumentParser
public import LogRegStream

/// How weights are learned.
struct LearnerOptions: ParsableArguments {
  /// What holds where nothing is said.
  private static var standard: LearnerConfiguration { LearnerConfiguration() }

  @Option(
    help: ArgumentHelp(
      "ftrl, sgd and adagrad learn each row as it comes; lbfgs and newton are exact, in many passes.",
      valueName: "name"))
  var optimizer: LearnerConfiguration.Optimizer = .ftrl

  @Option(
    help: ArgumentHelp(
      "logistic and probit: two classes; softmax: two or more; squared: numbers.",
      valueName: "name"))
  var loss: LearnerConfiguration.Loss = .logistic

  @Option(
    help: ArgumentHelp(
      "ftrl: the step size (default: \(OptionText.number(Self.standard.alpha))).", valueName: "a"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp(
      "ftrl: damps the first steps (default: \(OptionText.number(Self.standard.beta))).",
      valueName: "b"))
  var beta: Double?

  @Option(help: ArgumentHelp("L1 penalty; never on the bias.", valueName: "x"))
  var l1 = 0.0

  @Option(help: ArgumentHelp("L2 penalty; never on the bias.", valueName: "x"))
  var l2 = 0.0

  @Option(
    help: ArgumentHelp(
      "ftrl, sgd, adagrad: rows for each update (default: \(Self.standard.batchSize)).",
      valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "sgd, adagrad: the first rate "
        + "(default: \(LearningRateConfiguration.usualRates.map { String($0) }.joined(separator: " and "))).",
      valueName: "x"))
  var learningRate: Double?

  @Option(
    help: ArgumentHelp(
      "sgd, adagrad: constant, invscaling, exponential, step, cosine or optimal (default: sgd "
        + "invscaling, adagrad constant).", valueName: "name"))
  var schedule: LearningRateConfiguration.Schedule?

  @Option(help: ArgumentHelp("invscaling: the exponent (default: 0.5).", valueName: "x"))
  var power: Double?

  @Option(help: ArgumentHelp("exponential, step: the factor (default: 0.5).", valueName: "x"))
  var decay: Double?

  @Option(
    help: ArgumentHelp(
      "Rows until the factor is reached (default: 1000000; invscaling: 1000).", valueName: "rows"))
  var decayRows: Int?

  @Option(
    help: ArgumentHelp("sgd, adagrad: rows over which the rate rises from 0.", valueName: "rows"))
  var warmup: Int?

  @Option(
    help: ArgumentHelp(
      "lbfgs, newton: the most iterations (default: \(Self.standard.maximumIterations)).",
      valueName: "n"))
  var maxIterations: Int?

  @Option(
    help: ArgumentHelp(
      "lbfgs, newton: the gradient norm to reach, relative to that at zero "
        + "(default: \(Self.standard.tolerance)).",
      valueName: "x"))
  var tolerance: Double?

  /// Options that only some optimizers have a use for.
  private var claims: [(option: String, isGiven: Bool, serves: Bool)] {
    let isFTRL = optimizer == .ftrl
    let hasRate = optimizer.hasLearningRate
    return [
      ("--alpha", alpha != nil, isFTRL), ("--beta", beta != nil, isFTRL),
      ("--batch-size", batchSize != nil, !optimizer.isExact),
      ("--learning-rate", learningRate != nil, hasRate), ("--schedule", schedule != nil, hasRate),
      ("--power", power != nil, hasRate), ("--decay", decay != nil, hasRate),
      ("--decay-rows", decayRows != nil, hasRate), ("--warmup", warmup != nil, hasRate),
      ("--max-iterations", maxIterations != nil, optimizer.isExact),
      ("--tolerance", tolerance != nil, optimizer.isExact),
    ]
  }

  func validate() throws {
    if let claim = claims.first(where: { $0.isGiven && !$0.serves }) {
      throw ValidationError(
        "\(claim.option) is of no use with --optimizer \(optimizer.rawValue)")
    }
  }

  var configuration: LearnerConfiguration {
    var learner = LearnerConfiguration()
    learner.optimizer = optimizer
    learner.loss = loss
    learner.alpha = alpha ?? learner.alpha
    learner.beta = beta ?? learner.beta
    learner.l1 = l1
    learner.l2 = l2
    learner.batchSize = batchSize ?? learner.batchSize
    learner.learningRate.initial = learningRate
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

extension LearningRateConfiguration.Schedule: ExpressibleByArgument {}
