internal import ElementaryMath
internal import Evaluation
internal import Featurizing
internal import Handoff
internal import InputBytes
internal import Learning
internal import ModelFile
internal import RowCache
internal import SparseBatches

/// All passes of one training run over its rows.
///
/// The first pass reads the input: rows that are held out go to the reservoir, all others to the
/// learner (through the shuffle window, where there is one) and, when more epochs follow, to the row
/// cache. Later passes read the cache.
final class TrainingRun {
  private let configuration: TrainingConfiguration
  private let passes: PassConfiguration
  private let schema: FeatureSchema
  private let progress: ProgressReporter
  private let notices: NoticeBoard
  private var session: TrainingSession
  private var holdout: HoldoutReservoir?
  private var cache: RowCache?
  private var shuffle: ShuffleBuffer?
  /// Rows of the batch at hand that are not held out.
  private var kept = SparseBatch()
  private(set) var outcome = EpochOutcome()

  init(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, progress: ProgressReporter,
    notices: NoticeBoard
  ) throws(RunFailure) {
    self.configuration = configuration
    passes = configuration.passes
    self.schema = schema
    self.progress = progress
    self.notices = notices
    session = try TrainingSession(configuration.learner, bits: schema.hashing.bits)
    if passes.holdoutFraction > 0 {
      holdout = HoldoutReservoir(
        fraction: passes.holdoutFraction, capacity: passes.holdoutRows, seed: passes.seed)
    }
    if passes.epochs > 1 {
      switch passes.cache {
      case .auto: cache = try RowCache(file: nil)
      case .file(let path): cache = try RowCache(file: path)
      case .none: break
      }
    }
  }

  /// - Returns: the pipeline of the first pass, which knows all about the input.
  func learn(_ input: OpenedInput) throws(RunFailure) -> RowPipeline {
    let pipeline = try RowPipeline(input, configuration.input, schema: schema, purpose: .learn)
    try pass(1, over: pipeline, isFirst: true)
    guard pipeline.rows > 0 else { throw input.noRows }
    session.warn(notices)
    try finishEpoch(1)
    var epoch = 2
    while epoch <= passes.epochs, !outcome.isOver(patience: passes.earlyStop) {
      if let cache { try pass(epoch, over: cache) } else { try readAgain(epoch, pipeline) }
      try finishEpoch(epoch)
      epoch += 1
    }
    if let best = outcome.bestEpoch, best < outcome.epochs {
      notices.post(
        "epoch \(best) of \(outcome.epochs) was the best on the holdout; its weights stay")
    }
    return pipeline
  }

  // MARK: - Passes

  private func pass(_ epoch: Int, over pipeline: RowPipeline, isFirst: Bool) throws(RunFailure) {
    startShuffle(epoch)
    try pipeline.run(
      consume: { item throws(RunFailure) in
        let place = { (row: Int) in pipeline.describe(row, of: item) }
        if self.holdout == nil {
          try self.take(&item.batch, isFirst: isFirst, place: place)
        } else {
          self.separate(item, isFirst: isFirst)
          try self.take(&self.kept, isFirst: isFirst, place: place)
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
        try self.learnInOrder(item.batch) { _ in nil }
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
      input, again, schema: schema, purpose: .learn, convention: first.convention)
    try pass(epoch, over: pipeline, isFirst: false)
    guard pipeline.rows == first.rows else {
      throw RunFailure(
        .badData, "epoch \(epoch) read \(pipeline.rows) rows, the first read \(first.rows)",
        cure: "the input changed while it was read: use the row cache")
    }
  }

  // MARK: - Rows of one pass

  private func take(
    _ batch: inout SparseBatch, isFirst: Bool, place: (Int) -> String?
  ) throws(RunFailure) {
    configuration.classWeights.apply(to: &batch)
    if isFirst { try cache?.append(batch) }
    try learnInOrder(batch, place: place)
  }

  private func learnInOrder(
    _ batch: borrowing SparseBatch, place: (Int) -> String?
  ) throws(RunFailure) {
    guard shuffle != nil else { return try session.learn(batch, place: place) }
    try shuffle?.add(batch) { shuffled throws(RunFailure) in
      try self.session.learn(shuffled) { _ in nil }
    }
  }

  private func separate(_ item: PipelineItem, isFirst: Bool) {
    kept.removeAll()
    for row in 0..<item.batch.rowCount {
      let ordinal = item.chunk.ordinal + Int(item.batch.rowsInChunk[row])
      if holdout?.holds(ordinal) == true {
        if isFirst { holdout?.offer(item.batch, row: row, ordinal: ordinal) }
      } else {
        kept.appendRow(of: item.batch, row: row)
      }
    }
  }

  private func startShuffle(_ epoch: Int) {
    guard passes.shuffleRows > 0 else { return }
    shuffle = ShuffleBuffer(capacity: passes.shuffleRows, seed: passes.seed, epoch: epoch)
  }

  private func moment(rows: Int, _ bytesRead: Int) -> ProgressReporter.Moment {
    ProgressReporter.Moment(rows: rows, loss: session.progressiveLoss, bytesRead: bytesRead)
  }

  // MARK: - Ends of epochs

  private func finishEpoch(_ epoch: Int) throws(RunFailure) {
    try shuffle?.flush { shuffled throws(RunFailure) in
      try self.session.learn(shuffled) { _ in nil }
    }
    try session.finishEpoch()
    guard passes.earlyStop != nil else {
      outcome.epochs = epoch
      return
    }
    let loss = fittingLoss()
    if outcome.record(epoch, loss: loss) { outcome.bestWeights = try session.weights() }
    let text = loss.map { NumberText.fixed($0, 6) } ?? "undefined"
    notices.post("epoch \(epoch): log loss \(text) on the holdout")
  }

  /// The model that the run ends with: the best epoch's weights, where there is a choice.
  func document(_ pipeline: RowPipeline) throws(RunFailure) -> ModelDocument {
    let learned: LearnedWeights
    if let best = outcome.bestWeights { learned = best } else { learned = try session.weights() }
    var statistics = session.statistics
    statistics.rows = pipeline.rows
    statistics.badRows = pipeline.badRows.count
    let header = ModelHeader(
      schema: schema, labelConvention: pipeline.convention, learner: session.description,
      statistics: statistics, bias: learned.bias)
    return ModelDocument(header: header, weights: learned.weights)
  }

  /// Figures of the final model on the half of the holdout that decided nothing; nil without one.
  func holdoutSummary(of document: ModelDocument) throws(RunFailure) -> BinarySummary? {
    guard let holdout else { return nil }
    let weights = try LinearModelWeights(
      bits: schema.hashing.bits, bias: document.header.bias,
      slots: document.weights.slots.span, weights: document.weights.weights.span)
    let batch = holdout.batch(.reporting)
    var margins = GrowableBuffer<Double>(capacity: batch.rowCount)
    weights.predict(batch, into: &margins)
    return Self.summary(of: batch, margins)
  }

  /// The loss that decides when to stop.
  private func fittingLoss() -> Double? {
    guard let holdout else { return nil }
    let batch = holdout.batch(.fitting)
    var margins = GrowableBuffer<Double>(capacity: batch.rowCount)
    session.predict(batch, into: &margins)
    return Self.summary(of: batch, margins).logLoss
  }

  private static func summary(
    of batch: borrowing SparseBatch, _ margins: borrowing GrowableBuffer<Double>
  ) -> BinarySummary {
    var metrics = BinaryMetrics()
    for row in 0..<batch.rowCount {
      metrics.add(
        margin: margins[row], probability: Elementary.sigmoid(margins[row]),
        label: batch.labels[row] > 0, weight: Double(batch.weights[row]))
    }
    return metrics.summary()
  }
}

/// Rows of the cache on their way to the learner.
private final class CachedRows: @unchecked Sendable {
  var batch = SparseBatch()
}

/// How the epochs went.
struct EpochOutcome {
  var epochs = 0
  private(set) var bestEpoch: Int?
  private var bestLoss = Double.infinity
  /// Of the best epoch, when there is an early stop.
  var bestWeights: LearnedWeights?

  /// - Returns: whether this epoch is the best so far.
  mutating func record(_ epoch: Int, loss: Double?) -> Bool {
    epochs = epoch
    guard let loss, loss < bestLoss else { return false }
    bestLoss = loss
    bestEpoch = epoch
    return true
  }

  /// Whether `patience` epochs brought nothing better.
  func isOver(patience: Int?) -> Bool {
    guard let patience else { return false }
    return epochs - (bestEpoch ?? 0) >= patience
  }
}
