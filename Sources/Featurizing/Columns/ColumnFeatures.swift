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
  let schema: CSVSchema
  let missing: MissingTokens
  let numbers: NumberForm
  let mask: UInt32
  /// Whether the kernel hashes what it can.
  private let usesKernel: Bool
  /// Of the plan at hand, from the start of a chunk to its end.
  private var memo: NumberMemo?
  /// Its entries: valid as long as it is held.
  private(set) var remembered: NumberMemo.View?
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
    usesKernel = path.map { $0 != .baseline } ?? false
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
        if isReadableBeyond, usesKernel {
          unsafe addCategoriesByKernel(run, of: row, plan, &watch, &missingCounts, at: &cursor)
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
  private func addCategoriesByKernel(
    _ run: ColumnRun, of row: RowText, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts,
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
        &columns, row.base, row.extents.forKernel, hashes.base, slots,
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
  func nameMissing(_ hash: UInt32, _ column: Int, _ watch: inout FeatureWatch) {
    watch.nameMissing(hash, column: schema.columns[column].name)
  }
}

/// A row's fields, for inner loops.
@unsafe
struct RowText: BitwiseCopyable {
  let base: UnsafePointer<UInt8>
  let extents: UnsafePointer<FieldExtent>
  /// Whether eight bytes can be read wherever a field starts.
  let isReadableBeyond: Bool
}

/// Where the row's next feature goes.
@unsafe
struct FeatureCursor: BitwiseCopyable {
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
