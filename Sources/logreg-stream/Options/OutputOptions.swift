public import ArgumentParser
public import LogRegStream

/// What every command shares: how much is said, and where.
struct OutputOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more: the columns and why, where the time went.")
  var verbose = false

  @Option(help: "Progress on standard error: auto, bar, lines, json or none.")
  var progress: ProgressStyle = .auto

  @Flag(help: "One JSON object with the final figures on standard output.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Options as YAML; keys are the long option names, flags take precedence.", valueName: "file"))
  var config: String?

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose contradict each other") }
  }

  var notices: NoticeBoard {
    let quiet = quiet
    return NoticeBoard { if !quiet { Terminal.tell("logreg-stream: \(Terminal.harmless($0))\n") } }
  }

  var reporter: ProgressReporter {
    ProgressReporter(style: quiet ? .none : progress) { Terminal.tell($0) }
  }
}

extension ProgressStyle: ExpressibleByArgument {}
