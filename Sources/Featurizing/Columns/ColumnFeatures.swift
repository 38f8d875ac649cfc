internal import CKernels
internal import Processor
internal import SparseBatches

/// Makes the features of all columns but texts.
///
/// Half of the time of reading is spent here, so runs of columns of one kind have a loop each: what
/// such a loop needs stays in registers (measured on 13 numbers and 26 categories: 4,200
/// instructions a row as one loop with a switch). Short categories are hashed side by side by a
/// kernel (categories.inc in `CKernels`), and what short texts of numbers become is remembered
/// (NumberMemo.swift).
struct ColumnFeatures: ~Copyable {
  private let schema: CSVSchema
  private let missing: MissingTokens
  private let numbers: NumberForm
  private let mask: UInt32
  /// What the kernel uses; nil: none.
  private let path: lrs_path?
  /// Of the plan at hand, from the start of a chunk to its end.
  private var memo: NumberMemo?
  /// Its entries: valid as long as it is held.
  private var remembered: NumberMemo.View?
  /// What the kernel made of so many columns at a time.
  private var hashes = GrowableBuffer<UInt32>(capacity: Self.kernelColumns + Self.padding)

  private static var kernelColumns: Int { 64 }
  /// What may be written behind a row's features.
  private static var padding: Int { Int(lrs_category_padding) }

  /// - Parameter path: the instructions of the kernel; nil: none is used.
  init(_ schema: CSVSchema, hashing: FeatureHashing, path: ProcessorPath?) {
    self.schema = schema
    missing = schema.missing
    numbers = schema.numbers
    mask = hashing.mask
    self.path = path?.code
  }

  /// A field of a number that holds something else.
  struct Rejection {
    var outcome: DecimalNumber.Outcome
    var step: ColumnStep
    var extent: FieldExtent
  }

  /// Call before the rows of a chunk, and when the plan changes among them.
  mutating func begin(_ plan: ColumnPlan) {
    memo = plan.hasNumbers ? plan.memos.take() : nil
    remembered = memo?.view
  }

  /// Call behind the rows of a chunk.
  mutating func end(_ plan: ColumnPlan) {
    if let memo { plan.memos.put(memo) }
    memo = nil
    remembered = nil
  }

  /// - Parameters:
  ///   - base: where `fields` count from; those of the steps are there, without blanks around them.
  ///   - isReadableBeyond: whether eight bytes can be read wherever a field starts.
  ///   - missingCounts: counts what is missing, where that is found anyway; not in a rejected row.
  /// - Returns: nil when all went well, else the batch may hold some of the features.
  @unsafe @inline(__always)
  mutating func add(
    _ base: UnsafePointer<UInt8>, _ fields: borrowing GrowableBuffer<FieldExtent>,
    isReadableBeyond: Bool, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, to batch: inout SparseBatch
  ) -> Rejection? {
    batch.reserveFeatures(plan.mostFeatures + Self.padding)
    let row = unsafe RowText(
      base: base, extents: UnsafePointer(fields.base), isReadableBeyond: isReadableBeyond)
    // Proof: room for all features of the steps, and for the padding, was reserved, so that writing
    // through these stays inside.
    var cursor = unsafe FeatureCursor(
      slots: batch.slots.base + batch.slots.count, values: batch.values.base + batch.values.count)
    for index in 0..<plan.runs.count {
      let run = unsafe plan.runs.base[index]
      if run.isCategorical {
        if isReadableBeyond, let path {
          unsafe addCategories(run, of: row, plan, path, &watch, &missingCounts, at: &cursor)
        } else {
          unsafe addCategories(run, of: row, plan, &watch, &missingCounts, at: &cursor)
        }
      } else if let rejected = unsafe addNumbers(
        run, of: row, plan, &watch, &missingCounts, at: &cursor)
      {
        unsafe takeBackMissing(row, plan, before: rejected.index, &missingCounts)
        return rejected.rejection
      }
    }
    let added = unsafe cursor.count
    batch.slots.setCount(batch.slots.count + added)
    batch.values.setCount(batch.values.count + added)
    return nil
  }

  // Proof for all loops: a run lies inside the steps, whose fields are below the row's count.

  // MARK: Categories

  /// By the kernel; here only what it leaves, in the order of the columns.
  @unsafe @inline(__always)
  private func addCategories(
    _ run: ColumnRun, of row: RowText, _ plan: ColumnPlan, _ path: lrs_path,
    _ watch: inout FeatureWatch, _ missingCounts: inout MissingCounts,
    at cursor: inout FeatureCursor
  ) {
    let steps = unsafe plan.steps.base
    let gate = watch.gate
    var start = Int(run.start)
    while start < Int(run.end) {
      let count = min(Self.kernelColumns, Int(run.end) - start)
      var columns = unsafe lrs_categories(
        fields: plan.kernelFields.base + start, seeds: plan.kernelSeeds.base + start,
        count: count,
        token_starts: missing.firstBytes.bits, token_lengths: missing.lengths, slot_mask: mask,
        pass_mask: gate.passMask)
      let slots = unsafe cursor.slots + cursor.count
      let marks = unsafe lrs_hash_categories(
        path, &columns, row.base, row.extents.forKernel, hashes.base, slots,
        cursor.values + cursor.count)
      if missing.holdsEmpty {
        var empty = marks.empty
        while empty != 0 {
          missingCounts.add(unsafe steps[start + empty.trailingZeroBitCount].column)
          empty &= empty &- 1
        }
      }
      var left = marks.other | marks.let_in
      while left != 0 {
        let index = left.trailingZeroBitCount
        left &= left &- 1
        let step = unsafe steps + (start + index)
        let extent = unsafe row.extents[step.pointee.field]
        let text = unsafe row.base + Int(extent.start)
        var hash = unsafe hashes.base[index]
        if marks.other >> UInt64(index) & 1 != 0 {
          hash = unsafe categoryHash(text, count: extent.count, step.pointee, &missingCounts)
          unsafe slots[index] = hash & mask
        }
        if gate.lets(hash), watch.wantsName(of: hash) {
          unsafe nameCategory(hash, step.pointee.column, text, count: extent.count, &watch)
        }
      }
      unsafe cursor.count &+= count
      start &+= count
    }
  }

  @unsafe @inline(__always)
  private func addCategories(
    _ run: ColumnRun, of row: RowText, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, at cursor: inout FeatureCursor
  ) {
    let steps = unsafe plan.steps.base
    let gate = watch.gate
    for index in Int(run.start)..<Int(run.end) {
      let step = unsafe steps + index
      let extent = unsafe row.extents[step.pointee.field]
      let text = unsafe row.base + Int(extent.start)
      let hash = unsafe categoryHash(text, count: extent.count, step.pointee, &missingCounts)
      if gate.lets(hash), watch.wantsName(of: hash) {
        unsafe nameCategory(hash, step.pointee.column, text, count: extent.count, &watch)
      }
      unsafe cursor.append(hash & mask, 1)
    }
  }

  @unsafe @inline(__always)
  private func categoryHash(
    _ text: UnsafePointer<UInt8>, count: Int, _ step: ColumnStep,
    _ missingCounts: inout MissingCounts
  ) -> UInt32 {
    if count == 0 {
      // "Missing" is the empty value: its hash is the same whether the empty text is a token or
      // not.
      if missing.holdsEmpty { missingCounts.add(step.column) }
      return step.missingHash
    }
    if unsafe missing.contains(text, count: count) {
      missingCounts.add(step.column)
      return step.missingHash
    }
    return unsafe MurmurHash3.hash(text, count: count, seed: step.seed)
  }

  // MARK: Numbers

  @unsafe @inline(__always)
  private mutating func addNumbers(
    _ run: ColumnRun, of row: RowText, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, at cursor: inout FeatureCursor
  ) -> (rejection: Rejection, index: Int)? {
    guard let remembered else {
      preconditionFailure("a plan with numbers has a memo")
    }
    var index = Int(run.start)
    while true {
      if unsafe row.isReadableBeyond {
        index = unsafe Self.addRemembered(
          index..<Int(run.end), of: row, plan.numberColumns.base, remembered,
          watch.gate, missingCounts.base, at: &cursor)
      }
      guard index < Int(run.end) else { return nil }
      if let rejection = unsafe addNumber(
        index, of: row, plan, remembered, &watch, &missingCounts, at: &cursor)
      {
        return (rejection, index)
      }
      index &+= 1
    }
  }

  /// Adds the features of steps as long as their texts are remembered and no name may be wanted.
  ///
  /// - Returns: the first step that is left.
  @unsafe @inline(never)
  private static func addRemembered(
    _ steps: Range<Int>, of row: RowText, _ columns: UnsafePointer<NumberColumn>,
    _ memo: NumberMemo.View, _ gate: FeatureGate,
    _ missingCounts: UnsafeMutablePointer<UInt32>,
    at cursor: inout FeatureCursor
  ) -> Int {
    var target = unsafe cursor
    var index = steps.lowerBound
    while index < steps.upperBound {
      let column = unsafe columns[index]
      let extent = unsafe row.extents[Int(column.field)]
      guard extent.count <= NumberMemo.longest else { break }
      let text = unsafe RememberedText(
        row.base + Int(extent.start), count: extent.count, step: index)
      let entry = unsafe memo.entry(text)
      guard unsafe entry.pointee.holds(text),
        unsafe entry.pointee.features.leastScattered & gate.passMask != 0
      else { break }
      let features = unsafe entry.pointee.features
      // Without a branch: whether a value is missing cannot be foreseen.
      unsafe missingCounts[Int(column.column)] &+= features.isMissing ? 1 : 0
      unsafe target.append(column.slot, unlessZero: features.value)
      unsafe target.append(column.logarithmSlot, unlessZero: features.logarithm)
      unsafe target.append(features.hash & gate.slotMask, unlessZero: features.indicator)
      index &+= 1
    }
    unsafe cursor = target
    return index
  }

  /// Adds the features of one step, whatever its text is.
  @unsafe @inline(never)
  private func addNumber(
    _ index: Int, of row: RowText, _ plan: ColumnPlan, _ memo: NumberMemo.View,
    _ watch: inout FeatureWatch, _ missingCounts: inout MissingCounts,
    at cursor: inout FeatureCursor
  ) -> Rejection? {
    let step = unsafe plan.steps.base[index]
    let column = unsafe plan.numberColumns.base[index]
    let extent = unsafe row.extents[step.field]
    let start = unsafe row.base + Int(extent.start)
    let known: NumberFeatures
    if unsafe row.isReadableBeyond, extent.count <= NumberMemo.longest {
      let text = unsafe RememberedText(start, count: extent.count, step: index)
      let entry = unsafe memo.entry(text)
      if unsafe !entry.pointee.holds(text) {
        switch unsafe features(of: step, extent, row, plan) {
        case .features(let made): unsafe entry.pointee = NumberMemo.Entry(made, of: text)
        case .none(let rejection): return rejection
        }
      }
      known = unsafe entry.pointee.features
    } else {
      switch unsafe features(of: step, extent, row, plan) {
      case .features(let made): known = made
      case .none(let rejection): return rejection
      }
    }
    if known.leastScattered & watch.gate.passMask == 0 {
      unsafe offerNames(of: known, step, start, count: extent.count, plan, &watch)
    }
    if known.isMissing { missingCounts.add(step.column) }
    // A zero changes nothing: it is overwritten by the next feature.
    unsafe cursor.append(column.slot, unlessZero: known.value)
    unsafe cursor.append(column.logarithmSlot, unlessZero: known.logarithm)
    unsafe cursor.append(known.hash & mask, unlessZero: known.indicator)
    return nil
  }

  private enum Reading {
    case features(NumberFeatures)
    case none(Rejection)
  }

  /// What a text of a column of numbers becomes: depends on the step and the text alone.
  @unsafe @inline(never)
  private func features(
    of step: ColumnStep, _ extent: FieldExtent, _ row: RowText, _ plan: ColumnPlan
  ) -> Reading {
    let text = unsafe row.base + Int(extent.start)
    var features = NumberFeatures()
    if unsafe missing.contains(text, count: extent.count) {
      features.isMissing = true
      features.indicator = 1
      features.hash = step.missingHash
      features.note(step.missingHash & mask)
      return .features(features)
    }
    let integer = unsafe DecimalNumber.shortInteger(
      text, count: extent.count, before: Int(extent.start))
    let number: Double
    if let integer {
      number = Double(integer)
    } else {
      let outcome = unsafe numbers.parse(text, count: extent.count)
      guard case .number(let parsed) = outcome else {
        return .none(Rejection(outcome: outcome, step: step, extent: extent))
      }
      number = parsed
    }
    switch step.action {
    case .binned: break
    case .raw, .symlog, .standardized, .categorical, .slopeAndBin, .slopeLogarithmAndBin:
      features.value = step.scale.value(of: number, clip: schema.clip)
      guard step.action != .raw || features.value.isFinite else {
        return .none(Rejection(outcome: .notFinite, step: step, extent: extent))
      }
      features.note(step.hash & mask)
    }
    if step.action == .slopeLogarithmAndBin {
      let scale = plan.logarithmScales[Int(step.logarithm)]
      features.logarithm = scale.value(of: number, clip: schema.clip)
      features.note(step.logarithmHash & mask)
    }
    switch step.action {
    case .binned, .slopeAndBin, .slopeLogarithmAndBin:
      features.indicator = 1
      features.hash = plan.bins.hash(of: number, step.bins)
      features.note(features.hash & mask)
    case .raw, .symlog, .standardized, .categorical: break
    }
    return .features(features)
  }

  /// Takes back the missing values of a row whose step `end` was bad.
  @unsafe @inline(never)
  private func takeBackMissing(
    _ row: RowText, _ plan: ColumnPlan, before end: Int, _ missingCounts: inout MissingCounts
  ) {
    for index in 0..<end {
      let extent = unsafe row.extents[plan.steps[index].field]
      if unsafe missing.contains(row.base + Int(extent.start), count: extent.count) {
        missingCounts.remove(plan.steps[index].column)
      }
    }
  }

  // MARK: Names

  @unsafe @inline(never)
  private func nameCategory(
    _ hash: UInt32, _ column: Int, _ text: UnsafePointer<UInt8>, count: Int,
    _ watch: inout FeatureWatch
  ) {
    if unsafe missing.contains(text, count: count) { return nameMissing(hash, column, &watch) }
    unsafe watch.name(hash, column: schema.columns[column].name, value: text, count: count)
  }

  @inline(never)
  private func nameMissing(_ hash: UInt32, _ column: Int, _ watch: inout FeatureWatch) {
    watch.nameMissing(hash, column: schema.columns[column].name)
  }

  @inline(never)
  private func nameLogarithm(_ hash: UInt32, _ column: Int, _ watch: inout FeatureWatch) {
    let words = Array(BinsAndSlope.logarithmWords.utf8)
    watch.name(hash, pieces: [schema.columns[column].name.bytes, words])
  }

  /// In the order of the features.
  @unsafe @inline(never)
  private func offerNames(
    of features: NumberFeatures, _ step: ColumnStep, _ text: UnsafePointer<UInt8>, count: Int,
    _ plan: ColumnPlan, _ watch: inout FeatureWatch
  ) {
    if features.isMissing {
      if watch.wantsName(of: features.hash) { nameMissing(features.hash, step.column, &watch) }
      return
    }
    if step.action != .binned, watch.wantsName(of: step.hash) {
      watch.name(step.hash, column: schema.columns[step.column].name)
    }
    if step.action == .slopeLogarithmAndBin, watch.wantsName(of: step.logarithmHash) {
      nameLogarithm(step.logarithmHash, step.column, &watch)
    }
    if features.indicator != 0, watch.wantsName(of: features.hash) {
      unsafe nameBin(features.hash, text, count: count, step, plan, &watch)
    }
  }

  @unsafe @inline(never)
  private func nameBin(
    _ hash: UInt32, _ text: UnsafePointer<UInt8>, count: Int, _ step: ColumnStep,
    _ plan: ColumnPlan, _ watch: inout FeatureWatch
  ) {
    let column = schema.columns[step.column]
    let bins: QuantileBins
    switch column.role {
    case .binned(let own): bins = own
    case .binsAndSlope(let number): bins = number.bins
    default: preconditionFailure("a column without bins has none to name")
    }
    guard case .number(let number) = unsafe numbers.parse(text, count: count) else {
      preconditionFailure("a number was read there")
    }
    let words = bins.words(plan.bins.bin(of: number, step.bins))
    watch.name(hash, pieces: [column.name.bytes, Array(" \(words)".utf8)])
  }
}

/// A row's fields, for inner loops.
@unsafe
private struct RowText: BitwiseCopyable {
  let base: UnsafePointer<UInt8>
  let extents: UnsafePointer<FieldExtent>
  /// Whether eight bytes can be read wherever a field starts.
  let isReadableBeyond: Bool
}

/// Where the row's next feature goes.
@unsafe
private struct FeatureCursor: BitwiseCopyable {
  let slots: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<Float>
  var count = 0

  @inline(__always)
  mutating func append(_ slot: UInt32, _ value: Float) {
    unsafe slots[count] = slot
    unsafe values[count] = value
    unsafe count &+= 1
  }

  /// Written always, counted when not 0: whether it is cannot be foreseen.
  @inline(__always)
  mutating func append(_ slot: UInt32, unlessZero value: Float) {
    unsafe slots[count] = slot
    unsafe values[count] = value
    unsafe count &+= value == 0 ? 0 : 1
  }
}
