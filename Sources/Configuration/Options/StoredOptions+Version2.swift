package import Checkpoints
internal import Featurizing

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
