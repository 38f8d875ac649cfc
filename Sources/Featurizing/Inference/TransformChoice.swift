internal import SparseBatches

/// What `--numeric-transform` may ask for.
package enum TransformChoice: String, CaseIterable, Sendable {
  /// `symlog` where some value of the prefix lies far from the mean, else `standardize`.
  case auto
  case standardize, symlog, quantile, raw
}

/// Which transform a column of numbers gets: its own name before a glob before the one for all.
package struct TransformOptions: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    /// A column's name or a glob; nil: every column.
    package var pattern: ByteText?
    package var choice: TransformChoice

    package init(pattern: ByteText?, choice: TransformChoice) {
      self.pattern = pattern
      self.choice = choice
    }
  }

  package static let option = "--numeric-transform"
  package var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// - Throws: usage when entries of the same rank say different things.
  func choice(for name: ByteText) throws(RunFailure) -> TransformChoice {
    let exact = entries.filter { $0.pattern == name }
    let globs = entries.filter { $0.pattern.map { ColumnPatterns.isMatch($0, name) } ?? false }
    for rank in [exact, globs, entries.filter { $0.pattern == nil }] {
      guard let first = rank.first else { continue }
      guard rank.allSatisfy({ $0.choice == first.choice }) else {
        throw RunFailure(
          .usage,
          "\(Self.option) asks for both \(rank.map(\.choice.rawValue).joined(separator: " and ")) "
            + "of the column \"\(name.display)\"",
          cure: "keep one of them")
      }
      return first.choice
    }
    return .auto
  }

  /// - Throws: usage when an entry fits no column of numbers.
  func checkAllUsed(among columns: [Column]) throws(RunFailure) {
    let names = columns.map(\.name)
    for pattern in entries.compactMap(\.pattern) {
      try ColumnPatterns(option: Self.option, [pattern]).checkAllUsed(among: names)
      let fitting = columns.filter { ColumnPatterns.isMatch(pattern, $0.name) }
      if let column = fitting.first, !fitting.contains(where: { $0.role.name == "numeric" }) {
        throw RunFailure(
          .usage,
          "\(Self.option) names the column \"\(column.name.display)\", which is \(column.role.name)",
          cure: "add --numeric '\(column.name.display)' if it holds numbers, or drop the transform")
      }
    }
  }
}
