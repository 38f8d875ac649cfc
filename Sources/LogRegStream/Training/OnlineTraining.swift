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
final class OnlineTraining {
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
  private let record: TrainingRecord?

  init(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, progress: ProgressReporter,
    notices: NoticeBoard
  ) throws(RunFailure) {
    self.configuration = configuration
    passes = configuration.passes
    record = configuration.report == nil ? nil : TrainingRecord()
    self.schema = schema
    self.progress = progress
    self.notices = notices
    let loss = configuration.learner.loss.modelLoss(schema.labels)
    self.loss = loss
    session = try TrainingSessions.make(
      configuration.learner, loss: loss, bits: schema.hashing.bits)
    intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: configuration.passes.epochs > 1)
  }

  func run(_ input: OpenedInput) throws(RunFailure) -> TrainedModel {
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn, register: intake.register,
      sampling: intake.sampling)
    try pass(1, over: pipeline, isFirst: true)
    guard pipeline.rows > 0 else { throw input.noRows }
    intake.tally.warn(notices)
    try finishEpoch(1)
    var epoch = 2
    while epoch <= passes.epochs, !outcome.isOver(patience: passes.earlyStop) {
      if let cache = intake.cache {
        try pass(epoch, over: cache)
      } else {
        try readAgain(epoch, pipeline)
      }
      try finishEpoch(epoch)
      epoch += 1
    }
    if let best = outcome.bestEpoch, best < outcome.epochs {
      notices.post(
        "epoch \(best) of \(outcome.epochs) was the best on the holdout; its weights stay")
    }
    return try FinishedTraining(configuration, notices: notices).model(
      try document(pipeline), outcome, intake, pipeline, record: record)
  }

  // MARK: - Passes

  private func pass(_ epoch: Int, over pipeline: RowPipeline, isFirst: Bool) throws(RunFailure) {
    startShuffle(epoch)
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.intake.take(item, isFirst: isFirst) { batch throws(RunFailure) in
          try self.learn(batch) { pipeline.describe($0, of: item) }
        }
        self.progress.update(
          self.moment(rows: item.chunk.ordinal + item.chunk.rows.count, item.chunk.storedBytesRead))
      })
  }

  private func pass(_ epoch: Int, over cache: RowCache) throws(RunFailure) {
    startShuffle(epoch)
    cache.rewind()
    progress.startPass(totalBytes: nil)
    let items = (0..<4).map { _ in CachedRows() }
    let handoff = OrderedHandoff(threads: min(2, configuration.input.threads), items: items)
    var rows = 0
    try handoff.run(
      produce: { [cache = UncheckedShared(cache)] item throws(RunFailure) in
        try cache.value.next(&item.batch)
      },
      transform: { _ in },
      consume: { item throws(RunFailure) in
        try self.learn(item.batch) { _ in nil }
        rows += item.batch.rowCount
        self.progress.update(self.moment(rows: rows, 0))
      })
  }

  private func readAgain(_ epoch: Int, _ first: RowPipeline) throws(RunFailure) {
    var again = configuration.input
    again.quarantine = nil
    let input = try OpenedInput(again, notices: NoticeBoard { _ in })
    _ = try input.follow(
      schema, purpose: .learn, maximumRowBytes: configuration.reading.maximumLineBytes)
    progress.startPass(totalBytes: input.reader.totalStoredBytes)
    let pipeline = try RowPipeline(
      input, again, schema: schema, purpose: .learn, convention: first.convention,
      sampling: intake.sampling)
    try pass(epoch, over: pipeline, isFirst: false)
    guard pipeline.rows == first.rows else {
      throw RunFailure(
        .badData, "epoch \(epoch) read \(pipeline.rows) rows, the first read \(first.rows)",
        cure: "the input changed while it was read: use the row cache")
    }
  }

  private func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
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

  private func finishEpoch(_ epoch: Int) throws(RunFailure) {
    try shuffle?.flush { shuffled throws(RunFailure) in
      try self.teach(shuffled) { _ in nil }
    }
    try session.finishEpoch()
    record?.endEpoch(
      of: session,
      holdoutLoss: record == nil || intake.holdout == nil
        ? nil : try holdoutLoss(of: try session.weights()))
    guard passes.earlyStop != nil else {
      outcome.epochs = epoch
      return
    }
    let learned = try session.weights()
    let held = try holdoutLoss(of: learned)
    if outcome.record(epoch, loss: held) { outcome.bestWeights = learned }
    let text = held.map { NumberText.fixed($0, 6) } ?? "undefined"
    notices.post("epoch \(epoch): \(loss.meanName) \(text) on the holdout")
  }

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

/// Rows of the cache on their way to the learner.
private final class CachedRows: @unchecked Sendable {
  var batch = SparseBatch()
}
