package import Featurizing
internal import FoundationEssentials
package import ModelFile
package import SparseBatches

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

/// One checkpoint: a header that says what it is, and sections that only the learner understands.
package struct CheckpointDocument: Sendable {
  package var header: CheckpointHeader
  package var container: Container

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be.
  package static func read(from path: String) throws(RunFailure) -> CheckpointDocument {
    try CheckpointDocument(try Container.read(from: path, expecting: .checkpoint))
  }

  /// - Throws: badData when anything in the container is not as it should be.
  package init(_ container: Container) throws(RunFailure) {
    var header: CheckpointHeader
    do {
      header = try JSONDecoder().decode(CheckpointHeader.self, from: Data(container.headerJSON))
    } catch {
      throw RunFailure(
        .badData,
        "\(container.name): the checkpoint's header cannot be read:"
          + " \(HeaderText.describe(error))",
        cure: "start over with --fresh")
    }
    try container.readRestart(into: &header.ledger)
    if let defect = header.defect {
      throw RunFailure(
        .badData, "\(container.name): the checkpoint cannot be used: \(defect)",
        cure: "start over with --fresh")
    }
    self.header = header
    self.container = container
  }

  /// - Parameter name: the file, for messages.
  /// - Throws: a bug of ours when `read` would refuse what is to be written: better now than when
  ///   somebody needs it.
  package static func container(
    _ header: CheckpointHeader, _ sections: [ContainerSection], named name: String
  ) throws(RunFailure) -> Container {
    if let defect = header.defect {
      throw RunFailure(
        .bug, "\(RunFailure.display(name)) would be a checkpoint that cannot be used: \(defect)",
        cure: "report this with the command; the checkpoints that are there are whole")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Container(
        kind: .checkpoint, headerJSON: ArraySlice(try encoder.encode(header)),
        sections: GzipRestartPoint.sections(of: header.ledger) + sections, name: name)
    } catch {
      throw RunFailure(.bug, "the checkpoint's header cannot be written: \(error)")
    }
  }
}

extension SectionType {
  /// Where a half-read gzip file can be entered again.
  package static let gzipRestart = SectionType("GZIP")
}

extension GzipRestartPoint {
  /// The section of a ledger's restart point; none when it has none.
  package static func sections(of ledger: Ledger) -> [ContainerSection] {
    guard let point = ledger.halfRead?.restart else { return [] }
    var writer = ByteWriter()
    point.encode(into: &writer)
    return [ContainerSection(type: .gzipRestart, data: writer.bytes)]
  }

  private func encode(into writer: inout ByteWriter) {
    writer.append(storedOffset)
    writer.append(UInt8(truncatingIfNeeded: unusedBits))
    writer.append(member)
    writer.append(memberBytes)
    writer.append(memberChecksum)
    writer.append(bytesBefore)
    writer.append(checksumBefore)
    writer.append(storedBytesRead)
    writer.append(storedChecksum)
    writer.append(counted: window)
  }

  fileprivate init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    storedOffset = try reader.readInt()
    unusedBits = Int(try reader.readUInt8())
    member = try reader.readInt()
    memberBytes = try reader.readInt()
    memberChecksum = try reader.readUInt32()
    bytesBefore = try reader.readInt()
    checksumBefore = try reader.readUInt32()
    storedBytesRead = try reader.readInt()
    storedChecksum = try reader.readUInt32()
    window = Array(try reader.readCountedBytes())
    try reader.expectEnd()
  }
}

extension Container {
  /// Takes in the restart point, when there is one. It is not looked at: see `Ledger.defect`.
  func readRestart(into ledger: inout Ledger) throws(RunFailure) {
    guard has(.gzipRestart) else { return }
    var reader = try reader(of: .gzipRestart)
    let point = try GzipRestartPoint(from: &reader)
    guard ledger.halfRead != nil else {
      throw reader.failure("no input is half read")
    }
    // Older programs wrote one of a file that a shell had opened as standard input, and never used it.
    if ledger.halfRead?.stamp != nil { ledger.halfRead?.restart = point }
  }
}
