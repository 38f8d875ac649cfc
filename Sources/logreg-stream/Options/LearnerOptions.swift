public import ArgumentParser
public import LogRegStream

/// How weights are learned.
struct LearnerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "ftrl learns each row as it comes; lbfgs and newton are exact, in many passes.",
      valueName: "name"))
  var optimizer: LearnerConfiguration.Optimizer = .ftrl

  @Option(help: ArgumentHelp("ftrl: the step size (default: 0.1).", valueName: "a"))
  var alpha: Double?

  @Option(help: ArgumentHelp("ftrl: damps the first steps (default: 1).", valueName: "b"))
  var beta: Double?

  @Option(help: ArgumentHelp("L1 penalty; never on the bias.", valueName: "x"))
  var l1 = 0.0

  @Option(help: ArgumentHelp("L2 penalty; never on the bias.", valueName: "x"))
  var l2 = 0.0

  @Option(help: ArgumentHelp("ftrl: rows for each update (default: 1).", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp("lbfgs, newton: the most iterations (default: 100).", valueName: "n"))
  var maxIterations: Int?

  @Option(
    help: ArgumentHelp(
      "lbfgs, newton: the gradient norm to reach, relative to that at zero (default: 1e-6).",
      valueName: "x"))
  var tolerance: Double?

  func validate() throws {
    let online = [
      ("--alpha", alpha != nil), ("--beta", beta != nil), ("--batch-size", batchSize != nil),
    ]
    let exact = [("--max-iterations", maxIterations != nil), ("--tolerance", tolerance != nil)]
    if let (option, _) = (optimizer.isExact ? online : exact).first(where: \.1) {
      throw ValidationError("\(option) is of no use with --optimizer \(optimizer.rawValue)")
    }
  }

  var configuration: LearnerConfiguration {
    var learner = LearnerConfiguration()
    learner.optimizer = optimizer
    learner.alpha = alpha ?? learner.alpha
    learner.beta = beta ?? learner.beta
    learner.l1 = l1
    learner.l2 = l2
    learner.batchSize = batchSize ?? learner.batchSize
    learner.maximumIterations = maxIterations ?? learner.maximumIterations
    learner.tolerance = tolerance ?? learner.tolerance
    return learner
  }
}

extension LearnerConfiguration.Optimizer: ExpressibleByArgument {}
