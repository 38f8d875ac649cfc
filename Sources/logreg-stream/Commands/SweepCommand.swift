public import ArgumentParser
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

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var training = TrainingConfiguration(input: try input.configuration(config: output.config))
    training.reading = try reading.configuration(maximumLineBytes: input.maxLineBytes.bytes)
    training.learner = learner.configuration
    training.passes = passes.configuration
    training.classWeights = try passes.classWeights()
    training.sampling = sampling.configuration
    training.calibrator = sampling.calibrator
    training.calibrateOn = sampling.calibrateOn
    training.names = names.naming
    training.model = try destination()
    training.report = report
    training.isVerbose = output.verbose
    var sweep = SweepConfiguration(training)
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
