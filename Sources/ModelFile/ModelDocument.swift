package import Featurizing
internal import FoundationEssentials
package import SparseBatches

/// A model: what `predict` needs and no more.
package struct ModelDocument: Equatable, Sendable {
  package var header: ModelHeader
  package var weights: SparseWeights

  /// Of slots with a weight, as many as were kept.
  package var names: FeatureNames

  /// Of the rows trained on; nil where none was kept.
  package var profile: TrainingProfile?

  package init(
    header: ModelHeader, weights: SparseWeights, names: FeatureNames = FeatureNames(),
    profile: TrainingProfile? = nil
  ) {
    self.header = header
    self.weights = weights
    self.names = names
    self.profile = profile
  }

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be.
  package static func read(from path: String) throws(RunFailure) -> ModelDocument {
    try ModelDocument(try Container.read(from: path, expecting: .model))
  }

  /// The same, for a person who may have taken rows for the model.
  ///
  /// - Parameter rows: paths that were named as rows.
  package static func read(
    from path: String, forRows rows: [String]
  ) throws(RunFailure) -> ModelDocument {
    do throws(RunFailure) {
      return try read(from: path)
    } catch {
      guard error.kind == .badData, Container.claimedKind(ofFile: path) == nil,
        let model = rows.first(where: { Container.claimedKind(ofFile: $0) == .model })
      else { throw error }
      let (given, taken) = (DisplayText.escape(path: path), DisplayText.escape(path: model))
      throw RunFailure(
        .badData, "\(given) is no model, but \(taken), which stands among the rows, is one",
        cure: "they are swapped: say -m \(taken) and name \(given) as rows")
    }
  }

  /// - Throws: badData when anything in the container is not as it should be.
  package init(_ container: Container) throws(RunFailure) {
    let header = try Self.header(of: container)
    let section = try container.reader(of: .sparseWeights)
    let weights = try SparseWeights.decode(
      section, bits: header.schema.hashing.bits, outputsPerSlot: header.biases.count)
    self.init(
      header: header, weights: weights,
      names: try Self.names(in: container, bits: header.schema.hashing.bits),
      profile: try container.has(.profile)
        ? TrainingProfile.decode(try container.reader(of: .profile)) : nil)
  }

  private static func header(of container: Container) throws(RunFailure) -> ModelHeader {
    try container.refuseSections(otherThan: [.sparseWeights, .featureNames, .profile])
    let header: ModelHeader
    do throws(HeaderText.Unreadable) {
      // A column was an object before it was a text.
      header = try HeaderText.decode(
        container.headerJSON, as: ModelHeader.self, olderForms: ["schema.csv.columns."])
    } catch {
      throw RunFailure(
        .badData, "\(container.name): the model's header cannot be read: \(error.what)",
        cure: "restore it from a copy, or train it again")
    }
    if let defect = header.defect {
      throw RunFailure(
        .badData, "\(container.name): the model cannot be used: \(defect)",
        cure: "restore it from a copy, or train it again")
    }
    return header
  }

  /// The names, where the model has any.
  private static func names(
    in container: Container, bits: Int
  ) throws(RunFailure) -> FeatureNames {
    guard container.has(.featureNames) else {
      return FeatureNames()
    }
    return try FeatureNames.decode(try container.reader(of: .featureNames), bits: bits)
  }

  /// Reads back a model that was written and has no name yet: its checksums, and its header as
  /// `predict` will. Decoding the weights too would be felt in a short training of many features: the
  /// tests do that, for each kind of model.
  ///
  /// - Parameter container: what was written.
  /// - Throws: inputOutput when it cannot be read, or is another one.
  package static func check(
    _ staged: StagedOutput, against container: Container
  ) throws(RunFailure) {
    guard let path = staged.path, container.encodedLength <= longestChecked else { return }
    let what: String
    do throws(RunFailure) {
      let found = try Container.read(from: path, expecting: .model)
      _ = try header(of: found)
      let isSame =
        found.headerJSON == container.headerJSON
        && found.sections.map(\.length) == container.sections.map(\.length)
      if isSame { return }
      what = "it is another one"
    } catch {
      what = error.message
    }
    throw RunFailure(
      .inputOutput, "the model that was written cannot be read back: \(what)",
      cure: "nothing was replaced; is the disk sound? otherwise this is a bug: report it")
  }

  /// It takes as much memory as the file.
  private static let longestChecked = 64 << 20

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
    if let profile { sections.append(profile.section) }
    return Container(
      kind: .model, headerJSON: ArraySlice(json), sections: sections, name: name)
  }
}

extension SectionType {
  /// `FeatureNames`.
  package static let featureNames = SectionType("NAME")
}

// On disk: the count in 64 bits; for each name the gap to the slot before it, as in
// `SparseWeights`; for each the length of the name, as LEB128; then the bytes of all names.
extension FeatureNames {
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(8 + 4 * count + bytes.count)
    writer.append(count)
    var next: UInt64 = 0
    for slot in slots {
      writer.append(varint: UInt64(slot) - next)
      next = UInt64(slot) + 1
    }
    var start = 0
    for end in ends {
      writer.append(varint: UInt64(end - start))
      start = end
    }
    writer.append(contentsOf: bytes)
    return writer.bytes
  }

  /// Reads to the end of the section.
  ///
  /// - Parameter bits: slots must lie below 2^bits.
  package static func decode(
    _ source: ByteReader, bits: Int
  ) throws(RunFailure) -> FeatureNames {
    var reader = source
    let count = try reader.readCount(elementBytes: 2)
    let limit = UInt64(1) << UInt64(bits)
    var slots: [UInt32] = []
    slots.reserveCapacity(count)
    var next: UInt64 = 0
    for _ in 0..<count {
      let gap = try reader.readVarint()
      guard next < limit, gap < limit - next else {
        throw reader.failure("a named slot is not below 2^\(bits)")
      }
      slots.append(UInt32(next + gap))
      next += gap + 1
    }
    var lengths: [Int] = []
    lengths.reserveCapacity(count)
    for slot in slots {
      let length = try reader.readVarint()
      guard length <= UInt64(longestName) else {
        throw reader.failure("the name of slot \(slot) has \(length) bytes")
      }
      lengths.append(Int(length))
    }
    var names = FeatureNames()
    for (slot, length) in zip(slots, lengths) {
      try names.append(slot: slot, name: try reader.readBytes(length))
    }
    try reader.expectEnd()
    return names
  }
}
