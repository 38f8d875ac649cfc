/// Everything that decides which features a row has: stored in the model, used unchanged to predict.
package struct FeatureSchema: Equatable, Sendable {
  /// Each input format has its own way from bytes to named values.
  package enum Source: Equatable, Sendable {
    case csv(CSVSchema)
    case libsvm
    /// Vowpal Wabbit's text format.
    case vw
  }

  package var source: Source
  package var hashing: FeatureHashing
  package var labels: LabelRule

  package init(source: Source, hashing: FeatureHashing, labels: LabelRule) {
    self.source = source
    self.hashing = hashing
    self.labels = labels
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
package struct CSVSchema: Codable, Equatable, Sendable {
  package var delimiter: UInt8
  /// nil: quotes are ordinary bytes.
  package var quote: UInt8?
  package var hasHeader: Bool
  package var label: ByteText
  package var weight: ByteText?
  package var missing: MissingTokens
  /// Bound of a standardized value.
  package var clip: Double
  /// Every column of the first file, in its order, the label and weight columns included.
  package var columns: [Column]

  package init(
    delimiter: UInt8, quote: UInt8?, hasHeader: Bool, label: ByteText, weight: ByteText?,
    missing: MissingTokens, clip: Double, columns: [Column]
  ) {
    self.delimiter = delimiter
    self.quote = quote
    self.hasHeader = hasHeader
    self.label = label
    self.weight = weight
    self.missing = missing
    self.clip = clip
    self.columns = columns
  }
}

/// One column and the part it plays.
package struct Column: Equatable, Sendable {
  package enum Role: Equatable, Sendable {
    case label
    case weight
    case ignored
    case categorical
    case numeric(NumericScale)
  }

  package var name: ByteText
  package var role: Role
  /// Why it has this role, for `inspect` and `--verbose`.
  package var reason: String

  package init(name: ByteText, role: Role, reason: String) {
    self.name = name
    self.role = role
    self.reason = reason
  }
}
