internal import Checkpoints
package import Configuration
package import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
package import Notices
package import RowStream
internal import Scoring
package import SparseBatches

/// What online and exact training have in common: the pass that reads the input, what happens to rows
/// before they are learned, and what is done once the weights are final.
package final class TrainingRun {
  let configuration: TrainingConfiguration
  let schema: FeatureSchema
  let loss: ModelLoss
  let intake: RowIntake
  /// The pass that reads the input.
  let pipeline: RowPipeline
  let keeper: any RunKeeper
  let progress: ProgressReporter
  let notices: NoticeBoard
  /// nil when nobody can ask for it: no report is wanted, and no checkpoint outlives this run.
  let record: TrainingRecord?
  let input: OpenedInput
  /// What it starts from; nil: nothing.
  var origin: LearningOrigin? { configuration.origin }
  /// What its rows can hold.
  var limits: RowLimits { RowLimits(loss, bits: schema.hashing.bits) }

  /// - Parameter needsRowsAgain: whether there will be more passes over the rows.
  /// - Throws: usage for a factor of a class that does not exist, cannotCreate when there is no place
  ///   for the row cache, badData when what was kept contradicts itself.
  init(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, input: OpenedInput,
    needsRowsAgain: Bool, progress: ProgressReporter, notices: NoticeBoard, keeper: any RunKeeper
  ) throws(RunFailure) {
    self.configuration = configuration
    self.schema = schema
    self.input = input
    self.progress = progress
    self.notices = notices
    self.keeper = keeper
    loss = configuration.learner.loss.modelLoss(schema.labels)
    intake = try RowIntake(
      configuration, hashing: schema.hashing, loss: loss, labels: schema.labels,
      needsRowsAgain: needsRowsAgain, keeper: keeper,
      profile: configuration.keepsProfile
        ? ProfileSample(schema, seed: configuration.passes.seed) : nil)
    pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: .learn,
      continuing: keeper.kept?.pipeline ?? configuration.origin?.pipelineState
        ?? RowPipeline.State(watch: input.watch),
      register: intake.register, sampling: intake.sampling,
      profile: intake.profile.map { ProfileWish(lot: $0.lot) })
    record = configuration.report != nil || keeper.keepsState ? TrainingRecord() : nil
  }

  /// Another configuration of the same rows: what comes before the learner is shared with `run`.
  ///
  /// - Parameters:
  ///   - configuration: differs from that of `run` in how weights are learned alone.
  ///   - notices: where what is said of this configuration goes.
  init(sharing run: TrainingRun, _ configuration: TrainingConfiguration, notices: NoticeBoard) {
    self.configuration = configuration
    self.notices = notices
    schema = run.schema
    loss = run.loss
    intake = run.intake
    pipeline = run.pipeline
    keeper = run.keeper
    progress = run.progress
    record = run.record.map { _ in TrainingRecord() }
    input = run.input
  }

  /// Learns what the configuration says and returns the model, calibrated and measured.
  ///
  /// - Parameter keeper: keeps the state of the run, or nothing.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  package static func train(
    _ configuration: TrainingConfiguration, schema: FeatureSchema, on input: OpenedInput,
    notices: NoticeBoard, progress: ProgressReporter, keeper: any RunKeeper
  ) throws(RunFailure) -> TrainedModel {
    let method = configuration.learner.exactMethod
    let isFinished = keeper.kept?.stage == .finished
    let run = try TrainingRun(
      configuration, schema: schema, input: input,
      needsRowsAgain: !isFinished && (method != nil || configuration.passes.epochs > 1),
      progress: progress, notices: notices, keeper: keeper)
    if isFinished { return try run.publishableAgain() }
    if let method { return try ExactTraining(run, method: method).train() }
    return try OnlineTraining(run).train()
  }

  /// The model of a training that had made all its passes: nothing is learned.
  private func publishableAgain() throws(RunFailure) -> TrainedModel {
    guard let container = keeper.kept?.container else {
      throw RunFailure(.bug, "a finished training was not kept")
    }
    let document = try FinishedState.document(container)
    try record?.restore(container)
    try pipeline.run(consume: { _ throws(RunFailure) in })
    return try model(document, EpochOutcome(of: document.header.passes))
  }

  /// Runs `body`; when it is interrupted, the keeper gets the state of `source`.
  func stoppable(
    _ source: any CheckpointSource, _ body: () throws(RunFailure) -> TrainedModel
  ) throws(RunFailure) -> TrainedModel {
    do throws(RunFailure) {
      return try body()
    } catch {
      if error.kind == .interrupted { try keeper.stop(source) }
      throw error
    }
  }

  /// Call when the input was read and verified.
  ///
  /// - Parameter source: has the state to keep; nil: nothing is kept.
  /// - Throws: badData when there was no row.
  func finishedReading(_ source: (any CheckpointSource)?) throws(RunFailure) {
    let rowsBefore = keeper.keepsState ? 0 : origin?.countedRows ?? 0
    guard pipeline.rows > rowsBefore else { throw input.noRows }
    try intake.reportLabels(notices)
    if let source { try keeper.finishedReading(input.reader.untoldEndings, source) }
    pipeline.warnOfColumns()
  }

  /// What a checkpoint holds of the rows taken in and of the course so far, beside `others`.
  func sections(_ others: ContainerSection...) -> [ContainerSection] {
    [intake.section, intake.watch.section] + others
      + [intake.profile?.section, record?.section, intake.books.courseSection].compactMap(\.self)
  }

  /// - Parameters:
  ///   - repeating: whether all inputs were read, and more passes over the same rows are being made.
  ///   - sections: what the training knows.
  func snapshot(
    repeating: Bool, _ sections: [ContainerSection]
  ) throws(RunFailure) -> TrainingSnapshot {
    let files = [intake.synchronizeCache, pipeline.synchronizeQuarantine]
    return TrainingSnapshot(
      stage: repeating ? .repeating : .reading, pipeline: try pipeline.state(), sections: sections,
      synchronize: { () throws(RunFailure) in for file in files { try file() } })
  }

  /// The model of final weights, neither calibrated nor measured.
  ///
  /// - Parameter outcome: of the epochs; nil for an exact solver.
  func document(
    _ learned: LearnedWeights, by learner: ModelHeader.Learner, _ outcome: EpochOutcome?,
    progressiveLoss: Double?, profile: TrainingProfile?
  ) throws(RunFailure) -> ModelDocument {
    var header = ModelHeader(
      schema: pipeline.finalSchema, labelConvention: pipeline.convention, learner: learner,
      passes: ModelHeader.Passes(configuration, classFactors: intake.books.classFactors, outcome),
      statistics: intake.statistics(pipeline, progressiveLoss: progressiveLoss),
      biases: learned.biases)
    header.correction = try intake.books.correction()
    let verdict = try intake.watch.verdict(learned)
    if let exact = learner.exact {
      let text = intake.watch.failure(
        objective: exact.objective, weight: intake.books.tally.totalWeight, verdict,
        cure: "raise --max-iterations, or \(scalingCure ?? "scale the values to about 1")")
      if let text { notices.post(text) }
    } else {
      reportLearning(header.statistics, window: header.passes.shuffleRows, verdict)
    }
    return ModelDocument(
      header: header, weights: learned.weights,
      names: try intake.register.names(of: learned.weights.slots), profile: profile)
  }

  /// Says when an online learner can hardly have learned what the rows hold.
  private func reportLearning(
    _ statistics: ModelHeader.Statistics, window: Int, _ verdict: RowWatch.Verdict?
  ) {
    let learned = max(1, intake.books.tally.rows)
    let isSorted = intake.watch.reportOrder(
      window: window,
      featuresPerRow: Double(statistics.features) / Double(learned), notices)
    let text = intake.watch.divergence(
      progressive: statistics.progressiveLoss.map { loss.shownMean($0) },
      isSorted ? nil : verdict, cures: cures)
    if let text { notices.post(text) }
  }

  private var cures: RowWatch.Cures {
    let rate = configuration.learner.optimizer == .ftrl ? "--alpha" : "--learning-rate"
    let labels =
      loss == .squared ? ", or shift and scale the labels to a mean of 0 and about 1" : ""
    return RowWatch.Cures(
      tooFar: (scalingCure.map { $0 + ", or " } ?? "") + "lower \(rate)",
      tooShort: "make more passes with --epochs, raise \(rate), or take --optimizer lbfgs"
        + labels)
  }

  /// What brings the values to about 1; nil where they are.
  private var scalingCure: String? {
    switch schema.source {
    case .libsvm(nil): return "scale the values with --scale maxabs"
    case .csv(let csv):
      let isRaw = csv.columns.contains {
        if case .numeric(let scale) = $0.role { scale.transform == .raw } else { false }
      }
      return isRaw ? "let --numeric-transform auto scale the numbers" : nil
    case .vw: return "scale the values to about 1"
    case .libsvm: return nil
    }
  }

  /// Calibrates and measures a model whose weights are final.
  ///
  /// - Parameter stream: margins that rows had before they were learned; nil: nothing is to be fitted
  ///   on them.
  /// - Throws: badData when a calibrator that was asked for cannot be fitted.
  func model(
    _ document: consuming ModelDocument, _ epochs: EpochOutcome, stream: StreamWindow? = nil
  ) throws(RunFailure) -> TrainedModel {
    var model = TrainedModel(
      document: document, epochs: epochs, holdout: nil, stream: nil, pipeline: pipeline,
      record: record)
    if let stream {
      let fit = try intake.books.streamFit(stream)
      model.stream = try fit.fitted(&model.document, configuration, notices)
    }
    guard let calibration = try intake.books.holdoutCalibration() else { return model }
    guard stream == nil else {
      model.holdout = try calibration.measure(&model.document)
      return model
    }
    model.holdout = try calibration.fitted(
      &model.document, configuration.holdoutCalibrator, isAuto: configuration.calibrator == .auto,
      notices)
    return model
  }
}
