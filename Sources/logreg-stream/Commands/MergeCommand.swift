public import ArgumentParser
import CommandOptions
public import LogRegStream

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one model of learners that each saw a part of the rows.",
    discussion: """
      The states are those of train --save-state, or merged ones; all started from --base, with the \
      same options. Their order changes nothing, and neither does merging some of them first.
      """)

  @Argument(help: ArgumentHelp("The states.", valueName: "state"))
  var states: [String]

  @Option(
    help: ArgumentHelp(
      "What all states started from, with --start-from (default: nothing).", valueName: "state"))
  var base: String?

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Where the model goes; - is standard output (the default unless it is a terminal).",
      valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The merged learner, for another round or another merge.", valueName: "file"))
  var saveState: String?

  @Option(
    help: ArgumentHelp(
      "How rows were dealt out: mixed, or calendar (one part of the stream after another). It "
        + "decides how fast a learner goes on from the merged state (default: mixed).",
      valueName: "name"))
  var shards: MergeConfiguration.Shards = .mixed

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var configuration = MergeConfiguration(
      states: states, model: try ModelDestination(option: model, json: output.json))
    configuration.base = base
    configuration.saveState = saveState
    configuration.shards = shards
    let summary = try Merge.run(
      configuration, notices: output.notices, progress: output.reporter
    ) { summary throws(RunFailure) in
      if output.json { try Terminal.put(summary.json.text + "\n") }
    }
    if !output.quiet { Terminal.tell(summary.text) }
  }
}

extension MergeConfiguration.Shards: ExpressibleByArgument {}
