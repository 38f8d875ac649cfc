package import Featurizing
internal import FoundationEssentials
package import SparseBatches

/// A model: what `predict` needs and no more.
package struct ModelDocument: Equatable, Sendable {
  package var header: ModelHeader
  package var weights: SparseWeights

  /// Of slots with a weight, as many as were kept.
  package var names: FeatureNames

  package init(
    header: ModelHeader, weights: SparseWeights, names: FeatureNames = FeatureNames()
  ) {
    self.header = header
    self.weights = weights
    self.names = names
  }

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be.
  package static func read(from path: String) throws(RunFailure) -> ModelDocument {
    try ModelDocument(try Container.read(from: path, expecting: .model))
  }

  /// - Throws: badData when anything in the container is not as it should be.
  package init(_ container: Container) throws(RunFailure) {
    try container.refuseSections(otherThan: [.sparseWeights, .featureNames])
    let header: ModelHeader
    do {
      header = try JSONDecoder().decode(ModelHeader.self, from: Data(container.headerJSON))
    } catch {
      throw RunFailure(
        .badData, "\(container.name): the model's header cannot be read: \(error)",
        cure: "restore it from a copy, or train it again")
    }
    if let defect = header.defect {
      throw RunFailure(
        .badData, "\(container.name): the model cannot be used: \(defect)",
        cure: "restore it from a copy, or train it again")
    }
    let section = try container.reader(of: .sparseWeights)
    let weights = try SparseWeights.decode(
      section, bits: header.schema.hashing.bits, outputsPerSlot: header.biases.count)
    self.init(
      header: header, weights: weights,
      names: try Self.names(in: container, bits: header.schema.hashing.bits))
  }

  /// The names, where the model has any.
  private static func names(
    in container: Container, bits: Int
  ) throws(RunFailure) -> FeatureNames {
    guard container.sections.contains(where: { $0.type == .featureNames }) else {
      return FeatureNames()
    }
    return try FeatureNames.decode(try container.reader(of: .featureNames), bits: bits)
  }

  /// The bytes: the same for the same model, always.
  package func container(named name: String) throws(RunFailure) -> Container {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do {
      json = try encoder.encode(header)
    } catch {
      throw RunFailure(.bug, "the model's header cannot be written: \(error)")
    }
    var sections = [weights.section]
    if names.count > 0 {
      sections.append(ContainerSection(type: .featureNames, data: names.encoded()))
    }
    return Container(
      kind: .model, headerJSON: ArraySlice(json), sections: sections, name: name)
  }
}
