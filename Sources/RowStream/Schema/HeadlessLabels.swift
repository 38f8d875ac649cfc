internal import Featurizing

/// Whether labels stand in the label's place, in rows without a header that are one field short.
enum HeadlessLabels {
  private static let rowsLookedAt = 100

  /// - Parameters:
  ///   - start: of the input; its last line may be cut.
  ///   - place: of the label among all columns.
  static func areThere(
    _ start: [UInt8], _ csv: CSVSchema, _ labels: LabelRule, at place: Int
  ) -> Bool {
    var lines = start.split(separator: 0x0A)
    if lines.count > 1 { lines.removeLast() }
    let fields = lines.prefix(rowsLookedAt).map { line in
      RowFields.split(Array(line), delimiter: csv.delimiter, quote: csv.quote)
    }
    // The label was the last column: that is the field that is missing.
    guard place < csv.columns.count - 1 else { return false }
    guard fields.allSatisfy({ $0.count > place }) else { return false }
    // Any other text is negative: one that is positive says enough.
    if case .positive(let positive) = labels {
      return fields.contains { $0[place] == positive.bytes }
    }
    return fields.allSatisfy { isLabel($0[place], labels) }
  }

  private static func isLabel(_ text: [UInt8], _ rule: LabelRule) -> Bool {
    switch rule {
    case .convention:
      if case .number(let number) = DecimalNumber.parse(text) {
        return [0, 1, -1].contains(number)
      }
      return ["true", "false"].contains(String(decoding: text, as: UTF8.self).lowercased())
    // Any number could be the next column's.
    case .number, .positive: return false
    case .classes(let names): return names.contains { $0.bytes == text }
    }
  }
}
