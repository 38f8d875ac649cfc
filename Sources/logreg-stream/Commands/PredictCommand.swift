public import ArgumentParser
import CommandOptions
public import LogRegStream

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write a line for each input row, in order: by default the positive probability.",
    discussion: """
      A bad row within --max-bad-rows prints nan, so that lines stay aligned with rows. The label \
      column may be absent.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Where the lines go, once the whole input was read and verified (default: -, standard output, "
        + "line by line: no result until the exit code is 0).", valueName: "file"))
  var destination: String?

  @Flag(help: "Leave out the calibrator: the corrected margin's own probability.")
  var uncalibrated = false

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "probability, margin (log-odds), class (the likelier label), or csv (all of them, with a "
        + "header) (default: probability; csv with --id).", valueName: "form"))
  var form: PredictionOutput.Form?

  @Option(
    help: ArgumentHelp(
      "Columns of the rows that stand first in each line of csv.", valueName: "a,b,…"))
  var id: [NameList] = []

  @Option(
    help: ArgumentHelp(
      "Name the K features that move the prediction most, each with its part of the log-odds.",
      valueName: "k"))
  var explain: Int?

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    guard !output.json else {
      throw ValidationError("--json: predictions already use standard output; see evaluate --json")
    }
    var prediction = try input.rows(of: model, config: output.config)
    prediction.isUncalibrated = uncalibrated
    prediction.output = try wanted()
    prediction.isVerbose = output.verbose
    prediction.destination = destination == "-" ? nil : destination
    // A stop leaves no temporary file.
    let control = RunControl.followingSignals()
    defer { withExtendedLifetime(control) {} }
    let summary = try Predict.run(
      prediction, notices: output.notices, progress: output.reporter)
    if output.verbose { Terminal.tell(summary.text) }
  }

  private func wanted() throws -> PredictionOutput {
    if let explain, explain < 1 { throw ValidationError("--explain must be at least 1") }
    var wanted = PredictionOutput()
    wanted.form = form ?? (id.isEmpty ? .probability : .csv)
    wanted.identifiers = id.names ?? []
    wanted.explain = explain ?? 0
    wanted.isForTerminal =
      destination.map { $0 == "-" } ?? true && Terminal.standardOutputIsTerminal
    return wanted
  }
}

extension PredictionOutput.Form: ExpressibleByArgument {}
