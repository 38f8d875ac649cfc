internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
internal import Notices
internal import RowCache
internal import RowStream
internal import Scoring
internal import SparseBatches

/// What happens to rows before a learner sees them: those held out go to the reservoir, factors of
/// classes and of sampling are applied to the weights of the others, and they are kept in the row cache
/// where they are needed again. What is counted on the way is in `books`.
final class RowIntake {
  private(set) var books: RunBooks
  /// On row weights, by class: of classes and of sampling; empty when there are none.
  private let rowFactors: [Double]
  /// Negatives that the featurizer leaves out; nil: none.
  let sampling: RowSampling?
  private(set) var cache: RowCache?
  /// What is noticed of the rows of the first pass.
  private(set) var watch: RowWatch
  /// Names of the features and how crowded their slots are, of the first pass.
  let register: FeatureRegister
  /// Values of some rows of the first pass; nil: nobody wants a profile.
  let profile: ProfileSample?
  /// Rows of the batch at hand that are not held out.
  private var kept = SparseBatch()

  /// - Parameters:
  ///   - hashing, labels: of the schema.
  ///   - needsRowsAgain: whether there will be more passes.
  ///   - keeper: where the run keeps its state, it keeps the row cache too.
  ///   - profile: takes values of some rows; nil: none are wanted.
  /// - Throws: usage for a factor of a class that does not exist; cannotCreate when there is no
  ///   place for the row cache; badData when what was kept contradicts the options.
  init(
    _ configuration: TrainingConfiguration, hashing: FeatureHashing, loss: ModelLoss,
    labels: LabelRule, needsRowsAgain: Bool, keeper: any RunKeeper, profile: ProfileSample? = nil
  ) throws(RunFailure) {
    self.profile = profile
    register = FeatureRegister(hashing: hashing, nameLimit: configuration.names.limit)
    books = try RunBooks(configuration, loss: loss, labels: labels)
    watch = RowWatch(labels, loss: loss, seed: configuration.passes.seed)
    rowFactors = books.rowFactors
    sampling = books.sampling
    let limits = RowLimits(loss, bits: hashing.bits)
    let extent = try restore(keeper.kept ?? configuration.origin?.keptRun, limits)
    if keeper.kept == nil, case .model(let model, _) = configuration.origin {
      takeNames(of: model, limit: configuration.names.limit)
    }
    if let path = keeper.cachePath {
      guard !needsRowsAgain || extent != nil || keeper.kept == nil else {
        throw RunFailure(
          .badData, "the checkpoint has no row cache, which the passes to come need",
          cure: "start over with --fresh")
      }
      cache = needsRowsAgain ? try RowCache(lasting: path, extent, limits) : nil
      return
    }
    switch configuration.passes.cache {
    case .auto where needsRowsAgain: cache = try RowCache(file: nil)
    case .file(let path): cache = try RowCache(file: path)
    case .auto, .none: cache = nil
    }
  }

  /// - Parameter pipeline: the pass that read the input.
  func statistics(
    _ pipeline: RowPipeline, progressiveLoss: Double?
  ) -> ModelHeader.Statistics {
    var statistics = books.statistics(pipeline, progressiveLoss: progressiveLoss)
    statistics.collisions = register.collisions
    return statistics
  }

  /// Reads the whole input into the row cache, learning nothing.
  ///
  /// - Parameter taken: called when a chunk's rows are in the row cache.
  func collect(
    _ pipeline: RowPipeline, _ progress: ProgressReporter,
    taken: (borrowing RowChunk) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.take(item, isFirst: true) { _ throws(RunFailure) in }
        progress.update(item.moment)
        try taken(item.chunk)
      })
    progress.finish()
  }

  /// Hands an item's rows on to `learn`.
  ///
  /// - Parameter isFirst: whether these rows are seen for the first time.
  func take(
    _ item: PipelineItem, isFirst: Bool,
    _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    if isFirst {
      books.tally.countSampledOut(item.batch.rowsSampledOut)
      watch.look(at: item)
      profile?.take(item)
    }
    let ordinal = item.chunk.ordinal
    guard books.holdout != nil else {
      applyRowFactors(to: &item.batch)
      return try keep(item.batch, ordinal, isFirst: isFirst, learn)
    }
    separate(item, isFirst: isFirst)
    applyRowFactors(to: &kept)
    try keep(kept, ordinal, isFirst: isFirst, learn)
  }

  private func applyRowFactors(to batch: inout SparseBatch) {
    guard !rowFactors.isEmpty else { return }
    for row in 0..<batch.rowCount {
      batch.weights[row] *= Float(rowFactors[Int(batch.labels[row])])
    }
  }

  /// - Parameter ordinal: of the chunk's first row.
  private func keep(
    _ batch: borrowing SparseBatch, _ ordinal: Int, isFirst: Bool,
    _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    if isFirst {
      books.count(batch, ordinal: ordinal)
      watch.look(at: batch, ordinal: ordinal)
      try cache?.append(batch)
    }
    try learn(batch)
  }

  private func separate(_ item: PipelineItem, isFirst: Bool) {
    kept.removeAll()
    for row in 0..<item.batch.rowCount {
      let ordinal = item.chunk.ordinal + Int(item.batch.rowsInChunk[row])
      if books.holdout?.holds(ordinal) == true {
        if isFirst { books.holdout?.offer(item.batch, row: row, ordinal: ordinal) }
      } else {
        kept.appendRow(of: item.batch, row: row)
      }
    }
  }
}

extension RowLimits {
  /// Of the rows that a model with this loss and so many slots is trained on.
  init(_ loss: ModelLoss, bits: Int) {
    switch loss {
    case .logistic, .probit: self.init(bits: bits, labels: .twoClasses)
    case .squared: self.init(bits: bits, labels: .number)
    case .softmax(let classes): self.init(bits: bits, labels: .classes(classes))
    }
  }
}

// MARK: - Checkpoints

extension RowIntake {
  /// What a checkpoint holds of it.
  var section: ContainerSection {
    var writer = ByteWriter()
    books.encode(into: &writer)
    writer.append(cache != nil)
    if let extent = cache?.extent {
      writer.append(extent.bytes)
      writer.append(extent.rows)
      writer.append(extent.features)
    }
    register.state.encode(into: &writer)
    return ContainerSection(type: .intakeState, data: writer.bytes)
  }

  /// Says what was noticed of labels and weights, once all rows were read.
  ///
  /// - Throws: badData when no row has any weight.
  func reportLabels(_ notices: NoticeBoard) throws(RunFailure) {
    let tally = books.tally
    guard tally.rows == 0 || tally.totalWeight > 0 else {
      throw RunFailure(
        .badData, "none of the \(tally.rows) rows has a weight above 0: there is nothing to learn",
        cure: "is --weight the right column?")
    }
    if tally.rows > 0, tally.rows == tally.positives, tally.sampledOut > 0 {
      notices.post("warning: no negative was kept: raise --keep-negatives")
    } else {
      watch.reportLabels(tally, notices)
    }
  }

  /// The same for a state, where no later pass needs the row cache.
  var stateSection: ContainerSection {
    var writer = ByteWriter()
    books.encode(into: &writer)
    writer.append(false)
    register.state.encode(into: &writer)
    return ContainerSection(type: .intakeState, data: writer.bytes)
  }

  /// Returns when the row cache is on disk as far as `section` says.
  var synchronizeCache: @Sendable () throws(RunFailure) -> Void {
    { [cache = cache.map(UncheckedShared.init)] () throws(RunFailure) in
      try cache?.value.synchronize()
    }
  }

  /// Of a model that is started from, as many as are kept.
  private func takeNames(of model: ModelDocument, limit: Int) {
    var state = FeatureRegisterState()
    for slot in model.names.slots.prefix(limit) {
      guard let name = model.names.name(ofSlot: slot), name.count <= UInt8.max else { continue }
      state.slots.append(slot)
      state.lengths.append(UInt8(name.count))
      state.bytes += name
    }
    state.wantsNames = state.slots.count < limit
    // Longer ones than a run would keep are left out, all of them: they are for people.
    _ = register.restore(state)
  }

  /// - Returns: what the row cache holds.
  private func restore(
    _ kept: KeptRun?, _ limits: RowLimits
  ) throws(RunFailure) -> RowCache.Extent? {
    guard let kept else { return nil }
    try watch.restore(kept.container, limits)
    try profile?.restore(kept.container, rows: kept.pipeline.rows)
    var reader = try kept.container.reader(of: .intakeState)
    try books.restore(from: &reader, limits)
    // Every row was bad, held out, left out or learned.
    let good = books.tally.rowsSeen + (books.holdout?.rowsSeen ?? 0)
    try books.restoreCourse(kept.container, rows: kept.pipeline.rows)
    let bad = kept.pipeline.badRows.countByReason.values.reduce(0, +)
    guard good + bad == kept.pipeline.rows else {
      throw reader.failure("its counts of rows are not those of the checkpoint's header")
    }
    var extent: RowCache.Extent?
    if try reader.readBool() {
      extent = RowCache.Extent(
        bytes: try reader.readTally(), rows: try reader.readTally(),
        features: try reader.readTally())
      guard extent?.rows == books.tally.rows else {
        throw reader.failure("the rows of its cache are not those that were learned")
      }
    }
    guard register.restore(try FeatureRegisterState(from: &reader)) else {
      throw reader.failure("its names of features are not those of the options")
    }
    try reader.expectEnd()
    return extent
  }
}
