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
    if case .indices(let scales) = model.rows {
      try checkLoss(model, dialect)
      let script = SQLIndexScript(model: model, dialect: dialect, table: table, scales: scales)
      return comment(model, kind, table) + script.text
    }
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
      columns (of LibSVM rows the row's key), margin and probability (of several classes arrays in \
      their order, and the class).
      A row that predict calls bad has NaN.
      """) + "\n"
  }

  /// - Throws: usage, naming the column, what it is, and the reason.
  private static func check(
    _ model: ExportedModel, _ dialect: SQLDialect
  ) throws(RunFailure) -> ExportedColumns {
    guard case .columns(let columns) = model.rows, !columns.columns.isEmpty else {
      throw refusal(dialect, "the model has no column with features")
    }
    guard columns.numbers.isPlain else {
      throw refusal(dialect, "numbers are written with a decimal comma or marks that part groups")
    }
    try checkLoss(model, dialect)
    for column in columns.columns {
      guard column.name.isText, !column.name.bytes.contains(0) else {
        throw refusal(
          dialect, "the name of column \"\(column.name.display)\" is no text in UTF-8")
      }
    }
    return columns
  }

  private static func checkLoss(
    _ model: ExportedModel, _ dialect: SQLDialect
  ) throws(RunFailure) {
    if model.loss == .probit, dialect.kind == .clickhouse {
      throw refusal(
        dialect,
        "of a probit, the series of the normal distribution has more terms than a view can have")
    }
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

  var link: SQLLink { SQLLink(model: model, dialect: dialect) }

  /// Rows of the table of weights: slot, whether a scaled number may be in it, for several classes the
  /// output, and the weight.
  var weightRows: [String] {
    let numberSlots = features.numberSlots
    // Others merge features where any slot may have a number.
    let isOpen = features.hasOpenNumbers && dialect.kind == .duckdb
    return (0..<model.weights.count).map { index in
      let slot = model.weights.slots[index]
      let output = model.outputs > 1 ? "\(model.weights.outputs[index]), " : ""
      let isNumber = isOpen || numberSlots.contains(slot) ? "true" : "false"
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
}
