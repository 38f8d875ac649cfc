package import ArgumentParser
package import LogRegStream

/// Where the state of a training is kept.
package struct CheckpointOptions: ParsableArguments {
  package init() {}

  @Option(
    help: ArgumentHelp(
      "Keep the state here: the same command goes on after any interruption, and learns new inputs on "
        + "top.", valueName: "dir"))
  package var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "How often a checkpoint is written, such as 500000rows, 30s or 5min "
        + "(default: \(CheckpointConfiguration.usualRows)rows).", valueName: "when"))
  package var checkpointEvery: CheckpointCadence?

  @Option(
    help: ArgumentHelp(
      "How many checkpoints are kept (default: \(CheckpointConfiguration.usualKept)).",
      valueName: "n"))
  package var keepCheckpoints: Int?

  @Flag(help: "Start over: what the directory holds is removed.")
  package var fresh = false

  @Option(
    help: ArgumentHelp(
      "What standard input is known by: learned once, and replayed when interrupted.",
      valueName: "id"))
  package var inputName: String?

  @Option(
    help: ArgumentHelp(
      "Before new inputs are learned, multiply the evidence behind what was learned by D, above 0 "
        + "and at most 1.", valueName: "d"))
  package var forget: Double?

  package func validate() throws {
    guard checkpoint == nil else { return }
    let given: [(String, Bool)] = [
      ("--checkpoint-every", checkpointEvery != nil),
      ("--keep-checkpoints", keepCheckpoints != nil),
      ("--fresh", fresh), ("--input-name", inputName != nil), ("--forget", forget != nil),
    ]
    if let (option, _) = given.first(where: \.1) {
      throw ValidationError("\(option) is of no use without --checkpoint")
    }
  }

  /// nil: state is kept nowhere.
  package var configuration: CheckpointConfiguration? {
    guard let checkpoint else { return nil }
    var configuration = CheckpointConfiguration(directory: checkpoint)
    configuration.cadence = checkpointEvery?.cadence ?? configuration.cadence
    configuration.kept = keepCheckpoints ?? configuration.kept
    configuration.isFresh = fresh
    configuration.inputName = inputName
    configuration.forgetting = forget
    return configuration
  }
}

/// `1000000rows`, `30s`, `5min`.
package struct CheckpointCadence: ExpressibleByArgument {
  package let cadence: CheckpointConfiguration.Cadence

  package init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number > 0 else { return nil }
    switch argument.dropFirst(digits.count) {
    case "rows", "row": cadence = .rows(number)
    case "s": cadence = .seconds(Double(number))
    case "min": cadence = .seconds(Double(number) * 60)
    case "h": cadence = .seconds(Double(number) * 3600)
    default: return nil
    }
  }
}
