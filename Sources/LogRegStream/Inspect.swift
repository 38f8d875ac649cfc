public import Notices
public import Showing
public import SparseBatches

/// The `inspect` command: what a model, a checkpoint or a state is.
public enum Inspect {
  /// What was found at a path.
  public enum Finding: Sendable {
    case model(Inspection)
    case checkpoint(CheckpointInspection)
    case state(StateInspection)
  }

  /// Reads a model, a checkpoint or a state, and checks all of it.
  ///
  /// - Parameters:
  ///   - path: a model, a checkpoint, a state, or a checkpoint directory, of which the newest checkpoint counts;
  ///     `-` is standard input.
  ///   - notices: where damaged checkpoints are named that were passed over.
  /// - Throws: `RunFailure`: missingInput or badData.
  public static func run(
    _ path: String, notices: NoticeBoard
  ) throws(RunFailure) -> Finding {
    if let checkpoint = try CheckpointInspection(path: path, notice: { notices.post($0) }) {
      return .checkpoint(checkpoint)
    }
    if let state = try StateInspection(path: path) { return .state(state) }
    return .model(try Inspection(path: path))
  }
}
