import ArgumentParser
import Featurizing
import Glibc
import LogRegStream
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
    do {
      let arguments = try ConfigFile.expand(ProcessArguments.words())
      try RootCommand.refuseMistypedCommand(arguments)
      var command = try RootCommand.parseAsRoot(arguments)
      try command.run()
    } catch let failure as RunFailure {
      Terminal.show(failure)
      Terminal.exit(failure.exitCode)
    } catch {
      let code = RootCommand.exitCode(for: error)
      // Help and version are no errors.
      guard code != .success else { RootCommand.exit(withError: error) }
      Terminal.tell(Terminal.harmless(RootCommand.fullMessage(for: error)) + "\n")
      Terminal.exit(code.rawValue)
    }
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
      CalibrateCommand.self, CheckGradientCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}

extension RootCommand {
  /// `train` is the default, so that any first word is taken for a file: a mistyped command would
  /// end as a file that does not exist.
  ///
  /// - Throws: usage when the first word is no file and nearly a command.
  static func refuseMistypedCommand(_ arguments: [String]) throws(RunFailure) {
    guard let word = arguments.first, !commandNames.contains(word),
      unsafe access(word.systemPath, F_OK) != 0,
      let nearest = NearestName.find(word, among: commandNames.sorted())
    else { return }
    throw RunFailure(
      .usage, "there is neither a command nor a file called \"\(word)\"",
      cure: "did you mean \(nearest)?")
  }
}
