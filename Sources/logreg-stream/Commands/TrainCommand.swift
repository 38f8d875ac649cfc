import ArgumentParser
import CommandOptions
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

  @OptionGroup var training: TrainingOptions

  @OptionGroup(title: "Resuming and learning on top") var checkpoints: CheckpointOptions
  @OptionGroup(title: "States") var states: StateOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let destination = try ModelDestination(option: model, json: output.json)
    var configuration = try training.configuration(config: output.config, model: destination)
    configuration.isVerbose = output.verbose
    configuration.checkpoint = checkpoints.configuration
    states.apply(to: &configuration)
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
