/// Rows in compressed sparse row form: what featurizing makes and the learner takes.
///
/// Row r owns the features `rowEnds[r - 1] ..< rowEnds[r]` (from 0 for r = 0) of `slots` and
/// `values`. No slot occurs twice in a row: features that share a slot were added up.
package struct SparseBatch: ~Copyable, Sendable {
  package var slots: GrowableBuffer<UInt32>
  package var values: GrowableBuffer<Float>
  package var rowEnds: GrowableBuffer<Int>
  /// Labels as the loss wants them (logistic: 0 or 1). Not meaningful when predicting.
  package var labels: GrowableBuffer<Float>
  /// Importance weights, finite and >= 0.
  package var weights: GrowableBuffer<Float>
  /// Index of each row in its chunk: bad rows leave gaps.
  package var rowsInChunk: GrowableBuffer<UInt32>
  /// The chunk's bad rows, in row order.
  package var issues: [RowIssue] = []

  package init() {
    slots = GrowableBuffer(capacity: 1 << 12)
    values = GrowableBuffer(capacity: 1 << 12)
    rowEnds = GrowableBuffer(capacity: 256)
    labels = GrowableBuffer(capacity: 256)
    weights = GrowableBuffer(capacity: 256)
    rowsInChunk = GrowableBuffer(capacity: 256)
  }

  package var rowCount: Int { rowEnds.count }

  /// The features of row `row`, as a range of indices into `slots` and `values`.
  package func features(ofRow row: Int) -> Range<Int> {
    (row == 0 ? 0 : rowEnds[row - 1])..<rowEnds[row]
  }

  package mutating func removeAll() {
    slots.removeAll()
    values.removeAll()
    rowEnds.removeAll()
    labels.removeAll()
    weights.removeAll()
    rowsInChunk.removeAll()
    issues.removeAll(keepingCapacity: true)
  }
}
