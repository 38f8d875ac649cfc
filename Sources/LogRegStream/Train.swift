internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import Resuming
internal import RowStream
internal import Scoring
internal import Showing
public import SparseBatches
internal import Training

/// The `train` command: rows to a model.
public enum Train {
  /// Learns from the whole input and publishes the model, or publishes nothing.
  ///
  /// - Parameters:
  ///   - configuration: what is learned, from what and how.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - show: called with the figures when all files are complete, before they appear under their
  ///     names: what it throws (standard output is full) leaves the old ones as they are.
  ///   - control: asked whether to stop. Without a checkpoint directory a signal ends the process at
  ///     once, without a temporary file left, and `cancel` ends the run; with one, the summary says
  ///     that the run was stopped.
  /// - Throws: `RunFailure`, whose kind is the exit code: interrupted after `cancel`.
  public static func run(
    _ configuration: TrainingConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    control: RunControl = RunControl(),
    show: (TrainingSummary) throws(RunFailure) -> Void = { _ throws(RunFailure) in }
  ) throws(RunFailure) -> TrainingSummary {
    var configuration = configuration
    let options = try configuration.readingOptions()
    try configuration.validate()
    try configuration.model.checkWritable()
    if let path = configuration.saveState { try AtomicOutput.checkWritable(path) }
    configuration.origin = try configuration.startFrom.map { path throws(RunFailure) in
      try LearningOrigin.read(from: path)
    }
    try configuration.checkOrigin()
    let previous = try previousModel(configuration)
    if let checkpoint = configuration.checkpoint {
      return try resume(
        configuration, checkpoint, previous, options: options, notices: notices,
        progress: progress, control: control, show: show)
    }
    let input = try OpenedInput(
      configuration.input, notices: notices, rowsBefore: configuration.origin?.countedRows ?? 0,
      keepsChecksums: configuration.saveState != nil)
    control.onCancel { [reader = UncheckedShared(input.reader)] in reader.value.interrupt() }
    defer { control.onCancel(nil) }
    let schema = try input.schema(configuration, options)
    if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
    progress.totalBytes = input.reader.totalStoredBytes
    let trained = try TrainingRun.train(
      configuration, schema: schema, on: input, notices: notices, progress: progress,
      keeper: NothingKept { control.isCancelled })
    var complete = trained
    complete.state?.note(inputs: input.reader.endings.map { StateInput($0) })
    let summaries = input.reader.summaries
    let inputs = LearnedInputs(
      summaries, known: 0, new: summaries.count, newRows: trained.pipeline.rows)
    return try publish(complete, previous, inputs: inputs, configuration, notices, progress, show)
  }

  /// What a gate compares with; nil: there is no model yet, or nobody asks.
  ///
  /// - Throws: badData or inputOutput when what stands there cannot be read.
  private static func previousModel(
    _ configuration: TrainingConfiguration
  ) throws(RunFailure) -> ModelHeader? {
    guard configuration.gate?.looksBack == true, case .file(let path) = configuration.model else {
      return nil
    }
    do throws(RunFailure) {
      return try ModelDocument.read(from: path).header
    } catch {
      guard error.kind == .missingInput else { throw error }
      return nil
    }
  }

  private static func resume(
    _ configuration: TrainingConfiguration, _ checkpoint: CheckpointConfiguration,
    _ previous: ModelHeader?, options: ReadingOptions, notices: NoticeBoard,
    progress: ProgressReporter, control: RunControl,
    show: (TrainingSummary) throws(RunFailure) -> Void
  ) throws(RunFailure) -> TrainingSummary {
    let training = CheckpointedTraining(
      configuration, checkpoint, options: options, notices: notices, progress: progress,
      control: control)
    let outcome = try training.run { trained, inputs throws(RunFailure) in
      try publish(trained, previous, inputs: inputs, configuration, notices, progress, show)
    }
    switch outcome {
    case .published(let summary): return summary
    case .stopped(let signal, let directory, let rows):
      let summary = TrainingSummary(
        stoppedBy: signal, directory: directory, rows: rows, seconds: progress.seconds)
      try show(summary)
      return summary
    }
  }

  /// An input that the origin knows is learned once more: that may be meant, as another epoch.
  private static func warnOfInputsLearnedTwice(
    _ state: SavedState, _ configuration: TrainingConfiguration, _ notices: NoticeBoard
  ) {
    let known = Set(configuration.origin?.inputs ?? [])
    let again = state.header.shares[0].inputs.filter { known.contains($0) }
    guard let first = again.first, let path = configuration.startFrom else { return }
    let others = again.count > 1 ? " and \(again.count - 1) more were" : " was"
    notices.post(
      "warning: an input (\(first.words))\(others) learned already by "
        + "\(RunFailure.display(path)): the rows count twice")
  }

  /// Publishes the model, and what else is wanted: all or, after an error, nothing. What can fail
  /// comes before any of them has its name.
  private static func publish(
    _ trained: TrainedModel, _ previous: ModelHeader?, inputs: LearnedInputs,
    _ configuration: TrainingConfiguration, _ notices: NoticeBoard, _ progress: ProgressReporter,
    _ show: (TrainingSummary) throws(RunFailure) -> Void
  ) throws(RunFailure) -> TrainingSummary {
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(trained.pipeline.stageTimes, lastStage: "learn"))
    }
    if let advice = CollisionText.advice(trained.document.header) { notices.post(advice) }
    let verdict = configuration.gate.map {
      GateVerdict($0, trained.document.header, previous: previous)
    }
    let summary = TrainingSummary(
      trained, inputs: inputs, model: configuration.model.name, state: configuration.saveState,
      seconds: progress.seconds, gate: verdict)
    if let verdict, !verdict.isOpen {
      try show(summary)
      throw verdict.refusal(keeping: RunFailure.display(configuration.model.name))
    }
    var others: [StagedOutput] = []
    if let path = configuration.report {
      let page = TrainingPage(trained, configuration, summary.json).page
      others.append(try ReportFile.stage(page, at: path))
    }
    if let path = configuration.saveState, let state = trained.state {
      warnOfInputsLearnedTwice(state, configuration, notices)
      others.append(try state.stage(at: path))
    }
    try trained.document.publish(to: configuration.model) { () throws(RunFailure) in
      try show(summary)
      for other in others { try other.publish() }
    }
    return summary
  }
}

extension OpenedInput {
  /// The schema of what a run starts from, else that of the first rows.
  fileprivate func schema(
    _ configuration: TrainingConfiguration, _ options: ReadingOptions
  ) throws(RunFailure) -> FeatureSchema {
    guard let origin = configuration.origin else { return try inferSchema(options) }
    _ = try follow(
      origin.schema, purpose: .learn, maximumRowBytes: options.maximumRowBytes)
    return origin.schema
  }
}

extension SavedState {
  /// The state, complete but for its name.
  ///
  /// - Throws: cannotCreate or inputOutput.
  func stage(at path: String) throws(RunFailure) -> StagedOutput {
    let container = try container(named: RunFailure.display(path))
    return try AtomicOutput.stage(path) { output throws(RunFailure) in
      try container.write(to: &output)
    }
  }
}

extension StateInput {
  fileprivate init(_ ending: InputEnding) {
    self.init(
      checksum: ending.contentChecksum ?? ending.checksum, bytes: ending.bytesUncompressed,
      rows: ending.rows)
  }
}

extension ModelDestination {
  /// Finds out now whether a model could be put there, before hours are spent on it.
  ///
  /// - Throws: cannotCreate.
  func checkWritable() throws(RunFailure) {
    if case .file(let path) = self { try AtomicOutput.checkWritable(path) }
  }
}

extension ModelDocument {
  /// Puts the model where it belongs: whole, or not at all.
  ///
  /// - Parameter last: what has to succeed before the model appears under its name.
  /// - Throws: cannotCreate or inputOutput, or what `last` throws; what was there before is intact.
  func publish(
    to destination: ModelDestination, after last: () throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let container = try container(named: destination.name)
    switch destination {
    case .file(let path):
      let staged = try Self.stage(container, at: path)
      try last()
      try staged.publish()
    case .standardOutput:
      var output = DescriptorOutput.standardOutput()
      try container.write(to: &output)
      try output.flush()
      try last()
    case .memory(let bytes):
      try last()
      bytes.set(container.encoded())
    }
  }
}

extension ModelDocument {
  /// The model, complete but for its name.
  ///
  /// - Throws: cannotCreate or inputOutput.
  func stage(at path: String) throws(RunFailure) -> StagedOutput {
    try Self.stage(try container(named: RunFailure.display(path)), at: path)
  }

  private static func stage(
    _ container: Container, at path: String
  ) throws(RunFailure) -> StagedOutput {
    let staged = try AtomicOutput.stage(path) { output throws(RunFailure) in
      try container.write(to: &output)
    }
    try check(staged, against: container)
    return staged
  }
}

/// An exact model learned one step at a time: to watch a solver, or to write one.
///
///     let training = try StepwiseTraining(configuration)
///     let before = try training.takeNewtonStep()
///     print(before, try training.objective(), training.bias())
///
/// The objective is that of the exact solvers, Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂², with the loss and the
/// penalties of the configuration ("The mathematics"); the bias is not penalised. Weights start at
/// 0. The rows are read once, into the row cache; every step passes over it.
public final class StepwiseTraining {
  private let schema: FeatureSchema
  private var rows: CachedPasses
  private var learner: ExactLearner

  /// Reads all rows.
  ///
  /// - Parameters:
  ///   - configuration: as for training; where the model goes and how an optimizer learns does not
  ///     matter.
  ///   - notices: where warnings go.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public init(
    _ configuration: TrainingConfiguration, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) {
    let collected = try CollectedRows(
      configuration, notices: notices, progress: ProgressReporter(style: .none) { _ in })
    schema = collected.schema
    var rows = CachedPasses(cache: collected.cache)
    learner = try ExactLearner(
      loss: collected.loss, l1: configuration.learner.l1, l2: configuration.learner.l2,
      bits: schema.hashing.bits, rows: &rows)
    self.rows = rows
  }

  /// Rows that are learned from.
  public var rowCount: Int { learner.objective.survey.rows }

  /// Margins a row: 1, or the number of classes for softmax.
  public var outputs: Int { learner.objective.loss.outputs }

  /// The objective at the weights of now: one pass.
  public func objective() throws(RunFailure) -> Double { try learner.currentObjective(rows: &rows) }

  /// One step of (proximal) gradient descent, in one pass: w ← soft(w − rate·∇w, rate·λ1) with
  /// soft(v, t) = sgn(v)·max(|v| − t, 0), and b ← b − rate·∇b.
  ///
  /// - Parameter rate: finite and > 0; below 1 / (greatest curvature), each step lowers the objective.
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure` (usage) for a rate that is no positive number, or so large that the step
  ///   leaves the range of numbers; the weights stay as they were.
  @discardableResult
  public func takeGradientStep(rate: Double) throws(RunFailure) -> Double {
    try learner.takeGradientStep(rate: rate, rows: &rows)
  }

  /// One full Newton step, (w, b) ← (w, b) − H⁻¹∇, the system solved by conjugate gradients with one
  /// pass for each product H v. For the squared loss, one step reaches the optimum.
  ///
  /// There is no line search: far from the optimum the step can overshoot; `Train.run` with an
  /// exact optimizer is the safe way.
  ///
  /// - Returns: the objective before the step.
  /// - Throws: `RunFailure` (usage) with an L1 penalty, which has no second derivative.
  @discardableResult
  public func takeNewtonStep() throws(RunFailure) -> Double {
    try learner.takeNewtonStep(rows: &rows)
  }

  /// The intercept of an output.
  ///
  /// - Parameter output: 0, or the class's number for softmax, below `outputs`.
  public func bias(output: Int = 0) -> Double { learner.bias(output: output) }

  /// Calls `body` with each weight that is not 0: its hash slot, its output, its value; by slot, then
  /// output, both rising.
  public func forEachNonZeroWeight<Failure: Error>(
    _ body: (_ slot: UInt32, _ output: Int, _ weight: Double) throws(Failure) -> Void
  ) throws(Failure) {
    try learner.forEachNonZeroWeight(body)
  }
}
