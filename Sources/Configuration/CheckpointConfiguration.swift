package import SparseBatches

/// Where a training keeps its state, so that it can be interrupted at any moment and continued, and
/// so that new inputs can be learned on top.
public struct CheckpointConfiguration: Sendable, Equatable {
  /// How often a checkpoint is written, beside those between inputs.
  public enum Cadence: Sendable, Equatable {
    case rows(Int)
    case seconds(Double)
  }

  /// The directory; made when it is not there.
  public var directory: String
  /// How often.
  public var cadence: Cadence = .rows(Self.usualRows)
  /// How many checkpoints are kept, at least 1.
  public var kept = Self.usualKept
  /// Start over: what the directory holds is removed.
  public var isFresh = false
  /// What standard input is known by.
  public var inputName: String?
  /// Before new inputs are learned, the evidence behind all that was learned is multiplied by this.
  public var forgetting: Double?

  /// How often, where nothing is said.
  public static let usualRows = 1_000_000
  /// How many, where nothing is said.
  public static let usualKept = 2

  /// - Parameter directory: made when it is not there; its parent must be.
  public init(directory: String) { self.directory = directory }

  /// - Throws: usage, naming the option.
  package func validate(_ configuration: TrainingConfiguration) throws(RunFailure) {
    guard !directory.isEmpty else {
      throw RunFailure(.usage, "--checkpoint names no directory")
    }
    guard kept >= 1 else { throw RunFailure(.usage, "--keep-checkpoints must be at least 1") }
    switch cadence {
    case .rows(let rows) where rows < 1:
      throw RunFailure(.usage, "--checkpoint-every must be at least 1 row")
    case .seconds(let seconds) where !(seconds > 0):
      throw RunFailure(.usage, "--checkpoint-every must be longer than no time")
    default: break
    }
    if let inputName, inputName.isEmpty {
      throw RunFailure(.usage, "--input-name is empty", cure: "give a name, or drop it")
    }
    if inputName != nil, !configuration.input.readsStandardInput {
      throw RunFailure(
        .usage, "--input-name names standard input, which is not read",
        cure: "drop it, or give - as a file")
    }
    try validateForgetting(configuration)
    try validatePasses(configuration)
  }

  private func validateForgetting(_ configuration: TrainingConfiguration) throws(RunFailure) {
    guard let forgetting else { return }
    guard forgetting > 0, forgetting <= 1 else {
      throw RunFailure(
        .usage, "--forget is \(forgetting)", cure: "give a number above 0 and at most 1")
    }
    guard configuration.learner.optimizer == .ftrl else {
      throw RunFailure(
        .usage,
        "--forget is of no use with --optimizer \(configuration.learner.optimizer.rawValue)",
        cure: "only ftrl counts the evidence behind its weights")
    }
    guard configuration.passes.epochs == 1 else {
      throw RunFailure(
        .usage, "--forget is of no use with several epochs, on which nothing can be learned on top")
    }
  }

  private func validatePasses(_ configuration: TrainingConfiguration) throws(RunFailure) {
    let repeats = configuration.passes.epochs > 1 || configuration.learner.optimizer.isExact
    guard repeats, configuration.passes.cache != .auto else { return }
    throw RunFailure(
      .usage,
      "--cache cannot be chosen with --checkpoint: rows wait for the next pass in the"
        + " checkpoint directory, where a later run finds them", cure: "drop --cache")
  }
}
