package import SparseBatches

/// Rows that can be streamed again and again: what an exact solver learns from.
package protocol RowPasses: ~Copyable {
  /// Hands over all rows once, the same rows in the same order each time.
  ///
  /// Where the stream is cut into batches never matters to a solver. What `body` throws ends the
  /// pass and is thrown on.
  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure)
}
