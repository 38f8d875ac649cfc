public import ArgumentParser
public import LogRegStream

/// What every command shares: how much is said, and where.
struct OutputOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help: "Say nothing but warnings and errors, and the progress that --progress asks for.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more: the columns and why, where the time went.")
  var verbose = false

  @Option(help: "Progress on standard error: auto (the default), bar, lines, json or none.")
  var progress: ProgressStyle?

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
    // A warning is no progress: somebody who asked for silence still has to hear it.
    return NoticeBoard { text in
      if !quiet || text.hasPrefix("warning: ") {
        Terminal.tell("logreg-stream: \(Terminal.harmless(text))\n")
      }
    }
  }

  var reporter: ProgressReporter {
    // Quiet silences what comes unasked.
    let unasked = quiet ? ProgressStyle.none : .auto
    let style = progress.flatMap { $0 == .auto ? nil : $0 } ?? unasked
    return ProgressReporter(style: style) { Terminal.tell($0) }
  }
}

extension ProgressStyle: ExpressibleByArgument {}

extension ModelDestination {
  /// Where `-o` says that a model goes: standard output when it says nothing.
  ///
  /// - Throws: usage when standard output is a terminal, or taken by `--json`.
  init(option path: String?, json: Bool) throws {
    if let path, path != "-" {
      guard !json || !Terminal.isStandardOutput(path) else {
        throw ValidationError(
          "--json and the model would share standard output, which is \(path): name another file")
      }
      self = .file(path)
      return
    }
    guard !json else {
      throw ValidationError(
        "--json and the model would share standard output: name a file with -o")
    }
    guard !Terminal.standardOutputIsTerminal else {
      throw ValidationError("the model would go to the terminal: name a file with -o")
    }
    self = .standardOutput
  }
}
