internal import FoundationEssentials
package import ModelFile
package import SparseBatches

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
    guard sections.contains(where: { $0.type == .gzipRestart }) else { return }
    var reader = try reader(of: .gzipRestart)
    let point = try GzipRestartPoint(from: &reader)
    guard ledger.halfRead != nil else {
      throw reader.failure("no input is half read")
    }
    // Older programs wrote one of a file that a shell had opened as standard input, and never used it.
    if ledger.halfRead?.stamp != nil { ledger.halfRead?.restart = point }
  }
}
