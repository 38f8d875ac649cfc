package import Checkpoints
internal import Configuration
internal import Featurizing
internal import Learning
package import ModelFile
internal import RowStream
package import SparseBatches

/// A state at the end of a run, to which only the inputs are missing.
package struct SavedState {
  package var header: StateHeader
  package let sections: [ContainerSection]

  /// - Parameters:
  ///   - session: has learned all rows.
  ///   - model: what the run's model says, not calibrated.
  ///   - recorded: of the stream, what its rows were predicted to be.
  init(
    of run: TrainingRun, _ session: any TrainingSession, _ model: ModelHeader,
    recorded: [ContainerSection]
  ) throws(RunFailure) {
    let pipeline = run.pipeline
    var header = model
    header.learner = session.description
    (header.calibration, header.holdout, header.stream) = (nil, nil, nil)
    var options = StoredOptions(run.configuration, header.schema)
    if let origin = run.origin { options.takeReading(from: origin) }
    let tally = run.intake.books.tally
    let head = session.head
    var totals = tally.share
    totals.rows = pipeline.rows
    totals.badRows = pipeline.badRows.count
    totals.loss = StoredSum(head.progress.weightedLoss)
    totals.lossWeight = StoredSum(head.progress.weight)
    totals.lossRows = head.progress.rows
    totals.updates = head.updates
    let before = run.origin?.totals ?? StateShare()
    var share = totals.since(before)
    share.labels = run.intake.watch.labelSums
    totals.labels = before.and(share).labels
    var reasons: [String: Int] = [:]
    for (reason, count) in pipeline.badRows.countByReason { reasons[reason.rawValue] = count }
    self.header = StateHeader(
      model: header, options: options.texts, defaults: options.defaults.sorted(),
      badRows: reasons, missing: pipeline.missing,
      clipped: pipeline.clipped.counts.isEmpty ? nil : pipeline.clipped,
      outset: run.origin?.outset, totals: totals, shares: [share])
    let table = TableSnapshot()
    session.copyTable(into: table)
    sections =
      [session.section, run.intake.stateSection] + recorded
      + [run.intake.profile?.section, run.intake.books.courseSection].compactMap(\.self)
      + table.packedSections()
  }

  /// - Parameter inputs: those that were learned since the outset.
  package mutating func note(inputs: [StateInput]) {
    header.shares[0].inputs = inputs.filter { $0.rows > 0 }.sorted()
  }

  package func container(named name: String) throws(RunFailure) -> Container {
    try StateDocument.container(header, sections, named: name)
  }
}

extension OnlineTraining {
  /// The state when all is learned; nil where nobody wants it.
  ///
  /// - Parameter model: what the run's model says, not calibrated.
  func savedState(_ model: ModelHeader) throws(RunFailure) -> SavedState? {
    guard run.configuration.saveState != nil else { return nil }
    return try SavedState(
      of: run, session, model,
      recorded: [recorded.marginSection, recorded.predictionSection].compactMap(\.self))
  }
}

extension LearningOrigin {
  /// What a run that starts here finds kept; nil: a model keeps nothing.
  var keptRun: KeptRun? {
    guard case .state(let state) = self, let pipeline = pipelineState else { return nil }
    return KeptRun(stage: .reading, container: state.container, pipeline: pipeline)
  }

  /// Nothing waits to come alive: rows are read by the schema as it is.
  var pipelineState: RowPipeline.State? {
    var state = RowPipeline.State(convention: header.labelConvention)
    guard case .state(let document) = self else { return state }
    let header = document.header
    state.rows = header.totals.rows
    state.missing = header.missing
    state.clipped = header.clipped ?? ClippedValues()
    for (reason, count) in header.badRows {
      if let reason = RowIssue.Reason(rawValue: reason) {
        state.badRows.countByReason[reason] = count
      }
    }
    return state
  }

  /// What need not be found out from the first rows: the unit of the labels, and the rate where the
  /// same optimizer found one.
  func start(_ configuration: LearnerConfiguration) -> LearnerStart {
    var start = LearnerStart()
    guard let online = header.learner.online else { return start }
    if let target = online.target {
      start.target = TargetScale(mean: target.mean, deviation: target.deviation)
    }
    if configuration.findsRate, header.learner.optimizer == configuration.optimizer.rawValue {
      start.rate = online.stepSize
      start.race = online.race
    }
    return start
  }
}
