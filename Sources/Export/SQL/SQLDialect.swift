internal import Configuration

/// How a database writes names, texts and numbers.
struct SQLDialect {
  let kind: ExportConfiguration.Dialect

  private var hasBackticks: Bool { kind == .clickhouse || kind == .spark }

  /// A name as it is, whatever it holds.
  func name(_ name: String) -> String {
    switch kind {
    case .duckdb, .postgres: "\"" + doubled("\"", in: name) + "\""
    case .spark: "`" + doubled("`", in: name) + "`"
    case .clickhouse: "`" + escaped(name, "`") + "`"
    }
  }

  func text(_ text: String) -> String {
    hasBackticks ? "'" + escaped(text, "'") + "'" : "'" + doubled("'", in: text) + "'"
  }

  /// A number of 64 bits: parsed by the database, the same number again.
  func number(_ value: Double) -> String {
    let digits = value.description
    switch kind {
    // A literal without an exponent would be a decimal number.
    case .duckdb: return negativeInParentheses(digits.contains("e") ? digits : digits + "e0")
    case .postgres: return "'\(digits)'::float8"
    case .spark: return negativeInParentheses(digits + "D")
    case .clickhouse: return negativeInParentheses(digits)
    }
  }

  private func array(_ numbers: [Double]) -> String { array(numbers.map(number)) }

  func array(_ elements: [String]) -> String {
    let list = elements.joined(separator: ", ")
    switch kind {
    case .duckdb, .clickhouse: return "[\(list)]"
    case .postgres: return "ARRAY[\(list)]"
    case .spark: return "array(\(list))"
    }
  }

  // MARK: Types

  var double: String {
    switch kind {
    case .duckdb, .spark: "DOUBLE"
    case .postgres: "float8"
    case .clickhouse: "Float64"
    }
  }

  /// Of a slot.
  var integer: String {
    switch kind {
    case .duckdb: "UBIGINT"
    case .postgres, .spark: "BIGINT"
    case .clickhouse: "UInt32"
    }
  }

  /// Of integers below 2^64.
  var largeInteger: String {
    switch kind {
    case .duckdb: "UBIGINT"
    case .postgres: "numeric"
    case .spark: "DECIMAL(20, 0)"
    case .clickhouse: "UInt64"
    }
  }

  /// The type with null, which most have.
  func nullable(_ type: String) -> String {
    kind == .clickhouse ? "Nullable(\(type))" : type
  }

  // MARK: Tables of numbers

  /// How many edges are at most the value.
  func place(of value: String, among edges: [Double]) -> String {
    switch kind {
    case .duckdb: "len(list_filter(\(array(edges)), lambda e: e <= \(value)))"
    case .clickhouse: "arrayCount(e -> e <= \(value), \(array(edges)))"
    case .postgres: "width_bucket(\(value), \(array(edges)))"
    case .spark: "size(filter(\(array(edges)), e -> e <= \(value)))"
    }
  }

  /// The number of a table at a place counted from 0.
  func entry(of table: [Double], at place: String) -> String {
    kind == .spark
      ? "\(array(table))[\(place)]" : "(\(array(table)))[\(place) + 1]"
  }

  private func negativeInParentheses(_ digits: String) -> String {
    digits.hasPrefix("-") ? "(\(digits))" : digits
  }

  private func doubled(_ mark: Character, in text: String) -> String {
    text.split(separator: mark, omittingEmptySubsequences: false)
      .joined(separator: "\(mark)\(mark)")
  }

  private func escaped(_ text: String, _ mark: Character) -> String {
    String(text.flatMap { $0 == mark || $0 == "\\" ? ["\\", $0] : [$0] })
  }

  /// The line comments of a text that may hold line ends.
  static func comment(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { "-- \($0)\n" }.joined()
  }
}
