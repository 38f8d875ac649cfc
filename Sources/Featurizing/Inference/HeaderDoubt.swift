internal import SparseBatches

/// Whether the first line of delimited rows is a header, where a person said so or did not.
enum HeaderDoubt {
  /// What to do about a column that is not there, where the first line looks like a row.
  ///
  /// - Parameter names: the fields of the first line.
  /// - Returns: nil where it can be a header: a name is neither a number nor empty.
  static func cure(firstLine names: [ByteText]) -> String? {
    guard names.contains(where: { isNumber($0.bytes) }) else { return nil }
    let binary = names.indices.filter { ["0", "1", "-1", "+1"].contains(names[$0].display) }
    let guess =
      binary.count == 1 ? "; the label seems to be c\(binary[0]), as in --label c\(binary[0])" : ""
    let shown = names.prefix(20).map(\.shortDisplay).joined(separator: ",")
    return "the first line, \(shown), looks like a row: does the file have a header? If not, say "
      + "--no-header: columns are then c0 to c\(names.count - 1) (or as --columns says)\(guess)"
  }

  /// A warning where the first row looks like a header that `--no-header` made a row of.
  ///
  /// - Parameters:
  ///   - firstRow: its fields; none where there is a header.
  ///   - columns: what was seen in each, the first row with it.
  static func warning(firstRow: [ByteText], _ columns: [ColumnStatistics]) -> String? {
    // A header has no numbers, and stands above columns that have nothing else.
    guard firstRow.count == columns.count, !firstRow.contains(where: { isNumber($0.bytes) }),
      zip(firstRow, columns).contains(where: { name, column in
        !name.bytes.isEmpty && column.others == 1 && column.numbers > 0
      })
    else { return nil }
    let shown = firstRow.prefix(20).map(\.shortDisplay).joined(separator: ",")
    return "warning: the first row, \(shown), looks like a header: drop --no-header if it is one"
  }

  private static func isNumber(_ bytes: [UInt8]) -> Bool {
    if case .number = DecimalNumber.parse(bytes) { return true }
    return false
  }
}
