import ArgumentParser
import LogRegStream

/// How weights are learned.
struct LearnerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("FTRL-proximal: the step size.", valueName: "a"))
  var alpha = 0.1

  @Option(help: ArgumentHelp("FTRL-proximal: damps the first steps.", valueName: "b"))
  var beta = 1.0

  @Option(help: ArgumentHelp("L1 penalty; never on the bias.", valueName: "x"))
  var l1 = 0.0

  @Option(help: ArgumentHelp("L2 penalty; never on the bias.", valueName: "x"))
  var l2 = 0.0

  @Option(help: ArgumentHelp("Rows for each update.", valueName: "n"))
  var batchSize = 1

  var configuration: LearnerConfiguration {
    var learner = LearnerConfiguration()
    learner.alpha = alpha
    learner.beta = beta
    learner.l1 = l1
    learner.l2 = l2
    learner.batchSize = batchSize
    return learner
  }
}
