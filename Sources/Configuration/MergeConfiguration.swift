package import Checkpoints
package import SparseBatches

/// States to merge, and where the result goes.
public struct MergeConfiguration: Sendable {
  /// How rows were dealt out to the states.
  public enum Shards: String, CaseIterable, Sendable {
    /// At random: each has seen the same kind of rows.
    case mixed
    /// One part of the stream after another.
    case calendar
  }

  /// The states.
  public var states: [String]
  /// What all of them started from, a state or a model; nil: from nothing.
  public var base: String?
  /// Decides how fast a learner goes on from the merged state.
  public var shards = Shards.mixed
  /// Where the model goes.
  public var model: ModelDestination
  /// Where the merged state goes; nil: nowhere.
  public var saveState: String?

  /// - Parameters:
  ///   - states: at least one.
  ///   - model: where the model goes.
  public init(states: [String], model: ModelDestination) {
    self.states = states
    self.model = model
  }

  package var shardKind: ShardKind { shards == .mixed ? .mixed : .calendar }

  /// - Throws: `RunFailure` of kind usage for files that cannot be what they are named for.
  package func validate() throws(RunFailure) {
    guard !states.isEmpty else {
      throw RunFailure(.usage, "no state to merge is named", cure: "name the states")
    }
    guard !states.contains("-"), base != "-" else {
      throw RunFailure(.usage, "a state is a file: - cannot be one", cure: "name a file")
    }
    var files = OutputGuard()
    files.writes("--model", model)
    files.writes("--save-state", saveState)
    files.reads(base)
    for state in states { files.reads(state) }
    try files.check()
  }
}
