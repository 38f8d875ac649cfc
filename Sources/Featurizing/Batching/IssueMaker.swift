internal import SparseBatches

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
    default: "mend the quotes (a quote inside a quoted field is doubled), or use --quote none"
    }
  }
}
