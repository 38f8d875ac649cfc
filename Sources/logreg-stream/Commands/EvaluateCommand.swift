import ArgumentParser
import CommandOptions
import LogRegStream

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Hold predictions against the labels of rows.",
    discussion: """
      Predictions are a model's, or with --predictions those of any tool. The figures go to standard \
      output, as text or with --json as one JSON object.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The share of negatives that the rows still hold, if they are a sample.", valueName: "r"))
  var negativesKept = 1.0

  @Option(
    help: ArgumentHelp("Log loss and calibration for each value of a column.", valueName: "column"))
  var by: String?

  @Option(
    help: ArgumentHelp("Ranking inside the groups that a column names.", valueName: "column"))
  var group: String?

  @Option(
    help: ArgumentHelp(
      "Positions that NDCG looks at (default: \(EvaluationConfiguration.Grouping.usualCutoff)).",
      valueName: "n"))
  var k: Int?

  @Option(
    help: ArgumentHelp("What calling a negative row positive costs.", valueName: "x"))
  var costFp: Double?

  @Option(help: ArgumentHelp("What missing a positive row costs.", valueName: "x"))
  var costFn: Double?

  @Flag(help: "Leave out the calibrator: the corrected margin's own probability.")
  var uncalibrated = false

  @Option(
    help: ArgumentHelp("A page of figures and plots, for a browser.", valueName: "file.html"))
  var report: String?

  @OptionGroup(title: "Predictions of other tools") var rows: LabelledRowOptions
  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    _ = try Evaluate.run(
      try evaluation(), notices: output.notices, progress: output.reporter
    ) { report throws(RunFailure) in
      try Terminal.put(output.json ? report.json.text + "\n" : report.text)
    }
  }

  private func evaluation() throws -> EvaluationConfiguration {
    var evaluation = EvaluationConfiguration(
      input: try input.configuration(config: output.config), source: try source())
    evaluation.maximumLineBytes = input.maxLineBytes.bytes
    evaluation.isUncalibrated = uncalibrated
    evaluation.isVerbose = output.verbose
    evaluation.negativesKept = negativesKept
    evaluation.by = by
    evaluation.report = report
    guard k == nil || group != nil else { throw ValidationError("--k belongs to --group") }
    evaluation.grouping = group.map {
      EvaluationConfiguration.Grouping(
        column: $0, cutoff: k ?? EvaluationConfiguration.Grouping.usualCutoff)
    }
    switch (costFp, costFn) {
    case (let falsePositive?, let falseNegative?):
      evaluation.costs = EvaluationConfiguration.Costs(
        falsePositive: falsePositive, falseNegative: falseNegative)
    case (nil, nil): break
    default: throw ValidationError("--cost-fp and --cost-fn belong together")
    }
    return evaluation
  }

  private func source() throws -> EvaluationConfiguration.Source {
    let predictions = try rows.source(maximumLineBytes: input.maxLineBytes.bytes)
    switch (model, predictions) {
    case (let model?, nil): return .model(model)
    case (nil, _?) where uncalibrated:
      throw ValidationError("--uncalibrated is about a model: predictions are taken as they are")
    case (nil, let predictions?): return .predictions(predictions)
    case (nil, nil): throw ValidationError("Missing --model <file>, or --predictions <file>")
    default: throw ValidationError("--model and --predictions contradict each other")
    }
  }
}
