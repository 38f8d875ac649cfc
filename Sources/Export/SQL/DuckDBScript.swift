internal import Featurizing

/// The script for DuckDB.
///
/// Columns are turned into one row a feature, so that the database joins and adds as it likes to. Each
/// distinct text of a column is hashed once: hashing in SQL is what takes the time.
struct DuckDBScript: SQLScript {
  let parts: SQLParts

  var text: String {
    Self.functions
      + """
      CREATE OR REPLACE MACRO lrs_scaled(x, mean, deviation) AS
        lrs_float(greatest(\(dialect.number(-features.columns.clip)), \
      least(\(dialect.number(features.columns.clip)), (x - mean) / deviation)));

      CREATE OR REPLACE MACRO lrs_field(text) AS
        CASE WHEN text IS NULL OR trim(text, ' ') IN \(parts.missingList) THEN NULL \
      ELSE trim(text, ' ') END;

      CREATE OR REPLACE TABLE logreg_stream_weights
        (slot UBIGINT, is_number BOOLEAN, \(model.outputs > 1 ? "output INTEGER, " : "")weight DOUBLE);

      """
      + parts.inserts(into: "logreg_stream_weights") + "\n" + view
  }

  private var view: String {
    """
    CREATE OR REPLACE VIEW logreg_stream_scores AS
    WITH lrs_rows AS MATERIALIZED (
      SELECT row_number() OVER () AS lrs_row, * FROM \(dialect.name(parts.table))
    ),
    -- The text of each column, null where it is missing.
    lrs_fields AS MATERIALIZED (
      SELECT lrs_row\(list(columns.indices.map { index in
        "lrs_field(CAST(\(dialect.name(columns[index].name.text)) AS VARCHAR)) AS lrs_f\(index)"
      })) FROM lrs_rows
    ),
    -- Its number, null where it is missing or none.
    lrs_numbers AS MATERIALIZED (
      SELECT *\(list(features.numbers.map { "lrs_number(lrs_f\($0)) AS lrs_n\($0)" })) FROM lrs_fields
    ),
    \(hashes)-- One row a feature.
    lrs_features AS (
    \(featureRows.joined(separator: "\n  UNION ALL\n"))
    ),
    lrs_found AS (
      SELECT * FROM lrs_features JOIN logreg_stream_weights USING (slot)
    ),
    -- Whole numbers in one slot are added exactly, others as 32-bit floats, in the order of columns.
    lrs_parts AS (
      SELECT lrs_row, \(output)sum(weight * value) AS part FROM lrs_found
      WHERE NOT is_number GROUP BY ALL
      UNION ALL
      SELECT lrs_row, \(output)any_value(weight)
          * list_reduce(list(value ORDER BY place), lambda a, b: CAST(a + b AS FLOAT)) AS part
      FROM lrs_found WHERE is_number GROUP BY lrs_row, \(output)slot
    ),
    lrs_sums AS (SELECT lrs_row, \(output)sum(part) AS lrs_part FROM lrs_parts GROUP BY ALL),
    \(model.outputs > 1 ? classScores : scores)
    """
  }

  private var output: String { model.outputs > 1 ? "output, " : "" }

  private func list(_ items: [String]) -> String {
    items.map { ",\n    " + $0 }.joined()
  }

  // MARK: Features

  /// Places of one column's features.
  private static let stride = 8

  private var categories: [Int] {
    columns.indices.filter { if case .category = columns[$0].kind { true } else { false } }
  }

  private var hashes: String {
    guard !categories.isEmpty else { return "" }
    let values = categories.map { index in
      "{'place': \(Self.stride * index), 'seed': \(columns[index].seed), 'text': lrs_f\(index)}"
    }
    return """
      -- Each text of a category, hashed once.
      lrs_values AS MATERIALIZED (
        SELECT lrs_row, unnest([\(values.joined(separator: ",\n      "))], recursive := true)
        FROM lrs_fields
      ),
      lrs_hashes AS MATERIALIZED (
        SELECT seed, text, lrs_hash(coalesce(text, ''), seed) % \(Int(model.hashing.mask) + 1) AS slot
        FROM (SELECT DISTINCT seed, text FROM lrs_values)
      ),

      """
  }

  private var featureRows: [String] {
    var rows: [String] = []
    if !categories.isEmpty {
      rows.append(
        """
          SELECT v.lrs_row, v.place, h.slot, CAST(1 AS FLOAT) AS value
          FROM lrs_values v JOIN lrs_hashes h
            ON v.seed = h.seed AND v.text IS NOT DISTINCT FROM h.text
        """)
    }
    let numbers = features.numbers.flatMap { index in
      features.features(index).enumerated().map { structure(Self.stride * index + $0, $1) }
    }
    if !numbers.isEmpty { rows.append(unnested(numbers)) }
    for (index, column) in columns.enumerated() {
      if case .text = column.kind { rows.append(words(index, column)) }
    }
    let crosses = features.columns.crosses.enumerated().map { index, cross in
      structure(2 * Self.stride * columns.count + index, features.cross(cross))
    }
    if !crosses.isEmpty { rows.append(unnested(crosses) + " WHERE NOT coalesce(value = 0, false)") }
    // A table without rows has no features either.
    if rows.isEmpty {
      rows.append(
        "  SELECT lrs_row, 0 AS place, 0 AS slot, CAST(1 AS FLOAT) AS value FROM lrs_rows WHERE false"
      )
    }
    return rows
  }

  private func structure(_ place: Int, _ feature: SQLFeature) -> String {
    "{'place': \(place), 'slot': CAST(\(feature.slot) AS UBIGINT), "
      + "'value': \(feature.value ?? "CAST(1 AS FLOAT)")}"
  }

  private func unnested(_ structures: [String]) -> String {
    """
      SELECT lrs_row, place, slot, value FROM (
        SELECT lrs_row, unnest([\(structures.joined(separator: ",\n      "))], recursive := true)
        FROM lrs_numbers)
    """
  }

  /// Runs of words: the hash of each word is the seed of the next one's.
  ///
  /// Names of lambdas are none of those in the macros, which would take them for their own.
  private func words(_ index: Int, _ column: ExportedColumn) -> String {
    let place = Self.stride * (columns.count + index)
    let mask = Int(model.hashing.mask) + 1
    let ngrams = features.columns.ngrams
    var chains = [
      "lrs_chain_1 AS (SELECT lrs_row, words, list_transform(words, lambda w: "
        + "lrs_hash(w, \(column.seed))) AS hashes FROM lrs_split)"
    ]
    for length in 2..<max(2, ngrams + 1) {
      chains.append(
        "lrs_chain_\(length) AS (SELECT lrs_row, words, list_transform(range(1, greatest(1, "
          + "len(hashes))), lambda place: lrs_hash(words[place + \(length - 1)], hashes[place])) AS hashes "
          + "FROM lrs_chain_\(length - 1))")
    }
    let all = (1...ngrams).map {
      "SELECT lrs_row, unnest(hashes) % \(mask) AS slot FROM lrs_chain_\($0)"
    }
    return """
        SELECT lrs_row, \(place) AS place, slot, CAST(1 AS FLOAT) AS value FROM (
          WITH lrs_split AS (SELECT lrs_row, lrs_words(lrs_f\(index)) AS words FROM lrs_fields),
          \(chains.joined(separator: ",\n      "))
          \(all.joined(separator: " UNION ALL ")))
        UNION ALL
        SELECT lrs_row, \(place), \(column.missingSlot), CAST(1 AS FLOAT) FROM lrs_fields
        WHERE lrs_f\(index) IS NULL
      """
  }

  // MARK: Scores

  private var scores: String {
    let (steps, margin, probability) = parts.link.scores()
    var source = """
      SELECT lrs_row, \(features.isBad) AS lrs_is_bad,
          \(dialect.number(model.biases[0])) + coalesce(lrs_part, 0) AS lrs_sum
        FROM lrs_numbers LEFT JOIN lrs_sums USING (lrs_row)
      """
    for step in steps {
      source = "SELECT *, \(step.expression) AS \(step.name) FROM (\n  \(source))"
    }
    return """
      lrs_scores AS (
        SELECT lrs_row, CASE WHEN lrs_is_bad THEN CAST('NaN' AS DOUBLE) ELSE \(margin) END AS margin,
          CASE WHEN lrs_is_bad THEN CAST('NaN' AS DOUBLE) ELSE \(probability) END AS probability
        FROM (\(source))
      )
      SELECT r.* EXCLUDE (lrs_row), s.margin, s.probability
      FROM lrs_rows r JOIN lrs_scores s USING (lrs_row) ORDER BY lrs_row;

      """
  }

  private var classScores: String {
    let margins = (0..<model.outputs).map { output in
      parts.link.classMargin(
        "(\(dialect.number(model.biases[output])) + coalesce(any_value(lrs_part) "
          + "FILTER (WHERE output = \(output)), 0))", output: output)
    }
    let classes = model.classes.map(dialect.text).joined(separator: ", ")
    let nan = "list_transform(margin, lambda m: CAST('NaN' AS DOUBLE))"
    return """
      lrs_margins AS (
        SELECT lrs_row, any_value(\(features.isBad)) AS lrs_is_bad,
          [\(margins.joined(separator: ",\n      "))] AS margin
        FROM lrs_numbers LEFT JOIN lrs_sums USING (lrs_row) GROUP BY lrs_row
      ),
      lrs_odds AS (
        SELECT *, list_transform(margin, lambda m: exp(m - list_max(margin))) AS odds FROM lrs_margins
      )
      SELECT r.* EXCLUDE (lrs_row), CASE WHEN lrs_is_bad THEN \(nan) ELSE margin END AS margin,
        CASE WHEN lrs_is_bad THEN \(nan)
          ELSE list_transform(odds, lambda o: o / list_sum(odds)) END AS probability,
        CASE WHEN lrs_is_bad THEN 'nan'
          ELSE ([\(classes)])[list_position(margin, list_max(margin))] END AS class
      FROM lrs_rows r JOIN lrs_odds s USING (lrs_row) ORDER BY lrs_row;

      """
  }

  static let functions = #"""
    -- MurmurHash3 of a text's bytes: the words, four bytes each, are mixed side by side, then joined, in
    -- 64-bit arithmetic. Each list_transform of a list with one element gives a name to what it is
    -- made of: else a macro writes it again at each use. A lambda in a macro takes over a variable of the
    -- caller that has the same name: those here have names of their own.
    CREATE OR REPLACE MACRO lrs_rotate(x, bits) AS ((x << bits) & 4294967295) | (x >> (32 - bits));
    CREATE OR REPLACE MACRO lrs_mix(words) AS list_transform(
      list_transform(words, lambda lrs_k: (lrs_k * 3432918353) & 4294967295),
      lambda lrs_k: (lrs_rotate(lrs_k, 15) * 461845907) & 4294967295);
    CREATE OR REPLACE MACRO lrs_word(hex, i) AS TRY_CAST('0x' || hex[8 * i + 7 : 8 * i + 8]
      || hex[8 * i + 5 : 8 * i + 6] || hex[8 * i + 3 : 8 * i + 4] || hex[8 * i + 1 : 8 * i + 2]
      AS UBIGINT);
    CREATE OR REPLACE MACRO lrs_finish(h) AS list_transform(list_transform(list_transform([h],
      lambda lrs_h: (xor(lrs_h, lrs_h >> 16) * 2246822507) & 4294967295),
      lambda lrs_h: (xor(lrs_h, lrs_h >> 13) * 3266489909) & 4294967295),
      lambda lrs_h: xor(lrs_h, lrs_h >> 16))[1];
    CREATE OR REPLACE MACRO lrs_hash_words(words, tail, n, seed) AS lrs_finish(xor(xor(list_reduce(
      words, lambda lrs_h, lrs_k: (lrs_rotate(xor(lrs_h, lrs_k), 13) * 5 + 3864292196) & 4294967295,
      CAST(seed AS UBIGINT)), tail), CAST(n AS UBIGINT)));
    -- Where no byte is left over, the last word is none, and mixing 0 gives 0.
    CREATE OR REPLACE MACRO lrs_hash_hex(hex, n, seed) AS lrs_hash_words(
      lrs_mix(list_transform(range(0, n // 4), lambda lrs_i: lrs_word(hex, lrs_i))),
      lrs_mix([coalesce(lrs_word(hex, n // 4), CAST(0 AS UBIGINT))])[1], n, seed);
    CREATE OR REPLACE MACRO lrs_hash(text, seed) AS
      lrs_hash_hex(hex(encode(text)), strlen(text), seed);
    CREATE OR REPLACE MACRO lrs_hash_index(x, seed) AS lrs_hash_words(
      lrs_mix([x & 4294967295, x >> 32]), CAST(0 AS UBIGINT), 8, seed);

    -- A finite number, or null.
    CREATE OR REPLACE MACRO lrs_finite(x) AS CASE WHEN isfinite(x) THEN x END;
    CREATE OR REPLACE MACRO lrs_number(text) AS CASE
      WHEN regexp_full_match(text, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')
      THEN lrs_finite(TRY_CAST(text AS DOUBLE)) END;
    CREATE OR REPLACE MACRO lrs_words(text) AS regexp_extract_all(
      translate(text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
      '[0-9a-z_\x{80}-\x{10FFFF}]+');

    -- log(1 + x) and e^x - 1, accurate near 0 (Higham 2002, section 1.14).
    CREATE OR REPLACE MACRO lrs_exp(x) AS exp(x);
    CREATE OR REPLACE MACRO lrs_log1p_of(x, u) AS
      CASE WHEN u = 1e0 THEN x ELSE ln(u) * (x / (u - 1e0)) END;
    CREATE OR REPLACE MACRO lrs_log1p(x) AS lrs_log1p_of(x, 1e0 + x);
    CREATE OR REPLACE MACRO lrs_expm1_of(x, u) AS
      CASE WHEN u = 1e0 THEN x ELSE (u - 1e0) * (x / ln(u)) END;
    CREATE OR REPLACE MACRO lrs_expm1(x) AS lrs_expm1_of(x, exp(x));
    -- Null beyond 32-bit floats.
    CREATE OR REPLACE MACRO lrs_float(x) AS TRY_CAST(x AS FLOAT);
    CREATE OR REPLACE MACRO lrs_symlog(x) AS
      CASE WHEN x < 0e0 THEN -lrs_log1p(-x) ELSE lrs_log1p(x) END;

    """#
}
