import ArgumentParser
import CommandOptions

/// What `--help` and `--help-all` print, and what a person sees who gives no words at all.
enum Help {
  /// The text that the words ask for; nil: none.
  ///
  /// The parser knows one help. `train` has two: what is needed on most days, on one screen, and all.
  static func wanted(_ words: [String]) -> String? {
    let options = words.prefix { $0 != "--" }
    let wantsAll = options.contains("--help-all")
    guard wantsAll || options.contains("--help") || options.contains("-h") else { return nil }
    guard let name = words.first(where: { !$0.hasPrefix("-") }),
      let command = RootCommand.command(named: name)
    else { return wantsAll ? full(TrainCommand.self) : nil }
    return command == TrainCommand.self && !wantsAll ? train : full(command)
  }

  /// The options of a command, its own ones first.
  private static func full(_ command: any ParsableCommand.Type) -> String {
    var sections = RootCommand.helpMessage(for: command).split(
      separator: "\n\n", omittingEmptySubsequences: true
    ).map(String.init)
    guard let usage = sections.firstIndex(where: { $0.hasPrefix("USAGE:") }),
      let own = sections.firstIndex(where: { $0.hasPrefix("OPTIONS:") }), own > usage
    else { return sections.joined(separator: "\n\n") + "\n" }
    sections.insert(sections.remove(at: own), at: usage + 1)
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// For a terminal without a word: exit 64.
  static let first = """
    Usage: logreg-stream [COMMAND] [OPTIONS] [FILE ...]

      logreg-stream --label clicked -o m.lrs log.csv.gz    learn a model
      logreg-stream evaluate -m m.lrs new.csv.gz           measure it on rows with labels
      logreg-stream predict -m m.lrs new.csv.gz            a probability for each row

    Rows are gzip or plain CSV, LibSVM or VW text, in files or on standard input.
    More: logreg-stream train --help, logreg-stream --help

    """

  /// One screen.
  static let train = """
    USAGE: logreg-stream [train] [OPTIONS] [FILE ...]     learn a model (the default command)

      logreg-stream --label clicked -o m.lrs log.csv.gz
      zcat log.csv.gz | logreg-stream --label income --positive '>50K' -o m.lrs
      logreg-stream --keep-negatives 0.1 --checkpoint state -o m.lrs logs/

    FILE: CSV, LibSVM or VW text, gzip or plain; - is standard input, a folder all files in it.

      -o FILE              the model, written when all is read (default: standard output)
      --label NAME         the label column (default: label)
      --positive VALUE     the label text of the positive class (default: 0/1, -1/+1)
      --no-header          the first row is data: columns are c0, c1, …
      --weight NAME        column of importance weights
      --numeric, --categorical, --text, --ignore A,B,…   columns (default: as they look)
      --cross 'A*B'        products of columns
      --bits B             2^B hash slots (default: 22)
      --loss NAME          logistic, softmax (classes), squared (numbers), probit
      --optimizer NAME     ftrl, adagrad, sgd; lbfgs, newton: exact, in many passes
      --alpha A            the step size (default: found by a race over the first rows)
      --l1 X, --l2 X       penalties (default: 0)
      --epochs N           passes over the rows (default: 1)
      --shuffle auto       random order, for files that are sorted
      --keep-negatives R   learn from this fraction of the negatives; predictions are corrected
      --negatives-kept R   the input was sampled so before
      --holdout F          rows never learned, for figures and --early-stop
      --checkpoint DIR     go on after an interruption; learn new files on top
      --report FILE.html   figures and plots
      --json               the figures on standard output
      --max-bad-rows N     skip so many bad rows, or P%
      --config FILE        options as YAML
      -q, -v               say less, say more

    Exit: 0 done, 3 a gate kept the old model, 64 usage, 65 bad data, 66 no such input, 73 output
    cannot be made, 74 I/O error, 75 checkpoint in use, 130/143 stopped.
    All options: logreg-stream train --help-all

    """
}
