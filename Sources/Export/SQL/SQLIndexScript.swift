internal import Configuration
internal import Featurizing
internal import SparseBatches

/// The script for rows of LibSVM, of any database: a table with a line for each feature, whose columns are
/// `row` (a key of any type), `index` and `value`.
///
/// A line without an index says that its row is there. Features of one slot are added by rising index.
struct SQLIndexScript {
  let model: ExportedModel
  let dialect: SQLDialect
  let table: String
  let scales: IndexScales?

  private var isClickHouse: Bool { dialect.kind == .clickhouse }
  private var hasClasses: Bool { model.outputs > 1 }
  private var outputs: Range<Int> { 0..<model.outputs }

  var text: String { functions + tables + "\n" + view }

  private var functions: String {
    switch dialect.kind {
    case .duckdb: DuckDBScript.functions
    case .postgres: PostgresScript.functions
    case .clickhouse: ClickHouseScript.functions
    case .spark: SparkScript.functions
    }
  }

  // MARK: Tables

  private var tables: String {
    var text = "DROP VIEW IF EXISTS logreg_stream_scores;\n"
    if isClickHouse {
      text += ClickHouseWeights(model: model, dialect: dialect).table(leaving: [])
    } else {
      let rows = (0..<model.weights.count).map { index in
        let output = hasClasses ? ", \(model.weights.outputs[index])" : ""
        let weight = dialect.number(Double(model.weights.values[index]))
        return "(\(model.weights.slots[index])\(output), \(weight))"
      }
      text += table(
        "logreg_stream_weights",
        "slot \(dialect.integer)\(hasClasses ? ", output INT" : ""), weight \(dialect.double)", rows
      )
    }
    guard let scales, !scales.indices.isEmpty else { return text }
    let rows = zip(scales.indices, scales.magnitudes).map { index, magnitude in
      "(\(index), \(dialect.number(Double(magnitude))))"
    }
    return text
      + table(
        "logreg_stream_scales",
        "lrs_index \(dialect.largeInteger), magnitude \(dialect.double)", rows)
  }

  private func table(_ name: String, _ columns: String, _ rows: [String]) -> String {
    let engine =
      switch dialect.kind {
      case .spark: " USING parquet"
      case .clickhouse: " ENGINE = Memory"
      case .duckdb, .postgres: ""
      }
    var text = "DROP TABLE IF EXISTS \(name);\nCREATE TABLE \(name) (\(columns))\(engine);\n"
    for start in stride(from: 0, to: rows.count, by: 1000) {
      let some = rows[start..<min(start + 1000, rows.count)].joined(separator: ",\n")
      // What is behind VALUES is not read exactly.
      text +=
        isClickHouse
        ? "INSERT INTO \(name) SELECT x.1, x.2 FROM (SELECT arrayJoin([\n\(some)]) AS x);\n"
        : "INSERT INTO \(name) VALUES\n\(some);\n"
    }
    return text
  }

  // MARK: View

  private var view: String {
    """
    CREATE VIEW logreg_stream_scores AS
    WITH lrs_features AS (
      SELECT t.\(dialect.name("row")) AS lrs_row,
        CAST(t.\(dialect.name("index")) AS \(dialect.nullable(dialect.largeInteger))) AS lrs_index,
        lrs_float(CAST(t.\(dialect.name("value")) AS \(dialect.nullable(dialect.double)))) AS lrs_value
      FROM \(dialect.name(table)) t
    ),
    lrs_rows AS (
      SELECT lrs_row, \(isClickHouse ? "max" : "bool_or")(lrs_index IS NOT NULL AND \(isNoNumber)) \
    AS lrs_is_bad
      FROM lrs_features GROUP BY lrs_row
    ),
    lrs_slots AS (
      SELECT f.lrs_row AS lrs_row, f.lrs_index AS lrs_index, \(slot) AS slot, \(value) AS lrs_value
      FROM lrs_features f\(scaleJoin)
      WHERE f.lrs_index IS NOT NULL
    ),
    -- Features of one slot are added as 32-bit floats.
    lrs_merged AS (
      SELECT lrs_row, slot, \(merged) AS lrs_value FROM lrs_slots GROUP BY lrs_row, slot
    ),
    lrs_sums AS (
      \(sums)
    )
    \(hasClasses ? classScores : scores);

    """
  }

  private var isNoNumber: String {
    switch dialect.kind {
    case .duckdb: "NOT coalesce(isfinite(lrs_value), false)"
    case .clickhouse: "NOT coalesce(isFinite(lrs_value), false)"
    case .postgres: "lrs_value IS NULL"
    case .spark: "coalesce(isnan(lrs_value), true)"
    }
  }

  /// An index that is a slot is its own, others are hashed as their eight bytes.
  private var slot: String {
    let mask = Int(model.hashing.mask)
    let index = isClickHouse ? "assumeNotNull(f.lrs_index)" : "f.lrs_index"
    let hash = "lrs_hash_index(\(index), \(model.hashing.seed)) % \(mask + 1)"
    return
      "CAST(CASE WHEN f.lrs_index <= \(mask) THEN \(index) ELSE \(hash) END AS \(dialect.integer))"
  }

  private var hasScales: Bool { scales.map { !$0.indices.isEmpty } ?? false }

  private var scaleJoin: String {
    hasScales ? " LEFT JOIN logreg_stream_scales s ON f.lrs_index = s.lrs_index" : ""
  }

  private var value: String {
    guard let scales else { return "f.lrs_value" }
    let clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
    var value = "CAST(f.lrs_value AS \(dialect.nullable(dialect.double)))"
    if hasScales {
      // Where a row has no scale, ClickHouse joins 0, and the others null.
      value = "\(value) / coalesce(nullif(s.magnitude, 0), \(dialect.number(1)))"
    }
    return "lrs_float(greatest(\(dialect.number(-Double(clip))), "
      + "least(\(dialect.number(Double(clip))), \(value))))"
  }

  private var merged: String {
    switch dialect.kind {
    case .duckdb:
      "CASE WHEN count(*) = 1 THEN any_value(lrs_value) ELSE list_reduce(list(lrs_value "
        + "ORDER BY lrs_index, lrs_value), lambda a, b: CAST(a + b AS FLOAT)) END"
    case .postgres: "sum(lrs_value ORDER BY lrs_index, lrs_value)"
    case .clickhouse:
      "arrayFold((a, p) -> toFloat32(a + p.2), arraySort(groupArray((assumeNotNull(lrs_index), "
        + "assumeNotNull(lrs_value)))), toFloat32(0))"
    case .spark:
      "aggregate(sort_array(collect_list(struct(lrs_index, lrs_value))), CAST(0 AS FLOAT), "
        + "(a, p) -> CAST(a + p.lrs_value AS FLOAT))"
    }
  }

  private var sums: String {
    guard !isClickHouse else {
      let weight = "joinGet('logreg_stream_weights', 'weight', slot)"
      let sum =
        hasClasses
        ? "sumForEach(arrayMap(w -> w * toFloat64(lrs_value), \(weight)))"
        : "sum(\(weight) * toFloat64(lrs_value))"
      return "SELECT lrs_row, \(sum) AS lrs_part FROM lrs_merged GROUP BY lrs_row"
    }
    let parts = outputs.map { output in
      hasClasses
        ? "sum(CASE WHEN w.output = \(output) THEN w.weight * m.lrs_value END) AS lrs_part_\(output)"
        : "sum(w.weight * m.lrs_value) AS lrs_part"
    }
    return "SELECT m.lrs_row, \(parts.joined(separator: ",\n    ")) FROM lrs_merged m "
      + "JOIN logreg_stream_weights w ON m.slot = w.slot GROUP BY m.lrs_row"
  }

  // MARK: Scores

  private var nan: String {
    switch dialect.kind {
    case .duckdb: "CAST('NaN' AS DOUBLE)"
    case .postgres: "'NaN'::float8"
    case .clickhouse: "nan"
    case .spark: "double('NaN')"
    }
  }

  /// All rows, with what their features add.
  private func rows(_ columns: [String]) -> String {
    "SELECT r.lrs_row AS lrs_row, r.lrs_is_bad AS lrs_is_bad, \(columns.joined(separator: ", "))\n"
      + "  FROM lrs_rows r LEFT JOIN lrs_sums s ON r.lrs_row = s.lrs_row"
  }

  private var link: SQLLink { SQLLink(model: model, dialect: dialect) }

  private var scores: String {
    let (steps, margin, probability) = link.scores()
    var source = rows([
      "\(dialect.number(model.biases[0])) + coalesce(s.lrs_part, \(dialect.number(0))) AS lrs_sum"
    ])
    for step in steps {
      source = "SELECT *, \(step.expression) AS \(step.name) FROM (\n  \(source)) q"
    }
    return """
      SELECT lrs_row AS \(dialect.name("row")),
        CASE WHEN lrs_is_bad THEN \(nan) ELSE \(margin) END AS margin,
        CASE WHEN lrs_is_bad THEN \(nan) ELSE \(probability) END AS probability
      FROM (\(source)) q
      """
  }

  private var classScores: String {
    let margins = outputs.map { output in
      let part =
        isClickHouse
        ? "s.lrs_part[\(output + 1)]" : "coalesce(s.lrs_part_\(output), \(dialect.number(0)))"
      return link.classMargin("(\(dialect.number(model.biases[output])) + \(part))", output: output)
    }
    let source = rows(["\(dialect.array(margins)) AS lrs_margin"])
    let nans = dialect.array(outputs.map { _ in nan })
    return """
      SELECT lrs_row AS \(dialect.name("row")),
        CASE WHEN lrs_is_bad THEN \(nans) ELSE lrs_margin END AS margin,
        CASE WHEN lrs_is_bad THEN \(nans) ELSE \(softmax) END AS probability,
        CASE WHEN lrs_is_bad THEN 'nan' ELSE \(best) END AS class
      FROM (\(source)) q
      """
  }

  private var softmax: String {
    switch dialect.kind {
    case .duckdb:
      "list_transform(list_transform(lrs_margin, lambda m: exp(m - list_max(lrs_margin))), "
        + "lambda o: o / list_sum(list_transform(lrs_margin, lambda m: exp(m - "
        + "list_max(lrs_margin)))))"
    case .postgres: "lrs_softmax(lrs_margin)"
    case .clickhouse:
      "arrayMap(o -> o / arraySum(m -> exp(m - arrayMax(lrs_margin)), lrs_margin), "
        + "arrayMap(m -> exp(m - arrayMax(lrs_margin)), lrs_margin))"
    case .spark:
      "transform(lrs_margin, m -> exp(m - array_max(lrs_margin)) / aggregate(lrs_margin, 0D, "
        + "(a, b) -> a + exp(b - array_max(lrs_margin))))"
    }
  }

  private var best: String {
    let classes = dialect.array(model.classes.map(dialect.text))
    return switch dialect.kind {
    case .duckdb: "(\(classes))[list_position(lrs_margin, list_max(lrs_margin))]"
    case .postgres:
      "(\(classes))[array_position(lrs_margin, (SELECT max(m) FROM unnest(lrs_margin) AS u(m)))]"
    case .clickhouse: "\(classes)[indexOf(lrs_margin, arrayMax(lrs_margin))]"
    case .spark: "\(classes)[CAST(array_position(lrs_margin, array_max(lrs_margin)) - 1 AS INT)]"
    }
  }
}
