package import SparseBatches

/// The options that decide what is learned, as texts by name: what a directory was made with must be
/// what it is continued with.
///
/// Read off the configuration's own properties, so that none can be forgotten.
package enum OptionsText {
  /// Properties that change nothing about what is learned.
  private static let free: Set<String> = [
    "input", "model", "isVerbose", "checkpoint", "cache", "report",
  ]

  /// Options whose property has another name.
  private static let optionNames = [
    "hasHeader": "no-header", "ignored": "ignore", "maximumLineBytes": "max-line-bytes",
    "initial": "learning-rate", "decayRows": "decay-rows", "warmupRows": "warmup",
    "shuffleRows": "shuffle", "maximumIterations": "max-iterations",
    "classWeights": "class-weight",
  ]

  package static func describe(_ configuration: TrainingConfiguration) -> [String: String] {
    var options: [String: String] = [:]
    add(configuration, to: &options)
    return options
  }

  /// - Throws: usage, naming every option that differs.
  package static func compare(
    _ present: [String: String], with stored: [String: String], directory: String
  ) throws(RunFailure) {
    let names = Set(present.keys).union(stored.keys).sorted()
    let differences = names.compactMap { name -> String? in
      let (now, then) = (present[name] ?? "not there", stored[name] ?? "not there")
      return now == then ? nil : "--\(name) is \(now) and was \(then)"
    }
    guard !differences.isEmpty else { return }
    throw RunFailure(
      .usage, "options differ from those of \(directory): \(differences.joined(separator: "; "))",
      cure: "give the options that it was made with, or start over with --fresh")
  }

  private static func add(_ value: Any, to options: inout [String: String]) {
    for child in Mirror(reflecting: value).children {
      guard let label = child.label, !free.contains(label) else { continue }
      let isGroup = Mirror(reflecting: child.value).displayStyle == .struct
      if isGroup, label != "classWeights", !Mirror(reflecting: child.value).children.isEmpty {
        add(child.value, to: &options)
      } else {
        options[optionNames[label] ?? dashed(label)] = text(child.value, of: label)
      }
    }
  }

  private static func text(_ value: Any, of label: String) -> String {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { text($0.value, of: label) } ?? "not given"
    case .collection, .struct:
      return mirror.children.map { text($0.value, of: label) }.joined(separator: ",")
    default:
      if let byte = value as? UInt8, ["quote", "delimiter"].contains(label) {
        return DisplayText.escape([byte])
      }
      return DisplayText.escape(Array("\(value)".utf8))
    }
  }

  /// `batchSize` as `batch-size`.
  private static func dashed(_ name: String) -> String {
    name.reduce(into: "") { text, character in
      if character.isUppercase { text += "-" }
      text += character.lowercased()
    }
  }
}
