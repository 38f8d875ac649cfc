internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import ModelFile
internal import Notices
internal import RowStream
internal import SparseBatches
internal import Training

/// Decides when checkpoints are written, and keeps the ledger.
final class TrainingCheckpointer: RunKeeper {
  let kept: KeptRun?
  let cachePath: String?
  let forgetting: Double?
  let learnsOnTop: Bool
  var keepsState: Bool { true }
  private let cadence: CheckpointConfiguration.Cadence
  private let plan: InputPlan
  private let options: StoredOptions
  private let schema: FeatureSchema
  private let writer: CheckpointWriter
  private let control: RunControl
  private let notices: NoticeBoard
  /// Inputs that were learned to their end, those of this run included.
  private(set) var ledger: Ledger
  /// Entries of the ledger of this run's readings, by their index.
  private(set) var entryOfReading: [Int: Int] = [:]
  /// Whether anything was consumed by this run.
  private(set) var hasLearned = false
  /// Whether all inputs were read and verified: what fails from here on is not their fault.
  private(set) var hasReadAll = false
  /// Rows read by this run, in the first epoch.
  private var rowsLearned = 0
  /// Whether it goes on with an interrupted run, of which rows were learned.
  private let wasOpen: Bool
  /// The ledger as the directory has it.
  private let stored: Ledger?
  /// Whether more inputs of the same run will be learned by another.
  private let leavesOpen: Bool
  /// Rows of the directory's life in the last checkpoint.
  private(set) var rowsSeen = 0

  /// Rows passed by the learner, in all epochs of this run, and at the last checkpoint.
  private var rowsPassed = 0
  private var rowsAtLast = 0
  private let startTime = Machine.monotonicSeconds
  private var timeAtLast = Machine.monotonicSeconds
  /// Whether the directory has, or will have, a checkpoint at the last boundary between inputs.
  private var boundaryIsWritten = true
  private var storedBytes = 0

  init(
    _ configuration: CheckpointConfiguration, _ directory: CheckpointDirectory, plan: InputPlan,
    options: StoredOptions, schema: FeatureSchema, loaded: CheckpointDocument?,
    learnsOnTop: Bool, leavesOpen: Bool, control: RunControl, notices: NoticeBoard
  ) {
    self.leavesOpen = leavesOpen
    self.learnsOnTop = learnsOnTop
    forgetting = learnsOnTop ? configuration.forgetting : nil
    cachePath = directory.cachePath
    kept = loaded.map {
      KeptRun(
        stage: $0.header.stage, container: $0.container, pipeline: RowPipeline.State($0.header))
    }
    wasOpen = loaded?.header.isOpen ?? false
    stored = loaded?.header.ledger
    cadence = configuration.cadence
    self.plan = plan
    self.options = options
    self.schema = schema
    self.control = control
    self.notices = notices
    writer = CheckpointWriter(directory, kept: configuration.kept, notices: notices)
    ledger = plan.ledger
  }

  // MARK: - While rows are learned

  func learned(_ chunk: borrowing RowChunk, _ source: any CheckpointSource) throws(RunFailure) {
    hasLearned = true
    rowsPassed += chunk.rows.count
    storedBytes = chunk.storedBytesRead
    rowsLearned += chunk.rows.count
    note(chunk.endings)
    let isInside = !chunk.endings.contains { $0.file == chunk.file }
    if isInside {
      let reading = plan.readings[chunk.file]
      ledger.halfRead = Ledger.HalfRead(
        reading.source, path: reading.path, stamp: reading.stamp, chunk.position)
    }
    try stopIfAsked(source)
    if isInside {
      if isDue(units) && boundaryIsWritten && writer.isIdle { try write(source, isOpen: true) }
    } else if entryOfReading.count < plan.readings.count {
      try betweenInputs(source, next: chunk.file + 1)
    }
  }

  func repeated(rows: Int, _ source: any CheckpointSource) throws(RunFailure) {
    rowsPassed += rows
    try stopIfAsked(source)
    if isDue(units) && writer.isIdle { try write(source, isOpen: false) }
  }

  func lookUp(_ source: any CheckpointSource) throws(RunFailure) { try stopIfAsked(source) }

  /// While `body` reads, a report that is asked for is made at once, though the thread that learns may
  /// wait for input for hours: by another thread, between two chunks.
  func reading(
    _ pipeline: RowPipeline, _ source: any CheckpointSource, _ body: () throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let shared = (UncheckedShared(self), UncheckedShared(pipeline), UncheckedSource(source))
    control.onReport {
      shared.1.value.betweenChunks { shared.0.value.reportIfAsked(shared.2.value) }
    }
    defer { control.onReport(nil) }
    try body()
  }

  func finishedReading(
    _ endings: [InputEnding], _ source: any CheckpointSource
  ) throws(RunFailure) {
    note(endings)
    hasReadAll = true
    ledger.halfRead = nil
    guard hasLearned || ledger != stored else { return }
    try write(source, isOpen: false)
  }

  /// Takes in inputs that ended without a chunk of their own.
  private func note(_ endings: [InputEnding]) {
    for ending in endings {
      let reading = plan.readings[ending.file]
      let entry = Ledger.Entry(reading.source, path: reading.path, ending)
      ledger.halfRead = nil
      if let known = ledger.entries.firstIndex(where: { $0.source == entry.source }),
        ledger.entries[known].rows == 0, entry.source != .stream(nil)
      {
        // Of an input without rows nothing was learned: it may come again with some.
        ledger.entries[known] = entry
        entryOfReading[ending.file] = known
      } else {
        entryOfReading[ending.file] = ledger.entries.count
        ledger.entries.append(entry)
      }
    }
  }

  func finish(_ source: any CheckpointSource) throws(RunFailure) {
    try write(source, isOpen: false)
    try writer.finish()
  }

  /// Call before the model is published.
  ///
  /// - Throws: inputOutput when the last checkpoint could not be written.
  func finishWriting() throws(RunFailure) { try writer.finish() }

  /// Returns when nothing is being written.
  func wait() { writer.wait() }

  // MARK: - When

  /// A boundary need not be kept when the next input is so small that no checkpoint will fall into it:
  /// many small files would cost a checkpoint each.
  private func betweenInputs(
    _ source: any CheckpointSource, next: Int
  ) throws(RunFailure) {
    // A pipe cannot be read again, should what follows it have to be taken back.
    let isFile = plan.readings[next - 1].stamp != nil
    let size = isFile && next < plan.readings.count ? plan.readings[next].stamp?.size : nil
    let isShort = size.map { !isDue(units + units(ofBytes: $0)) } ?? false
    boundaryIsWritten = !isShort
    if boundaryIsWritten { try write(source, isOpen: true) }
  }

  private var units: Double {
    switch cadence {
    case .rows: Double(rowsPassed - rowsAtLast)
    case .seconds: Machine.monotonicSeconds - timeAtLast
    }
  }

  /// What reading so many stored bytes will come to, by what it came to so far.
  private func units(ofBytes bytes: Int) -> Double {
    guard storedBytes > 0 else { return .infinity }
    let all =
      switch cadence {
      case .rows: Double(rowsPassed)
      case .seconds: Machine.monotonicSeconds - startTime
      }
    return all * Double(bytes) / Double(storedBytes)
  }

  private func isDue(_ units: Double) -> Bool {
    switch cadence {
    case .rows(let rows): units >= Double(rows)
    case .seconds(let seconds): units >= seconds
    }
  }

  // MARK: - Writing

  private func stopIfAsked(_ source: any CheckpointSource) throws(RunFailure) {
    reportIfAsked(source)
    guard control.stopSignal != nil else { return }
    throw RunFailure(.interrupted, "stopped by a signal")
  }

  /// A checkpoint that cannot be made now is no reason to stop: the next one will tell.
  private func reportIfAsked(_ source: any CheckpointSource) {
    guard control.takeReport() else { return }
    notices.answer(
      "status: \(NumberText.grouped(rowsPassed)) rows learned by this run"
        + " in \(NumberText.fixed(Machine.monotonicSeconds - startTime, 1)) s")
    guard hasLearned || rowsPassed > 0 else { return }
    do throws(RunFailure) {
      try write(source, isOpen: try source.snapshot().stage == .reading)
    } catch {
      notices.answer("warning: no checkpoint could be made: \(error.message)")
    }
  }

  func stop(_ source: any CheckpointSource) throws(RunFailure) {
    guard rowsPassed > 0 || hasLearned else { return try writer.finish() }
    writer.abandon()
    let isOpen = try source.snapshot().stage == .reading
    try write(source, isOpen: isOpen)
    try writer.finish()
  }

  private func write(_ source: any CheckpointSource, isOpen: Bool) throws(RunFailure) {
    let snapshot = try source.snapshot()
    var counts: [String: Int] = [:]
    for (reason, count) in snapshot.pipeline.badRows.countByReason {
      counts[reason.rawValue] = count
    }
    var header = CheckpointHeader(
      options: options.texts, defaults: options.defaults.sorted(),
      schema: snapshot.pipeline.schema ?? schema,
      labelConvention: snapshot.pipeline.convention,
      rows: snapshot.pipeline.rows, badRows: counts, ledger: ledger,
      isOpen: (isOpen || leavesOpen) && (wasOpen || rowsLearned > 0),
      quarantine: snapshot.pipeline.badRows.quarantine.map {
        CheckpointHeader.Quarantine(path: $0.path, bytes: $0.bytes)
      })
    header.stage = snapshot.stage
    header.missing = snapshot.pipeline.missing
    header.watch = snapshot.pipeline.watch
    let clipped = snapshot.pipeline.clipped
    header.clipped = clipped.counts.isEmpty ? nil : clipped
    try writer.write(
      CheckpointWriter.Draft(
        header: header, sections: snapshot.sections, copyTable: source.copyTable,
        synchronize: snapshot.synchronize, isPartial: ledger.halfRead != nil))
    rowsSeen = snapshot.pipeline.rows
    rowsAtLast = rowsPassed
    timeAtLast = Machine.monotonicSeconds
  }
}

/// A source that another thread may ask between two chunks.
private struct UncheckedSource: @unchecked Sendable {
  let value: any CheckpointSource
  init(_ value: any CheckpointSource) { self.value = value }
}

extension RowPipeline.State {
  /// What the checkpoint holds of it.
  init(_ header: CheckpointHeader) {
    self.init()
    rows = header.rows
    convention = header.labelConvention
    missing = header.missing
    watch = header.watch
    clipped = header.clipped ?? ClippedValues()
    for (reason, count) in header.badRows {
      if let reason = RowIssue.Reason(rawValue: reason) {
        badRows.countByReason[reason] = count
      }
    }
    badRows.quarantine = header.quarantine.map {
      QuarantineFile.Extent(path: $0.path, bytes: $0.bytes)
    }
  }
}
