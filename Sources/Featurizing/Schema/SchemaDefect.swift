extension FeatureSchema {
  /// What makes a schema that was read from a file unusable, however right its checksums are.
  package var defect: String? {
    guard FeatureHashing.allowedBits.contains(hashing.bits) else {
      return "2^\(hashing.bits) slots are out of range"
    }
    if case .classes(let names) = labels {
      guard (2...LabelRule.classLimit).contains(names.count) else {
        return "it has \(names.count) classes"
      }
      guard Set(names).count == names.count else { return "two classes share a name" }
    }
    guard case .csv(let csv) = source else { return nil }
    return csv.defect
  }
}

extension CSVSchema {
  fileprivate var defect: String? {
    guard clip > 0, clip.isFinite else { return "its clip is \(clip)" }
    guard delimiter != quote, ![0x0A, 0x0D].contains(delimiter) else {
      return "its delimiter is a quote or a line end"
    }
    guard quote != 0x0A, quote != 0x0D else { return "its quote is a line end" }
    let labels = columns.filter { $0.role == .label }
    guard labels.map(\.name) == [label] else { return "its label column is not among its columns" }
    guard Set(columns.map(\.name)).count == columns.count else { return "two columns share a name" }
    for column in columns {
      guard case .numeric(let scale) = column.role else { continue }
      let deviation = scale.standardDeviation
      guard scale.mean.isFinite, deviation > 0, deviation.isFinite else {
        return "column \"\(column.name.display)\" has a scale that is not finite"
      }
    }
    return nil
  }
}
