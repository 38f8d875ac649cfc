internal import Featurizing
internal import InputBytes
internal import Learning
public import SparseBatches

/// The `check-gradient` command: are the derivatives right, on these very rows?
public enum GradientChecking {
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

/// What a check of the derivatives found.
public struct GradientReport: Sendable {
  /// Whether every error is within the tolerance and no curvature is negative.
  public let passes: Bool
  /// One object.
  public let json: JSONValue
  /// A few lines for people.
  public let text: String

  init(_ check: GradientCheck, tolerance: Double) {
    passes = check.passes(tolerance: tolerance)
    json = .object([
      ("schema", .integer(1)), ("command", .string("check-gradient")),
      ("rows", .integer(check.rows)), ("coordinates", .integer(check.coordinates)),
      ("random_directions", .integer(check.randomDirections)),
      ("single_coordinates", .integer(check.singleCoordinates)),
      ("largest_gradient_error", .number(check.largestGradientError)),
      ("largest_hessian_error", .number(check.largestHessianError)),
      ("smallest_curvature", .number(check.smallestCurvature)),
      ("tolerance", .number(tolerance)), ("passes", .bool(passes)),
    ])
    text = """
      \(check.explanation)
      largest relative error \(max(check.largestGradientError, check.largestHessianError)): \
      \(passes ? "within" : "above") the tolerance of \(tolerance)

      """
  }
}
