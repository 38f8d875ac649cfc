import ArgumentParser
import CommandOptions
import LogRegStream

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fit another calibrator of a model on other rows.",
    discussion: """
      One half of the rows, chosen by hash, fits the calibrator; the figures are of the other half. \
      The model's weights do not change.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the calibrated model goes; - is standard output (the default unless it is a terminal).",
      valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "intercept, platt, isotonic, beta, blend, or for softmax temperature.", valueName: "name"))
  var calibrator: CalibratorChoice

  @Option(
    help: ArgumentHelp(
      "The rows are a sample: this fraction of the negatives was kept (default: 1).",
      valueName: "r"))
  var negativesKept: Double?

  @Option(help: ArgumentHelp("The most rows that are kept.", valueName: "n"))
  var holdoutRows = PassConfiguration().holdoutRows

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var messages: OutputOptions

  func run() throws {
    let destination = try ModelDestination(option: output, json: messages.json)
    var configuration = CalibrationConfiguration(
      rows: try input.rows(of: model, config: messages.config), calibrator: calibrator,
      output: destination)
    configuration.negativesKept = negativesKept
    configuration.maximumRows = holdoutRows
    let report = try Calibrate.run(
      configuration, notices: messages.notices, progress: messages.reporter
    ) { report throws(RunFailure) in
      if messages.json { try Terminal.put(report.json.text + "\n") }
    }
    if !messages.quiet { Terminal.tell(report.text) }
  }
}
