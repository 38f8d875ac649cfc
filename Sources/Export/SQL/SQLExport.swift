package import Configuration
internal import Evaluation
internal import Featurizing
internal import Learning
package import SparseBatches

/// A model as a script for a database: a table of weights, functions, and the view
/// `logreg_stream_scores` over a table of rows.
package enum SQLExport {
  /// - Throws: usage where the database could not say exactly what the model does.
  package static func script(
    _ model: ExportedModel, _ kind: ExportConfiguration.Dialect, table: String
  ) throws(RunFailure) -> String {
    let dialect = SQLDialect(kind: kind)
    let columns = try check(model, dialect)
    let features = SQLFeatures(model, columns, dialect)
    let parts = SQLParts(
      model: model, features: features, dialect: dialect, table: table,
      missing: try columns.missingTexts(target: "sql"))
    let writer: any SQLScript =
      switch kind {
      case .duckdb: DuckDBScript(parts: parts)
      case .postgres: PostgresScript(parts: parts)
      case .clickhouse: ClickHouseScript(parts: parts)
      case .spark: SparkScript(parts: parts)
      }
    return comment(model, kind, table) + writer.text
  }

  private static func comment(
    _ model: ExportedModel, _ kind: ExportConfiguration.Dialect, _ table: String
  ) -> String {
    SQLDialect.comment(
      """
      The model \(model.origin.name), CRC-32 \(model.origin.checksum), as SQL of \(kind.rawValue) by \
      logreg-stream \(model.origin.program).
      Loss \(model.loss.name), \(model.weights.count) weights that are not 0, learned from \
      \(model.training.rows) rows.

      Reads the table \(DisplayText.escape(Array(table.utf8))) and makes the view logreg_stream_scores: its \
      columns, margin and probability
      (of several classes arrays in their order, and the class). A row that predict calls bad has NaN.
      """) + "\n"
  }

  /// - Throws: usage, naming the column, what it is, and the reason.
  private static func check(
    _ model: ExportedModel, _ dialect: SQLDialect
  ) throws(RunFailure) -> ExportedColumns {
    guard case .columns(let columns) = model.rows else {
      throw refusal(dialect, "the model reads LibSVM rows, and a table has columns")
    }
    guard !columns.columns.isEmpty else {
      throw refusal(dialect, "the model has no column with features")
    }
    guard columns.numbers.isPlain else {
      throw refusal(dialect, "numbers are written with a decimal comma or marks that part groups")
    }
    if model.loss == .probit, dialect.kind == .clickhouse {
      throw refusal(
        dialect,
        "of a probit, the series of the normal distribution has more terms than a view can have")
    }
    if let cross = columns.crosses.first, dialect.kind == .spark {
      throw refusal(
        dialect,
        "of the cross \"\(cross.name.display)\", one hash is the seed of the next, and a function in SQL "
          + "cannot take the result of another one where it works on lists")
    }
    for column in columns.columns {
      guard column.name.isText, !column.name.bytes.contains(0) else {
        throw refusal(
          dialect, "the name of column \"\(column.name.display)\" is no text in UTF-8")
      }
      if let reason = reason(column, dialect) {
        throw refusal(dialect, "column \"\(column.name.display)\" \(reason)")
      }
    }
    return columns
  }

  private static func reason(_ column: ExportedColumn, _ dialect: SQLDialect) -> String? {
    if case .text = column.kind, dialect.kind == .spark || dialect.kind == .clickhouse {
      return "is text, and its words are split by bytes, which \(dialect.kind.rawValue) has no "
        + "function for"
    }
    return nil
  }

  private static func refusal(_ dialect: SQLDialect, _ reason: String) -> RunFailure {
    RunFailure(
      .usage,
      "--to sql --dialect \(dialect.kind.rawValue) cannot say this model exactly: \(reason)",
      cure: "export to c or json")
  }
}

/// What follows the script's opening comment.
protocol SQLScript {
  var parts: SQLParts { get }
  var text: String { get }
}

extension SQLScript {
  var model: ExportedModel { parts.model }
  var features: SQLFeatures { parts.features }
  var dialect: SQLDialect { parts.dialect }
  var columns: [ExportedColumn] { parts.features.columns.columns }
  var hasClasses: Bool { parts.model.outputs > 1 }
}

/// What the scripts of all databases share.
struct SQLParts {
  let model: ExportedModel
  let features: SQLFeatures
  let dialect: SQLDialect
  /// The table that the view reads.
  let table: String
  let missing: [String]

  /// Rows of the table of weights: slot, whether a scaled number has it, for several classes the
  /// output, and the weight.
  var weightRows: [String] {
    let numberSlots = features.numberSlots
    return (0..<model.weights.count).map { index in
      let slot = model.weights.slots[index]
      let output = model.outputs > 1 ? "\(model.weights.outputs[index]), " : ""
      let isNumber = numberSlots.contains(slot) ? "true" : "false"
      let weight = dialect.number(Double(model.weights.values[index]))
      return "(\(slot), \(isNumber), \(output)\(weight))"
    }
  }

  /// `INSERT` statements of at most 1,000 rows.
  func inserts(into table: String) -> String {
    let rows = weightRows
    var text = ""
    for start in stride(from: 0, to: rows.count, by: 1000) {
      let some = rows[start..<min(start + 1000, rows.count)]
      text += "INSERT INTO \(table) VALUES\n\(some.joined(separator: ",\n"));\n"
    }
    return text
  }

  /// The missing texts as a list in parentheses; never empty.
  var missingList: String {
    "(" + (missing.isEmpty ? "NULL" : missing.map(dialect.text).joined(separator: ", ")) + ")"
  }

  /// Margin and probability of one output, from `lrs_sum`: steps, and what the two are.
  func link() -> (steps: [SQLArithmetic.Step], margin: String, probability: String) {
    var arithmetic = SQLArithmetic(dialect)
    let margin = arithmetic.named("margin", arithmetic.served(model, "lrs_sum"))
    guard model.loss != .squared else { return (arithmetic.steps, margin, margin) }
    let probability = arithmetic.sigmoid(margin)
    return (arithmetic.steps, margin, probability)
  }

  /// The margin of class `output`, from its sum with the bias.
  func classMargin(_ sum: String, output: Int) -> String {
    let arithmetic = SQLArithmetic(dialect)
    var margin = sum
    if !model.shifts.isEmpty {
      margin = arithmetic.sum(margin, arithmetic.number(model.shifts[output]))
    }
    if case .temperature(let temperature)? = model.calibrator {
      margin = arithmetic.quotient(margin, arithmetic.number(temperature))
    }
    return margin
  }
}
