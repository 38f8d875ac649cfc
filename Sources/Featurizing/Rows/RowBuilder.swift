package import SparseBatches

/// Ends rows of a batch so that no slot occurs twice in one: features that share a slot are added.
///
/// Idea: each row stamps the low bits of its slots, with a number of its own, into a table of
/// 16,384 bytes; a stamp that is there already tells that two slots may be the same, and only then
/// does the exact pass run. It uses an open-addressing table of the row's features: its time is
/// linear in any row.
struct RowBuilder: ~Copyable {
  /// The number of the row that last met each cell; never `stamp` between rows.
  private var stamps = GrowableBuffer<UInt8>(capacity: Self.cellCount)
  private static let cellCount = 1 << 14
  private var stamp: UInt8 = 0
  /// Index into the row + 1; 0 is free. At most three quarters of it are taken.
  private var table = GrowableBuffer<UInt32>(capacity: 64)

  init() {
    for _ in 0..<Self.cellCount { stamps.append(0) }
  }

  /// A row may have millions of features, which share slots: they are added up as they come, so
  /// that the row takes the memory of its slots and not of its features.
  private static let longestUnmerged = 1 << 20
  private var nextMerge = Self.longestUnmerged
  /// The row's first features, distinct and in the table, once it is a long row.
  private var merged = 0

  /// Call while a row grows. Adds in the order of the features, as at the row's end.
  @inline(__always)
  mutating func boundMemory(of batch: inout SparseBatch, from start: Int) {
    if batch.slots.count - start >= nextMerge { mergeEarly(&batch, from: start) }
  }

  @inline(never)
  private mutating func mergeEarly(_ batch: inout SparseBatch, from start: Int) {
    addUpSharedSlots(of: &batch, from: start)
    nextMerge = merged + Self.longestUnmerged
  }

  /// - Parameter start: the index of the row's first feature in `batch.slots`.
  @inline(__always)
  mutating func mergeSharedSlots(of batch: inout SparseBatch, from start: Int) {
    if merged > 0 { return endLongRow(of: &batch, from: start) }
    if unsafe mayShareSlots(batch, from: start) { addUpSharedSlots(of: &batch, from: start) }
    merged = 0
  }

  @inline(never)
  private mutating func endLongRow(of batch: inout SparseBatch, from start: Int) {
    addUpSharedSlots(of: &batch, from: start)
    forgetRow()
    batch.giveBackUnused()
  }

  /// The row that was growing is none.
  mutating func forgetRow() {
    guard merged > 0 else { return }
    merged = 0
    nextMerge = Self.longestUnmerged
    table.removeAll()
    table.shrink(to: Self.longestUnmerged)
  }

  @unsafe @inline(__always)
  private mutating func mayShareSlots(_ batch: borrowing SparseBatch, from start: Int) -> Bool {
    stamp &+= 1
    if stamp == 0 { forgetRows() }
    // Proof: `stamps` has 2^14 entries and the index 14 bits; slot indices are below the count.
    let cells = unsafe stamps.base
    let slots = unsafe batch.slots.base
    let stamp = stamp
    var repeated: UInt8 = 0
    for index in start..<batch.slots.count {
      let cell = unsafe Int(slots[index] & UInt32(Self.cellCount - 1))
      // No branch: each would be one more to foresee.
      repeated |= unsafe cells[cell] == stamp ? 1 : 0
      unsafe cells[cell] = stamp
    }
    return repeated != 0
  }

  /// The stamps are used up: every 255 rows.
  @inline(never)
  private mutating func forgetRows() {
    for cell in 0..<Self.cellCount { stamps[cell] = 0 }
    stamp = 1
  }

  @inline(never)
  private mutating func addUpSharedSlots(of batch: inout SparseBatch, from start: Int) {
    let end = batch.slots.count
    prepareTable(for: end - start, batch, from: start)
    // Proof: a cell is below the table's count, and holds the number of one of the first `kept`
    // features; all indices are below the count of features.
    let cells = unsafe TableCells(base: table.base, count: table.count)
    let slots = unsafe batch.slots.base + start
    let values = unsafe batch.values.base + start
    var kept = merged
    for index in kept..<end - start {
      let slot = unsafe slots[index]
      let cell = unsafe cells.cell(of: slot, among: slots)
      let found = unsafe cell.pointee
      if found != 0 {
        unsafe values[Int(found) - 1] += values[index]
      } else {
        unsafe cell.pointee = UInt32(truncatingIfNeeded: kept + 1)
        unsafe slots[kept] = slot
        unsafe values[kept] = values[index]
        kept += 1
      }
    }
    batch.slots.setCount(start + kept)
    batch.values.setCount(start + kept)
    merged = kept
  }

  /// The table for an inner loop: nothing is loaded again after each store.
  @unsafe
  private struct TableCells {
    let base: UnsafeMutablePointer<UInt32>
    let count: Int

    /// The cell of a slot of the row, or the free one where it belongs: there always is one.
    @inline(__always)
    func cell(
      of slot: UInt32, among slots: UnsafeMutablePointer<UInt32>
    ) -> UnsafeMutablePointer<UInt32> {
      // The hash is a part of 2^32, the cell the same part of the table.
      let product = unsafe UInt64(slot &* 0x9e37_79b1) &* UInt64(truncatingIfNeeded: count)
      var cell = Int(truncatingIfNeeded: product >> 32)
      while unsafe base[cell] != 0, unsafe slots[Int(base[cell]) - 1] != slot {
        cell += 1
        if unsafe cell == count { cell = 0 }
      }
      return unsafe base + cell
    }
  }

  /// Makes room for so many features, of which the merged ones are there.
  private mutating func prepareTable(
    for features: Int, _ batch: borrowing SparseBatch, from start: Int
  ) {
    guard merged == 0 || 4 * features > 3 * table.count else { return }
    // Of a long row each byte counts.
    let size = features > Self.longestUnmerged ? features / 3 * 5 : max(64, 2 * features)
    table.removeAll()
    // What a very long row took is given back with the next one.
    table.shrink(to: max(size, Self.longestUnmerged))
    table.reserve(size)
    // Proof: room for them was made.
    unsafe table.base.update(repeating: 0, count: size)
    table.setCount(size)
    // Proof: as in `addUpSharedSlots`.
    let cells = unsafe TableCells(base: table.base, count: table.count)
    let slots = unsafe batch.slots.base + start
    for index in 0..<merged {
      unsafe cells.cell(of: slots[index], among: slots).pointee = UInt32(index + 1)
    }
  }
}

/// Goes along with the rows of a chunk and reports those that framing already found bad.
struct FaultCursor {
  private var next = 0

  /// - Parameter row: rows are asked for in rising order, each once.
  /// - Returns: whether the row is bad; then its issue is in the batch.
  @inline(__always)
  mutating func reports(
    _ row: Int, of chunk: borrowing RowChunk, to batch: inout SparseBatch
  ) -> Bool {
    guard next < chunk.faults.count, chunk.faults[next].row == row else { return false }
    IssueMaker.addFault(chunk.faults[next], in: chunk, to: &batch)
    next += 1
    return true
  }
}

/// Puts a bad row into words. Cold: never on the path of a good row.
enum IssueMaker {
  static let excerptBytes = 80

  @inline(never)
  static func add(
    _ reason: RowIssue.Reason, row: Int, in chunk: borrowing RowChunk, column: ByteText? = nil,
    found: [UInt8], cure: String, to batch: inout SparseBatch
  ) {
    batch.issues.append(
      RowIssue(
        reason: reason, rowInChunk: row,
        position: chunk.position(ofRow: row, after: batch.issues.last?.position),
        column: column?.display, found: DisplayText.escape(found, limit: excerptBytes), cure: cure))
  }

  /// The issue of a row that framing already found bad.
  static func addFault(
    _ fault: FramingFault, in chunk: borrowing RowChunk, to batch: inout SparseBatch
  ) {
    let extent = chunk.rows[fault.row]
    let end = min(extent.end, extent.start + UInt32(excerptBytes) + 1)
    let found = (extent.start..<end).map { chunk.bytes[Int($0)] }
    add(fault.reason, row: fault.row, in: chunk, found: found, cure: cure(fault.reason), to: &batch)
  }

  private static func cure(_ reason: RowIssue.Reason) -> String {
    switch reason {
    case .tooLong: "raise --max-line-bytes, or mend the row"
    case .carriageReturn:
      "write line ends as LF or CR LF (tr '\\r' '\\n'), and quote a value that holds a return"
    case .fieldOfManyLines: "mend the stray quote, raise --max-field-lines, or use --quote none"
    default: "mend the quotes (a quote inside a quoted field is doubled), or use --quote none"
    }
  }
}

/// What is wanted of rows besides their features.
package struct RowDetails: Sendable {
  /// Names of features.
  package var recording: FeatureRecording
  /// Columns whose fields are handed on as they are; of delimited rows only.
  package var identifiers: [ByteText]
  /// Negatives that are left out, of which nothing but the label is looked at; nil: every row is
  /// wanted. Only for two classes, and for rows to learn from.
  package var sampling: RowSampling?
  /// Values of delimited rows; nil: none are wanted.
  package var profile: ProfileWish?

  package init(
    recording: FeatureRecording = .nothing, identifiers: [ByteText] = [],
    sampling: RowSampling? = nil, profile: ProfileWish? = nil
  ) {
    self.recording = recording
    self.identifiers = identifiers
    self.sampling = sampling
    self.profile = profile
  }
}

/// The fields of a chunk's rows that are handed on as they are, quotes undone: bad rows included,
/// so that there is a group of fields for each row of the chunk.
struct IdentifierFields: ~Copyable {
  let columns: [ByteText]
  private var bytes = GrowableBuffer<UInt8>()
  /// For each field, `columns.count` a row, its end in `bytes`.
  private var ends = GrowableBuffer<Int>()

  init(columns: [ByteText]) { self.columns = columns }

  mutating func beginChunk() {
    bytes.removeAll()
    ends.removeAll()
  }

  /// Adds a row's fields.
  ///
  /// - Parameters:
  ///   - base: what `fields` count from.
  ///   - wanted: indices into `fields`, one for each column.
  @unsafe @inline(never)
  mutating func add(
    _ base: UnsafePointer<UInt8>, _ fields: borrowing GrowableBuffer<FieldExtent>, _ wanted: [Int]
  ) {
    for index in wanted {
      let field = fields[index]
      // Proof: the splitter's extents lie inside the bytes that `base` points to.
      unsafe bytes.append(
        contentsOf: Span(_unsafeStart: base + Int(field.start), count: field.count))
      ends.append(bytes.count)
    }
  }

  /// Adds a row whose fields cannot be told apart: all are empty.
  mutating func addUnknownRow() {
    for _ in columns { ends.append(bytes.count) }
  }

  /// Calls `body` with each field of a row.
  func forEachField(ofRow row: Int, _ body: (Span<UInt8>) -> Void) {
    for index in row * columns.count..<(row + 1) * columns.count {
      let start = index == 0 ? 0 : ends[index - 1]
      bytes.withSpan { body($0.extracting(start..<ends[index])) }
    }
  }
}

/// What the featurizers of one-row-a-line formats (LibSVM, VW) share: all but what a row means.
struct LineRows: ~Copyable {
  let hashing: FeatureHashing
  let purpose: FeaturizingPurpose
  let sampling: RowSampling?
  var labels: LabelReader
  var builder = RowBuilder()
  var watch: FeatureWatch

  init(
    hashing: FeatureHashing, labels: LabelRule, purpose: FeaturizingPurpose, details: RowDetails
  ) {
    self.hashing = hashing
    self.purpose = purpose
    sampling = details.sampling
    self.labels = LabelReader(
      rule: labels, missing: MissingTokens([[]]), purpose: purpose, classesAreNumbers: true)
    watch = FeatureWatch(details.recording, hashing: hashing)
  }

  mutating func beginChunk(_ convention: LabelConvention) {
    labels.beginChunk(convention)
    watch.beginChunk()
  }
}
