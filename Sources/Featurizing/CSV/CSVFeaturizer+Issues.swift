internal import SparseBatches

// MARK: - Bad rows

extension CSVFeaturizer {
  func reportFieldCount(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan,
    to batch: inout SparseBatch
  ) {
    IssueMaker.add(
      .wrongFieldCount, row: row, in: chunk,
      found: Array("\(splitter.fieldCount) fields instead of \(plan.fieldCount)".utf8),
      cure: "mend the row; a field that holds the delimiter must be quoted", to: &batch)
  }

  @unsafe @inline(never)
  func report(
    _ rejection: ColumnFeatures.Rejection, _ row: Int, of chunk: borrowing RowChunk,
    _ base: UnsafePointer<UInt8>, to batch: inout SparseBatch
  ) {
    let name = schema.columns[rejection.step.column].name
    let isNotFinite = rejection.outcome == .notFinite
    let cure =
      isNotFinite
      ? "only finite numbers can be learned from; name the text in --missing if it means no value"
      : unsafe cure(name, base, rejection.extent)
    unsafe report(
      isNotFinite ? .notFinite : .notANumber, row, of: chunk, name, base, rejection.extent, cure,
      to: &batch)
  }

  /// What makes a number of a text that is none, or a missing value.
  @unsafe
  private func cure(
    _ name: ByteText, _ base: UnsafePointer<UInt8>, _ extent: FieldExtent
  ) -> String {
    let text = unsafe Array(
      UnsafeBufferPointer(start: base + Int(extent.start), count: min(extent.count, 64)))
    var written = WrittenTexts()
    written.add(text)
    guard let cure = written.cure(missing: schema.missing, form: schema.numbers) else {
      return "use --categorical '\(name.display)', or name the text in --missing if it means no "
        + "value"
    }
    return "use \(cure), or --categorical '\(name.display)'"
  }

  @unsafe @inline(never)
  func report(
    _ reason: RowIssue.Reason, _ row: Int, of chunk: borrowing RowChunk, _ column: ByteText?,
    _ base: UnsafePointer<UInt8>, _ extent: FieldExtent, _ cure: String,
    to batch: inout SparseBatch
  ) {
    let shown = min(extent.count, IssueMaker.excerptBytes + 1)
    let found = (0..<shown).map { unsafe base[Int(extent.start) + $0] }
    IssueMaker.add(
      reason, row: row, in: chunk, column: column, found: found, cure: cure, to: &batch)
  }
}
