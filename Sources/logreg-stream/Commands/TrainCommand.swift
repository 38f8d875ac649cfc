import ArgumentParser
import CommandOptions
import LogRegStream
import SparseBatches

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a model from a stream of rows (the default command).")

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Where the model goes; - is standard output (the default unless it is a terminal).",
      valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Publish the model only if this holds, else keep the old one and exit with 3, such as "
        + "'calibration_ratio in 0.9..1.1, log_loss <= 1.05 * previous'.", valueName: "conditions"))
  var gate: String?

  @OptionGroup var training: TrainingOptions

  @OptionGroup(title: "Resuming and learning on top") var checkpoints: CheckpointOptions
  @OptionGroup(title: "States") var states: StateOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let destination = try ModelDestination(option: model, json: output.json)
    var configuration = try training.configuration(config: output.config, model: destination)
    configuration.isVerbose = output.verbose
    configuration.gate = try gate.map { text throws(RunFailure) in try ModelGate(text) }
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
