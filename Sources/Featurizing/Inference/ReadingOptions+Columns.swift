internal import SparseBatches

/// What can be told of columns before any row is read: options that no input can satisfy.
extension ReadingOptions {
  private var claims: [ColumnPatterns] {
    [
      ColumnPatterns(option: "--numeric", numeric),
      ColumnPatterns(option: "--categorical", categorical),
      ColumnPatterns(option: "--text", text), ColumnPatterns(option: "--ignore", ignored),
    ]
  }

  private static func isGlob(_ pattern: ByteText) -> Bool {
    pattern.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
  }

  /// The label column, named or not.
  private var labelInForce: ByteText {
    let standard = ByteText("label")
    let isNamed = hasHeader || columns?.contains(standard) == true
    return label ?? (isNamed ? standard : ByteText("c0"))
  }

  /// - Throws: usage, naming the option.
  func validateColumns() throws(RunFailure) {
    try validateTransforms()
    try validateCrosses()
    try validateRoles()
    guard let columns else { return }
    // The names are all known: what is wrong with them is wrong in every input.
    let delimiter = delimiter ?? UInt8(ascii: ",")
    _ = try SchemaInference(
      options: self, delimiter: delimiter,
      firstLine: Array(repeating: delimiter, count: max(0, columns.count - 1)))
  }

  /// A name that is no glob must be a column, so that two options that name it contradict each other.
  private func validateRoles() throws(RunFailure) {
    guard weight != labelInForce else {
      throw RunFailure(.usage, "--weight and --label name the same column")
    }
    for (part, name) in [("label", labelInForce), ("weight", weight ?? labelInForce)] {
      if let claim = claims.first(where: { $0.patterns.contains(name) }) {
        throw RunFailure(
          .usage, "\(claim.option) names the column \"\(name.display)\", which is the \(part)",
          cure: "drop it from \(claim.option), or name another \(part) column")
      }
    }
    let named = claims.flatMap(\.patterns).filter { !Self.isGlob($0) }
    for name in named + (columns ?? []) where name != labelInForce && name != weight {
      let claiming = claims.filter { $0.match(name) }.map(\.option)
      guard claiming.count <= 1 else {
        throw RunFailure(
          .usage,
          "\(claiming.joined(separator: " and ")) both name the column \"\(name.display)\"")
      }
    }
  }

  private func validateTransforms() throws(RunFailure) {
    for pattern in Set(transforms.entries.map(\.pattern)) {
      let choices = transforms.entries.filter { $0.pattern == pattern }.map(\.choice)
      guard Set(choices).count > 1 else { continue }
      throw RunFailure(
        .usage,
        "\(TransformOptions.option) asks for both "
          + "\(choices.map(\.rawValue).joined(separator: " and "))"
          + (pattern.map { " of \"\($0.display)\"" } ?? " of all columns"),
        cure: "keep one of them")
    }
    for pattern in transforms.entries.compactMap(\.pattern) where !Self.isGlob(pattern) {
      guard let role = roleThatIsNoNumber(pattern) else { continue }
      throw RunFailure(
        .usage,
        "\(TransformOptions.option) names the column \"\(pattern.display)\", which is \(role)",
        cure: "drop the transform, or say that the column is numeric")
    }
  }

  private func validateCrosses() throws(RunFailure) {
    var known: Set<[ByteText]> = []
    for cross in crosses {
      let parts = try CrossOptions.parts(of: cross)
      let names = parts.filter { !Self.isGlob($0) }
      for name in names {
        guard let role = roleThatIsNoNumber(name), role != "categorical" else { continue }
        throw RunFailure(
          .usage,
          "\(CrossOptions.option) names the column \"\(name.display)\", which is \(role) and"
            + " cannot be crossed",
          cure: "drop it from the cross")
      }
      guard names.count == parts.count else { continue }
      let isNew = known.insert(names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
        .inserted
      guard Set(names).count == names.count, isNew else {
        throw RunFailure(
          .usage,
          "\(CrossOptions.option) \(cross.display) adds no product: it crosses a column with itself,"
            + " or another cross has the same columns",
          cure: "name two or three different columns")
      }
    }
  }

  /// What an option says that a column is; nil for numbers and where none says anything.
  private func roleThatIsNoNumber(_ name: ByteText) -> String? {
    if name == labelInForce { return "label" }
    if name == weight { return "weight" }
    let roles = ["--categorical": "categorical", "--text": "text", "--ignore": "ignored"]
    return claims.first { $0.match(name) }.flatMap { roles[$0.option] }
  }
}
