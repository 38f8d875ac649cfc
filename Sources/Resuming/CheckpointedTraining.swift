internal import Checkpoints
package import Configuration
package import Featurizing
package import InputBytes
internal import ModelFile
package import Notices
internal import RowStream
package import SparseBatches
package import Training

/// `train --checkpoint DIR`: goes on from what the directory holds, learns what is new, and publishes.
package final class CheckpointedTraining {
  private let configuration: TrainingConfiguration
  private let checkpoint: CheckpointConfiguration
  private let reading: ReadingOptions
  private let notices: NoticeBoard
  private let progress: ProgressReporter
  private let control: RunControl
  /// How messages call the directory.
  private let shownDirectory: String

  /// What a failure of this run is to be held against.
  private struct Attempt {
    var plan: InputPlan
    var checkpointer: TrainingCheckpointer?
    /// Whether bad data means that an input is bad, and not the checkpoint.
    var isReading = false
  }

  private var attempt: Attempt?
  /// Whether more inputs of the same run are still to come when this one ends.
  private var leavesOpen = false

  package init(
    _ configuration: TrainingConfiguration, _ checkpoint: CheckpointConfiguration,
    options: ReadingOptions, notices: NoticeBoard, progress: ProgressReporter, control: RunControl
  ) {
    self.configuration = configuration
    self.checkpoint = checkpoint
    reading = options
    self.notices = notices
    self.progress = progress
    self.control = control
    shownDirectory = DisplayText.escape(path: checkpoint.directory)
  }

  /// Learns what is new, has the model published, and notes that it was.
  ///
  /// - Parameter publish: puts the model where it belongs, whole or not at all.
  package func run<Published>(
    _ publish: (TrainedModel, LearnedInputs) throws(RunFailure) -> Published
  ) throws(RunFailure) -> CheckpointedOutcome<Published> {
    let directory = try CheckpointDirectory(checkpoint.directory)
    do throws(RunFailure) {
      let (trained, inputs) = try learn(in: directory, isFresh: checkpoint.isFresh)
      try attempt?.checkpointer?.finishWriting()
      let published = try publish(trained, inputs)
      if attempt?.checkpointer?.ledger.awaitsPublication == true { try directory.notePublication() }
      directory.removeCache()
      return .published(published)
    } catch {
      progress.finish()
      attempt?.checkpointer?.wait()
      if error.kind == .badData { takeBack(directory) }
      guard error.kind == .interrupted, let signal = control.stopSignal else { throw error }
      return .stopped(
        signal: signal, directory: shownDirectory,
        rows: attempt?.checkpointer?.rowsSeen ?? 0)
    }
  }

  // MARK: - Learning

  private func learn(
    in directory: CheckpointDirectory, isFresh: Bool
  ) throws(RunFailure) -> (TrainedModel, LearnedInputs) {
    let loaded = isFresh ? nil : try load(directory)
    let plan = try plan(loaded)
    attempt = Attempt(plan: plan, isReading: true)
    if let change = plan.halfReadChange { throw change }
    try refuseMorePasses(plan, loaded)
    let input = try OpenedInput(
      configuration.input, notices: notices, plan: plan,
      rowsBefore: configuration.origin?.countedRows ?? 0)
    control.onReport { [control, notices] in
      if control.takeReport() { notices.answer("status: waiting for the first new rows") }
    }
    defer { control.onReport(nil) }
    control.onStop { [reader = UncheckedShared(input.reader)] in reader.value.interrupt() }
    defer { control.onStop {} }
    let schema = try schema(input, loaded)
    if configuration.isVerbose { tellResumption(of: input.reader) }
    if isFresh { directory.removeAll() }
    attempt?.isReading = false
    let checkpointer = checkpointer(directory, plan, schema, loaded)
    attempt?.checkpointer = checkpointer
    progress.totalBytes = input.reader.totalStoredBytes
    // Of a finished training nothing is read any more.
    attempt?.isReading = loaded?.header.stage != .finished
    var trained = try TrainingRun.train(
      configuration, schema: schema, on: input, notices: notices, progress: progress,
      keeper: checkpointer)
    trained.state?.note(inputs: checkpointer.ledger.entries.map(\.stateInput))
    let inputs = LearnedInputs(
      summaries(plan, checkpointer), known: plan.named.count - plan.readings.count,
      new: plan.readings.count, newRows: trained.pipeline.rows - (loaded?.header.rows ?? 0))
    return (trained, inputs)
  }

  private func load(
    _ directory: CheckpointDirectory
  ) throws(RunFailure) -> CheckpointDocument? {
    let newest = try CheckpointDirectory.newest(in: directory.path) { notices.post($0) }
    guard let newest, case var loaded = newest.document else { return nil }
    if directory.isPublished(newest.file) { loaded.header.ledger.notePublication() }
    try StoredOptions.compare(configuration, with: loaded.header, directory: shownDirectory)
    if let half = loaded.header.ledger.halfRead {
      let path = DisplayText.escape(path: half.path)
      notices.post("going on in \(path) after row \(NumberText.grouped(half.rows))")
    }
    return loaded
  }

  /// What it took to get back to the place in a half-read input.
  private func tellResumption(of reader: RowReader) {
    switch reader.resumption {
    case nil: return
    case .sought: notices.post("the file was entered at that row")
    case .entered(let bytes):
      notices.post("the gzip file was entered \(NumberText.grouped(bytes)) bytes before that row")
    case .readAgain:
      notices.post("the input was read again from its start up to that row: it is the same")
    }
  }

  private func plan(_ loaded: CheckpointDocument?) throws(RunFailure) -> InputPlan {
    let files = configuration.input.files
    let request = InputPlan.Request(
      files: files.isEmpty ? ["-"] : files, inputName: checkpoint.inputName,
      directory: shownDirectory, standardInput: configuration.input.standardInput)
    var skipped: [String] = []
    let plan = try InputPlan(request, loaded?.header.ledger ?? Ledger()) { notice in
      if notice.hasPrefix("skipped: ") { skipped.append(notice) } else { notices.post(notice) }
    }
    let shown = skipped.count > Self.mostSkippedShown ? 0 : skipped.count
    for notice in skipped.prefix(shown) { notices.post(notice) }
    if shown < skipped.count, !plan.readings.isEmpty {
      notices.post("skipped: \(NumberText.grouped(skipped.count)) inputs were learned already")
    }
    return plan
  }

  /// More inputs that were learned already are only counted.
  private static let mostSkippedShown = 5

  /// Whether rows are passed over more than once.
  private var repeats: Bool {
    configuration.passes.epochs > 1 || configuration.learner.optimizer.isExact
  }

  private func refuseMorePasses(
    _ plan: InputPlan, _ loaded: CheckpointDocument?
  ) throws(RunFailure) {
    guard let loaded, !plan.readings.isEmpty else { return }
    let isReading = loaded.header.stage == .reading
    let isUnderWay = loaded.header.isOpen || loaded.header.ledger.halfRead != nil
    guard repeats, !isReading || !isUnderWay && loaded.header.rows > 0 else { return }
    throw RunFailure(
      .usage,
      "\(DisplayText.escape(path: plan.readings[0].path)) is new, but after several passes over"
        + " the rows of \(shownDirectory) nothing can be learned on top",
      cure: "learn everything again with --fresh, or make one pass with ftrl, sgd or adagrad")
  }

  private func schema(
    _ input: OpenedInput, _ loaded: CheckpointDocument?
  ) throws(RunFailure) -> FeatureSchema {
    guard let schema = loaded?.header.schema ?? configuration.origin?.schema else {
      let schema = try input.inferSchema(reading)
      if configuration.isVerbose { notices.post(SchemaText.describe(schema)) }
      return schema
    }
    _ = try input.follow(
      schema, purpose: .learn, maximumRowBytes: configuration.reading.maximumLineBytes)
    return schema
  }

  private func checkpointer(
    _ directory: CheckpointDirectory, _ plan: InputPlan, _ schema: FeatureSchema,
    _ loaded: CheckpointDocument?
  ) -> TrainingCheckpointer {
    let isInterrupted = loaded?.header.isOpen == true || loaded?.header.ledger.halfRead != nil
    return TrainingCheckpointer(
      checkpoint, directory, plan: plan, options: StoredOptions(configuration, schema),
      schema: schema, loaded: loaded,
      learnsOnTop: loaded != nil && !plan.readings.isEmpty && !isInterrupted,
      leavesOpen: leavesOpen, control: control, notices: notices)
  }

  // MARK: - Ends

  /// Inputs in the order in which they were named, as the ledger has them.
  private func summaries(
    _ plan: InputPlan, _ checkpointer: TrainingCheckpointer
  ) -> [InputSummary] {
    plan.named.compactMap { named in
      let index =
        switch named {
        case .learned(let entry): entry
        case .reading(let reading): checkpointer.entryOfReading[reading] ?? -1
        }
      guard checkpointer.ledger.entries.indices.contains(index) else { return nil }
      let entry = checkpointer.ledger.entries[index]
      let source = InputSource(
        entry.path, insteadOfStandardInput: configuration.input.standardInput)
      return InputSummary(
        path: source.displayName, rows: entry.rows, bytes: entry.bytes,
        bytesUncompressed: entry.bytesUncompressed)
    }
  }

  /// Goes back to the last boundary between inputs, so that nothing of a bad input is learned.
  ///
  /// Of a pipe that was not what it had to be nothing is taken back: the right one may yet come.
  private func takeBack(_ directory: CheckpointDirectory) {
    guard let attempt, attempt.isReading, !attempt.plan.readings.isEmpty,
      attempt.checkpointer?.hasReadAll != true
    else { return }
    let isFile = attempt.plan.readings[0].stamp != nil
    let isReplay = attempt.plan.start != nil && attempt.checkpointer?.hasLearned != true
    guard isFile || !isReplay else { return }
    directory.removePartial()
    notices.post("nothing was learned of the input at fault: \(shownDirectory) is as before it")
    relearn(attempt, directory)
  }

  /// Inputs that were verified since the last checkpoint are learned again, so that the directory
  /// holds them: their files may be gone when the one at fault comes back.
  private func relearn(_ failed: Attempt, _ directory: CheckpointDirectory) {
    let readings = failed.plan.readings
    guard !repeats, let checkpointer = failed.checkpointer, !checkpointer.entryOfReading.isEmpty,
      // Else each input is whole, and all of them together are not what was expected.
      checkpointer.entryOfReading.count < readings.count
    else { return }
    let saved = try? CheckpointDirectory.newest(in: directory.path, notice: { _ in })
    let known = saved?.document.header.ledger.entries.map(\.source) ?? []
    let verified = checkpointer.entryOfReading.keys.sorted().map { readings[$0] }
    let missing = verified.filter { !known.contains($0.source) }
    guard !missing.isEmpty, missing.allSatisfy({ $0.stamp != nil }) else { return }
    var again = configuration
    again.input.files = missing.map(\.path)
    again.input.expectedRows = nil
    again.isVerbose = false
    let run = CheckpointedTraining(
      again, checkpoint, options: reading, notices: NoticeBoard { _ in },
      progress: ProgressReporter(style: .none) { _ in }, control: RunControl())
    run.learnBoundary(in: directory)
  }

  /// Brings the directory up to date and publishes nothing. What goes wrong is said by the run that
  /// asks for it.
  private func learnBoundary(in directory: CheckpointDirectory) {
    do throws(RunFailure) {
      leavesOpen = true
      _ = try learn(in: directory, isFresh: false)
      try attempt?.checkpointer?.finishWriting()
    } catch {
      attempt?.checkpointer?.wait()
    }
  }
}

/// How a training with a checkpoint directory ended.
package enum CheckpointedOutcome<Published> {
  /// All was learned, and the model was published.
  case published(Published)
  /// A signal asked for a stop; the same command goes on from the directory.
  ///
  /// The directory is as messages show it; rows are those of its life, as far as they were learned.
  case stopped(signal: Int32, directory: String, rows: Int)
}
