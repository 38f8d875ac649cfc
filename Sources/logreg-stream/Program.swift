import ArgumentParser
import CSignals
import CommandOptions
import Featurizing
import Glibc
import LogRegStream
import Processor
import SparseBatches

/// Entry point: expands `--config`, runs the command, turns failures into exit codes.
@main
enum Program {
  static func main() {
    // A file size limit is then an error of write (exit 74), not the end of the process.
    _ = signal(SIGXFSZ, SIG_IGN)
    // A closed standard stream would give its number to the next file or pipe that is opened.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
    var given = GivenWords()
    do {
      given = try GivenWords(ProcessArguments.words(), of: RootCommand.commands)
      if given.words.isEmpty, Terminal.standardInputIsTerminal {
        Terminal.tell(Help.first)
        Terminal.exit(RunFailure.Kind.usage.rawValue)
      }
      if let help = Help.wanted(given.words) {
        try Terminal.put(help)
        return
      }
      try RootCommand.refuseMistypedCommand(given.words)
      var command = try RootCommand.parseAsRoot(given.words)
      try command.run()
    } catch let failure as RunFailure {
      Terminal.show(given.placed(failure))
      Terminal.exit(failure.exitCode)
    } catch {
      let code = RootCommand.exitCode(for: error)
      // Help and version are no errors.
      guard code != .success else { RootCommand.exit(withError: error) }
      Terminal.show(given.placed(usageFailure(error, given)))
      Terminal.tell(RootCommand.usageLines(of: given.command))
      Terminal.exit(code.rawValue)
    }
  }

  /// The parser's error in our words.
  private static func usageFailure(_ error: any Error, _ given: GivenWords) -> RunFailure {
    let message = RootCommand.message(for: error)
    guard let option = unknownOption(in: message) else { return RunFailure(.usage, message) }
    let commands = RootCommand.commands
    let name = String(option.drop { $0 == "-" })
    let elsewhere = commands.all.sorted().filter {
      $0 != given.command && option.hasPrefix("--") && commands.optionNames(of: $0).contains(name)
    }
    guard let cure = Hints.cure(option: option, elsewhere: elsewhere) else {
      return RunFailure(.usage, message)
    }
    return RunFailure(.usage, "\(given.command) has no option \(option)", cure: cure)
  }

  /// As typed, from what the parser says of it.
  private static func unknownOption(in message: String) -> String? {
    let start = "Unknown option '"
    guard message.hasPrefix(start) else { return nil }
    return String(message.dropFirst(start.count).prefix { $0 != "'" && $0 != "=" })
  }
}

/// The program and its commands; `train` when none is named.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logreg-stream",
    abstract:
      "A streaming, out-of-core learner for logistic regression on gzip CSV, LibSVM and VW text.",
    usage: """
      logreg-stream [COMMAND] [OPTIONS] [FILE ...]
      zcat log.csv.gz | logreg-stream --label clicked -o model.lrs
      """,
    discussion: """
      FILE: any number, read in the order given as one stream; - is standard input, and so is none.
      gzip is recognised by its magic bytes. Standard output carries data only.
      """,
    version: Version.text,
    subcommands: [
      TrainCommand.self, PredictCommand.self, EvaluateCommand.self, InspectCommand.self,
      CalibrateCommand.self, SweepCommand.self, ExportCommand.self, MergeCommand.self,
      MonitorCommand.self,
      CheckGradientCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}

extension RootCommand {
  static var commands: CommandNames { CommandNames(configuration.subcommands) }

  /// `train` is the default, so that any first word is taken for a file: a mistyped command would
  /// end as a file that does not exist.
  ///
  /// - Throws: usage when the first word is no file and nearly a command.
  static func refuseMistypedCommand(_ arguments: [String]) throws(RunFailure) {
    guard let word = arguments.first, !commands.all.contains(word),
      !word.contains(where: { "-/.@*".contains($0) }), unsafe access(word.systemPath, F_OK) != 0,
      let cure = Hints.cure(command: word, known: Array(commands.all))
    else { return }
    throw RunFailure(
      .usage, "there is neither a command nor a file called \"\(word)\"", cure: cure)
  }

  static func command(named name: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { $0.configuration.commandName == name }
  }

  /// How a command is called, and where more is said.
  static func usageLines(of name: String) -> String {
    let command = command(named: name) ?? TrainCommand.self
    return "Usage: \(usageString(for: command))\n  See 'logreg-stream \(name) --help'.\n"
  }
}

/// What `--version` says.
enum Version {
  static let text =
    "logreg-stream \(BuildInformation.program) (\(commit)model format "
    + "\(BuildInformation.modelFormat); inflate: "
    + "\(BuildInformation.inflateBackends.joined(separator: ", ")); processor: "
    + "\(ProcessorPath.available.map(\.rawValue).joined(separator: ", ")))"

  private static var commit: String {
    // Proof: a constant of the program, ended by a NUL.
    guard let name = unsafe logreg_stream_built_commit() else { return "" }
    return unsafe "commit \(String(cString: name)); "
  }
}

/// The words of the command line, as the kernel passed them to this process.
///
/// Swift's own `CommandLine.arguments` reads /proc/self/cmdline, is empty where /proc is not mounted
/// (`predict` would then be `train`), and repairs what is not UTF-8 (so that no such path would open).
enum ProcessArguments {
  /// The words after the program's name.
  ///
  /// - Throws: a bug of ours when they cannot be had: never a default command instead.
  static func words() throws(RunFailure) -> [String] {
    let count = logreg_stream_argument_count()
    guard count >= 1 else {
      throw RunFailure(
        .bug, "the words of the command line cannot be had from the system",
        cure: "start the program with its name as the first word, as every shell does")
    }
    var words: [String] = []
    for index in 1..<max(count, 1) {
      // Proof: the index is below the count, and each word ends with a NUL and is never changed.
      guard let word = unsafe logreg_stream_argument(index) else { continue }
      unsafe words.append(PathText.text(cString: word))
    }
    return words
  }
}
