package import Featurizing
internal import SparseBatches

/// What a checkpoint says in words: everything but the state of the learner.
package struct CheckpointHeader: Codable, Equatable, Sendable {
  /// Version of all that is written. Version 2 had `options` in another form.
  package static let currentVersion = 3
  /// Others are refused.
  package static let readableVersions = 2...currentVersion

  /// How far the training has come.
  package enum Stage: String, Codable, Sendable {
    /// Rows are being read for the first time.
    case reading
    /// All inputs were read; more passes over the same rows are being made.
    case repeating
    /// Several passes were made: nothing can be learned on top.
    case finished
  }

  package var program = "logreg-stream"
  package var version = CheckpointHeader.currentVersion
  package var stage = Stage.reading
  /// Options that decide what is learned, by name, as text.
  package var options: [String: String]
  /// Names of those that stood at their default; nil in version 2.
  package var defaults: [String]?
  package var schema: FeatureSchema
  package var labelConvention: LabelConvention
  /// Data rows read in the life of the directory, bad ones included.
  package var rows: Int
  /// Bad rows by reason.
  package var badRows: [String: Int]
  package var missing = MissingValues()
  /// What the rows so far say nothing of; nil: nothing.
  package var watch: SchemaWatch?
  /// nil: no value was clipped.
  package var clipped: ClippedValues?
  package var ledger: Ledger
  /// Whether inputs named by the run that wrote it were still to come.
  package var isOpen: Bool
  /// The quarantine file and its length; nil without one.
  package var quarantine: Quarantine?

  package struct Quarantine: Codable, Equatable, Sendable {
    package var path: String
    package var bytes: Int

    package init(path: String, bytes: Int) {
      self.path = path
      self.bytes = bytes
    }
  }

  package init(
    options: [String: String], defaults: [String]?, schema: FeatureSchema,
    labelConvention: LabelConvention, rows: Int, badRows: [String: Int], ledger: Ledger,
    isOpen: Bool, quarantine: Quarantine?
  ) {
    self.options = options
    self.defaults = defaults
    self.schema = schema
    self.labelConvention = labelConvention
    self.rows = rows
    self.badRows = badRows
    self.ledger = ledger
    self.isOpen = isOpen
    self.quarantine = quarantine
  }

  /// What is wrong with a header whose checksums are right: nil when it can be used.
  package var defect: String? {
    guard program == "logreg-stream" else { return "it names another program" }
    guard Self.readableVersions.contains(version), (version == 2) == (defaults == nil) else {
      return "it is of version \(version), this program reads versions 2 to \(Self.currentVersion)"
    }
    guard (0..<1 << 50).contains(rows), badRows.values.allSatisfy({ (0...rows).contains($0) }),
      badRows.keys.allSatisfy({ RowIssue.Reason(rawValue: $0) != nil }),
      badRows.values.reduce(0, +) <= rows, quarantine?.bytes ?? 0 >= 0,
      ledger.rows ?? .max <= rows
    else { return "counts of rows are invalid" }
    return missing.defect(rows: rows, schema: schema) ?? ledger.defect ?? schema.defect
      ?? watch?.defect(schema) ?? clipped?.defect(schema)
  }
}
