import ArgumentParser
import LogRegStream

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write one line for each input row, in order: the probability of the positive class.",
    discussion: """
      A bad row within --max-bad-rows prints nan, so that lines stay aligned with rows. The label \
      column may be absent.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Flag(help: "Leave out the calibrator: the corrected margin's own probability.")
  var uncalibrated = false

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    guard !output.json else {
      throw ValidationError("--json: predictions already use standard output; see evaluate --json")
    }
    var prediction = PredictionConfiguration(
      input: try input.configuration(), model: model)
    prediction.maximumLineBytes = input.maxLineBytes.bytes
    prediction.isUncalibrated = uncalibrated
    prediction.isVerbose = output.verbose
    let summary = try Prediction.run(
      prediction, notices: output.notices, progress: output.reporter)
    if output.verbose { Terminal.tell(summary.text) }
  }
}
