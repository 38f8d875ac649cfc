internal import Checkpoints
internal import Evaluation
internal import Featurizing
internal import Handoff
internal import InputBytes
internal import Learning
internal import ModelFile
internal import RowCache
internal import SparseBatches

/// Training with an online optimizer, in one epoch or several.
///
/// The first pass reads the input; rows go through the shuffle window, where there is one, to the
/// learner. Later passes read the row cache, or without one the input again.
final class OnlineTraining: CheckpointSource {
  private let configuration: TrainingConfiguration
  private let passes: PassConfiguration
  private let schema: FeatureSchema
  private let progress: ProgressReporter
  private let notices: NoticeBoard
  private let intake: RowIntake
  private let loss: ModelLoss
  private let session: any TrainingSession
  private var shuffle: ShuffleBuffer?
  private var outcome = EpochOutcome()
  private let checkpoints: CheckpointedRun?
  /// The pass that reads the input.
  private let pipeline: RowPipeline
  /// The epoch at hand, and where in the cache its next rows are.
  private var epoch = 1
  private var place = 0
  /// Of past evidence, to be kept once new rows come; nil when that is done.
  private var forgetting: Double?
  /// nil when nobody can ask for it: no report is wanted, and no checkpoint outlives this run.
  private let record: TrainingRecord?

  init(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, input: OpenedInput,
    progress: ProgressReporter, notices: NoticeBoard, checkpoints: CheckpointedRun?
  ) throws(RunFailure) {
    self.configuration = configuration
    self.checkpoints = checkpoints
    forgetting = checkpoints?.forgetting
    passes = configuration.passes
    record = configuration.report == nil && checkpoints == nil ? nil : TrainingRecord()
    self.schema = schema
    self.progress = progress
    self.notices = notices
    let loss = configuration.learner.loss.modelLoss(schema.labels)
    self.loss = loss
    session = try TrainingSessions.make(
      configuration.learner, loss: loss, bits: schema.hashing.bits)
    intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: configuration.passes.epochs > 1, checkpoints: checkpoints)
    pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      continuing: checkpoints?.pipelineState ?? RowPipeline.State(), register: intake.register,
      sampling: intake.sampling)
    startShuffle(1)
    if let loaded = checkpoints?.loaded { try restore(loaded) }
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
    if epoch == 1 {
      try firstPass()
      guard pipeline.rows > 0 else { throw input.noRows }
      checkpoints?.checkpointer.note(input.reader.untoldEndings)
      try checkpoints?.checkpointer.finishedReading(self)
      intake.tally.warn(notices)
      try finishEpoch()
    }
    while epoch <= passes.epochs, !outcome.isOver(patience: passes.earlyStop) {
      if let cache = intake.cache {
        try pass(over: cache)
      } else {
        try readAgain()
      }
      try finishEpoch()
    }
    if let best = outcome.bestEpoch, best < outcome.epochs {
      notices.post(
        "epoch \(best) of \(outcome.epochs) was the best on the holdout; its weights stay")
    }
    let document = try document(pipeline)
    if passes.epochs > 1 {
      try checkpoints?.checkpointer.finish(FinishedState(document, pipeline, intake, record))
    }
    return try FinishedTraining(configuration, notices: notices).model(
      document, outcome, intake, pipeline, record: record)
  }

  // MARK: - Passes

  private func firstPass() throws(RunFailure) {
    guard let checkpointer = checkpoints?.checkpointer else {
      return try pass(over: pipeline, isFirst: true)
    }
    try checkpointer.reporting(on: pipeline, self) { () throws(RunFailure) in
      try self.pass(over: self.pipeline, isFirst: true)
    }
  }

  private func pass(over pipeline: RowPipeline, isFirst: Bool) throws(RunFailure) {
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.intake.take(item, isFirst: isFirst) { batch throws(RunFailure) in
          try self.learn(batch) { pipeline.describe($0, of: item) }
        }
        self.progress.update(
          self.moment(rows: item.chunk.ordinal + item.chunk.rows.count, item.chunk.storedBytesRead))
        if isFirst { try self.checkpoints?.checkpointer.learned(item.chunk, self) }
      })
  }

  private func pass(over cache: RowCache) throws(RunFailure) {
    cache.seek(to: place)
    progress.startPass(totalBytes: nil)
    let items = (0..<4).map { _ in CachedRows() }
    let handoff = OrderedHandoff(threads: min(2, configuration.input.threads), items: items)
    var rows = 0
    try handoff.run(
      produce: { [cache = UncheckedShared(cache)] item throws(RunFailure) in
        let isThere = try cache.value.next(&item.batch)
        item.placeBehind = cache.value.readPosition
        return isThere
      },
      transform: { _ in },
      consume: { item throws(RunFailure) in
        try self.learn(item.batch) { _ in nil }
        rows += item.batch.rowCount
        self.place = item.placeBehind
        self.progress.update(self.moment(rows: rows, 0))
        try self.checkpoints?.checkpointer.repeated(rows: item.batch.rowCount, self)
      })
  }

  private func readAgain() throws(RunFailure) {
    var source = configuration.input
    source.quarantine = nil
    let input = try OpenedInput(source, notices: NoticeBoard { _ in })
    _ = try input.follow(
      schema, purpose: .learn, maximumRowBytes: configuration.reading.maximumLineBytes)
    progress.startPass(totalBytes: input.reader.totalStoredBytes)
    let again = try RowPipeline(
      input, source, schema: schema, purpose: .learn,
      continuing: RowPipeline.State(convention: pipeline.convention), sampling: intake.sampling)
    try pass(over: again, isFirst: false)
    guard again.rows == pipeline.rows else {
      throw RunFailure(
        .badData, "epoch \(epoch) read \(again.rows) rows, the first read \(pipeline.rows)",
        cure: "the input changed while it was read: use the row cache")
    }
  }

  private func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    if let share = forgetting, batch.rowCount > 0 {
      forgetting = nil
      try session.forget(keeping: share)
    }
    guard shuffle != nil else { return try teach(batch, place: place) }
    try shuffle?.add(batch) { shuffled throws(RunFailure) in
      try self.teach(shuffled) { _ in nil }
    }
  }

  private func teach(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    guard let record else { return try session.learn(batch, place: place) }
    try record.learn(batch, by: session, place: place)
  }

  private func startShuffle(_ epoch: Int) {
    guard passes.shuffleRows > 0 else { return }
    shuffle = ShuffleBuffer(capacity: passes.shuffleRows, seed: passes.seed, epoch: epoch)
  }

  private func moment(rows: Int, _ bytesRead: Int) -> ProgressReporter.Moment {
    ProgressReporter.Moment(rows: rows, loss: session.progressiveLoss, bytesRead: bytesRead)
  }

  // MARK: - Ends

  private func finishEpoch() throws(RunFailure) {
    let finished = epoch
    defer {
      epoch += 1
      place = 0
      startShuffle(epoch)
    }
    try shuffle?.flush { shuffled throws(RunFailure) in
      try self.teach(shuffled) { _ in nil }
    }
    try session.finishEpoch()
    let isDeciding = passes.earlyStop != nil
    let learned = isDeciding || showsHoldout ? try session.weights() : nil
    let held = try learned.flatMap { learned throws(RunFailure) in try holdoutLoss(of: learned) }
    record?.endEpoch(of: session, holdoutLoss: held)
    guard isDeciding else {
      outcome.epochs = finished
      return
    }
    if outcome.record(finished, loss: held) { outcome.bestWeights = learned }
    let text = held.map { NumberText.fixed($0, 6) } ?? "undefined"
    notices.post("epoch \(finished): \(loss.meanName) \(text) on the holdout")
  }

  /// Whether the report shows how the holdout fared after each epoch.
  private var showsHoldout: Bool { configuration.report != nil && intake.holdout != nil }

  /// On the half of the holdout that may decide.
  private func holdoutLoss(of learned: LearnedWeights) throws(RunFailure) -> Double? {
    try intake.decidingLoss(try learned.modelWeights(loss, bits: schema.hashing.bits))
  }

  /// The best epoch's weights, where there is a choice.
  private func document(_ pipeline: RowPipeline) throws(RunFailure) -> ModelDocument {
    let learned: LearnedWeights
    if let best = outcome.bestWeights { learned = best } else { learned = try session.weights() }
    var header = ModelHeader(
      schema: schema, labelConvention: pipeline.convention, learner: session.description,
      passes: ModelHeader.Passes(configuration, classFactors: intake.classFactors, outcome),
      statistics: intake.statistics(pipeline, progressiveLoss: session.firstEpochLoss),
      biases: learned.biases)
    header.correction = try intake.correction()
    return ModelDocument(
      header: header, weights: learned.weights,
      names: try intake.register.names(of: learned.weights.slots))
  }
}

// MARK: - Checkpoints

extension OnlineTraining {
  var copyTable: ((TableSnapshot) -> Void)? { { [session] in session.copyTable(into: $0) } }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    var sections = [session.section, intake.section]
    var epochs = ByteWriter()
    epochs.append(epoch)
    epochs.append(place)
    epochs.append(shuffle != nil)
    outcome.encode(into: &epochs)
    sections.append(ContainerSection(type: .epochState, data: epochs.bytes))
    var window = ByteWriter()
    shuffle?.encode(into: &window)
    sections.append(ContainerSection(type: .shuffleWindow, data: window.bytes))
    if let record { sections.append(record.section) }
    let files = [intake.synchronizeCache, pipeline.synchronizeQuarantine]
    return TrainingSnapshot(
      stage: epoch == 1 ? .reading : .repeating, pipeline: try pipeline.state(),
      sections: sections,
      synchronize: { () throws(RunFailure) in for file in files { try file() } })
  }

  private func restore(_ loaded: CheckpointDocument) throws(RunFailure) {
    let container = loaded.container
    try session.restore(container)
    try record?.restore(container)
    var reader = try container.reader(of: .epochState)
    epoch = try reader.readTally()
    place = try reader.readTally()
    let hasWindow = try reader.readBool()
    outcome = try EpochOutcome(from: &reader, bits: schema.hashing.bits)
    try reader.expectEnd()
    guard epoch >= 1, epoch <= passes.epochs, hasWindow == (passes.shuffleRows > 0) else {
      throw reader.failure("its epochs are not those of the options")
    }
    if epoch > 1 { startShuffle(epoch) }
    guard hasWindow else { return }
    var window = try container.reader(of: .shuffleWindow)
    try shuffle?.restore(from: &window)
    try window.expectEnd()
  }

  /// Whether nothing could be learned from new rows any more.
  var scheduleHasEnded: Bool { session.scheduleHasEnded }
}

/// Rows of the cache on their way to the learner.
private final class CachedRows: @unchecked Sendable {
  var batch = SparseBatch()
  var placeBehind = 0
}
