package import Featurizing
internal import FoundationEssentials
package import ModelFile
package import SparseBatches

/// A state: a header that says what it is, and sections that only the learner understands.
package struct StateDocument: Sendable {
  package var header: StateHeader
  package var container: Container
  package let identity: ContentIdentity

  /// Learner, its table and which states of it are there, counts, margins, a profile's values and
  /// predictions, what sampling left out and where, what merging added up.
  private static let sections: Set<SectionType> = [
    SectionType("LRNR"), SectionType("SLOT"), SectionType("USED"), SectionType("INTK"),
    SectionType("MARG"), SectionType("PROV"), SectionType("PROP"), SectionType("SMPL"),
    SectionType("SUMS"),
  ]

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be.
  package static func read(from path: String) throws(RunFailure) -> StateDocument {
    try StateDocument(try Container.read(from: path, expecting: .state))
  }

  /// - Throws: badData when anything in the container is not as it should be.
  package init(_ container: Container) throws(RunFailure) {
    try container.refuseSections(otherThan: Self.sections)
    let header: StateHeader
    do throws(HeaderText.Unreadable) {
      header = try HeaderText.decode(container.headerJSON, as: StateHeader.self)
    } catch {
      throw RunFailure(
        .badData, "\(container.name): the state's header cannot be read: \(error.what)",
        cure: "restore it from a copy, or learn again with --save-state")
    }
    if let defect = header.defect {
      throw RunFailure(
        .badData, "\(container.name): the state cannot be used: \(defect)",
        cure: "restore it from a copy, or learn again with --save-state")
    }
    self.header = header
    self.container = container
    identity = container.identity
  }

  /// - Parameter name: the file, for messages.
  /// - Throws: a bug of ours when `read` would refuse what is to be written.
  package static func container(
    _ header: StateHeader, _ sections: [ContainerSection], named name: String
  ) throws(RunFailure) -> Container {
    if let defect = header.defect {
      throw RunFailure(
        .bug, "\(RunFailure.display(name)) would be a state that cannot be used: \(defect)",
        cure: "report this with the command")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Container(
        kind: .state, headerJSON: ArraySlice(try encoder.encode(header)), sections: sections,
        name: name)
    } catch {
      throw RunFailure(.bug, "the state's header cannot be written: \(error)")
    }
  }
}

/// What a learner can start from.
package enum LearningOrigin: Sendable {
  case state(StateDocument)
  case model(ModelDocument, ContentIdentity)

  /// - Throws: missingInput, inputOutput, or badData when anything in it is not as it should be;
  ///   usage for a checkpoint.
  package static func read(from path: String) throws(RunFailure) -> LearningOrigin {
    let container = try Container.read(from: path)
    switch container.kind {
    case .state: return .state(try StateDocument(container))
    case .model: return .model(try ModelDocument(container), container.identity)
    case .checkpoint:
      throw RunFailure(
        .usage, "\(container.name) is a checkpoint, from which only its own training goes on",
        cure: "give its directory to --checkpoint, and make a state with --save-state")
    }
  }

  /// What its model says.
  package var header: ModelHeader {
    switch self {
    case .state(let state): state.header.model
    case .model(let model, _): model.header
    }
  }

  package var schema: FeatureSchema { header.schema }

  package var identity: ContentIdentity {
    switch self {
    case .state(let state): state.identity
    case .model(_, let identity): identity
    }
  }

  /// Rows whose counts are taken over: a model has only figures.
  package var countedRows: Int {
    switch self {
    case .state(let state): state.header.totals.rows
    case .model: 0
    }
  }

  package var totals: StateShare {
    switch self {
    case .state(let state): state.header.totals
    case .model: StateShare()
    }
  }

  package var inputs: [StateInput] {
    switch self {
    case .state(let state): state.header.allInputs
    case .model: []
    }
  }

  /// As a state that begins here remembers it.
  package var outset: StateOutset {
    let kind: StateOutset.Kind =
      switch self {
      case .state: .state
      case .model: .model
      }
    return StateOutset(
      kind: kind, identity: identity, rows: header.statistics.rows, inputs: inputs.sorted())
  }
}
