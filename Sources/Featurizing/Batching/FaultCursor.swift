internal import SparseBatches

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
