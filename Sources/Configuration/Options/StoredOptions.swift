package import Checkpoints
package import Featurizing
internal import Learning
package import SparseBatches

/// The options that decide what is learned, as a checkpoint keeps them: what a directory was made
/// with must be what it is continued with.
///
/// All values in force are stored, not only those that were given: a later version that has another
/// default then notices. Which of them stood at their default is stored beside them, so that
/// neither program needs to know all options of the other: one that the directory does not have
/// stood at its default (or at what programs did that had no such option), and one that this program does not know may be passed over if it did.
package struct StoredOptions: Equatable {
  /// By long name.
  package var texts: [String: String]
  /// Names of those that stood at their default.
  package var defaults: Set<String>

  package init(_ configuration: TrainingConfiguration, _ schema: FeatureSchema) {
    let subject = TrainingOption.Subject(configuration: configuration, schema: schema)
    texts = [:]
    defaults = []
    for option in TrainingOption.all where option.effect == .learned {
      guard let text = option.text(subject) else { continue }
      let isDefault = text == option.defaultText(subject)
      guard !isDefault || option.isUsed(subject) else { continue }
      texts[option.name] = text
      if isDefault { defaults.insert(option.name) }
    }
  }

  /// What a checkpoint says.
  package init(_ header: CheckpointHeader) {
    guard let defaults = header.defaults else {
      self = StoredOptions(version2: header)
      return
    }
    texts = header.options
    self.defaults = Set(defaults)
  }

  package init(texts: [String: String], defaults: Set<String>) {
    self.texts = texts
    self.defaults = defaults
  }

  /// - Returns: each option by which a run differs from what is stored, in words.
  package func differences(
    from configuration: TrainingConfiguration, _ schema: FeatureSchema
  ) -> [String] {
    let subject = TrainingOption.Subject(configuration: configuration, schema: schema)
    let options = TrainingOption.all.filter { $0.effect == .learned }
    var differences: [(name: String, now: String, then: String)] = []
    for option in options {
      let now = option.text(subject)
      let before = option.isUsed(subject) ? option.textBefore : nil
      let then = texts[option.name] ?? before ?? option.defaultText(subject)
      guard now.map(option.decisive) != then.map(option.decisive) else { continue }
      let areDefaults = defaults.contains(option.name) && now == option.defaultText(subject)
      guard !(option.isInSchema && areDefaults) else { continue }
      differences.append((option.name, now ?? "not given", then ?? "not given"))
    }
    let known = Set(options.map(\.name))
    for (name, text) in texts where !known.contains(name) && !defaults.contains(name) {
      differences.append((name, "unknown to this program", text))
    }
    return differences.sorted { $0.name < $1.name }
      .map {
        "--\(DisplayText.harmless($0.name)) is \($0.now) and was \(DisplayText.harmless($0.then))"
      }
  }

  /// - Throws: usage, naming every option that differs.
  package static func compare(
    _ configuration: TrainingConfiguration, with header: CheckpointHeader, directory: String
  ) throws(RunFailure) {
    let differences = StoredOptions(header).differences(from: configuration, header.schema)
    guard !differences.isEmpty else { return }
    throw RunFailure(
      .usage, "options differ from those of \(directory): \(differences.joined(separator: "; "))",
      cure: "give the options that it was made with, or start over with --fresh")
  }
}

/// Checkpoints of version 2 called options by the names of properties of the program, and stored
/// what was given instead of what was in force.
extension StoredOptions {
  private static let names = ["crosses": "cross", "numeric-transforms": "numeric-transform"]

  /// What meant that nothing was given.
  private static let nothing: Set<String> = ["not given", "", "auto"]

  private static let numbers: Set<String> = [
    "alpha", "beta", "l1", "l2", "clip", "learning-rate", "power", "decay", "tolerance", "holdout",
    "keep-negatives", "negatives-kept", "population-rate",
  ]

  /// What was not given is left out: it stood at its default.
  package init(version2 header: CheckpointHeader) {
    self.init(texts: [:], defaults: [])
    for (old, text) in header.options where !Self.nothing.contains(text) {
      texts[Self.names[old] ?? old] = Self.text(text, of: old, header)
    }
    let optimizer = texts["optimizer"] ?? LearnerConfiguration.Optimizer.ftrl.rawValue
    // It was stored whether the optimizer had a use for it or not.
    if optimizer != LearnerConfiguration.Optimizer.ftrl.rawValue { texts["alpha"] = nil }
    // It stood at these where it was not given.
    if texts["learning-rate"] == nil, texts["schedule"] != RateSchedule.optimal.rawValue {
      texts["learning-rate"] = ["sgd": "0.05", "adagrad": "0.1"][optimizer]
    }
  }

  private static func text(_ text: String, of name: String, _ header: CheckpointHeader) -> String? {
    switch name {
    // It held whether there is a header.
    case "no-header": return String(text != "true")
    // It was the program's own description of the columns, which the header holds too.
    case "schema": return SchemaFile(source: header.schema.source, name: "a file").optionText
    case "class-weight": return classWeights(text, header.schema.labels)
    case "quote" where text == "ordinary": return "none"
    case "quote", "names":
      let inner = text.split { $0 == "(" || $0 == ")" }
      guard inner.count == 2 else { return text }
      guard name == "quote" else { return String(inner[1]) }
      return UInt8(inner[1]).map(OptionText.byte)
    case "delimiter": return text == "\\x09" ? "tab" : text
    default:
      guard numbers.contains(name) else { return text }
      return Double(text).map(OptionText.number)
    }
  }

  /// `positive,2.0,negative,0.5`.
  private static func classWeights(_ text: String, _ labels: LabelRule) -> String? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let entries = stride(from: 0, to: parts.count - 1, by: 2).map { index in
      ClassWeights.Entry(name: parts[index], factor: Double(parts[index + 1]) ?? 1)
    }
    return (try? ClassWeights(entries))?.optionText(labels)
  }
}
