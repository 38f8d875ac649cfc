internal import Checkpoints
package import Configuration
package import Featurizing
internal import InputBytes
package import Learning
internal import ModelFile
package import Notices
package import RowCache
internal import RowStream
package import SparseBatches

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
    guard container.has(.solverState) else { return }
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
    return try solve()
  }

  /// Gives the model, once all rows are in the row cache.
  func solve() throws(RunFailure) -> TrainedModel {
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
    let learned = try weights(exact)
    let document = try run.document(
      learned, by: description(ended), nil, progressiveLoss: nil,
      profile: try run.profile(learned, nil, scale: .unscaled))
    try keeper.finish(FinishedState(document, run))
    return try run.model(document, EpochOutcome())
  }

  private func note(_ step: SolverProgress) {
    run.progress.iterated(
      step.iteration, objective: step.objective, gradientNorm: step.gradientNorm,
      passes: step.passes)
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

extension LearnerConfiguration {
  /// nil: the optimizer is an online one.
  var exactMethod: ExactMethod? {
    switch optimizer {
    case .ftrl, .sgd, .adagrad: nil
    case .lbfgs: .lbfgs
    case .newton: .newton
    }
  }
}

/// All rows of an input in the row cache, to be passed over as often as one wants.
package struct CollectedRows {
  package let schema: FeatureSchema
  package let loss: ModelLoss
  package let cache: RowCache

  /// - Throws: `RunFailure`, whose kind is the exit code.
  package init(
    _ configuration: TrainingConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) {
    let options = try configuration.readingOptions()
    try configuration.input.validate()
    try configuration.learner.validatePenalties()
    try configuration.classWeights.validate(options.labels)
    let input = try OpenedInput(configuration.input, notices: notices)
    schema = try input.inferSchema(options)
    loss = configuration.learner.loss.modelLoss(schema.labels)
    progress.totalBytes = input.reader.totalStoredBytes
    let intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: true, keeper: NothingKept())
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      continuing: RowPipeline.State(watch: input.watch), sampling: intake.sampling)
    try intake.collect(pipeline, progress) { _ throws(RunFailure) in }
    guard pipeline.rows > 0, let cache = intake.cache else { throw input.noRows }
    try intake.reportLabels(notices)
    self.cache = cache
  }
}

/// The rows of the cache, as often as a solver wants them.
package struct CachedPasses: RowPasses, ~Copyable {
  private let cache: RowCache
  private var batch = SparseBatch()
  private let between: () throws(RunFailure) -> Void

  /// - Parameter between: called between batches; what it throws ends the pass.
  package init(
    cache: RowCache, between: @escaping () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) {
    self.cache = cache
    self.between = between
  }

  package mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    cache.rewind()
    while try cache.next(&batch) {
      try between()
      try body(batch)
    }
  }
}
