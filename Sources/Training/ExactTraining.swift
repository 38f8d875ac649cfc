internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowCache
internal import RowStream
internal import SparseBatches

/// Training with an exact solver: one pass hashes the rows into the row cache, the solver then makes
/// as many passes over it as it needs.
///
/// A checkpoint holds how far the rows were read while they are read; afterwards, what the solver knew
/// after its last iteration. It then goes on there, after one pass over the row cache that finds the
/// slots again.
final class ExactTraining: CheckpointSource {
  private let run: TrainingRun
  private let keeper: any RunKeeper
  private let method: ExactMethod
  private let limits: SolverLimits
  private var hasReadAll = false
  /// What the solver knew after its last iteration; nil before the first pass.
  private var reached: SolverState?

  /// - Throws: usage for limits out of range, badData when what was kept contradicts itself.
  init(_ run: TrainingRun, method: ExactMethod) throws(RunFailure) {
    self.run = run
    self.method = method
    keeper = run.keeper
    limits = try SolverLimits(
      maximumIterations: run.configuration.learner.maximumIterations,
      tolerance: run.configuration.learner.tolerance)
    guard let kept = keeper.kept, kept.stage == .repeating else { return }
    hasReadAll = true
    try restore(kept.container)
  }

  private func restore(_ container: Container) throws(RunFailure) {
    try run.record?.restore(container)
    guard container.sections.contains(where: { $0.type == .solverState }) else { return }
    var reader = try container.reader(of: .solverState)
    let state = try SolverState(from: &reader)
    try reader.expectEnd()
    reached = state
    run.notices.post("going on after iteration \(state.iteration) of \(method.rawValue)")
  }

  func train() throws(RunFailure) -> TrainedModel {
    try run.stoppable(self) { () throws(RunFailure) in try self.learn() }
  }

  private func learn() throws(RunFailure) -> TrainedModel {
    try keeper.reading(run.pipeline, self) { () throws(RunFailure) in
      try self.run.intake.collect(self.run.pipeline, self.run.progress) {
        chunk throws(RunFailure) in
        try self.keeper.learned(chunk, self)
      }
    }
    hasReadAll = true
    try run.finishedReading(self)
    guard let cache = run.intake.cache else { throw RunFailure(.bug, "there is no row cache") }
    var rows = CachedPasses(cache: cache) { () throws(RunFailure) in
      try self.keeper.lookUp(self)
    }
    let learner = run.configuration.learner
    var exact = try ExactLearner(
      loss: run.loss, l1: learner.l1, l2: learner.l2, bits: run.schema.hashing.bits, rows: &rows)
    let ended = try exact.minimize(
      by: method, limits: limits, rows: &rows, continuing: reached,
      progress: note,
      keep: { state throws(RunFailure) in
        try self.keep(state, rowsPerPass: cache.rows)
      })
    run.notices.post(
      (ended.reason.isWarning ? "warning: " : "") + "\(method.rawValue): \(ended.message)")
    let document = try run.document(
      try weights(exact), by: description(ended), nil, progressiveLoss: nil)
    try keeper.finish(FinishedState(document, run))
    return try run.model(document, EpochOutcome())
  }

  private func note(_ step: SolverProgress) {
    run.progress.update(
      ProgressReporter.Step(
        iteration: step.iteration, objective: step.objective, gradientNorm: step.gradientNorm,
        passes: step.passes))
    // A solver that goes on tells first where it stands: the record has that already.
    if let reached, step.iteration <= reached.iteration { return }
    run.record?.note(step)
  }

  /// Between two iterations: the time for a checkpoint, when one is due.
  private func keep(_ state: SolverState, rowsPerPass: Int) throws(RunFailure) {
    let passes = state.passes - (reached?.passes ?? 0)
    reached = state
    try keeper.repeated(rows: rowsPerPass * passes, self)
  }

  var copyTable: ((TableSnapshot) -> Void)? { nil }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    var sections = run.sections()
    if let reached {
      var writer = ByteWriter()
      reached.encode(into: &writer)
      sections.append(ContainerSection(type: .solverState, data: writer.bytes))
    }
    return try run.snapshot(repeating: hasReadAll, sections)
  }

  private func weights(_ exact: borrowing ExactLearner) throws(RunFailure) -> LearnedWeights {
    var weights = SparseWeights(outputsPerSlot: run.loss.outputs)
    try exact.forEachNonZeroWeight { slot, output, weight throws(RunFailure) in
      let rounded = Float(weight)
      guard rounded.isFinite else { throw notFinite("the weight of slot \(slot)") }
      // A weight too small for a Float is no weight.
      if rounded != 0 { try weights.append(slot: slot, output: output, weight: rounded) }
    }
    let biases = (0..<run.loss.outputs).map { exact.bias(output: $0) }
    guard biases.allSatisfy(\.isFinite) else { throw notFinite("the bias") }
    return LearnedWeights(biases: biases, weights: weights)
  }

  private func notFinite(_ what: String) -> RunFailure {
    RunFailure(
      .badData, "\(method.rawValue): \(what) is no finite number",
      cure: "scale the values down, or give a penalty (--l2)")
  }

  private func description(_ ended: SolverOutcome) -> ModelHeader.Learner {
    ModelHeader.Learner(
      loss: run.loss.name, optimizer: method.rawValue, l1: run.configuration.learner.l1,
      l2: run.configuration.learner.l2,
      exact: ModelHeader.Learner.Exact(
        iterations: ended.iterations, passes: ended.passes, objective: ended.objective,
        gradientNorm: ended.gradientNorm, reason: ended.reason.rawValue))
  }
}
