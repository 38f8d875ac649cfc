import ArgumentParser
import CommandOptions
import LogRegStream
import SparseBatches

struct CheckGradientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-gradient",
    abstract: "Compare the gradient and Hessian-vector products with central differences on rows.",
    discussion: "Exit code 70 when the largest relative error is above the tolerance.")

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Reading rows") var reading: ReadingOptionGroup

  @Option(help: ArgumentHelp("logistic, squared, softmax or probit.", valueName: "name"))
  var loss: LearnerConfiguration.Loss = .logistic

  @Option(help: ArgumentHelp("L1 penalty; never on the bias.", valueName: "x"))
  var l1 = 0.0

  @Option(help: ArgumentHelp("L2 penalty; never on the bias.", valueName: "x"))
  var l2 = 0.0

  @Option(help: ArgumentHelp("Factors on row weights, such as positive=10.", valueName: "c=w,…"))
  var classWeight: [ClassWeightList] = []

  @Option(help: ArgumentHelp("Seed of the points and directions.", valueName: "n"))
  var seed = PassConfiguration().seed

  @Option(help: ArgumentHelp("The largest relative error that passes.", valueName: "x"))
  var tolerance = CheckGradient.usualTolerance

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var configuration = TrainingConfiguration(input: try input.configuration(config: output.config))
    configuration.reading = try reading.configuration(maximumLineBytes: input.maxLineBytes.bytes)
    configuration.learner.loss = loss
    configuration.learner.l1 = l1
    configuration.learner.l2 = l2
    configuration.passes.seed = seed
    configuration.names = .off
    configuration.classWeights = try ClassWeights(classWeight.flatMap(\.entries))
    let report = try CheckGradient.run(
      configuration, tolerance: tolerance, notices: output.notices, progress: output.reporter)
    try Terminal.put(output.json ? report.json.text + "\n" : report.text)
    guard report.passes else {
      throw RunFailure(
        .bug, "the derivatives are not what differences say",
        cure: "report this with the rows, if they may be shown")
    }
  }
}
