internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// A state that is to be merged.
struct NamedState {
  /// As messages show it.
  let name: String
  let document: StateDocument

  var header: StateHeader { document.header }

  /// The learners in it, each with its identity.
  var shares: [StateShare] {
    guard header.evidence == nil else { return header.shares }
    return header.shares.map { share in
      var share = share
      share.identity = document.identity
      return share
    }
  }
}

/// What states must have in common.
enum StateComparison {
  /// - Parameters:
  ///   - base: what they are said to have started from; nil: nothing.
  ///   - baseName: as messages show it.
  /// - Throws: usage, naming each difference; badData when something would be counted twice.
  static func check(
    _ states: [NamedState], base: LearningOrigin?, baseName: String
  ) throws(RunFailure) {
    try checkOutsets(states, base, baseName)
    var differences: [String] = []
    for state in states.dropFirst() {
      differences += Self.differences(
        of: state.header, state.name, states[0].header, states[0].name)
    }
    if let base {
      differences += schemaDifferences(
        states[0].header.model, states[0].name, base.header, baseName)
      if case .state(let document) = base {
        differences += optionDifferences(
          states[0].header.options, states[0].name, document.header.options, baseName)
      }
    }
    guard differences.isEmpty else {
      throw RunFailure(
        .usage, "states cannot be merged: \(differences.joined(separator: "; "))",
        cure: "learn them with the same options and schema, from the same --start-from")
    }
    try checkCounts(states, base, baseName)
  }

  // MARK: - What they started from

  private static func checkOutsets(
    _ states: [NamedState], _ base: LearningOrigin?, _ baseName: String
  ) throws(RunFailure) {
    for state in states {
      let outset = state.header.outset
      guard outset?.identity != base?.identity else { continue }
      let found =
        outset.map { "started from a \($0.kind.rawValue) of \($0.rows) rows, \($0.identity.words)" }
        ?? "started from nothing"
      if let base {
        throw RunFailure(
          .usage, "\(state.name) \(found); \(baseName) is another, \(base.identity.words)",
          cure: "give --base what all states started from")
      }
      throw RunFailure(
        .usage, "\(state.name) \(found), and no --base is given",
        cure: "give --base what all states started from")
    }
  }

  // MARK: - Options and schema

  private static func differences(
    of header: StateHeader, _ name: String, _ first: StateHeader, _ firstName: String
  ) -> [String] {
    schemaDifferences(header.model, name, first.model, firstName)
      + optionDifferences(header.options, name, first.options, firstName)
      + learnerDifferences(header.model.learner, name, first.model.learner, firstName)
      + conventionDifferences(header.model, name, first.model, firstName)
  }

  private static func optionDifferences(
    _ options: [String: String], _ name: String, _ first: [String: String], _ firstName: String
  ) -> [String] {
    let (options, first) = (StoredOptions.ofMerging(options), StoredOptions.ofMerging(first))
    return Set(options.keys).union(first.keys).sorted().compactMap { option in
      guard options[option] != first[option] else { return nil }
      let (one, other) = (options[option] ?? "not given", first[option] ?? "not given")
      return "--\(DisplayText.harmless(option)) is \(DisplayText.harmless(one)) in \(name) and "
        + "\(DisplayText.harmless(other)) in \(firstName)"
    }
  }

  /// What was found in the rows, and is no option.
  private static func learnerDifferences(
    _ learner: ModelHeader.Learner, _ name: String, _ first: ModelHeader.Learner,
    _ firstName: String
  ) -> [String] {
    var differences: [String] = []
    let (rate, firstRate) = (learner.online?.stepSize, first.online?.stepSize)
    if rate != firstRate {
      differences.append(
        "the rate is \(text(rate)) in \(name) and \(text(firstRate)) in \(firstName): give a rate, or "
          + "start all from one state")
    }
    if learner.online?.target != first.online?.target {
      differences.append(
        "\(name) has its labels in another unit than \(firstName): start all from one state")
    }
    return differences
  }

  private static func text(_ rate: Double?) -> String { rate.map { "\($0)" } ?? "none" }

  private static func conventionDifferences(
    _ model: ModelHeader, _ name: String, _ first: ModelHeader, _ firstName: String
  ) -> [String] {
    let (one, other) = (model.labelConvention, first.labelConvention)
    guard one != other, one != .undecided, other != .undecided else { return [] }
    return ["labels are \(one.description) in \(name) and \(other.description) in \(firstName)"]
  }

  private static func schemaDifferences(
    _ model: ModelHeader, _ name: String, _ first: ModelHeader, _ firstName: String
  ) -> [String] {
    let (schema, other) = (model.schema, first.schema)
    var differences: [String] = []
    func compare(_ what: String, _ one: String, _ two: String) {
      guard one != two else { return }
      differences.append("\(what) is \(one) in \(name) and \(two) in \(firstName)")
    }
    compare("--bits", "\(schema.hashing.bits)", "\(other.hashing.bits)")
    compare("--hash-seed", "\(schema.hashing.seed)", "\(other.hashing.seed)")
    if schema.labels != other.labels || schema.labelsCarryWeights != other.labelsCarryWeights {
      differences.append("labels are read in another way in \(name) than in \(firstName)")
    }
    guard schema.source != other.source else { return differences }
    let lines = SchemaYAML.text(schema.source).split(separator: "\n").map(String.init)
    let otherLines = SchemaYAML.text(other.source).split(separator: "\n").map(String.init)
    let known = Set(otherLines)
    let strange = lines.filter { !known.contains($0) }
    let shown = strange.prefix(mostLines).map { line in
      "\"\(DisplayText.harmless(line.trimmed))\" of the schema of \(name) is not in that of "
        + firstName
    }
    differences += shown
    if strange.count > mostLines {
      differences.append("and \(strange.count - mostLines) more lines of the schema")
    }
    if strange.isEmpty {
      differences.append("the schema of \(firstName) has what that of \(name) has not")
    }
    return differences
  }

  private static let mostLines = 8

  // MARK: - What would be counted twice

  private static func checkCounts(
    _ states: [NamedState], _ base: LearningOrigin?, _ baseName: String
  ) throws(RunFailure) {
    var owners: [ContentIdentity: String] = [:]
    var inputs: [StateInput: String] = [:]
    for input in base?.inputs ?? [] { inputs[input] = baseName }
    for state in states {
      for share in state.shares {
        if let identity = share.identity,
          let owner = owners.updateValue(state.name, forKey: identity)
        {
          throw RunFailure(
            .badData,
            "\(owner) and \(state.name) hold the same learner (\(identity.words)): its rows would "
              + "count twice", cure: "name each state once")
        }
        for input in share.inputs {
          guard let owner = inputs.updateValue(state.name, forKey: input) else { continue }
          throw RunFailure(
            .badData,
            "\(owner) and \(state.name) both learned an input (\(input.words)): its rows would count "
              + "twice", cure: "deal the inputs out so that each is learned once")
        }
      }
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " })
  }
}
