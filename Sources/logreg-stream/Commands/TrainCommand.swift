import ArgumentParser
import LogRegStream

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a model from a stream of rows (the default command).")

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Where the model goes; - is standard output (the default unless it is a terminal).",
      valueName: "file"))
  var model: String?

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Reading rows (stored in the model)") var reading: ReadingOptionGroup
  @OptionGroup(title: "Learning") var learner: LearnerOptions
  @OptionGroup(title: "Passes") var passes: PassOptions
  @OptionGroup(title: "Sampling and calibration") var sampling: SamplingOptions

  @Option(
    help: ArgumentHelp(
      "Names of features that the model keeps, for inspect: auto (up to 65536), off, or at most N. "
        + "They hold values of the rows, so they can be personal data.", valueName: "n"))
  var names: NamingChoice = NamingChoice(.auto)

  @Option(
    help: ArgumentHelp("A page of figures and plots, for a browser.", valueName: "file.html"))
  var report: String?

  @OptionGroup(title: "Resuming and learning on top") var checkpoints: CheckpointOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let destination = try ModelDestination(option: model, json: output.json)
    var configuration = TrainingConfiguration(input: try input.configuration(config: output.config))
    configuration.reading = try reading.configuration(maximumLineBytes: input.maxLineBytes.bytes)
    configuration.learner = learner.configuration
    configuration.passes = passes.configuration
    configuration.classWeights = try passes.classWeights()
    configuration.sampling = sampling.configuration
    configuration.calibrator = sampling.calibrator
    configuration.calibrateOn = sampling.calibrateOn
    configuration.names = names.naming
    configuration.model = destination
    configuration.report = report
    configuration.isVerbose = output.verbose
    configuration.checkpoint = checkpoints.configuration
    let control = RunControl.followingSignals()
    let summary = try Train.run(
      configuration, notices: output.notices, progress: output.reporter, control: control
    ) { summary throws(RunFailure) in
      if output.json { try Terminal.put(summary.json.text + "\n") }
    }
    if !output.quiet { Terminal.tell(summary.text) }
    if let signal = summary.stopSignal { RunControl.end(by: signal) }
  }
}
