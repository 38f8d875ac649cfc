import ArgumentParser
import LogRegStream

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "Say what a model, a checkpoint or a state is: its options, columns, weights and figures.")

  @Argument(
    help: ArgumentHelp(
      "The model, a state, or a checkpoint directory; - is standard input.", valueName: "file"))
  var file: String

  @Option(help: ArgumentHelp("The K largest weights.", valueName: "k"))
  var top: Int?

  @Flag(help: "Every non-zero weight as TSV: slot, weight, name where it is known.")
  var weights = false

  @Flag(help: "One JSON object on standard output.")
  var json = false

  @Flag(help: "How rows become features, as YAML for train --schema.")
  var schema = false

  func validate() throws {
    if schema && (weights || json || top != nil) {
      throw ValidationError("--schema writes YAML: drop --weights, --json and --top")
    }
    if let top, top < 1 { throw ValidationError("--top must be at least 1") }
    if weights && (json || top != nil) {
      throw ValidationError("--weights writes TSV: drop --json and --top")
    }
  }

  func run() throws {
    guard file != "-" || !Terminal.standardInputIsTerminal else {
      throw ValidationError("no input: name a model, or pipe one into standard input")
    }
    let notices = NoticeBoard { Terminal.tell("logreg-stream: \(Terminal.harmless($0))\n") }
    switch try Inspect.run(file, notices: notices) {
    case .checkpoint(let checkpoint):
      guard !weights, top == nil else {
        throw ValidationError("--weights and --top are for models: a checkpoint has none yet")
      }
      try Terminal.put(json ? checkpoint.json.text + "\n" : checkpoint.text)
    case .state(let state):
      guard !weights, top == nil else {
        throw ValidationError("--weights and --top are for models, not for states")
      }
      guard !schema else { return try Terminal.put(state.schemaText) }
      try Terminal.put(json ? state.json.text + "\n" : state.text)
    case .model(let inspection): try show(inspection)
    }
  }

  private func show(_ inspection: Inspection) throws {
    if schema {
      try Terminal.put(inspection.schemaText)
    } else if weights {
      try inspection.writeWeights { try Terminal.put($0) }
    } else if json {
      try Terminal.put(inspection.json(top: top).text + "\n")
    } else {
      try Terminal.put(inspection.text(top: top))
    }
  }
}
