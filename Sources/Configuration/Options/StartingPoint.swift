package import Checkpoints
internal import Featurizing
internal import ModelFile
package import SparseBatches

// A run that starts from a state or a model reads rows as that did: its schema is taken over, and
// options about columns need not be given again. One that is given must say what was said then: it
// would otherwise be passed over in silence.
//
// How weights are learned may change: what is known of a coordinate means the same to every
// optimizer. What the counts of rows and the labels mean may not.

extension TrainingConfiguration {
  /// - Throws: usage for options that contradict each other.
  func validateStates() throws(RunFailure) {
    guard startFrom != nil || saveState != nil else { return }
    let option = saveState != nil ? "--save-state" : "--start-from"
    guard startFrom != "-" else {
      throw RunFailure(
        .usage, "--start-from needs the name of a file, not -",
        cure: "standard input is for rows")
    }
    guard !learner.optimizer.isExact else {
      throw RunFailure(
        .usage, "\(option) is of no use with --optimizer \(learner.optimizer.rawValue)",
        cure: "an exact solver starts at 0 and keeps no state: use ftrl, adagrad or sgd")
    }
    guard saveState == nil || checkpoint == nil || passes.epochs == 1 else {
      throw RunFailure(
        .usage, "--save-state is of no use with --checkpoint and several epochs",
        cure: "a directory whose epochs are all made keeps the model alone: drop one of the three")
    }
  }

  /// What is started from, by its content; nil: nothing.
  var originText: String? { startFrom == nil ? nil : origin?.identity.words }

  /// - Throws: usage, naming every option that contradicts what is started from.
  package func checkOrigin() throws(RunFailure) {
    guard let origin, let startFrom else { return }
    let differences = differences(from: origin)
    guard !differences.isEmpty else { return }
    throw RunFailure(
      .usage,
      "options differ from those of \(RunFailure.display(startFrom)): "
        + differences.joined(separator: "; "),
      cure: "give the options that it was made with; those about columns may be left out")
  }

  /// Each difference in words.
  package func differences(from origin: LearningOrigin) -> [String] {
    var differences = readingDifferences(from: origin)
    let header = origin.header
    if learner.loss.rawValue != header.learner.loss {
      differences.append(Self.words("loss", learner.loss.rawValue, header.learner.loss))
    }
    guard case .state(let state) = origin else { return differences }
    let subject = TrainingOption.Subject(configuration: self, schema: origin.schema)
    for option in TrainingOption.sampling + TrainingOption.passes
    where countedOptions.contains(option.name) {
      let now = option.isUsed(subject) ? option.text(subject) : nil
      let then = state.header.options[option.name] ?? option.defaultText(subject)
      let text = now ?? option.defaultText(subject)
      if text != then {
        differences.append(Self.words(option.name, text ?? "not given", then ?? "not given"))
      }
    }
    return differences
  }

  /// Options that say what the counts of a state mean.
  private var countedOptions: Set<String> {
    var names: Set = [
      "class-weight", "keep-negatives", "negatives-kept", "population-rate", "correction",
      "holdout",
      "holdout-rows", "names",
    ]
    // It chooses rows then.
    if sampling.rateHere < 1 || holdoutFraction > 0 { names.insert("seed") }
    return names
  }

  private func readingDifferences(from origin: LearningOrigin) -> [String] {
    let schema = origin.schema
    var differences: [String] = []
    if let bits = reading.bits, bits != schema.hashing.bits {
      differences.append(Self.words("bits", "\(bits)", "\(schema.hashing.bits)"))
    }
    if let seed = reading.hashSeed, seed != schema.hashing.seed {
      differences.append(Self.words("hash-seed", "\(seed)", "\(schema.hashing.seed)"))
    }
    if let positive = reading.positive, schema.labels != .positive(ByteText(positive)) {
      var then = "not given"
      if case .positive(let text) = schema.labels { then = text.display }
      differences.append(Self.words("positive", OptionText.text(positive), then))
    }
    if let file = reading.schema {
      if file.source != schema.source {
        differences.append("--schema says how rows are read otherwise than they were")
      }
      return differences
    }
    let subject = TrainingOption.Subject(configuration: self, schema: schema)
    for option in TrainingOption.reading where !Self.comparedApart.contains(option.name) {
      let now = option.text(subject)
      let found = option.defaultText(subject)
      guard now != found else { continue }
      var then = found
      switch origin {
      case .state(let state): then = state.header.options[option.name] ?? found
      case .model:
        guard Self.inSchema.contains(option.name) else {
          differences.append(
            "--\(option.name) is \(now ?? "not given"), and a model does not say what it was")
          continue
        }
        // Whether there is a header is not found in rows, but stands in the schema.
        if option.name == "no-header", case .csv(let csv) = schema.source {
          then = String(!csv.hasHeader)
        }
      }
      guard now != then else { continue }
      differences.append(Self.words(option.name, now ?? "not given", then ?? "not given"))
    }
    return differences
  }

  private static let comparedApart: Set = [
    "bits", "hash-seed", "positive", "schema", "max-line-bytes",
  ]
  /// Options whose values a schema holds as they are given.
  private static let inSchema: Set = [
    "format", "delimiter", "comment", "no-header", "columns", "label", "classes",
  ]

  private static func words(_ name: String, _ now: String, _ then: String) -> String {
    "--\(name) is \(DisplayText.harmless(now)) and was \(DisplayText.harmless(then))"
  }
}

extension StoredOptions {
  /// What must be the same in states that are merged: how rows are read is compared by schema, and
  /// what they started from by identity.
  package static func ofMerging(_ texts: [String: String]) -> [String: String] {
    let others = Set(TrainingOption.reading.map(\.name)).union(["start-from"])
    return texts.filter { !others.contains($0.key) }
  }

  /// Options about reading rows that were taken over with the schema are those of the origin.
  package mutating func takeReading(from origin: LearningOrigin) {
    guard case .state(let state) = origin else { return }
    let known = StoredOptions(
      texts: state.header.options, defaults: Set(state.header.defaults))
    for option in TrainingOption.reading where option.name != "max-line-bytes" {
      texts[option.name] = known.texts[option.name]
      defaults.remove(option.name)
      if known.defaults.contains(option.name) { defaults.insert(option.name) }
    }
  }
}
