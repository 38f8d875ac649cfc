internal import SparseBatches

/// Whether the first line of delimited rows can be a header.
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

  static func isNumber(_ bytes: [UInt8]) -> Bool {
    if case .number = DecimalNumber.parse(bytes) { return true }
    return false
  }
}
