package import SparseBatches

/// Everything that decides which features a row has: stored in the model, used unchanged to
/// predict.
package struct FeatureSchema: Equatable, Sendable {
  /// Each input format has its own way from bytes to named values.
  package enum Source: Equatable, Sendable {
    case csv(CSVSchema)
    /// Scales of indices, when values are scaled.
    case libsvm(IndexScales?)
    /// Vowpal Wabbit's text format.
    case vw
  }

  package var source: Source
  package var hashing: FeatureHashing
  package var labels: LabelRule
  /// LibSVM: whether every row begins with `label:weight`, as XGBoost writes rows with weights.
  package var labelsCarryWeights = false

  package init(
    source: Source, hashing: FeatureHashing, labels: LabelRule, labelsCarryWeights: Bool = false
  ) {
    self.source = source
    self.hashing = hashing
    self.labels = labels
    self.labelsCarryWeights = labelsCarryWeights
  }

  package var formatName: String {
    switch source {
    case .csv: "csv"
    case .libsvm: "libsvm"
    case .vw: "vw"
    }
  }
}

/// The columns of delimited rows.
package struct CSVSchema: Equatable, Sendable {
  package var delimiter: UInt8
  /// nil: quotes are ordinary bytes.
  package var quote: UInt8?
  package var hasHeader: Bool
  package var label: ByteText
  package var weight: ByteText?
  package var missing: MissingTokens
  /// How numbers are written.
  package var numbers: NumberForm
  /// Bound of a standardized value.
  package var clip: Double
  /// Words in a row of a text column that become one feature: all runs of 1 to so many.
  package var ngrams: Int
  /// Every column of the first file, in its order, the label and weight columns included.
  package var columns: [Column]
  package var crosses: [ColumnCross]
  /// Lines that start with it are no rows.
  package var comment: UInt8?
  /// Lines to drop at the start of each file.
  package var skippedLines = 0
  /// A row with a quoted field of more lines is a bad row; nil: any number may be.
  package var maximumFieldLines: Int?
  /// A header with more columns is refused, but for those of the schema itself.
  package var maximumColumns = Self.usualMaximumColumns

  package static let allowedNgrams = 1...3
  package static let usualMaximumColumns = 65_536
  package static let mostColumns = 1 << 24
  package static let mostLines = 1 << 30

  package init(
    delimiter: UInt8, quote: UInt8?, hasHeader: Bool, label: ByteText, weight: ByteText?,
    missing: MissingTokens, numbers: NumberForm = .plain, clip: Double, ngrams: Int = 1,
    columns: [Column],
    crosses: [ColumnCross] = []
  ) {
    self.delimiter = delimiter
    self.quote = quote
    self.hasHeader = hasHeader
    self.label = label
    self.weight = weight
    self.missing = missing
    self.numbers = numbers
    self.clip = clip
    self.ngrams = ngrams
    self.columns = columns
    self.crosses = crosses
  }
}

extension CSVSchema {
  /// How rows are found in the bytes.
  package func rowSyntax(maximumRowBytes: Int) -> RowSyntax {
    var syntax = RowSyntax(
      kind: .delimited(delimiter: delimiter, quote: quote, hasHeader: hasHeader),
      maximumRowBytes: maximumRowBytes)
    syntax.comment = comment
    syntax.skippedLines = skippedLines
    syntax.maximumFieldLines = maximumFieldLines
    return syntax
  }

  /// The most columns that the header of a file may have.
  var mostColumnsOfAFile: Int { max(maximumColumns, columns.count) }
}

/// A product feature of two or three columns.
package struct ColumnCross: Equatable, Sendable {
  package static let allowedColumns = 2...3
  /// More products than this in a row are a mistake of a glob, not a wish.
  package static let maximumCount = 10_000

  /// Indices into the schema's columns, all different, in the order in which values are hashed.
  package var columns: [Int]

  package init(columns: [Int]) { self.columns = columns }

  /// `a*b`: what the chain of hashes starts with.
  package func name(among columns: [Column]) -> ByteText {
    ByteText(
      bytes: Array(
        self.columns.map { columns[$0].name.bytes }.joined(separator: [UInt8(ascii: "*")]))
    )
  }
}

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
      guard scale.isFinite else { return "has a scale that is not finite" }
      guard scale.transform != .raw || scale == .raw else { return "is raw but has a scale" }
      return nil
    case .binned(let bins): return bins.isValid ? nil : "has bins that do not ascend"
    case .binsAndSlope(let number): return number.defect
    case .label, .weight, .ignored, .categorical, .text: return nil
    }
  }
}
