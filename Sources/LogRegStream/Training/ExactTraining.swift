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
/// A checkpoint holds the rows' place while they are read; afterwards the cache is all that the solver
/// starts from, and it comes to the same end whenever it starts.
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
    try intake.collect(pipeline, progress) { chunk throws(RunFailure) in
      try self.checkpoints?.checkpointer.learned(chunk, self)
    }
    guard pipeline.rows > 0, let cache = intake.cache else { throw input.noRows }
    checkpoints?.checkpointer.note(input.reader.untoldEndings)
    hasReadAll = true
    try checkpoints?.checkpointer.finishedReading(self)
    intake.tally.warn(notices)
    var rows = CachedPasses(cache: cache) { [checkpointer = checkpoints?.checkpointer] in
      checkpointer?.isStopAsked ?? false
    }
    let learner = configuration.learner
    var exact = try ExactLearner(
      loss: loss, l1: learner.l1, l2: learner.l2, bits: schema.hashing.bits, rows: &rows)
    let record = TrainingRecord()
    let ended = try exact.minimize(by: method, limits: limits, rows: &rows) {
      progress.update($0)
      record.note($0)
    }
    notices.post("\(method.rawValue): \(ended.message)")
    let document = try document(exact, ended, pipeline)
    try checkpoints?.checkpointer.finish(FinishedState(document, pipeline, intake, record))
    return try FinishedTraining(configuration, notices: notices).model(
      document, EpochOutcome(), intake, pipeline, record: record)
  }

  var copyTable: ((TableSnapshot) -> Void)? { nil }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    let files = [intake.synchronizeCache, pipeline.synchronizeQuarantine]
    return TrainingSnapshot(
      stage: hasReadAll ? .repeating : .reading, pipeline: try pipeline.state(),
      sections: [intake.section],
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
  private let isStopAsked: () -> Bool

  /// - Parameter isStopAsked: looked at between batches.
  init(cache: RowCache, isStopAsked: @escaping () -> Bool = { false }) {
    self.cache = cache
    self.isStopAsked = isStopAsked
  }

  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    cache.rewind()
    while try cache.next(&batch) {
      if isStopAsked() { throw RunFailure(.interrupted, "stopped by a signal") }
      try body(batch)
    }
  }
}
