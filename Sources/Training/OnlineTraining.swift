internal import Checkpoints
internal import Configuration
internal import Evaluation
internal import Featurizing
internal import Handoff
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowCache
internal import RowStream
internal import Scoring
internal import SparseBatches

/// Training with an online optimizer, in one epoch or several.
///
/// The first pass reads the input; rows go through the shuffle window, where there is one, to the
/// learner. Later passes read the row cache, or without one the input again.
final class OnlineTraining: CheckpointSource {
  let run: TrainingRun
  let passes: PassConfiguration
  var session: any TrainingSession
  /// The first rows, as long as they wait.
  var opening: OpeningRows?
  var start = LearnerStart()
  /// What of it was known before any row.
  let inherited: LearnerStart
  private let keeper: any RunKeeper
  var recorded: RecordedLearning
  var shuffle: ShuffleBuffer?
  /// Compares averages and last weights; nil where one kind is served whatever the rows are.
  var frozen: FrozenBlocks?
  var outcome = EpochOutcome()
  /// The epoch at hand, and where in the row cache its next rows are.
  var epoch = 1
  var place = 0
  /// Of past evidence, to be kept once new rows come; nil when that is done.
  private var forgetting: Double?

  /// - Throws: usage when the rate has come to its end and new rows are to be learned on top, or for
  ///   an option out of range; badData when what was kept contradicts itself.
  init(_ run: TrainingRun) throws(RunFailure) {
    self.run = run
    keeper = run.keeper
    forgetting = run.keeper.forgetting
    passes = run.configuration.passes
    inherited = run.origin?.start(run.configuration.learner) ?? LearnerStart()
    start = inherited
    session = try TrainingSessions.make(
      run.configuration.learner, loss: run.loss, bits: run.schema.hashing.bits, start)
    opening = OpeningRows(
      run.configuration.learner, loss: run.loss, seed: passes.seed, knowing: start)
    recorded = RecordedLearning(
      run.record,
      run.configuration.calibratesOnStream ? StreamCalibration(seed: passes.seed) : nil)
    // Later epochs predict rows that were learned before.
    if run.intake.profile != nil, passes.epochs == 1, run.loss.outputs == 1 {
      recorded.predictions = PredictionSample(seed: passes.seed)
    }
    startShuffle(1)
    if run.configuration.comparesWeights {
      frozen = FrozenBlocks(keepsMargins: run.configuration.calibratesOnStream)
    }
    if let kept = keeper.kept {
      try restore(kept.container)
    } else if let origin = run.origin {
      if opening == nil { try session.begin(from: origin) }
      try recorded.goOn(from: origin)
    }
    if keeper.learnsOnTop, session.scheduleHasEnded(after: waitingRows) {
      // Rows that would be read with a rate of 0 would count as learned.
      throw RunFailure(
        .usage, "the learning rate has come to its end: new inputs cannot be learned on top",
        cure: "learn everything again with --fresh and a larger --decay-rows")
    }
  }

  func train() throws(RunFailure) -> TrainedModel {
    try run.stoppable(self) { () throws(RunFailure) in try self.learn() }
  }

  private func learn() throws(RunFailure) -> TrainedModel {
    if epoch == 1 {
      try keeper.reading(run.pipeline, self) { () throws(RunFailure) in
        try self.pass(over: self.run.pipeline, isFirst: true)
      }
      try run.finishedReading(self)
      try finishEpoch()
    }
    return try repeatEpochs()
  }

  /// Gives the model once another has read the input, and had all its rows learned here.
  func complete() throws(RunFailure) -> TrainedModel {
    try finishEpoch()
    return try repeatEpochs()
  }

  /// Makes the epochs that are left, and gives the model.
  private func repeatEpochs() throws(RunFailure) -> TrainedModel {
    while epoch <= passes.epochs, !outcome.isOver(patience: passes.earlyStop) {
      if let cache = run.intake.cache {
        try pass(over: cache)
      } else {
        try readAgain()
      }
      try finishEpoch()
    }
    if let best = outcome.bestEpoch, best < outcome.epochs {
      run.notices.post(
        "epoch \(best) of \(outcome.epochs) was the best on the holdout; its weights stay")
    }
    let choice = (frozen?.blocks).map { WeightChoice($0) }
    if choice?.servesLast == true { session.serveLastWeights() }
    // The best epoch's weights, where there is a choice.
    let learned: LearnedWeights
    if let best = outcome.bestWeights { learned = best } else { learned = try session.weights() }
    var learner = session.description
    choice?.describe(in: &learner)
    let document = try run.document(
      learned, by: learner, outcome, progressiveLoss: session.firstEpochLoss,
      profile: try run.profile(learned, recorded.predictions, scale: start.target))
    if passes.epochs > 1 { try keeper.finish(FinishedState(document, run)) }
    choice?.warn(run.notices, run.loss)
    var model = try run.model(document, outcome, stream: margins(choice))
    model.state = try savedState(document.header)
    return model
  }

  /// That the weights served gave to rows that they had not learned; nil where nobody wants them.
  private func margins(_ choice: WeightChoice?) -> StreamWindow? {
    guard let calibration = recorded.calibration else { return nil }
    guard let choice, choice.servesLast else {
      return calibration.window(
        run.intake.books.sampledNegatives(
          rows: run.pipeline.rows, isMixed: passes.shuffle != .none))
    }
    return StreamWindow(choice.margins, seed: passes.seed)
  }

  // MARK: - Passes

  private func pass(over pipeline: RowPipeline, isFirst: Bool) throws(RunFailure) {
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.run.intake.take(item, isFirst: isFirst) { batch throws(RunFailure) in
          try self.learn(batch, of: item, from: pipeline)
        }
        self.run.progress.update(
          self.moment(rows: item.chunk.ordinal + item.chunk.rows.count, item.chunk.storedBytesRead))
        if isFirst { try self.keeper.learned(item.chunk, self) }
      })
  }

  private func pass(over cache: RowCache) throws(RunFailure) {
    cache.seek(to: place)
    run.progress.startPass(totalBytes: nil)
    let items = (0..<4).map { _ in CachedRows() }
    let handoff = OrderedHandoff(threads: min(2, run.configuration.input.threads), items: items)
    var rows = 0
    try handoff.run(
      produce: { [cache = UncheckedShared(cache)] item throws(RunFailure) in
        let isThere = try cache.value.next(&item.batch)
        item.placeAfter = cache.value.readPosition
        return isThere
      },
      transform: { _ in },
      consume: { item throws(RunFailure) in
        try self.learn(item.batch) { _ in nil }
        rows += item.batch.rowCount
        self.place = item.placeAfter
        self.run.progress.update(self.moment(rows: rows, 0))
        try self.keeper.repeated(rows: item.batch.rowCount, self)
      })
  }

  private func readAgain() throws(RunFailure) {
    var source = run.configuration.input
    source.quarantine = nil
    let input = try OpenedInput(
      source, notices: NoticeBoard { _ in }, rowsBefore: run.origin?.countedRows ?? 0)
    _ = try input.follow(
      run.schema, purpose: .learn,
      maximumRowBytes: run.configuration.reading.maximumLineBytes)
    run.progress.startPass(totalBytes: input.reader.totalStoredBytes)
    let again = try RowPipeline(
      input, source, schema: run.schema, purpose: .learn,
      continuing: RowPipeline.State(
        convention: run.pipeline.convention, watch: run.input.watch),
      sampling: run.intake.sampling)
    try pass(over: again, isFirst: false)
    guard again.rows == run.pipeline.rows else {
      throw RunFailure(
        .badData, "epoch \(epoch) read \(again.rows) rows, the first read \(run.pipeline.rows)",
        cure: "the input changed while it was read: use the row cache")
    }
  }

  /// - Parameters:
  ///   - batch: rows of `item`, in their order.
  ///   - pipeline: where the item comes from.
  func learn(
    _ batch: borrowing SparseBatch, of item: PipelineItem, from pipeline: RowPipeline
  ) throws(RunFailure) {
    var last: InputPosition?
    let countsLines = countsLines
    try learn(batch) { row in
      guard countsLines else { return pipeline.placeWithoutLine(row, of: item) }
      let (place, position) = pipeline.place(row, of: item, after: last)
      last = position
      return place
    }
  }

  private func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?
  ) throws(RunFailure) {
    if let share = forgetting, batch.rowCount > 0 {
      forgetting = nil
      try session.forget(keeping: share)
    }
    guard let taken = opening?.take(batch, place: place) else {
      return try take(batch, place: place)
    }
    guard opening?.isComplete == true else { return }
    try open()
    var rest = SparseBatch()
    rest.appendRows(of: batch, taken..<batch.rowCount)
    try take(rest, place: place)
  }

  /// Finds out from the first rows how to learn, and learns them.
  private func open() throws(RunFailure) {
    guard let rows = opening.take() else { return }
    start = try rows.findings(run.notices, knowing: inherited)
    session = try TrainingSessions.make(
      run.configuration.learner, loss: run.loss, bits: run.schema.hashing.bits, start)
    if let origin = run.origin { try session.begin(from: origin) }
    var part = SparseBatch()
    let (count, size) = (rows.rowCount, ShuffleBuffer.rowsAtOnce)
    for first in stride(from: 0, to: count, by: size) {
      part.removeAll()
      part.appendRows(of: rows.waiting.batch, first..<min(first + size, count))
      try take(part) { rows.waiting.place($0) }
    }
  }

  private func take(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?
  ) throws(RunFailure) {
    if shuffle != nil {
      try shuffle?.add(batch, place: place) { shuffled, place throws(RunFailure) in
        try self.recorded.learn(shuffled, by: self.session, place: place)
      }
    } else if frozen != nil {
      try frozen?.add(batch, place: place, score: score, learnOn)
    } else {
      try recorded.learn(batch, by: session, place: place)
    }
  }

  /// Rows that no rate has been taken for yet, but for those of a shuffle window.
  private var waitingRows: Int { (opening?.rowCount ?? 0) + (frozen?.waiting.count ?? 0) }

  // Made once: a closure for each batch would be an allocation for each.
  private lazy var score: FrozenBlocks.Scoring = { [unowned self] batch, scores in
    session.score(batch, into: &scores)
  }
  private lazy var learnOn: ShuffleBuffer.Learning = {
    [unowned self] rows, place throws(RunFailure) in
    try recorded.learn(rows, by: session, place: place)
  }

  /// Whether messages name lines too. Where all rows wait, counting them would cost more than it says.
  private var countsLines: Bool { shuffle == nil || opening != nil }

  func startShuffle(_ epoch: Int) {
    let capacity: ShuffleBuffer.Capacity
    switch passes.shuffle {
    case .none: return
    case .window(let rows): capacity = .window(rows: rows)
    case .whole: capacity = .whole(bytes: PassConfiguration.wholeBytes)
    }
    shuffle = ShuffleBuffer(capacity: capacity, seed: passes.seed, epoch: epoch)
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
    try open()
    noteShuffle()
    try shuffle?.flush { shuffled, place throws(RunFailure) in
      try self.recorded.learn(shuffled, by: self.session, place: place)
    }
    try frozen?.flush(score: score, learnOn)
    try session.finishEpoch()
    let isDeciding = passes.earlyStop != nil
    let learned = isDeciding || showsHoldout ? try session.weights() : nil
    let held = try learned.flatMap { learned throws(RunFailure) in try holdoutLoss(of: learned) }
    run.record?.endEpoch(loss: session.progressiveLoss, holdoutLoss: held)
    guard isDeciding else {
      outcome.epochs = finished
      return
    }
    if outcome.record(finished, loss: held) { outcome.bestWeights = learned }
    let text = held.map { NumberText.fixed($0, 6) } ?? "undefined"
    run.notices.post("epoch \(finished): \(run.loss.meanName) \(text) on the holdout")
  }

  /// Whether the report shows how the holdout fared after each epoch.
  private var showsHoldout: Bool {
    run.configuration.report != nil && run.intake.books.holdout != nil
  }

  /// On the half of the holdout that may decide.
  private func holdoutLoss(of learned: LearnedWeights) throws(RunFailure) -> Double? {
    try run.intake.books.decidingLoss(
      try learned.modelWeights(run.loss, bits: run.schema.hashing.bits))
  }
}

/// Rows of the row cache on their way to the learner.
private final class CachedRows: @unchecked Sendable {
  var batch = SparseBatch()
  var placeAfter = 0
}
