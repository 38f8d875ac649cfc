public import ArgumentParser
public import LogRegStream

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for another program: ONNX, SQL, C or JSON, with the same predictions.",
    discussion: """
      What a target cannot say exactly is refused, with the column and the reason.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Option(help: ArgumentHelp("onnx, sql, c or json.", valueName: "target"))
  var to: ExportConfiguration.Target

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Where it goes; - is standard output. --to c writes a header beside the source: model.h for "
        + "model.c.", valueName: "file"))
  var destination: String

  @Option(
    help: ArgumentHelp(
      "Of --to sql: duckdb, clickhouse, postgres or spark.", valueName: "name"))
  var dialect: ExportConfiguration.Dialect?

  @Option(
    help: ArgumentHelp(
      "Of --to sql: the table or view to be scored (default: rows).", valueName: "name"))
  var table: String?

  @Option(
    help: ArgumentHelp(
      "Score these rows with the artefact's own runtime too, where it is installed, and say the "
        + "largest difference.", valueName: "file"))
  var check: String?

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    guard !output.json || destination != "-" else {
      throw ValidationError("--json and -o - would share standard output: name a file with -o")
    }
    var wanted = ExportConfiguration(model: model, target: to, destination: destination)
    wanted.dialect = dialect
    wanted.table = table
    wanted.check = check
    // A stop leaves no temporary file.
    let control = RunControl.followingSignals()
    defer { withExtendedLifetime(control) {} }
    let summary = try Export.run(wanted, notices: output.notices)
    if output.json { try Terminal.put(summary.json.text + "\n") }
    if !output.quiet { Terminal.tell(summary.text) }
  }
}

extension ExportConfiguration.Target: ExpressibleByArgument {}
extension ExportConfiguration.Dialect: ExpressibleByArgument {}
