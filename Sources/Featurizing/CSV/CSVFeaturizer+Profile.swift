internal import SparseBatches

// MARK: - Values for a profile

extension CSVFeaturizer {
  /// Takes the values of a row that was split and is good.
  ///
  /// - Returns: false when one of them is no number: then nothing of the row is kept.
  @unsafe @inline(never) @discardableResult
  func profile(
    _ row: Int, _ ordinal: Int, label: Float, weight: Float, _ base: UnsafePointer<UInt8>,
    _ plan: ColumnPlan, into profiled: ProfiledRows
  ) -> Bool {
    let hasTexts = profiled.beginRow(ordinal: ordinal, label: label, weight: weight)
    for field in plan.profiled {
      // Proof: fields are below the row's count, and their extents inside the row.
      let extent = unsafe Blanks.trim(base, splitter.fields[field.field])
      let text = unsafe base + Int(extent.start)
      let cell: ProfileCell
      if unsafe missing.contains(text, count: extent.count) {
        cell = .missing
      } else {
        switch field.kind {
        case .category:
          cell = .category(unsafe MurmurHash3.hash(text, count: extent.count, seed: field.seed))
        case .text: cell = .number(Double(extent.count))
        case .number:
          guard case .number(let number) = unsafe schema.numbers.parse(text, count: extent.count)
          else {
            profiled.dropRow()
            return false
          }
          cell = .number(number)
        }
      }
      profiled.add(cell)
      guard hasTexts else { continue }
      if field.kind == .category, cell != .missing {
        unsafe profiled.addText(text, count: extent.count)
      } else {
        profiled.addNoText()
      }
    }
    profiled.endRow(row, hasTexts: hasTexts)
    return true
  }

  /// Takes the values of a negative that sampling leaves out: a profile is one of all rows. One that
  /// cannot be read is passed over, as it is by all others.
  @unsafe @inline(never)
  mutating func profileLeftOut(
    _ row: Int, of chunk: borrowing RowChunk, _ plan: ColumnPlan, into profiled: ProfiledRows
  ) {
    let base = unsafe splitter.split(
      chunk.bytes, chunk.rows[row], mayHoldQuotes: chunk.hasQuotes)
    guard splitter.fields.count == plan.fieldCount else { return }
    unsafe profile(
      row, chunk.ordinal + row, label: 0, weight: 1, base, plan, into: profiled)
  }
}
