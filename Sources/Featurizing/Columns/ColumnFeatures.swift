internal import SparseBatches

/// Makes the features of all columns but texts.
///
/// Half of the time of reading is spent here, so runs of columns of one kind have a loop each: what
/// such a loop needs stays in registers (measured on 13 numbers and 26 categories: 4,200
/// instructions a row as one loop with a switch).
struct ColumnFeatures: ~Copyable {
  private let schema: CSVSchema
  private let missing: MissingTokens
  private let numbers: NumberForm
  private let mask: UInt32
  private var logarithms = LogarithmMemo(tables: 0)

  init(_ schema: CSVSchema, hashing: FeatureHashing) {
    self.schema = schema
    missing = schema.missing
    numbers = schema.numbers
    mask = hashing.mask
  }

  /// A field of a number that holds something else.
  struct Rejection {
    var outcome: DecimalNumber.Outcome
    var step: ColumnStep
    var extent: FieldExtent
  }

  mutating func begin(_ plan: ColumnPlan) { logarithms = LogarithmMemo(tables: plan.logarithms) }

  /// - Parameters:
  ///   - base: where `fields` count from; those of the steps are there.
  ///   - mayHoldBlanks: whether a field may have blanks around it.
  ///   - missingCounts: counts what is missing, where that is found anyway; not in a rejected row.
  /// - Returns: nil when all went well, else the batch may hold some of the features.
  @unsafe @inline(__always)
  mutating func add(
    _ base: UnsafePointer<UInt8>, _ fields: borrowing GrowableBuffer<FieldExtent>,
    mayHoldBlanks: Bool, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, to batch: inout SparseBatch
  ) -> Rejection? {
    batch.reserveFeatures(plan.mostFeatures)
    let row = unsafe TrimmedFields(
      base: base, extents: UnsafePointer(fields.base), mayHoldBlanks: mayHoldBlanks)
    // Proof: room for all features of the steps was reserved, so that writing through these stays
    // inside.
    var cursor = unsafe FeatureCursor(
      slots: batch.slots.base + batch.slots.count, values: batch.values.base + batch.values.count)
    for index in 0..<plan.runs.count {
      let run = unsafe plan.runs.base[index]
      if run.isCategorical {
        unsafe addCategories(run, of: row, plan, &watch, &missingCounts, at: &cursor)
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

  // Proof for both loops: a run lies inside the steps, whose fields are below the row's count.

  @unsafe @inline(__always)
  private func addCategories(
    _ run: ColumnRun, of row: TrimmedFields, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, at cursor: inout FeatureCursor
  ) {
    let steps = unsafe plan.steps.base
    let (gate, mask) = (watch.gate, mask)
    let (missingStarts, emptyIsMissing) = (missing.firstBytes, missing.holdsEmpty)
    var target = unsafe cursor
    for index in Int(run.start)..<Int(run.end) {
      let step = unsafe steps + index
      let extent = unsafe row.extent(of: step.pointee.field)
      let text = unsafe row.base + Int(extent.start)
      let count = extent.count
      let hash: UInt32
      if count == 0 {
        // "Missing" is the empty value: its hash is the same whether the empty text is a token or
        // not.
        hash = unsafe step.pointee.missingHash
        if emptyIsMissing { missingCounts.add(unsafe step.pointee.column) }
      } else if missingStarts.hold(unsafe text[0]), unsafe missing.contains(text, count: count) {
        hash = unsafe step.pointee.missingHash
        missingCounts.add(unsafe step.pointee.column)
      } else {
        hash = unsafe MurmurHash3.hash(text, count: count, seed: step.pointee.seed)
      }
      if gate.lets(hash), watch.wantsName(of: hash) {
        unsafe nameCategory(hash, step.pointee.column, text, count: count, &watch)
      }
      unsafe target.append(hash & mask, 1)
    }
    unsafe cursor = target
  }

  @unsafe @inline(__always)
  private mutating func addNumbers(
    _ run: ColumnRun, of row: TrimmedFields, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, at cursor: inout FeatureCursor
  ) -> (rejection: Rejection, index: Int)? {
    let steps = unsafe plan.steps.base
    let gate = watch.gate
    for index in Int(run.start)..<Int(run.end) {
      let step = unsafe steps + index
      let extent = unsafe row.extent(of: step.pointee.field)
      let text = unsafe row.base + Int(extent.start)
      if unsafe missing.contains(text, count: extent.count) {
        let hash = unsafe step.pointee.missingHash
        if gate.lets(hash), watch.wantsName(of: hash) {
          nameMissing(hash, unsafe step.pointee.column, &watch)
        }
        unsafe cursor.append(hash & mask, 1)
        missingCounts.add(unsafe step.pointee.column)
        continue
      }
      let integer = unsafe DecimalNumber.shortInteger(
        text, count: extent.count, before: Int(extent.start))
      let number: Double
      if let integer {
        number = Double(integer)
      } else {
        let outcome = unsafe numbers.parse(text, count: extent.count)
        guard case .number(let parsed) = outcome else {
          return unsafe (Rejection(outcome: outcome, step: step.pointee, extent: extent), index)
        }
        number = parsed
      }
      let value: Float
      var hash = unsafe step.pointee.hash
      switch unsafe step.pointee.action {
      case .symlog:
        value = unsafe logarithms.value(
          of: number, integer, step.pointee.scale, table: step.pointee.table, clip: schema.clip)
      case .raw:
        value = Float(number)
        guard value.isFinite else {
          return unsafe (
            Rejection(outcome: .notFinite, step: step.pointee, extent: extent), index
          )
        }
      case .binned:
        hash = plan.bins.hash(of: number, unsafe step.pointee.bins)
        value = 1
      case .slopeAndBin, .slopeLogarithmAndBin:
        unsafe addSlopeAndBin(step.pointee, number, integer, plan, &watch, at: &cursor)
        continue
      case .categorical, .standardized:
        value = unsafe step.pointee.scale.standardized(number, clip: schema.clip)
      }
      if gate.lets(hash), watch.wantsName(of: hash) {
        unsafe nameNumber(hash, number, step.pointee, plan, &watch)
      }
      unsafe cursor.append(hash & mask, value)
      // A zero changes nothing: it is overwritten by the next feature.
      unsafe cursor.count &-= value == 0 ? 1 : 0
    }
    return nil
  }

  /// Slope, logarithm and bin, in this order.
  @unsafe @inline(__always)
  private mutating func addSlopeAndBin(
    _ step: ColumnStep, _ number: Double, _ integer: UInt64?, _ plan: ColumnPlan,
    _ watch: inout FeatureWatch, at cursor: inout FeatureCursor
  ) {
    let gate = watch.gate
    let slope = step.scale.standardized(number, clip: schema.clip)
    if gate.lets(step.hash), watch.wantsName(of: step.hash) {
      watch.name(step.hash, column: schema.columns[step.column].name)
    }
    unsafe cursor.append(step.hash & mask, slope)
    unsafe cursor.count &-= slope == 0 ? 1 : 0
    if step.action == .slopeLogarithmAndBin {
      // Proof: the plan has such a step for each step of this action.
      let bend = unsafe plan.logarithmSteps.base + Int(step.logarithm)
      let value = unsafe logarithms.value(
        of: number, integer, bend.pointee.scale, table: step.table, clip: schema.clip)
      let hash = unsafe bend.pointee.hash
      if gate.lets(hash), watch.wantsName(of: hash) { nameLogarithm(hash, step.column, &watch) }
      unsafe cursor.append(hash & mask, value)
      unsafe cursor.count &-= value == 0 ? 1 : 0
    }
    let hash = plan.bins.hash(of: number, step.bins)
    if gate.lets(hash), watch.wantsName(of: hash) { nameNumber(hash, number, step, plan, &watch) }
    unsafe cursor.append(hash & mask, 1)
  }

  /// Takes back the missing values of a row whose step `end` was bad.
  @unsafe @inline(never)
  private func takeBackMissing(
    _ row: TrimmedFields, _ plan: ColumnPlan, before end: Int,
    _ missingCounts: inout MissingCounts
  ) {
    for index in 0..<end {
      let extent = unsafe row.extent(of: plan.steps[index].field)
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

  @inline(never)
  private func nameNumber(
    _ hash: UInt32, _ number: Double, _ step: ColumnStep, _ plan: ColumnPlan,
    _ watch: inout FeatureWatch
  ) {
    let column = schema.columns[step.column]
    let bins: QuantileBins
    switch column.role {
    case .binned(let own): bins = own
    case .binsAndSlope(let number): bins = number.bins
    default: return watch.name(hash, column: column.name)
    }
    let words = bins.words(plan.bins.bin(of: number, step.bins))
    watch.name(hash, pieces: [column.name.bytes, Array(" \(words)".utf8)])
  }
}

/// A row's fields, for inner loops.
@unsafe
private struct TrimmedFields: BitwiseCopyable {
  let base: UnsafePointer<UInt8>
  let extents: UnsafePointer<FieldExtent>
  let mayHoldBlanks: Bool

  @inline(__always)
  func extent(of field: Int) -> FieldExtent {
    let extent = unsafe extents[field]
    return unsafe mayHoldBlanks ? Blanks.trim(base, extent) : extent
  }
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
}

/// The values of small integers in symlog columns that were met before: counts are mostly small,
/// and a logarithm costs as much as all else that is done with a number.
///
/// One for each featurizer, so that it needs no lock. Small, so that it stays in the nearest cache:
/// with 16,384 integers a column, looking up took longer than computing.
struct LogarithmMemo: ~Copyable {
  private static let integers = 256
  /// More columns would take more memory than the nearest caches have: they are computed each time.
  static let mostTables = 1024
  /// A table of `integers` entries for each column. 0 where nothing was met, and where the value is
  /// 0: that one is computed each time.
  private var values: GrowableBuffer<Float>

  /// - Parameter tables: columns with logarithms.
  init(tables: Int) {
    values = GrowableBuffer(capacity: Self.integers * tables)
    for _ in 0..<Self.integers * tables { values.append(0) }
  }

  /// The same as `scale.value`, where `scale` is that of the column of `table`.
  ///
  /// - Parameter integer: the number, where it was written as a short integer.
  @inline(__always)
  mutating func value(
    of number: Double, _ integer: UInt64?, _ scale: NumericScale, table: Int, clip: Double
  ) -> Float {
    guard let integer, integer < UInt64(Self.integers), table &* Self.integers < values.count else {
      return scale.value(of: number, clip: clip)
    }
    let entry = table &* Self.integers &+ Int(truncatingIfNeeded: integer)
    let known = values[entry]
    if known != 0 { return known }
    values[entry] = scale.value(of: number, clip: clip)
    return values[entry]
  }
}
