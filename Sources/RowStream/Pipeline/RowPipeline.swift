package import Configuration
package import Featurizing
package import Handoff
internal import InputBytes
internal import Notices
package import SparseBatches
internal import Synchronization

/// The run that every command shares: rows are read, featurized and handed over in order, bad rows
/// are accounted for, and the stream is checked at its end.
package final class RowPipeline {
  private let input: OpenedInput
  private let configuration: InputConfiguration
  /// As the rows so far have shaped it.
  package private(set) var schema: FeatureSchema
  /// What still waits to come alive.
  private var watch: SchemaWatch?
  private let course: SchemaCourse
  private let purpose: FeaturizingPurpose
  private let details: RowDetails
  /// Takes what rows show of their features; nil: nobody asks.
  private let register: FeatureRegister?
  private let notices: NoticeBoard
  package private(set) var badRows: BadRowLedger
  package private(set) var rows = 0
  package private(set) var missing: MissingValues
  package private(set) var clipped: ClippedValues
  /// Where each thread spent its time, once the run is over.
  package private(set) var stageTimes: [StageTimes] = []
  /// The stream's label convention so far, in row order.
  package private(set) var convention: LabelConvention
  /// What featurizing assumes: as far as the consumer has come. A wrong guess is mended there.
  private let assumed = Atomic<UInt8>(LabelConvention.undecided.rawValue)

  /// While it runs.
  private var handoff: OrderedHandoff<PipelineItem>?

  /// Held while a chunk is accounted for and consumed.
  private let turn = Mutex(())

  /// Enough chunks in flight that no stage waits for another's turn.
  private static let itemsBesideThreads = 6

  /// What a checkpoint holds of a pipeline, and a later one starts with.
  package struct State {
    package var rows = 0
    package var convention = LabelConvention.undecided
    package var badRows = BadRowLedger.State()
    package var missing = MissingValues()
    package var clipped = ClippedValues()
    /// What waits to come alive; nil: nothing.
    package var watch: SchemaWatch?
    /// As the rows so far have shaped it; nil before the first row.
    package var schema: FeatureSchema?

    package init(
      rows: Int = 0, convention: LabelConvention = LabelConvention.undecided,
      badRows: BadRowLedger.State = BadRowLedger.State(), missing: MissingValues = MissingValues(),
      watch: SchemaWatch? = nil, schema: FeatureSchema? = nil
    ) {
      self.rows = rows
      self.convention = convention
      self.badRows = badRows
      self.missing = missing
      self.watch = watch
      self.schema = schema
    }
  }

  package init(
    _ input: OpenedInput, _ configuration: InputConfiguration, schema: FeatureSchema,
    purpose: FeaturizingPurpose, continuing state: State = State(),
    register: FeatureRegister? = nil, identifiers: [ByteText] = [], namesEveryFeature: Bool = false,
    watchesFeatures: Bool = false, sampling: RowSampling? = nil, profile: ProfileWish? = nil
  ) throws(RunFailure) {
    self.register = register
    let recording =
      register.map { FeatureRecording.register($0.bulletin) }
      ?? (namesEveryFeature ? .everything : watchesFeatures ? .sampledRows : .nothing)
    details = RowDetails(
      recording: recording, identifiers: identifiers, sampling: sampling, profile: profile)
    rows = state.rows
    missing = state.missing
    clipped = state.clipped
    convention = state.convention
    assumed.store(convention.rawValue, ordering: .relaxed)
    self.input = input
    self.configuration = configuration
    self.schema = schema
    watch = state.watch.flatMap { $0.isEmpty ? nil : $0 }
    course = SchemaCourse(
      watch.map { SchemaStep(firstRow: 0, schema: schema, watch: $0) })
    self.purpose = purpose
    notices = input.notices
    badRows = try BadRowLedger(
      configuration, names: input.sourceNames, notices: input.notices,
      servesModel: purpose.servesModel, continuing: state.badRows)
  }

  /// - Parameters:
  ///   - transform: more work on an item once it is featurized, on any thread, in any order.
  ///   - consume: called for every item on the calling thread, in row order.
  package func run(
    transform: @escaping @Sendable (PipelineItem) -> Void = { _ in },
    consume: (PipelineItem) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let threads = configuration.threads
    let plans = ColumnPlanCache()
    let items = (0..<(threads == 1 ? 1 : threads + Self.itemsBesideThreads)).map { _ in
      PipelineItem(
        chunkBytes: configuration.chunkBytes, schema: schema, purpose: purpose, details: details,
        plans: plans)
    }
    let handoff = OrderedHandoff(threads: threads, items: items)
    self.handoff = handoff
    let source = UncheckedShared(input)
    defer {
      badRows.flushQuarantine()
      self.handoff = nil
    }
    try handoff.run(
      produce: { item throws(RunFailure) in try source.value.fill(&item.chunk) },
      transform: { [pipeline = UncheckedShared(self)] item in
        item.featurize(
          assuming: pipeline.value.assumedConvention, pipeline.value.course.inForce)
        transform(item)
      },
      consume: { item throws(RunFailure) in
        try turn.withLock { _ throws(RunFailure) in
          try account(for: item, transform)
          try consume(item)
        }
      },
      interruptProduce: { input.reader.interrupt() })
    stageTimes = handoff.times
    try turn.withLock { _ throws(RunFailure) in try finish() }
  }

  /// Calls `body` with 0 ..< `parts`, in any order, on all threads of `run` that find nothing better
  /// to do; returns when all are done. For `consume` alone.
  package func share(_ parts: Int, _ body: @Sendable (Int) -> Void) {
    guard let handoff else { preconditionFailure("no item is being consumed") }
    handoff.share(parts, body)
  }

  /// Calls `body` while no chunk is being consumed, from any thread but the one that is in `run`.
  package func betweenChunks(_ body: () -> Void) { turn.withLock { _ in body() } }

  /// What a checkpoint made now must hold.
  package func state() throws(RunFailure) -> State {
    var state = State(
      rows: rows, convention: convention, badRows: try badRows.state(), missing: missing,
      watch: watch, schema: schema)
    state.clipped = clipped
    return state
  }

  /// Returns when the quarantine file is on disk as far as `state` says.
  package var synchronizeQuarantine: @Sendable () throws(RunFailure) -> Void {
    badRows.synchronizeQuarantine
  }

  /// Where a row of an item's chunk stands in the input, for messages.
  ///
  /// - Parameter earlier: an earlier place in the same chunk, from which lines are counted on.
  package func place(
    _ row: Int, of item: PipelineItem, after earlier: InputPosition? = nil
  ) -> (place: RowPlace, position: InputPosition) {
    let position = item.chunk.position(ofRow: row, after: earlier)
    let place = RowPlace(
      source: input.sourceNames[position.file], row: position.row, line: position.line)
    return (place, position)
  }

  /// The same without the line, which takes a look at every byte of the chunk.
  package func placeWithoutLine(_ row: Int, of item: PipelineItem) -> RowPlace {
    RowPlace(
      source: input.sourceNames[item.chunk.file], row: item.chunk.rowsBefore + row + 1, line: nil)
  }

  private var assumedConvention: LabelConvention {
    LabelConvention(rawValue: assumed.load(ordering: .relaxed)) ?? .undecided
  }

  /// Checks an item whose turn has come, before its rows are used.
  private func account(
    for item: PipelineItem, _ transform: (PipelineItem) -> Void
  ) throws(RunFailure) {
    let isMistaken = item.conventionBefore != convention && item.conventionAfter != convention
    if isMistaken || item.schemasBefore != course.inForce.count {
      featurizeAgain(item, transform)
    }
    lookForLife(in: item, transform)
    if let failure = item.failure {
      throw RunFailure(
        failure.kind, "\(input.sourceNames[item.chunk.file]): \(failure.message)",
        cure: failure.cure)
    }
    register?.take(&item.featurizer)
    missing.take(&item.featurizer, rows: item.batch.rowCount)
    clipped.take(&item.featurizer)
    convention = item.conventionAfter
    assumed.store(convention.rawValue, ordering: .relaxed)
    for notice in item.batch.notices {
      notices.post("\(input.sourceNames[item.chunk.file]): \(notice)")
    }
    try badRows.record(item.batch.issues, of: item.chunk)
    rows = item.chunk.ordinal + item.chunk.rows.count
  }

  private func featurizeAgain(_ item: PipelineItem, _ transform: (PipelineItem) -> Void) {
    item.featurize(assuming: convention, course.inForce)
    transform(item)
  }

  /// Takes in what watched columns and indices hold, and makes the schema that follows from it.
  private func lookForLife(in item: PipelineItem, _ transform: (PipelineItem) -> Void) {
    guard var watch, item.failure == nil else { return }
    var from = item.chunk.ordinal
    while true {
      let taken = watch.take(&item.featurizer, item.chunk, from: &from, schema)
      self.watch = watch
      guard let last = taken.last else { return }
      schema = last.step.schema
      for notice in taken.compactMap(\.notice) { notices.post(notice) }
      course.add(taken.map(\.step), after: item.chunk.ordinal)
      featurizeAgain(item, transform)
    }
  }

  /// The schema to publish when the rows end here.
  package var finalSchema: FeatureSchema { watch?.final(schema) ?? schema }

  /// Tells of columns that said something too late to be learned, and of scales that fit few rows.
  package func warnOfColumns() {
    let late = watch?.warnings(schema) ?? []
    for warning in late + clipped.warnings(schema, missing) { notices.post(warning) }
  }

  private func finish() throws(RunFailure) {
    try badRows.finish(rows: rows)
    let streamed = rows - input.rowsElsewhere
    if let expected = configuration.expectedRows, expected != streamed {
      throw RunFailure(
        .badData, "the stream holds \(streamed) rows, --expect-rows says \(expected)",
        cure: "did the command before the pipe fail? use: set -o pipefail")
    }
  }
}

/// Where each thread spent its time, in words.
package enum StageTimesText {
  /// - Parameter lastStage: what is done with rows in their order.
  package static func describe(_ threads: [StageTimes], lastStage: String) -> String {
    let lines = threads.enumerated().map { index, times in
      "  thread \(index + 1): read and inflate \(seconds(times.produceSeconds)), parse and hash "
        + "\(seconds(times.transformSeconds)), \(lastStage) \(seconds(times.consumeSeconds)), wait "
        + seconds(times.waitSeconds)
    }
    let total = threads.reduce(StageTimes()) { $0 + $1 }
    let stages = [
      ("read and inflate", total.produceSeconds), ("parse and hash", total.transformSeconds),
      (lastStage, total.consumeSeconds),
    ]
    let longest = stages.max { $0.1 < $1.1 }?.0 ?? ""
    return "where the time went (most work: \(longest)):\n" + lines.joined(separator: "\n")
  }

  private static func seconds(_ seconds: Double) -> String { NumberText.fixed(seconds, 2) + " s" }
}
