/// Rows in compressed sparse row form: what featurizing makes and the learner takes.
///
/// Row r owns the features `rowEnds[r - 1] ..< rowEnds[r]` (from 0 for r = 0) of `slots` and
/// `values`. No slot occurs twice in a row: features that share a slot were added up.
public struct SparseBatch: ~Copyable, Sendable {
  /// Hash slots of all rows' features.
  public var slots: GrowableBuffer<UInt32>
  /// Values of the same features.
  public var values: GrowableBuffer<Float>
  /// For each row, the index after its last feature.
  public var rowEnds: GrowableBuffer<Int>
  /// Labels as the loss wants them (logistic: 0 or 1). Not meaningful when predicting.
  public var labels: GrowableBuffer<Float>
  /// Importance weights, finite and >= 0.
  public var weights: GrowableBuffer<Float>
  /// Index of each row in its chunk: bad rows leave gaps.
  public var rowsInChunk: GrowableBuffer<UInt32>
  /// Negatives of the chunk that sampling left out: nothing of them is in the batch.
  package var rowsSampledOut = 0
  /// The chunk's bad rows, in row order.
  package var issues: [RowIssue] = []
  /// What a person should hear once (ignored columns and the like).
  package var notices: [String] = []

  /// Room for so many features is kept from one chunk to the next.
  private static let usualFeatures = 1 << 20

  /// An empty batch.
  public init() {
    slots = GrowableBuffer(capacity: 1 << 12)
    values = GrowableBuffer(capacity: 1 << 12)
    rowEnds = GrowableBuffer(capacity: 256)
    labels = GrowableBuffer(capacity: 256)
    weights = GrowableBuffer(capacity: 256)
    rowsInChunk = GrowableBuffer(capacity: 256)
  }

  /// How many rows there are.
  @inlinable
  public var rowCount: Int { rowEnds.count }

  /// The features of row `row`, as a range of indices into `slots` and `values`.
  @inlinable
  public func features(ofRow row: Int) -> Range<Int> {
    (row == 0 ? 0 : rowEnds[row - 1])..<rowEnds[row]
  }

  /// Empties the batch, keeps its memory.
  public mutating func removeAll() {
    slots.removeAll()
    values.removeAll()
    // What a very long row took is given back.
    slots.shrink(to: Self.usualFeatures)
    values.shrink(to: Self.usualFeatures)
    rowEnds.removeAll()
    labels.removeAll()
    weights.removeAll()
    rowsInChunk.removeAll()
    rowsSampledOut = 0
    issues.removeAll(keepingCapacity: true)
    notices.removeAll(keepingCapacity: true)
  }

  /// Gives back what was taken for features that were added up since.
  package mutating func giveBackUnused() {
    slots.shrink(to: max(slots.count, Self.usualFeatures))
    values.shrink(to: max(values.count, Self.usualFeatures))
  }

  /// Makes room for `more` features.
  @inlinable
  public mutating func reserveFeatures(_ more: Int) {
    slots.reserve(slots.count + more)
    values.reserve(values.count + more)
  }

  /// Adds one feature to the row that `endRow` will end.
  @inlinable @inline(__always)
  public mutating func addFeature(_ slot: UInt32, _ value: Float) {
    slots.append(slot)
    values.append(value)
  }

  /// Makes one row of the features added since the last row's end.
  @inlinable @inline(__always)
  public mutating func endRow(label: Float, weight: Float, rowInChunk: Int) {
    rowEnds.append(slots.count)
    labels.append(label)
    weights.append(weight)
    rowsInChunk.append(UInt32(rowInChunk))
  }

  /// Adds a copy of row `row` of another batch.
  ///
  /// - Parameter rowInChunk: nil: as the other batch has it.
  package mutating func appendRow(
    of other: borrowing SparseBatch, row: Int, rowInChunk: Int? = nil
  ) {
    let features = other.features(ofRow: row)
    reserveFeatures(features.count)
    for index in features { addFeature(other.slots[index], other.values[index]) }
    endRow(
      label: other.labels[row], weight: other.weights[row],
      rowInChunk: rowInChunk ?? Int(other.rowsInChunk[row]))
  }

  /// Adds a copy of each of these rows of another batch.
  package mutating func appendRows(of other: borrowing SparseBatch, _ rows: Range<Int>) {
    for row in rows { appendRow(of: other, row: row) }
  }
}

/// Weights on their way from a learner to a model: the entry (slot · outputs + output) and the
/// weight of each, side by side, entries ascending.
public struct EntryWeights: ~Copyable {
  /// Entry numbers, ascending.
  public var entries = GrowableBuffer<UInt64>()
  /// As many as `entries`.
  public var weights = GrowableBuffer<Float>()

  /// Nothing, and no memory yet.
  public init() {}

  /// Forgets the weights, keeps the memory.
  @inlinable
  public mutating func removeAll() {
    entries.removeAll()
    weights.removeAll()
  }
}

/// What the rows of one training can hold: rows that come out of a file are held against it.
package struct RowLimits: Equatable, Sendable {
  /// What labels can be.
  package enum Labels: Equatable, Sendable {
    /// 0 or 1.
    case twoClasses
    /// The number of one of so many classes.
    case classes(Int)
    /// Any finite number.
    case number
  }

  /// Slots lie below 2^bits.
  package var bits: Int
  package var labels: Labels

  package init(bits: Int, labels: Labels) {
    self.bits = bits
    self.labels = labels
  }

  package func admits(slot: UInt32) -> Bool { UInt64(slot) < 1 << UInt64(bits) }

  package func admits(label: Float) -> Bool {
    switch labels {
    case .twoClasses: label == 0 || label == 1
    case .classes(let count):
      label >= 0 && label < Float(count) && label == label.rounded(.down)
    case .number: label.isFinite
    }
  }

  package func admits(weight: Float) -> Bool { weight >= 0 && weight.isFinite }

  /// What is wrong with the rows of a batch whose lengths fit each other; nil when nothing is.
  package func defect(of batch: borrowing SparseBatch) -> String? {
    for row in 0..<batch.rowCount {
      guard admits(label: batch.labels[row]) else { return "a label is \(batch.labels[row])" }
      guard admits(weight: batch.weights[row]) else { return "a weight is \(batch.weights[row])" }
    }
    let limit = UInt64(1) << UInt64(bits)
    var (highest, isFinite) = (UInt32(0), true)
    batch.slots.withSpan { slots in
      for index in slots.indices { highest = max(highest, slots[index]) }
    }
    batch.values.withSpan { values in
      for index in values.indices { isFinite = isFinite && values[index].isFinite }
    }
    guard batch.slots.isEmpty || UInt64(highest) < limit else {
      return "a slot is not below 2^\(bits)"
    }
    return isFinite ? nil : "a value is not finite"
  }
}
