package import Configuration
package import Featurizing
internal import Learning
package import Notices
package import RowStream
internal import Scoring
package import SparseBatches
internal import Synchronization

// Design note
//
// Reading, parsing and hashing cost more than learning, and do not depend on how weights are learned.
// So one pass over the input has every configuration learn each batch, before the next one comes. All
// that is counted of the rows, the rows held out and the names are taken down once, by the intake that
// the configurations share. What depends on one of them it has for itself: the first rows that wait
// for a rate, the shuffle window, the learner, and the margins that a calibrator is fitted on.
//
// Each learner gets the same rows in the same batches as in a run of its own: hence the same bytes.
// No two of them share anything that is written, so that all threads of the pass learn side by side, each
// one configuration at a time.

/// One configuration of a sweep, and what became of it.
package struct SweptModel {
  package enum Result {
    case trained(TrainedModel)
    /// It has no model: its numbers ran out of range, or no calibrator could be fitted.
    case failed(RunFailure)
  }

  package var result: Result
  /// Mean loss on the half of the holdout that decides, before calibration; nil without one.
  package var decidingLoss: Double?
  /// What `train` would say of it.
  package var notices: [String] = []
}

/// Trains configurations that differ in how they learn, from one pass over the input.
package struct SweepTraining {
  private let first: TrainingRun
  private let runs: [TrainingRun]
  private let collected: [CollectedNotices]
  private let method: ExactMethod?

  /// - Parameters:
  ///   - candidates: at least one.
  ///   - notices: where goes what is said of the rows; what is said of one configuration is collected.
  /// - Throws: as `TrainingRun`.
  package init(
    _ candidates: [SweepCandidate], schema: FeatureSchema, on input: OpenedInput,
    notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) {
    let training = candidates[0].training
    method = training.learner.exactMethod
    let first = try TrainingRun(
      training, schema: schema, input: input,
      needsRowsAgain: method != nil || training.passes.epochs > 1,
      progress: progress, notices: notices, keeper: NothingKept())
    self.first = first
    let collected = candidates.map { _ in CollectedNotices() }
    self.collected = collected
    runs = zip(candidates, collected).map { candidate, collected in
      TrainingRun(sharing: first, candidate.training, notices: collected.board)
    }
  }

  /// The pass that reads the input.
  package var pipeline: RowPipeline { first.pipeline }

  /// Learns all configurations.
  ///
  /// - Parameter finished: called for each, in their order, with its number; its learner is gone then,
  ///   so that the models need not be in memory side by side.
  /// - Throws: what ends all of them, and what `finished` throws.
  package func train(
    finished: (Int, SweptModel) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    if let method {
      try first.intake.collect(first.pipeline, first.progress) { _ throws(RunFailure) in }
      try first.finishedReading(nil)
      for (index, run) in runs.enumerated() {
        let result = try Self.result { () throws(RunFailure) in
          try ExactTraining(run, method: method).solve()
        }
        try finished(index, try swept(index, result))
      }
    } else {
      try trainOnline(finished)
    }
  }

  private func trainOnline(
    _ finished: (Int, SweptModel) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let learners = try runs.map { run throws(RunFailure) in SweptLearner(try OnlineTraining(run)) }
    let pipeline = first.pipeline
    try pipeline.run(
      consume: { item throws(RunFailure) in
        try self.first.intake.take(item, isFirst: true) { batch throws(RunFailure) in
          // The learners read the batch, and are done with it when `share` returns.
          unsafe withUnsafePointer(to: batch) { pointer in
            let rows = unsafe SharedRows(batch: pointer, item: item, pipeline: pipeline)
            pipeline.share(learners.count) { learners[$0].learn(rows) }
          }
          for learner in learners {
            if let failure = learner.failure { _ = try Self.ofOneConfiguration(failure) }
          }
        }
        self.first.progress.update(
          ProgressReporter.Moment(
            rows: item.chunk.ordinal + item.chunk.rows.count,
            loss: Self.leastLoss(learners), bytesRead: item.chunk.storedBytesRead))
      })
    try first.finishedReading(nil)
    for (index, learner) in learners.enumerated() {
      try finished(index, try swept(index, try learner.complete()))
    }
  }

  private func swept(
    _ index: Int, _ result: SweptModel.Result
  ) throws(RunFailure) -> SweptModel {
    var swept = SweptModel(result: result, notices: collected[index].texts)
    if case .trained(let model) = result, first.intake.books.holdout != nil {
      swept.decidingLoss = try first.intake.books.decidingLoss(try model.document.modelWeights())
    }
    return swept
  }

  fileprivate static func result(
    _ train: () throws(RunFailure) -> TrainedModel
  ) throws(RunFailure) -> SweptModel.Result {
    do throws(RunFailure) {
      return .trained(try train())
    } catch {
      return .failed(try ofOneConfiguration(error))
    }
  }

  /// - Returns: what ends one configuration: it cannot learn these rows, or not be calibrated on them.
  /// - Throws: what would end the others too.
  private static func ofOneConfiguration(_ failure: RunFailure) throws(RunFailure) -> RunFailure {
    guard failure.kind == .badData else { throw failure }
    return failure
  }

  /// The progressive loss of the configuration that does best so far.
  private static func leastLoss(_ learners: [SweptLearner]) -> (sum: Double, weight: Double)? {
    learners.compactMap(\.progressiveLoss).min { $0.sum < $1.sum }
  }
}

/// Rows that several threads read.
@safe
private struct SharedRows: @unchecked Sendable {
  // Valid, and not written to, as long as the rows are shared.
  @unsafe let batch: UnsafePointer<SparseBatch>
  let item: PipelineItem
  let pipeline: RowPipeline
}

/// One configuration as it learns, by one thread at a time.
private final class SweptLearner: @unchecked Sendable {
  /// nil once it has come to its end.
  private var training: OnlineTraining?
  private(set) var failure: RunFailure?

  init(_ training: OnlineTraining) { self.training = training }

  var progressiveLoss: (sum: Double, weight: Double)? { training?.session.progressiveLoss }

  func learn(_ rows: SharedRows) {
    do throws(RunFailure) {
      // The rows are shared until all threads are done with them.
      try unsafe training?.learn(rows.batch.pointee, of: rows.item, from: rows.pipeline)
    } catch {
      (failure, training) = (error, nil)
    }
  }

  /// Gives the model, and gives up the learner.
  func complete() throws(RunFailure) -> SweptModel.Result {
    if let failure { return .failed(failure) }
    guard let training else { throw RunFailure(.bug, "a configuration was finished twice") }
    self.training = nil
    return try SweepTraining.result { () throws(RunFailure) in try training.complete() }
  }
}

/// What is said of one configuration, until it is known whether anybody wants to hear it.
private final class CollectedNotices: Sendable {
  private let kept = Mutex<[String]>([])

  var texts: [String] { kept.withLock(\.self) }

  var board: NoticeBoard { NoticeBoard { text in self.kept.withLock { $0.append(text) } } }
}
