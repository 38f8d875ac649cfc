import ArgumentParser
import LogRegStream

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Hold a model's predictions against the labels of rows.",
    discussion: "The figures go to standard output, as text or with --json as one JSON object.")

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Flag(help: "Leave out the calibrator: the corrected margin's own probability.")
  var uncalibrated = false

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var evaluation = PredictionConfiguration(
      input: try input.configuration(), model: model)
    evaluation.maximumLineBytes = input.maxLineBytes.bytes
    evaluation.isUncalibrated = uncalibrated
    evaluation.isVerbose = output.verbose
    let report = try Evaluating.run(
      evaluation, notices: output.notices, progress: output.reporter)
    try Terminal.put(output.json ? report.json.text + "\n" : report.text)
  }
}
