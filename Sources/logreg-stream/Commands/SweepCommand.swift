public import ArgumentParser
import CommandOptions
public import LogRegStream

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Learn several configurations from one reading of the rows, and keep the best.",
    discussion: """
      The options are those of train; those of the grid get several values, and each way to choose \
      one of each is a configuration. A table, best first, goes to standard output.
      """)

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Where the best model goes.", valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Values to try for an option: alpha, beta, learning-rate, l1 or l2. Repeatable "
        + "(default: rates from low to high).", valueName: "option=v1,v2,…"))
  var grid: [String] = []

  @Option(
    help: ArgumentHelp(
      "What the best has least of: progressive loss, or loss on the deciding half of the holdout.",
      valueName: "name"))
  var select: SweepConfiguration.Selection = .progressive

  @Option(
    help: ArgumentHelp(
      "A directory for the models of all configurations; made when it is not there.",
      valueName: "dir"))
  var models: String?

  @OptionGroup var training: TrainingOptions

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var configuration = try training.configuration(config: output.config, model: try destination())
    configuration.isVerbose = output.verbose
    var sweep = SweepConfiguration(configuration)
    sweep.grid = try GridAxis.parse(grid)
    sweep.selection = select
    sweep.modelsDirectory = models
    // A stop leaves no temporary file.
    let control = RunControl.followingSignals()
    defer { withExtendedLifetime(control) {} }
    let summary = try Sweep.run(
      sweep, notices: output.notices, progress: output.reporter
    ) { summary throws(RunFailure) in
      try Terminal.put(output.json ? summary.json.text + "\n" : summary.table)
    }
    if !output.quiet { Terminal.tell(summary.text) }
  }

  /// - Throws: usage: standard output has the table.
  private func destination() throws -> ModelDestination {
    guard let model else {
      throw ValidationError("Missing --model <file> (-o): the best goes there")
    }
    guard model != "-", !Terminal.isStandardOutput(model) else {
      throw ValidationError(
        "the model and the table would share standard output: name a file with -o")
    }
    return .file(model)
  }
}

extension SweepConfiguration.Selection: ExpressibleByArgument {}
