internal import Featurizing

/// The script for PostgreSQL: each row is scored by itself, by lookups in the index of the weights.
struct PostgresScript: SQLScript {
  let parts: SQLParts

  var text: String {
    let clip = features.columns.clip
    return Self.functions
      + """
      -- Clipped before it is divided: an infinite quotient would be an error.
      CREATE OR REPLACE FUNCTION lrs_scaled(x float8, mean float8, deviation float8) RETURNS real
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN x - mean > 2 * \(dialect.number(clip)) * deviation
          THEN lrs_float(\(dialect.number(clip)))
          WHEN x - mean < -2 * \(dialect.number(clip)) * deviation
          THEN lrs_float(\(dialect.number(-clip)))
          WHEN abs(x - mean) < 1e-60 * deviation THEN 0::real
          ELSE lrs_float(greatest(\(dialect.number(-clip)),
            least(\(dialect.number(clip)), (x - mean) / deviation))) END
      $$;

      CREATE OR REPLACE FUNCTION lrs_field(value text) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN value IS NULL OR btrim(value, ' ') IN \(parts.missingList)
          THEN NULL ELSE btrim(value, ' ') END
      $$;

      DROP VIEW IF EXISTS logreg_stream_scores;
      DROP TABLE IF EXISTS logreg_stream_weights;
      CREATE TABLE logreg_stream_weights
        (slot bigint, is_number boolean, \(hasClasses ? "output integer, " : "")weight float8,
        PRIMARY KEY (slot\(hasClasses ? ", output" : "")));

      """
      + parts.inserts(into: "logreg_stream_weights")
      + "ANALYZE logreg_stream_weights;\n\n" + view
  }

  private var view: String {
    let fields = columns.indices.map { index in
      "lrs_field(CAST(r.\(dialect.name(columns[index].name.text)) AS text)) AS lrs_f\(index)"
    }
    let numbers = features.numbers.map { "lrs_number(lrs_f\($0)) AS lrs_n\($0)" }
    // OFFSET 0 keeps the planner from making each expression once for each use.
    return """
      CREATE VIEW logreg_stream_scores AS
      SELECT r.*, \(hasClasses ? classColumns : scoreColumns)
      FROM \(dialect.name(parts.table)) AS r
      -- The text of each column, null where it is missing.
      CROSS JOIN LATERAL (SELECT \(fields.joined(separator: ",\n  ")) OFFSET 0) AS lrs_fields
      -- Its number, null where it is missing or none.
      CROSS JOIN LATERAL (SELECT \((numbers + ["0 AS lrs_none"]).joined(separator: ",\n  ")) \
      OFFSET 0) AS lrs_numbers
      CROSS JOIN LATERAL (SELECT \(features.isBad) AS lrs_is_bad OFFSET 0) AS lrs_bad
      \(hasClasses ? classSums : sums);

      """
  }

  // MARK: Features

  /// The value of each slot of a row: features of one slot are added as 32-bit floats, in their order.
  private var slots: String {
    var features: [String] = []
    for index in columns.indices {
      for feature in self.features.features(index) { features.append(row(features.count, feature)) }
    }
    var sources: [String] = []
    if !features.isEmpty {
      sources.append(
        "SELECT * FROM (VALUES \(features.joined(separator: ",\n      "))) AS v(place, slot, value)"
      )
    }
    for (index, column) in columns.enumerated() {
      guard case .text = column.kind else { continue }
      let place = 4 * columns.count + index
      sources.append(
        "SELECT \(place), w.hash % \(Int(model.hashing.mask) + 1), 1::real FROM "
          + "lrs_words(lrs_f\(index), \(column.seed), \(self.features.columns.ngrams)) AS w(hash)")
    }
    for (index, cross) in self.features.columns.crosses.enumerated() {
      let feature = self.features.cross(cross)
      sources.append(
        "SELECT * FROM (VALUES \(row(8 * columns.count + index, feature))) AS v(place, slot, value) "
          + "WHERE value IS DISTINCT FROM 0")
    }
    if sources.isEmpty { sources.append("SELECT 0 AS place, 0::bigint AS slot, 1::real AS value") }
    return """
      (SELECT slot, CAST(sum(value ORDER BY place) AS float8) AS value FROM (
          \(sources.joined(separator: "\n    UNION ALL "))) AS u(place, slot, value)
          WHERE slot IS NOT NULL GROUP BY slot)
      """
  }

  private func row(_ place: Int, _ feature: SQLFeature) -> String {
    "(\(place), CAST(\(feature.slot) AS bigint), \(feature.value ?? "1::real"))"
  }

  // MARK: Scores

  private static let nan = "'NaN'::float8"

  private var scoreColumns: String {
    let (_, margin, probability) = parts.link.scores()
    return """
      CASE WHEN lrs_is_bad THEN \(Self.nan) ELSE \(margin) END AS margin,
        CASE WHEN lrs_is_bad THEN \(Self.nan) ELSE \(probability) END AS probability
      """
  }

  private var sums: String {
    var text = """
      CROSS JOIN LATERAL (
        SELECT \(dialect.number(model.biases[0])) + coalesce(sum(w.weight * g.value), 0::float8) \
      AS lrs_sum
        FROM \(slots) AS g
        JOIN logreg_stream_weights AS w USING (slot)) AS lrs_sums
      """
    for (index, step) in parts.link.scores().steps.enumerated() {
      text +=
        "\nCROSS JOIN LATERAL (SELECT \(step.expression) AS \(step.name) OFFSET 0) AS lrs_\(index)"
    }
    return text
  }

  private var classColumns: String {
    let classes = model.classes.map(dialect.text).joined(separator: ", ")
    return """
      CASE WHEN lrs_is_bad THEN array_fill(\(Self.nan), ARRAY[\(model.outputs)]) ELSE lrs_margin END \
      AS margin,
        CASE WHEN lrs_is_bad THEN array_fill(\(Self.nan), ARRAY[\(model.outputs)])
          ELSE lrs_softmax(lrs_margin) END AS probability,
        CASE WHEN lrs_is_bad THEN 'nan' ELSE (ARRAY[\(classes)])[array_position(lrs_margin,
          (SELECT max(m) FROM unnest(lrs_margin) AS u(m)))] END AS class
      """
  }

  private var classSums: String {
    let margins = (0..<model.outputs).map { output in
      parts.link.classMargin(
        "(\(dialect.number(model.biases[output])) + coalesce(sum(w.weight * g.value) "
          + "FILTER (WHERE w.output = \(output)), 0::float8))", output: output)
    }
    return """
      CROSS JOIN LATERAL (
        SELECT ARRAY[\(margins.joined(separator: ",\n    "))] AS lrs_margin
        FROM \(slots) AS g
        JOIN logreg_stream_weights AS w USING (slot)) AS lrs_sums
      """
  }

  static let functions = #"""
    -- MurmurHash3: products in two halves, because a bigint has 63 bits.
    CREATE OR REPLACE FUNCTION lrs_hash_bytes(bytes bytea, seed bigint) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
      n integer := length(bytes);
      h bigint := seed;
      k bigint;
      i integer := 0;
    BEGIN
      WHILE i < n LOOP
        k := get_byte(bytes, i);
        IF i + 1 < n THEN k := k | (get_byte(bytes, i + 1)::bigint << 8); END IF;
        IF i + 2 < n THEN k := k | (get_byte(bytes, i + 2)::bigint << 16); END IF;
        IF i + 3 < n THEN k := k | (get_byte(bytes, i + 3)::bigint << 24); END IF;
        k := (k * 11601 + (((k * 52382) & 65535) << 16)) & 4294967295;
        k := ((k << 15) | (k >> 17)) & 4294967295;
        k := (k * 13715 + (((k * 7047) & 65535) << 16)) & 4294967295;
        h := h # k;
        IF i + 3 < n THEN
          h := ((h << 13) | (h >> 19)) & 4294967295;
          h := (h * 5 + 3864292196) & 4294967295;
        END IF;
        i := i + 4;
      END LOOP;
      h := h # n;
      h := h # (h >> 16);
      h := (h * 51819 + (((h * 34283) & 65535) << 16)) & 4294967295;
      h := h # (h >> 13);
      h := (h * 44597 + (((h * 49842) & 65535) << 16)) & 4294967295;
      RETURN h # (h >> 16);
    END $$;
    CREATE OR REPLACE FUNCTION lrs_hash(value text, seed bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT lrs_hash_bytes(convert_to(value, 'UTF8'), seed)
    $$;
    -- Of an integer below 2^64: its eight bytes, the lowest first.
    CREATE OR REPLACE FUNCTION lrs_hash_index(value numeric, seed bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT lrs_hash_bytes(
        substr(b, 8, 1) || substr(b, 7, 1) || substr(b, 6, 1) || substr(b, 5, 1)
          || substr(b, 4, 1) || substr(b, 3, 1) || substr(b, 2, 1) || substr(b, 1, 1), seed)
      FROM (SELECT int8send(CAST(CASE WHEN value >= 9223372036854775808
        THEN value - 18446744073709551616 ELSE value END AS bigint)) AS b) AS s
    $$;

    -- A finite number, or null. A cast raises where the exponent is too large, and where it is too
    -- small: the digits say which.
    CREATE OR REPLACE FUNCTION lrs_number(value text) RETURNS float8
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
      mantissa text;
      digits text;
      place numeric;
    BEGIN
      IF value IS NULL OR value !~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$' THEN
        RETURN NULL;
      END IF;
      IF length(value) < 200 AND value !~ '[eE][+-]?0*[0-9]{3}' THEN
        RETURN CAST(value AS float8);
      END IF;
      BEGIN
        RETURN CAST(value AS float8);
      EXCEPTION WHEN numeric_value_out_of_range THEN
        mantissa := ltrim(regexp_replace(value, '[eE].*$', ''), '+-');
        digits := ltrim(replace(mantissa, '.', ''), '0');
        IF digits = '' THEN RETURN 0; END IF;
        place := length(digits) - length(split_part(mantissa, '.', 2));
        IF value ~ '[eE]' THEN
          place := place + CAST(regexp_replace(value, '^.*[eE]', '') AS numeric);
        END IF;
        RETURN CASE WHEN place > 0 THEN NULL ELSE 0 END;
      END;
    END $$;

    -- Hashes of the runs of 1 to ngrams words: that of each word is the seed of the next one's.
    CREATE OR REPLACE FUNCTION lrs_words(value text, seed bigint, ngrams integer)
    RETURNS SETOF bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
      word text;
      chains bigint[] := '{}';
      fresh bigint[];
      h bigint;
    BEGIN
      IF value IS NULL THEN RETURN; END IF;
      FOR word IN SELECT m[1] FROM regexp_matches(
        translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
        '([0-9a-z_\u0080-\U0010FFFF]+)', 'g') WITH ORDINALITY AS u(m, o) ORDER BY o
      LOOP
        fresh := '{}';
        FOREACH h IN ARRAY array_prepend(seed, chains[1 : ngrams - 1]) LOOP
          h := lrs_hash(word, h);
          fresh := array_append(fresh, h);
          RETURN NEXT h;
        END LOOP;
        chains := fresh;
      END LOOP;
    END $$;

    -- exp raises where its result is no number of 64 bits: below -740 it is 0 here.
    CREATE OR REPLACE FUNCTION lrs_exp(x float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN x < -740 THEN 0 WHEN x > 709.78 THEN 'Infinity' ELSE exp(x) END
    $$;
    -- log(1 + x) and e^x - 1, accurate near 0 (Higham 2002, section 1.14).
    CREATE OR REPLACE FUNCTION lrs_log1p(x float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN 1 + x = 1 THEN x ELSE ln(1 + x) * (x / ((1 + x) - 1)) END
    $$;
    CREATE OR REPLACE FUNCTION lrs_expm1(x float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN lrs_exp(x) = 1 THEN x WHEN lrs_exp(x) = 0 THEN -1
        ELSE (lrs_exp(x) - 1) * (x / ln(lrs_exp(x))) END
    $$;
    -- Null beyond 32-bit floats; what rounds to 0 would be an error.
    CREATE OR REPLACE FUNCTION lrs_float(x float8) RETURNS real
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN abs(x) < 1e-45 THEN 0::real
        WHEN abs(x) < '3.4028235677973366e38'::float8 THEN CAST(x AS real) END
    $$;
    CREATE OR REPLACE FUNCTION lrs_symlog(x float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN x < 0 THEN -lrs_log1p(-x) ELSE lrs_log1p(x) END
    $$;
    CREATE OR REPLACE FUNCTION lrs_softmax(margins float8[]) RETURNS float8[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT array_agg(odds / total ORDER BY place) FROM (
        SELECT odds, place, sum(odds) OVER () AS total FROM (
          SELECT lrs_exp(m - max(m) OVER ()) AS odds, place
          FROM unnest(margins) WITH ORDINALITY AS u(m, place)) AS a) AS b
    $$;

    """#
}
