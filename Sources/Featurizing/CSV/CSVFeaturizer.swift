internal import Processor
internal import SparseBatches

/// Delimited rows to sparse features, straight from the chunk's bytes.
///
/// Invariant: a row is either whole in the batch or not there at all, and then it is an issue.
struct CSVFeaturizer: ~Copyable {
  private(set) var schema: CSVSchema
  private let mask: UInt32
  private let hashing: FeatureHashing
  let missing: MissingTokens
  private let purpose: FeaturizingPurpose
  let sampling: RowSampling?
  private var plans: ColumnPlanCache
  private let path: ProcessorPath?
  /// The schema in force; nil: the one it was made with, throughout.
  private(set) var step: SchemaStep?
  /// Whether a watched column said something in the last chunk.
  private(set) var sawWatched = false
  /// Clipped values of the last chunk, by column.
  private(set) var clipped: [Int: Int] = [:]
  var splitter: FieldSplitter
  private var labels: LabelReader
  private var builder = RowBuilder()
  private var columns: ColumnFeatures
  private var words: WordFeatures
  private var crosses = CrossFeatures()
  private(set) var plan: ColumnPlan?
  private var plannedHeader: FileHeader?
  var watch: FeatureWatch
  var identifiers: IdentifierFields
  /// Of the last chunk.
  private(set) var missingCounts: MissingCounts
  /// nil: nobody wants values.
  let profiled: ProfiledRows?

  init(
    schema: CSVSchema, hashing: FeatureHashing, labels: LabelRule, purpose: FeaturizingPurpose,
    details: RowDetails, plans: ColumnPlanCache, path: ProcessorPath?
  ) {
    self.plans = plans
    self.path = path
    watch = FeatureWatch(details.recording, hashing: hashing)
    identifiers = IdentifierFields(columns: details.identifiers)
    missingCounts = MissingCounts(columns: schema.columns.count)
    profiled = details.profile.map {
      ProfiledRows(columns: ProfiledColumns.indices(of: schema).count, $0)
    }
    self.schema = schema
    self.hashing = hashing
    mask = hashing.mask
    missing = schema.missing
    self.purpose = purpose
    sampling = details.sampling
    self.labels = LabelReader(
      rule: labels, missing: schema.missing, numbers: schema.numbers, purpose: purpose)
    splitter = FieldSplitter(
      delimiter: schema.delimiter, quote: schema.quote, path: path)
    columns = ColumnFeatures(schema, hashing: hashing, path: path)
    words = WordFeatures(ngrams: schema.ngrams, mask: hashing.mask)
  }

  var classNames: [ByteText] { labels.classNames }
  var negativeLabels: LabelTexts { labels.negatives }

  mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, steps: [SchemaStep] = [],
    into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    labels.beginChunk(convention)
    var steps = steps[...]
    follow(&steps, to: chunk.ordinal)
    sawWatched = false
    var plan = try plan(for: chunk.header, &batch)
    columns.begin(plan)
    watch.beginChunk()
    identifiers.beginChunk()
    missingCounts.beginChunk()
    let gate = profiled?.beginChunk()
    var faults = FaultCursor()
    for row in 0..<chunk.rows.count {
      if let next = steps.first, next.firstRow == chunk.ordinal + row {
        follow(&steps, to: next.firstRow)
        plan = try self.plan(for: chunk.header, &batch)
        columns.begin(plan)
      }
      if faults.reports(row, of: chunk, to: &batch) {
        identifiers.addUnknownRow()
        continue
      }
      if let sampling, sampling.leavesOut(chunk.ordinal + row),
        unsafe isNegative(row, of: chunk, plan)
      {
        batch.rowsSampledOut += 1
        if let profiled, gate?.takes(chunk.ordinal + row) == true {
          unsafe profileLeftOut(row, of: chunk, plan, into: profiled)
        }
        continue
      }
      unsafe add(
        row, of: chunk, plan, isProfiled: gate?.takes(chunk.ordinal + row) == true, to: &batch)
    }
    columns.end(plan)
    countClipped(batch, plan)
    return labels.convention
  }

  /// Once a chunk. Stretches without a large value are passed over, several values at a time.
  private mutating func countClipped(_ batch: borrowing SparseBatch, _ plan: ColumnPlan) {
    clipped.removeAll(keepingCapacity: true)
    guard !plan.clippable.isEmpty else { return }
    let bound = Float(schema.clip)
    // Magnitudes are in the order of their bits.
    let boundBits = Int32(bitPattern: bound.bitPattern)
    let count = batch.values.count
    for start in stride(from: 0, to: count, by: Self.clippedStretch) {
      let end = min(start + Self.clippedStretch, count)
      var below: Int32 = -1
      // Proof: the stretch lies within the values.
      let values = unsafe UnsafePointer(batch.values.base)
      for index in start..<end {
        below &= unsafe Int32(bitPattern: values[index].magnitude.bitPattern) &- boundBits
      }
      guard below >= 0 else { continue }
      for index in start..<end where batch.values[index].magnitude >= bound {
        if let column = plan.clippable[batch.slots[index]] { clipped[column, default: 0] += 1 }
      }
    }
  }

  private static let clippedStretch = 64

  /// Takes the steps up to `row` in.
  private mutating func follow(_ steps: inout ArraySlice<SchemaStep>, to row: Int) {
    var latest: SchemaStep?
    while let next = steps.first, next.firstRow <= row { latest = steps.removeFirst() }
    guard let latest, latest !== step, case .csv(let csv) = latest.reading.source else { return }
    step = latest
    schema = csv
    columns = ColumnFeatures(csv, hashing: hashing, path: path)
    plans = latest.plans
    plan = nil
    plannedHeader = nil
  }

  /// Looks at the row's label only; a row without a good one is no negative.
  @unsafe @inline(__always)
  private mutating func isNegative(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan
  ) -> Bool {
    guard let field = plan.labelField else { return false }
    let found = unsafe splitter.field(
      field, of: chunk.bytes, chunk.rows[row], mayHoldQuotes: chunk.hasQuotes)
    guard let (base, whole) = unsafe found else { return false }
    let extent = unsafe Blanks.trim(base, whole)
    return unsafe labels.label(base + Int(extent.start), count: extent.count) == 0
  }

  private mutating func plan(
    for header: FileHeader?, _ batch: inout SparseBatch
  ) throws(RunFailure) -> ColumnPlan {
    if let plan, header === plannedHeader { return plan }
    let fresh = try plans.plan(for: header) { () throws(RunFailure) in
      let names = try header.map { header throws(RunFailure) in
        try HeaderNames.parse(
          header.bytes, delimiter: schema.delimiter, quote: schema.quote,
          maximum: schema.mostColumnsOfAFile
        ).names
      }
      return try ColumnPlan(
        schema: schema, hashing: hashing, names: names, purpose: purpose,
        identifiers: identifiers.columns, watched: step?.watched.map(\.column) ?? [])
    }
    if let notice = fresh.notice { batch.notices.append(notice) }
    splitter.limit = fresh.fieldCount
    plan = fresh
    plannedHeader = header
    return fresh
  }

  // Proof for the pointers below: `base` is what the splitter returned for this row, and its
  // extents lie inside those bytes until the next split; field indices are below the checked field
  // count.
  @unsafe @inline(__always)
  private mutating func add(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan, isProfiled: Bool,
    to batch: inout SparseBatch
  ) {
    watch.beginRow(row, of: chunk)
    let base = unsafe splitter.split(
      chunk.bytes, chunk.rows[row], mayHoldQuotes: chunk.hasQuotes)
    guard splitter.fields.count == plan.fieldCount else {
      reportFieldCount(row, of: chunk, plan, to: &batch)
      identifiers.addUnknownRow()
      return
    }
    if !plan.watched.isEmpty, !sawWatched { unsafe lookAtWatched(base, plan, chunk.ordinal + row) }
    if !plan.identifierFields.isEmpty {
      unsafe identifiers.add(base, splitter.fields, plan.identifierFields)
    }
    var label: Float = purpose.labelOfUnlabelled ?? 0
    if purpose.needsLabel, let field = plan.labelField {
      let extent = unsafe Blanks.trim(base, splitter.fields[field])
      if let read = unsafe labels.label(base + Int(extent.start), count: extent.count) {
        label = read
      } else if unsafe purpose.labelOfUnlabelled == nil
        || !missing.contains(base + Int(extent.start), count: extent.count)
      {
        unsafe report(
          .badLabel, row, of: chunk, schema.label, base, extent, labels.cure, to: &batch)
        return
      }
    }
    var weight: Float = 1
    if purpose.needsLabel, let field = plan.weightField {
      let extent = unsafe Blanks.trim(base, splitter.fields[field])
      guard let read = unsafe importanceWeight(base + Int(extent.start), count: extent.count) else {
        unsafe report(
          .badWeight, row, of: chunk, schema.weight, base, extent,
          "a weight is a finite number >= 0", to: &batch)
        return
      }
      weight = read
    }
    if splitter.mayHoldBlanks { unsafe splitter.trimFields(base) }
    let start = batch.slots.count
    let rejection = unsafe columns.add(
      base, splitter.fields, isReadableBeyond: splitter.isReadableBeyond, plan, &watch,
      &missingCounts, to: &batch)
    if let rejection {
      unsafe report(rejection, row, of: chunk, base, to: &batch)
      batch.slots.setCount(start)
      batch.values.setCount(start)
      watch.dropRow()
      return
    }
    if !plan.texts.isEmpty { unsafe addWords(base, plan, to: &batch) }
    if !plan.crosses.products.isEmpty {
      unsafe crosses.add(
        base, splitter.fields, plan, schema, mask: mask, &watch, to: &batch)
    }
    watch.keepRow()
    if isProfiled, let profiled {
      unsafe profile(
        row, chunk.ordinal + row, label: purpose.needsLabel ? label : .nan, weight: weight, base,
        plan, into: profiled)
    }
    builder.mergeSharedSlots(of: &batch, from: start)
    batch.endRow(label: label, weight: weight, rowInChunk: row)
  }

  @unsafe @inline(never)
  private mutating func lookAtWatched(
    _ base: UnsafePointer<UInt8>, _ plan: ColumnPlan, _ ordinal: Int
  ) {
    // A row that may be left out is never looked at, whatever its label.
    guard let step, sampling?.leavesOut(ordinal) != true else { return }
    for (field, index) in plan.watched where !sawWatched {
      sawWatched = step.watched[index].isOther(unsafe watchedValue(base, field))
    }
  }

  @unsafe
  private func watchedValue(_ base: UnsafePointer<UInt8>, _ field: Int) -> PrefixValue.Kind {
    let extent = unsafe Blanks.trim(base, splitter.fields[field])
    return unsafe PrefixValue.kind(
      base + Int(extent.start), extent.count, missing, schema.numbers)
  }

  /// Calls `body` with the ordinal of each row of a chunk, and with what it holds in each watched
  /// column.
  mutating func forEachWatchedValue(
    of chunk: borrowing RowChunk, _ body: (Int, Int, PrefixValue.Kind) -> Void
  ) {
    guard let plan, !plan.watched.isEmpty else { return }
    var faults = chunk.faults[...]
    for row in 0..<chunk.rows.count {
      if let fault = faults.first, fault.row == row {
        faults.removeFirst()
        continue
      }
      guard sampling?.leavesOut(chunk.ordinal + row) != true else { continue }
      let base = unsafe splitter.split(
        chunk.bytes, chunk.rows[row], mayHoldQuotes: chunk.hasQuotes)
      guard splitter.fields.count == plan.fieldCount else { continue }
      for (field, index) in plan.watched {
        body(chunk.ordinal + row, index, unsafe watchedValue(base, field))
      }
    }
  }

  @unsafe @inline(never)
  private mutating func addWords(
    _ base: UnsafePointer<UInt8>, _ plan: ColumnPlan, to batch: inout SparseBatch
  ) {
    for step in plan.texts {
      let extent = unsafe Blanks.trim(base, splitter.fields[step.field])
      let text = unsafe base + Int(extent.start)
      if unsafe missing.contains(text, count: extent.count) {
        let hash = step.missingHash
        if watch.wantsName(of: hash) { watch.nameMissing(hash, column: step.name) }
        batch.addFeature(hash & mask, 1)
        missingCounts.add(step.column)
      } else {
        unsafe words.add(text, count: extent.count, step, &watch, to: &batch)
      }
    }
  }

  @unsafe @inline(never)
  private func importanceWeight(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    guard case .number(let number) = unsafe schema.numbers.parse(base, count: count), number >= 0
    else { return nil }
    let weight = Float(number)
    return weight.isFinite ? weight : nil
  }
}
