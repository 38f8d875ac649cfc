internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
internal import Notices
public import SparseBatches
internal import Training

/// An exact model learned one step at a time: to watch a solver, or to write one.
///
///     let training = try StepwiseTraining(configuration)
///     let before = try training.takeNewtonStep()
///     print(before, try training.objective(), training.bias())
///
/// The objective is that of the exact solvers, Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂², with the loss and the
/// penalties of the configuration ("The mathematics"); the bias is not penalised. Weights start at
/// 0. The rows are read once, into the row cache; every step passes over it.
public final class StepwiseTraining {
  private let schema: FeatureSchema
  private var rows: CachedPasses
  private var learner: ExactLearner

  /// Reads all rows.
  ///
  /// - Parameters:
  ///   - configuration: as for training; where the model goes and how an optimizer learns does not
  ///     matter.
  ///   - notices: where warnings go.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public init(
    _ configuration: TrainingConfiguration, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) {
    let collected = try CollectedRows(
      configuration, notices: notices, progress: ProgressReporter(style: .none) { _ in })
    schema = collected.schema
    var rows = CachedPasses(cache: collected.cache)
    learner = try ExactLearner(
      loss: collected.loss, l1: configuration.learner.l1, l2: configuration.learner.l2,
      bits: schema.hashing.bits, rows: &rows)
    self.rows = rows
  }

  /// Rows that are learned from.
  public var rowCount: Int { learner.objective.survey.rows }

  /// Margins a row: 1, or the number of classes for softmax.
  public var outputs: Int { learner.objective.loss.outputs }

  /// The objective at the weights of now: one pass.
  public func objective() throws(RunFailure) -> Double { try learner.currentObjective(rows: &rows) }

  /// One step of (proximal) gradient descent, in one pass: w ← soft(w − rate·∇w, rate·λ1) with
  /// soft(v, t) = sgn(v)·max(|v| − t, 0), and b ← b − rate·∇b.
  ///
  /// - Parameter rate: finite and > 0; below 1 / (greatest curvature), each step lowers the objective.
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure` (usage) for a rate that is no positive number, or so large that the step
  ///   leaves the range of numbers; the weights stay as they were.
  @discardableResult
  public func takeGradientStep(rate: Double) throws(RunFailure) -> Double {
    try learner.takeGradientStep(rate: rate, rows: &rows)
  }

  /// One full Newton step, (w, b) ← (w, b) − H⁻¹∇, the system solved by conjugate gradients with one
  /// pass for each product H v. For the squared loss, one step reaches the optimum.
  ///
  /// There is no line search: far from the optimum the step can overshoot; `Train.run` with an
  /// exact optimizer is the safe way.
  ///
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure` (usage) with an L1 penalty, which has no second derivative.
  @discardableResult
  public func takeNewtonStep() throws(RunFailure) -> Double {
    try learner.takeNewtonStep(rows: &rows)
  }

  /// The intercept of an output.
  ///
  /// - Parameter output: 0, or the class's number for softmax, below `outputs`.
  public func bias(output: Int = 0) -> Double { learner.bias(output: output) }

  /// Calls `body` with each weight that is not 0: its hash slot, its output, its value; by slot, then
  /// output, both rising.
  public func forEachNonZeroWeight<Failure: Error>(
    _ body: (_ slot: UInt32, _ output: Int, _ weight: Double) throws(Failure) -> Void
  ) throws(Failure) {
    try learner.forEachNonZeroWeight(body)
  }
}
