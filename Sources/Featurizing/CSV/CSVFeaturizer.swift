internal import SparseBatches

/// Delimited rows to sparse features, straight from the chunk's bytes.
///
/// Invariant: a row is either whole in the batch or not there at all, and then it is an issue.
struct CSVFeaturizer: ~Copyable {
  private let schema: CSVSchema
  private let mask: UInt32
  private let hashing: FeatureHashing
  private let missing: MissingTokens
  private let purpose: FeaturizingPurpose
  private let sampling: RowSampling?
  private let plans: ColumnPlanCache
  private var splitter: FieldSplitter
  private var labels: LabelReader
  private var builder = RowBuilder()
  private var words: WordFeatures
  private var crosses = CrossFeatures()
  private var plan: ColumnPlan?
  private var plannedHeader: FileHeader?
  var watch: FeatureWatch
  var identifiers: IdentifierFields
  /// Of the last chunk: counted where a missing value is found anyway, which costs nothing elsewhere.
  private(set) var missingCounts: MissingCounts

  init(
    schema: CSVSchema, hashing: FeatureHashing, labels: LabelRule, purpose: FeaturizingPurpose,
    details: RowDetails, plans: ColumnPlanCache
  ) {
    self.plans = plans
    watch = FeatureWatch(details.recording, hashing: hashing)
    identifiers = IdentifierFields(columns: details.identifiers)
    missingCounts = MissingCounts(columns: schema.columns.count)
    self.schema = schema
    self.hashing = hashing
    mask = hashing.mask
    missing = schema.missing
    self.purpose = purpose
    sampling = details.sampling
    self.labels = LabelReader(rule: labels, missing: schema.missing, purpose: purpose)
    splitter = FieldSplitter(delimiter: schema.delimiter, quote: schema.quote)
    words = WordFeatures(ngrams: schema.ngrams, mask: hashing.mask)
  }

  var classNames: [ByteText] { labels.classNames }

  mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    labels.convention = convention
    let plan = try plan(for: chunk.header, &batch)
    watch.beginChunk()
    identifiers.beginChunk()
    missingCounts.beginChunk()
    var faults = FaultCursor()
    for row in 0..<chunk.rows.count {
      if faults.reports(row, of: chunk, to: &batch) {
        identifiers.addUnknownRow()
        continue
      }
      if let sampling, sampling.leavesOut(chunk.ordinal + row),
        unsafe isNegative(row, of: chunk, plan)
      {
        batch.rowsSampledOut += 1
        continue
      }
      unsafe add(row, of: chunk, plan, to: &batch)
    }
    return labels.convention
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
        try HeaderNames.parse(header.bytes, delimiter: schema.delimiter, quote: schema.quote).names
      }
      return try ColumnPlan(
        schema: schema, hashing: hashing, names: names, purpose: purpose,
        identifiers: identifiers.columns)
    }
    if let notice = fresh.notice { batch.notices.append(notice) }
    plan = fresh
    plannedHeader = header
    return fresh
  }

  // Proof for the pointers below: `base` is what the splitter returned for this row, and its extents
  // lie inside those bytes until the next split; field indices are below the checked field count.
  @unsafe @inline(__always)
  private mutating func add(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan,
    to batch: inout SparseBatch
  ) {
    let base = unsafe splitter.split(
      chunk.bytes, chunk.rows[row], mayHoldQuotes: chunk.hasQuotes)
    guard splitter.fields.count == plan.fieldCount else {
      reportFieldCount(row, of: chunk, plan, to: &batch)
      identifiers.addUnknownRow()
      return
    }
    if !plan.identifierFields.isEmpty {
      unsafe identifiers.add(base, splitter.fields, plan.identifierFields)
    }
    var label: Float = 0
    if purpose.needsLabel, let field = plan.labelField {
      let extent = unsafe Blanks.trim(base, splitter.fields[field])
      guard let read = unsafe labels.label(base + Int(extent.start), count: extent.count) else {
        unsafe report(
          .badLabel, row, of: chunk, schema.label, base, extent, labels.cure, to: &batch)
        return
      }
      label = read
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
    let start = batch.slots.count
    guard unsafe addFeatures(base, row, of: chunk, plan, to: &batch) else {
      batch.slots.setCount(start)
      batch.values.setCount(start)
      watch.dropRow()
      return
    }
    if !plan.texts.isEmpty { unsafe addWords(base, plan, to: &batch) }
    if !plan.crosses.products.isEmpty {
      unsafe crosses.add(
        base, splitter.fields, plan, missing: missing, clip: schema.clip, mask: mask, &watch,
        to: &batch)
    }
    watch.keepRow()
    builder.mergeSharedSlots(of: &batch, from: start)
    batch.endRow(label: label, weight: weight, rowInChunk: row)
  }

  @unsafe @inline(__always)
  private mutating func addFeatures(
    _ base: UnsafePointer<UInt8>, _ row: Int, of chunk: borrowing RowChunk,
    _ plan: ColumnPlan, to batch: inout SparseBatch
  ) -> Bool {
    let count = plan.steps.count
    batch.reserveFeatures(count)
    let steps = unsafe plan.steps.base
    let fields = unsafe splitter.fields.base
    // Proof: room for one feature a step was reserved, so that writing through these stays inside.
    let slots = unsafe batch.slots.base + batch.slots.count
    let values = unsafe batch.values.base + batch.values.count
    var added = 0
    for index in 0..<count {
      let step = unsafe steps + index
      let extent = unsafe Blanks.trim(base, fields[step.pointee.field])
      let text = unsafe base + Int(extent.start)
      if unsafe missing.contains(text, count: extent.count) {
        let hash = unsafe step.pointee.missingHash
        if watch.wantsName(of: hash) {
          watch.nameMissing(hash, column: unsafe schema.columns[step.pointee.column].name)
        }
        unsafe slots[added] = hash & mask
        unsafe values[added] = 1
        added &+= 1
        missingCounts.add(unsafe step.pointee.column)
        continue
      }
      switch unsafe step.pointee.action {
      case .categorical:
        let hash = unsafe MurmurHash3.hash(
          text, count: extent.count, seed: step.pointee.seed)
        if watch.wantsName(of: hash) {
          unsafe watch.name(
            hash, column: schema.columns[step.pointee.column].name, value: text,
            count: extent.count)
        }
        unsafe slots[added] = hash & mask
        unsafe values[added] = 1
        added &+= 1
      case .standardized, .symlog, .raw, .binned:
        let outcome = unsafe DecimalNumber.parse(
          text, count: extent.count, before: Int(extent.start))
        guard case .number(let number) = outcome else {
          unsafe reportNumber(outcome, step.pointee, row, of: chunk, base, extent, to: &batch)
          unsafe uncountMissing(base, plan, before: index)
          return false
        }
        let value: Float
        switch unsafe step.pointee.action {
        case .symlog:
          value = unsafe plan.logarithms.value(
            of: number, step.pointee.scale, table: step.pointee.table, clip: schema.clip)
        case .binned:
          let hash = plan.bins.hash(of: number, table: unsafe step.pointee.table)
          if watch.wantsName(of: hash) {
            unsafe nameBin(hash, of: number, plan, step.pointee)
          }
          unsafe slots[added] = hash & mask
          unsafe values[added] = 1
          added &+= 1
          continue
        case .raw:
          value = Float(number)
          guard value.isFinite else {
            unsafe reportNumber(.notFinite, step.pointee, row, of: chunk, base, extent, to: &batch)
            unsafe uncountMissing(base, plan, before: index)
            return false
          }
        case .categorical, .standardized:
          value = unsafe step.pointee.scale.standardized(number, clip: schema.clip)
        }
        let hash = unsafe step.pointee.hash
        if watch.wantsName(of: hash) {
          watch.name(hash, column: unsafe schema.columns[step.pointee.column].name)
        }
        unsafe slots[added] = hash & mask
        unsafe values[added] = value
        // A zero changes nothing: it is overwritten by the next feature.
        added &+= value == 0 ? 0 : 1
      }
    }
    batch.slots.setCount(batch.slots.count + added)
    batch.values.setCount(batch.values.count + added)
    return true
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

  @inline(never)
  private mutating func nameBin(
    _ hash: UInt32, of number: Double, _ plan: ColumnPlan, _ step: ColumnStep
  ) {
    let column = schema.columns[step.column]
    guard case .binned(let bins) = column.role else { return }
    let words = bins.words(plan.bins.bin(of: number, table: step.table))
    watch.name(hash, pieces: [column.name.bytes, Array(" \(words)".utf8)])
  }

  @unsafe @inline(never)
  private func importanceWeight(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    guard case .number(let number) = unsafe DecimalNumber.parse(base, count: count), number >= 0
    else { return nil }
    let weight = Float(number)
    return weight.isFinite ? weight : nil
  }
}

// MARK: - Bad rows

extension CSVFeaturizer {
  /// Takes back the missing values of a row whose column of this step was bad.
  @unsafe @inline(never)
  private mutating func uncountMissing(
    _ base: UnsafePointer<UInt8>, _ plan: ColumnPlan, before step: Int
  ) {
    for index in 0..<step {
      let extent = unsafe Blanks.trim(base, splitter.fields[plan.steps[index].field])
      if unsafe missing.contains(base + Int(extent.start), count: extent.count) {
        missingCounts.remove(plan.steps[index].column)
      }
    }
  }

  private func reportFieldCount(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan,
    to batch: inout SparseBatch
  ) {
    IssueMaker.add(
      .wrongFieldCount, row: row, in: chunk,
      found: Array("\(splitter.fields.count) fields instead of \(plan.fieldCount)".utf8),
      cure: "mend the row; a field that holds the delimiter must be quoted", to: &batch)
  }

  @unsafe @inline(never)
  private func reportNumber(
    _ outcome: DecimalNumber.Outcome, _ step: ColumnStep, _ row: Int,
    of chunk: borrowing RowChunk, _ base: UnsafePointer<UInt8>, _ extent: FieldExtent,
    to batch: inout SparseBatch
  ) {
    let name = schema.columns[step.column].name
    let reason: RowIssue.Reason = outcome == .notFinite ? .notFinite : .notANumber
    let cure =
      outcome == .notFinite
      ? "only finite numbers can be learned from; name the text in --missing if it means no value"
      : "use --categorical '\(name.display)', or name the text in --missing if it means no value"
    unsafe report(reason, row, of: chunk, name, base, extent, cure, to: &batch)
  }

  @unsafe @inline(never)
  private func report(
    _ reason: RowIssue.Reason, _ row: Int, of chunk: borrowing RowChunk, _ column: ByteText?,
    _ base: UnsafePointer<UInt8>, _ extent: FieldExtent, _ cure: String,
    to batch: inout SparseBatch
  ) {
    let shown = min(extent.count, IssueMaker.excerptBytes + 1)
    let found = (0..<shown).map { unsafe base[Int(extent.start) + $0] }
    IssueMaker.add(
      reason, row: row, in: chunk, column: column, found: found, cure: cure, to: &batch)
  }
}
