/// One column and the part it plays.
package struct Column: Equatable, Sendable {
  package enum Role: Equatable, Sendable {
    case label
    case weight
    case ignored
    case categorical
    /// Split into lower-cased word tokens.
    case text
    case numeric(NumericScale)
    /// A number whose bin is a feature.
    case binned(QuantileBins)
    /// A number, its logarithm and its bin.
    case binsAndSlope(BinsAndSlope)
  }

  package var name: ByteText
  package var role: Role
  /// Why it has this role, for `inspect` and `--verbose`.
  package var reason: Reason

  package init(name: ByteText, role: Role, reason: Reason) {
    self.name = name
    self.role = role
    self.reason = reason
  }
}

extension Column {
  /// Why a column has its role: a short code, because a model stores one for each of its columns,
  /// of which there may be millions.
  package enum Reason: Equatable, Sendable {
    /// An option names the column.
    case option(String)
    /// So many of the values in the prefix are numbers.
    case numbers(Int, of: Int)
    /// So many of the values in the prefix are no numbers.
    case texts(Int, of: Int)
    /// Values of many words, so many of them distinct.
    case words(Int, of: Int)
    /// The prefix holds nothing but missing values.
    case noValue
    case noRows
    /// The prefix says nothing; of later values, so many are numbers, from a row on.
    case later(Int, of: Int, fromRow: Int)
    /// A schema file says so.
    case schemaFile
    /// In the words of the program that wrote it.
    case recorded(String)
  }
}

extension Column.Reason {
  /// As it is stored.
  package var code: String {
    switch self {
    case .option(let name): "option \(name)"
    case .numbers(let count, let all): "numbers \(count) \(all)"
    case .texts(let count, let all): "texts \(count) \(all)"
    case .words(let count, let all): "words \(count) \(all)"
    case .noValue: "no-value"
    case .noRows: "no-rows"
    case .later(let count, let all, let row): "later \(count) \(all) \(row)"
    case .schemaFile: "schema-file"
    case .recorded(let text): text
    }
  }

  /// Any text is a reason: what is no code is taken as words.
  package init(code: String) {
    let parts = code.split(separator: " ", omittingEmptySubsequences: false)
    let counts = parts.dropFirst().compactMap { Int($0) }
    switch (parts[0], parts.count, counts.count) {
    case ("option", 2, _): self = .option(String(parts[1]))
    case ("numbers", 3, 2): self = .numbers(counts[0], of: counts[1])
    case ("texts", 3, 2): self = .texts(counts[0], of: counts[1])
    case ("words", 3, 2): self = .words(counts[0], of: counts[1])
    case ("later", 4, 3): self = .later(counts[0], of: counts[1], fromRow: counts[2])
    case ("no-value", 1, _): self = .noValue
    case ("no-rows", 1, _): self = .noRows
    case ("schema-file", 1, _): self = .schemaFile
    default: self = .recorded(code)
    }
  }

  /// For people. Not safe to print where the reason comes from a file.
  package var text: String {
    switch self {
    case .option(let name): name
    case .numbers(let count, let all):
      count == all
        ? "all \(all) values in the prefix are numbers"
        : "\(count) of \(all) values in the prefix are numbers"
    case .texts(let count, let all): "\(count) of \(all) values in the prefix are not numbers"
    case .words(let count, let all):
      "values of several words, \(count) of \(all) in the prefix distinct"
    case .noValue: "no value in the prefix"
    case .noRows: "no rows in the prefix"
    case .later(let count, let all, let row):
      "\(count) of \(all) values from row \(row) on are numbers; it said nothing before"
    case .schemaFile: "--schema"
    case .recorded(let text): text
    }
  }
}

extension Column.Role {
  /// Whether products can be made of it: a text has many values a row.
  package var canBeCrossed: Bool {
    switch self {
    case .categorical, .numeric, .binned, .binsAndSlope: true
    case .label, .weight, .ignored, .text: false
    }
  }
}
