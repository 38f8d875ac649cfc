/// Why and where a row was not learned from. A value, counted and sampled, never thrown.
package struct RowIssue: Equatable, Sendable {
  /// The raw values are the keys of `bad_rows_by_reason` in `--json`.
  package enum Reason: String, CaseIterable, Sendable, BitwiseCopyable {
    case wrongFieldCount = "wrong_field_count"
    case textAfterQuote = "text_after_quote"
    case unterminatedQuote = "unterminated_quote"
    case notANumber = "not_a_number"
    case notFinite = "not_finite"
    case badLabel = "bad_label"
    case badWeight = "bad_weight"
    case malformedFeature = "malformed_feature"
    case tooLong = "row_too_long"
  }

  package var reason: Reason
  /// Index of the row in its chunk.
  package var rowInChunk: Int
  package var position: InputPosition
  /// The column's name, escaped for display, where the issue lies in one column.
  package var column: String?
  /// What was found, escaped and cut for display.
  package var found: String
  /// One sentence that says what to do.
  package var cure: String

  package init(
    reason: Reason, rowInChunk: Int, position: InputPosition, column: String?, found: String,
    cure: String
  ) {
    self.reason = reason
    self.rowInChunk = rowInChunk
    self.position = position
    self.column = column
    self.found = found
    self.cure = cure
  }
}
