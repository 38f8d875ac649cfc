internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import Notices
internal import Showing
public import SparseBatches
internal import Training

/// The `check-gradient` command: are the derivatives right, on these very rows?
public enum CheckGradient {
  /// The largest relative error that passes where nothing is said.
  public static let usualTolerance = 1e-6

  /// Compares gradient and Hessian-vector products with central differences.
  ///
  /// - Parameters:
  ///   - configuration: as for training; only its rows, penalties and seed matter.
  ///   - tolerance: the largest relative error that passes.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the reading has come.
  /// - Throws: `RunFailure`, whose kind is the exit code; not for errors above the tolerance.
  public static func run(
    _ configuration: TrainingConfiguration, tolerance: Double = usualTolerance,
    notices: NoticeBoard,
    progress: ProgressReporter
  ) throws(RunFailure) -> GradientReport {
    guard tolerance > 0, tolerance < 1 else {
      throw RunFailure(.usage, "--tolerance must be between 0 and 1")
    }
    var files = OutputGuard()
    files.uses(configuration.input)
    files.reads(configuration.reading.schema?.path)
    try files.check()
    let collected = try CollectedRows(configuration, notices: notices, progress: progress)
    var rows = CachedPasses(cache: collected.cache)
    let learner = configuration.learner
    var exact = try ExactLearner(
      loss: collected.loss, l1: learner.l1, l2: learner.l2,
      bits: collected.schema.hashing.bits, rows: &rows)
    let check = try exact.checkGradient(rows: &rows, seed: configuration.passes.seed)
    return GradientReport(check, tolerance: tolerance)
  }
}
