internal import FoundationEssentials
package import ModelFile
package import SparseBatches

/// One checkpoint: a header that says what it is, and sections that only the learner understands.
package struct CheckpointDocument: Sendable {
  package var header: CheckpointHeader
  package var container: Container

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be.
  package static func read(from path: String) throws(RunFailure) -> CheckpointDocument {
    let container = try Container.read(from: path, expecting: .checkpoint)
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
    return CheckpointDocument(header: header, container: container)
  }

  /// - Parameter name: the file, for messages.
  package static func container(
    _ header: CheckpointHeader, _ sections: [ContainerSection], named name: String
  ) throws(RunFailure) -> Container {
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
