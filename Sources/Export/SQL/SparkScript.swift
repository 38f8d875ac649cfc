internal import Featurizing

/// The script for Spark SQL: one row a feature, joined with the weights, which are broadcast where they are
/// few, and added by row.
struct SparkScript: SQLScript {
  let parts: SQLParts

  var text: String {
    let clip = features.columns.clip
    return Self.functions
      + """
      CREATE OR REPLACE FUNCTION lrs_scaled(x DOUBLE, mean DOUBLE, deviation DOUBLE) RETURNS FLOAT
      RETURN CAST(greatest(\(dialect.number(-clip)), least(\(dialect.number(clip)),
        (x - mean) / deviation)) AS FLOAT);

      CREATE OR REPLACE FUNCTION lrs_field(value STRING) RETURNS STRING
      RETURN CASE WHEN value IS NULL OR trim(BOTH ' ' FROM value) IN \(parts.missingList)
        THEN NULL ELSE trim(BOTH ' ' FROM value) END;

      DROP VIEW IF EXISTS logreg_stream_scores;
      DROP TABLE IF EXISTS logreg_stream_weights;
      CREATE TABLE logreg_stream_weights
        (slot BIGINT, is_number BOOLEAN, \(hasClasses ? "output INT, " : "")weight DOUBLE) USING parquet;

      """
      + parts.inserts(into: "logreg_stream_weights") + "\n" + view
  }

  private var view: String {
    """
    CREATE VIEW logreg_stream_scores AS
    WITH lrs_rows AS (
      SELECT monotonically_increasing_id() AS lrs_row, struct(*) AS lrs_data, *
      FROM \(dialect.name(parts.table))
    ),
    -- The text of each column, null where it is missing.
    lrs_fields AS (
      SELECT lrs_row, lrs_data\(list(columns.indices.map { index in
        "lrs_field(CAST(\(dialect.name(columns[index].name.text)) AS STRING)) AS lrs_f\(index)"
      })) FROM lrs_rows
    ),
    -- Its number, null where it is missing or none.
    lrs_numbers AS (
      SELECT *\(list(features.numbers.map { "lrs_number(lrs_f\($0)) AS lrs_n\($0)" })) FROM lrs_fields
    ),
    \(words)lrs_lists AS (
      SELECT lrs_row, lrs_data, \(features.isBad) AS lrs_is_bad, \(featureList) AS lrs_list
      FROM \(features.texts.isEmpty ? "lrs_numbers" : "lrs_runs_\(ngrams)")
    ),
    -- One row a feature.
    lrs_features AS (SELECT lrs_row, lrs_data, lrs_is_bad, inline(lrs_list) FROM lrs_lists),
    \(merged)-- Whole numbers in one slot are added exactly, others as 32-bit floats, in the order of columns.
    lrs_sums AS (
      SELECT lrs_row, first(lrs_data) AS lrs_data, first(lrs_is_bad) AS lrs_is_bad\(list(plainSums)),
        sort_array(collect_list(CASE WHEN is_number
          THEN struct(place, f.slot, value, weight\(hasClasses ? ", output" : "")) END)) AS lrs_shared
      FROM \(features.hasOpenNumbers ? "lrs_merged" : "lrs_features") f LEFT JOIN logreg_stream_weights w ON f.slot = w.slot
      GROUP BY lrs_row
    )
    \(hasClasses ? classScores : scores)
    """
  }

  private func list(_ items: [String]) -> String {
    items.map { ",\n    " + $0 }.joined()
  }

  // MARK: Features

  private var ngrams: Int { features.columns.ngrams }

  /// The words of each text, and the hashes of runs of words: that of each word is the seed of the next
  /// one's.
  private var words: String {
    guard !features.texts.isEmpty else { return "" }
    var text = "-- The words of texts, and hashes of runs of words.\nlrs_words AS (SELECT *"
    text += list(features.texts.map { "\(Self.words(of: "lrs_f\($0)")) AS lrs_w\($0)" })
    text += " FROM lrs_numbers),\nlrs_runs_1 AS (SELECT *"
    text += list(
      features.texts.map { index in
        let hash = Self.hash("w", "CAST(\(columns[index].seed) AS BIGINT)")
        return "transform(lrs_w\(index), w -> \(hash)) AS lrs_h\(index)_1"
      })
    text += " FROM lrs_words),\n"
    for length in 2..<max(2, ngrams + 1) {
      text += "lrs_runs_\(length) AS (SELECT *"
      text += list(
        features.texts.map { index in
          let before = "lrs_h\(index)_\(length - 1)"
          return "zip_with(slice(lrs_w\(index), \(length), size(\(before))), "
            + "slice(\(before), 1, greatest(size(\(before)) - 1, 0)), (w, s) -> "
            + "\(Self.hash("w", "s"))) AS lrs_h\(index)_\(length)"
        })
      text += " FROM lrs_runs_\(length - 1)),\n"
    }
    return text
  }

  /// No word of a missing text.
  private static func words(of field: String) -> String {
    "filter(split(translate(coalesce(\(field), ''), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
      + "'abcdefghijklmnopqrstuvwxyz'), '[\\\\x00-/:-^`{-\\\\x7f]+'), w -> w <> '')"
  }

  /// All features of a row, in their order.
  private var featureList: String {
    var fixed: [String] = []
    for index in columns.indices where !features.texts.contains(index) {
      for feature in features.features(index) { fixed.append(row(fixed.count, feature)) }
    }
    var parts = ["array(\(fixed.joined(separator: ",\n    ")))"]
    for index in features.texts {
      let place = fixed.count + index
      parts.append(
        "array(\(features.features(index).map { row(place, $0) }.joined(separator: ", ")))")
      parts += (1...ngrams).map { length in
        "transform(lrs_h\(index)_\(length), h -> "
          + "\(row(place, SQLFeature(slot: "h % \(Int(model.hashing.mask) + 1)"))))"
      }
    }
    let place = fixed.count + columns.count
    var last = features.columns.crosses.enumerated().map { index, cross in
      row(place + index, features.cross(cross))
    }
    // A row without features is a row all the same.
    last.append("struct(-1 AS place, CAST(NULL AS BIGINT) AS slot, CAST(0 AS FLOAT) AS value)")
    parts.append("array(\(last.joined(separator: ",\n    ")))")
    return "concat(\(parts.filter { $0 != "array()" }.joined(separator: ",\n    ")))"
  }

  private func row(_ place: Int, _ feature: SQLFeature) -> String {
    "struct(\(place) AS place, CAST(\(feature.slot) AS BIGINT) AS slot, "
      + "\(feature.value ?? "CAST(1 AS FLOAT)") AS value)"
  }

  /// Features of one slot, added first where any slot may have a number.
  private var merged: String {
    guard features.hasOpenNumbers else { return "" }
    return """
      lrs_merged AS (
        SELECT lrs_row, first(lrs_data) AS lrs_data, first(lrs_is_bad) AS lrs_is_bad, slot,
          min(place) AS place, aggregate(sort_array(collect_list(struct(place, value))),
            CAST(0 AS FLOAT), (a, f) -> CAST(a + f.value AS FLOAT)) AS value
        FROM lrs_features GROUP BY lrs_row, slot
      ),

      """
  }

  /// What the features add whose values need no order.
  private var plainSums: [String] {
    outputs.map { output in
      "coalesce(sum(CASE WHEN NOT is_number\(of(output)) THEN weight * value END), 0D) "
        + "AS lrs_plain_\(output)"
    }
  }

  private var outputs: Range<Int> { 0..<model.outputs }

  private func of(_ output: Int, _ prefix: String = "") -> String {
    hasClasses ? " AND \(prefix)output = \(output)" : ""
  }

  /// The sum of one output with its bias.
  private func sum(_ output: Int) -> String {
    let same = "f -> f.slot = s.slot\(of(output, "f."))"
    return """
      (\(dialect.number(model.biases[output])) + (lrs_plain_\(output) + aggregate(lrs_shared, 0D, (a, s) -> a +
          CASE WHEN s.place = filter(lrs_shared, \(same))[0].place\(of(output, "s."))
          THEN s.weight * aggregate(filter(lrs_shared, \(same)), CAST(0 AS FLOAT),
            (b, f) -> CAST(b + f.value AS FLOAT)) ELSE 0D END)))
      """
  }

  // MARK: Scores

  private static let nan = "double('NaN')"

  private var scores: String {
    let (steps, margin, probability) = parts.link.scores()
    var source = "SELECT *, \(sum(0)) AS lrs_sum FROM lrs_sums"
    for step in steps {
      source = "SELECT *, \(step.expression) AS \(step.name) FROM (\n  \(source))"
    }
    return """
      SELECT lrs_data.*, CASE WHEN lrs_is_bad THEN \(Self.nan) ELSE \(margin) END AS margin,
        CASE WHEN lrs_is_bad THEN \(Self.nan) ELSE \(probability) END AS probability
      FROM (\(source));

      """
  }

  private var classScores: String {
    let margins = outputs.map { parts.link.classMargin(sum($0), output: $0) }
    let classes = model.classes.map(dialect.text).joined(separator: ", ")
    let nan = "transform(margin, m -> \(Self.nan))"
    return """
      SELECT lrs_data.*, CASE WHEN lrs_is_bad THEN \(nan) ELSE margin END AS margin,
        CASE WHEN lrs_is_bad THEN \(nan)
          ELSE transform(odds, o -> o / aggregate(odds, 0D, (a, b) -> a + b)) END AS probability,
        CASE WHEN lrs_is_bad THEN 'nan'
          ELSE array(\(classes))[CAST(array_position(margin, array_max(margin)) - 1 AS INT)] END AS class
      FROM (
        SELECT *, transform(margin, m -> exp(m - array_max(margin))) AS odds FROM (
          SELECT *, array(\(margins.joined(separator: ",\n        "))) AS margin FROM lrs_sums));

      """
  }

  // MARK: Functions

  static let functions =
    """
    -- MurmurHash3 of a text's bytes: the words, four bytes each, are mixed side by side, then joined.
    -- Products in two halves, because a bigint has 63 bits.
    CREATE OR REPLACE FUNCTION lrs_hash(value STRING, seed BIGINT) RETURNS BIGINT
    RETURN \(hash("value", "seed"));
    -- Of an integer below 2^64: its eight bytes, the lowest first.
    CREATE OR REPLACE FUNCTION lrs_hash_index(value DECIMAL(20, 0), seed BIGINT) RETURNS BIGINT
    RETURN \(hash(hex: indexHex, "seed"));

    -- A finite number, or null.
    CREATE OR REPLACE FUNCTION lrs_number(value STRING) RETURNS DOUBLE
    RETURN CASE WHEN value RLIKE '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
      AND instr(value, char(10)) = 0 AND abs(try_cast(value AS DOUBLE)) < double('Infinity')
      THEN try_cast(value AS DOUBLE) END;

    CREATE OR REPLACE FUNCTION lrs_exp(x DOUBLE) RETURNS DOUBLE RETURN exp(x);
    CREATE OR REPLACE FUNCTION lrs_log1p(x DOUBLE) RETURNS DOUBLE RETURN log1p(x);
    CREATE OR REPLACE FUNCTION lrs_expm1(x DOUBLE) RETURNS DOUBLE RETURN expm1(x);
    -- Null beyond 32-bit floats.
    CREATE OR REPLACE FUNCTION lrs_float(x DOUBLE) RETURNS FLOAT
    RETURN CASE WHEN abs(x) < 3.4028235677973366e38D THEN CAST(x AS FLOAT) END;
    CREATE OR REPLACE FUNCTION lrs_symlog(x DOUBLE) RETURNS DOUBLE
    RETURN CASE WHEN x < 0D THEN -log1p(-x) ELSE log1p(x) END;

    """

  /// An expression, because a function of SQL cannot take what a lambda is given.
  ///
  /// Each `transform` of a list with one element gives a name to what it is made of.
  private static func hash(_ value: String, _ seed: String) -> String {
    hash(hex: "hex(encode(coalesce(\(value), ''), 'UTF-8'))", seed)
  }

  private static func hash(hex: String, _ seed: String) -> String {
    let bytes = [7, 5, 3, 1].map { "substr(v.hex, 8 * i + \($0), 2)" }.joined(separator: ", ")
    let words =
      "transform(sequence(0, CAST(length(v.hex) DIV 8 AS INT)), i -> "
      + "coalesce(CAST(conv(concat(\(bytes)), 16, 10) AS BIGINT), 0))"
    let mixed = [product("k", 0xcc9e_2d51), rotated("k", 15), product("k", 0x1b87_3593)]
      .reduce(words) { list, next in "transform(\(list),\n      k -> \(next))" }
    let joined =
      "(aggregate(slice(v.words, 1, CAST(v.n DIV 4 AS INT)), v.seed, (h, k) -> "
      + "(\(rotated("(h ^ k)", 13)) * 5 + 3864292196) & 4294967295)\n      ^ v.words[v.n DIV 4]) ^ v.n"
    var text = "array(struct(\(seed) AS seed, \(hex) AS hex))"
    text =
      "transform(\(text), v -> struct(v.seed, CAST(length(v.hex) DIV 2 AS INT) AS n, "
      + "\(mixed) AS words))"
    text = "transform(\(text),\n    v -> \(joined))"
    text = "transform(\(text),\n    h -> \(product("(h ^ shiftright(h, 16))", 0x85eb_ca6b)))"
    text = "transform(\(text),\n    h -> \(product("(h ^ shiftright(h, 13))", 0xc2b2_ae35)))"
    return "transform(\(text),\n    h -> h ^ shiftright(h, 16))[0]"
  }

  /// The bytes of an index, the lowest first.
  private static var indexHex: String {
    let big =
      "concat(lpad(hex(CAST(value DIV 4294967296 AS BIGINT)), 8, '0'), "
      + "lpad(hex(CAST(value % 4294967296 AS BIGINT)), 8, '0'))"
    let bytes = stride(from: 15, to: 0, by: -2).map { "substr(b, \($0), 2)" }
    return "transform(array(\(big)), b -> concat(\(bytes.joined(separator: ", "))))[0]"
  }

  /// Modulo 2^32.
  private static func product(_ word: String, _ factor: UInt32) -> String {
    let (high, low) = (factor >> 16, factor & 0xffff)
    return "(\(word) * \(low) + shiftleft((\(word) * \(high)) & 65535, 16)) & 4294967295"
  }

  private static func rotated(_ word: String, _ bits: Int) -> String {
    "((shiftleft(\(word), \(bits)) | shiftright(\(word), \(32 - bits))) & 4294967295)"
  }
}
