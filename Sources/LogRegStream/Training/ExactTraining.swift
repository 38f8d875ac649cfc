internal import Checkpoints
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import RowCache
internal import SparseBatches

/// Training with an exact solver: one pass hashes the rows into the row cache, the solver then makes
/// as many passes over it as it needs.
///
/// A checkpoint holds the rows' place while they are read; afterwards, what the solver knew behind its last
/// iteration. It then goes on there, after one pass over the cache that finds the slots again.
final class ExactTraining: CheckpointSource {
  private let configuration: TrainingConfiguration
  private let method: ExactMethod
  private let limits: SolverLimits
  private let schema: FeatureSchema
  private let progress: ProgressReporter
  private let notices: NoticeBoard
  private let loss: ModelLoss
  private let intake: RowIntake
  private let pipeline: RowPipeline
  private let checkpoints: CheckpointedRun?
  private var hasReadAll = false
  /// What the solver knew behind its last iteration; nil before the first pass.
  private var reached: SolverState?
  private let record = TrainingRecord()

  init(
    _ configuration: TrainingConfiguration, method: ExactMethod, schema: FeatureSchema,
    input: OpenedInput, progress: ProgressReporter, notices: NoticeBoard,
    checkpoints: CheckpointedRun?
  ) throws(RunFailure) {
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.method = method
    self.schema = schema
    self.progress = progress
    self.notices = notices
    limits = try SolverLimits(
      maximumIterations: configuration.learner.maximumIterations,
      tolerance: configuration.learner.tolerance)
    loss = configuration.learner.loss.modelLoss(schema.labels)
    intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: true, checkpoints: checkpoints)
    pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      continuing: checkpoints?.pipelineState ?? RowPipeline.State(), register: intake.register,
      sampling: intake.sampling)
    hasReadAll = checkpoints?.loaded?.header.stage == .repeating
    if hasReadAll, let container = checkpoints?.loaded?.container { try restore(container) }
  }

  private func restore(_ container: Container) throws(RunFailure) {
    try record.restore(container)
    guard container.sections.contains(where: { $0.type == .solverState }) else { return }
    var reader = try container.reader(of: .solverState)
    let state = try SolverState(from: &reader)
    try reader.expectEnd()
    reached = state
    notices.post("going on behind iteration \(state.iteration) of \(method.rawValue)")
  }

  func run(_ input: OpenedInput) throws(RunFailure) -> TrainedModel {
    do throws(RunFailure) {
      return try learn(input)
    } catch {
      if error.kind == .interrupted { try checkpoints?.checkpointer.stop(self) }
      throw error
    }
  }

  private func learn(_ input: OpenedInput) throws(RunFailure) -> TrainedModel {
    try collect()
    guard pipeline.rows > 0, let cache = intake.cache else { throw input.noRows }
    checkpoints?.checkpointer.note(input.reader.untoldEndings)
    hasReadAll = true
    try checkpoints?.checkpointer.finishedReading(self)
    intake.tally.warn(notices)
    var rows = CachedPasses(cache: cache) { () throws(RunFailure) in
      try self.checkpoints?.checkpointer.lookUp(self)
    }
    let learner = configuration.learner
    var exact = try ExactLearner(
      loss: loss, l1: learner.l1, l2: learner.l2, bits: schema.hashing.bits, rows: &rows)
    let ended = try exact.minimize(
      by: method, limits: limits, rows: &rows, continuing: reached,
      progress: note, keep: { state throws(RunFailure) in
        try self.keep(state, rowsPerPass: cache.rows)
      })
    notices.post("\(method.rawValue): \(ended.message)")
    let document = try document(exact, ended, pipeline)
    try checkpoints?.checkpointer.finish(FinishedState(document, pipeline, intake, record))
    return try FinishedTraining(configuration, notices: notices).model(
      document, EpochOutcome(), intake, pipeline, record: record)
  }

  private func collect() throws(RunFailure) {
    guard let checkpointer = checkpoints?.checkpointer else {
      return try intake.collect(pipeline, progress) { _ throws(RunFailure) in }
    }
    try checkpointer.reporting(on: pipeline, self) { () throws(RunFailure) in
      try self.intake.collect(self.pipeline, self.progress) { chunk throws(RunFailure) in
        try checkpointer.learned(chunk, self)
      }
    }
  }

  private func note(_ moment: SolverProgress) {
    progress.update(moment)
    // A solver that goes on tells first where it stands: the record has that already.
    if let reached, moment.iteration <= reached.iteration { return }
    record.note(moment)
  }

  /// Between two iterations: the moment for a checkpoint, when one is due.
  private func keep(_ state: SolverState, rowsPerPass: Int) throws(RunFailure) {
    let passes = state.passes - (reached?.passes ?? 0)
    reached = state
    try checkpoints?.checkpointer.repeated(rows: rowsPerPass * passes, self)
  }

  var copyTable: ((TableSnapshot) -> Void)? { nil }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    let files = [intake.synchronizeCache, pipeline.synchronizeQuarantine]
    var sections = [intake.section, record.section]
    if let reached {
      var writer = ByteWriter()
      reached.encode(into: &writer)
      sections.append(ContainerSection(type: .solverState, data: writer.bytes))
    }
    return TrainingSnapshot(
      stage: hasReadAll ? .repeating : .reading, pipeline: try pipeline.state(),
      sections: sections,
      synchronize: { () throws(RunFailure) in for file in files { try file() } })
  }

  private func document(
    _ exact: borrowing ExactLearner, _ ended: SolverOutcome, _ pipeline: RowPipeline
  ) throws(RunFailure) -> ModelDocument {
    var weights = SparseWeights(outputsPerSlot: loss.outputs)
    try exact.forEachNonZeroWeight { slot, output, weight throws(RunFailure) in
      let rounded = Float(weight)
      // A weight too small for a Float is no weight.
      if rounded != 0 { try weights.append(slot: slot, output: output, weight: rounded) }
    }
    let description = ModelHeader.Learner(
      loss: loss.name, optimizer: method.rawValue, l1: configuration.learner.l1,
      l2: configuration.learner.l2,
      exact: ModelHeader.Learner.Exact(
        iterations: ended.iterations, passes: ended.passes, objective: ended.objective,
        gradientNorm: ended.gradientNorm, reason: ended.reason.rawValue))
    var header = ModelHeader(
      schema: schema, labelConvention: pipeline.convention, learner: description,
      passes: ModelHeader.Passes(configuration, classFactors: intake.classFactors, nil),
      statistics: intake.statistics(pipeline, progressiveLoss: nil),
      biases: (0..<loss.outputs).map { exact.bias(output: $0) })
    header.correction = try intake.correction()
    return ModelDocument(
      header: header, weights: weights, names: try intake.register.names(of: weights.slots))
  }
}

/// The rows of the cache, as often as a solver wants them.
struct CachedPasses: RowPasses, ~Copyable {
  private let cache: RowCache
  private var batch = SparseBatch()
  private let between: () throws(RunFailure) -> Void

  /// - Parameter between: called between batches; what it throws ends the pass.
  init(
    cache: RowCache, between: @escaping () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) {
    self.cache = cache
    self.between = between
  }

  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    cache.rewind()
    while try cache.next(&batch) {
      try between()
      try body(batch)
    }
  }
}
