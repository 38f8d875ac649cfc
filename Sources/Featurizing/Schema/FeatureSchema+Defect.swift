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
    return source.defect
  }
}

extension FeatureSchema.Source {
  /// What makes the columns or scales unusable.
  package var defect: String? {
    switch self {
    case .csv(let csv): csv.defect
    case .libsvm(let scales): scales?.defect
    case .vw: nil
    }
  }
}

extension CSVSchema {
  fileprivate var defect: String? {
    guard clip > 0, clip.isFinite else { return "clip is invalid: \(clip)" }
    guard delimiter != quote, ![0x0A, 0x0D].contains(delimiter) else {
      return "delimiter is invalid: it is the quote or a line end"
    }
    if let defect = numbers.defect { return "number marks are invalid: \(defect)" }
    guard quote != 0x0A, quote != 0x0D else { return "quote is invalid: it is a line end" }
    if let comment, [delimiter, quote, 0x0A, 0x0D].contains(comment) {
      return "comment is invalid: it is the delimiter, the quote or a line end"
    }
    guard (0...Self.mostLines).contains(skippedLines) else {
      return "skipped lines are invalid: \(skippedLines)"
    }
    guard (1...Self.mostLines).contains(maximumFieldLines ?? 1) else {
      return "lines of a field are invalid: \(maximumFieldLines ?? 0)"
    }
    guard (1...Self.mostColumns).contains(maximumColumns) else {
      return "maximum of columns is invalid: \(maximumColumns)"
    }
    guard Self.allowedNgrams.contains(ngrams) else { return "n-grams are invalid: \(ngrams) words" }
    let labels = columns.filter { $0.role == .label }
    guard labels.map(\.name) == [label] else {
      return "label column is invalid: there must be exactly one, \"\(label.display)\""
    }
    guard columns.filter({ $0.role == .weight }).map(\.name) == [weight].compactMap(\.self) else {
      return "weight column is invalid: there must be none but the one that is named"
    }
    guard Set(columns.map(\.name)).count == columns.count else { return "two columns share a name" }
    for column in columns {
      if let defect = column.defect { return "column \"\(column.name.display)\" \(defect)" }
    }
    return crossDefect
  }

  private var crossDefect: String? {
    guard crosses.count <= ColumnCross.maximumCount else {
      return "it has more than \(ColumnCross.maximumCount) crosses"
    }
    for cross in crosses {
      guard ColumnCross.allowedColumns.contains(cross.columns.count),
        cross.columns.allSatisfy(columns.indices.contains),
        Set(cross.columns).count == cross.columns.count
      else { return "a cross is not of two or three different columns" }
      for index in cross.columns where !columns[index].role.canBeCrossed {
        return "column \"\(columns[index].name.display)\" is \(columns[index].role.name) "
          + "and cannot be crossed"
      }
    }
    return nil
  }
}

extension Column {
  fileprivate var defect: String? {
    switch role {
    case .numeric(let scale):
      let deviation = scale.standardDeviation
      guard scale.mean.isFinite, deviation > 0, deviation.isFinite else {
        return "has a scale that is not finite"
      }
      guard scale.transform != .raw || scale == .raw else { return "is raw but has a scale" }
      return nil
    case .binned(let bins): return bins.isValid ? nil : "has bins that do not ascend"
    case .label, .weight, .ignored, .categorical, .text: return nil
    }
  }
}
