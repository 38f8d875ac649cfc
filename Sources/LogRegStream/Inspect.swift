public import Notices
public import Showing
public import SparseBatches

/// The `inspect` command: what a model or a checkpoint is.
public enum Inspect {
  /// What was found at a path.
  public enum Finding: Sendable {
    case model(Inspection)
    case checkpoint(CheckpointInspection)
  }

  /// Reads a model or a checkpoint, and checks all of it.
  ///
  /// - Parameters:
  ///   - path: a model, a checkpoint, or a checkpoint directory, of which the newest checkpoint counts;
  ///     `-` is standard input.
  ///   - notices: where damaged checkpoints are named that were passed over.
  /// - Throws: `RunFailure`: missingInput or badData.
  public static func run(
    _ path: String, notices: NoticeBoard
  ) throws(RunFailure) -> Finding {
    if let checkpoint = try CheckpointInspection(path: path, notice: { notices.post($0) }) {
      return .checkpoint(checkpoint)
    }
    return .model(try Inspection(path: path))
  }
}
