internal import Featurizing

/// The script for ClickHouse: each row is scored by itself, by lookups in a table of the engine Join.
struct ClickHouseScript: SQLScript {
  let parts: SQLParts

  /// Stands for a feature that a row has not.
  private static let noSlot = "4294967295"

  var text: String {
    let clip = features.columns.clip
    return Self.functions
      + """
      CREATE OR REPLACE FUNCTION lrs_scaled AS (x, mean, deviation) ->
        lrs_float(greatest(\(dialect.number(-clip)), least(\(dialect.number(clip)), \
      (x - mean) / deviation)));

      CREATE OR REPLACE FUNCTION lrs_field AS (value) ->
        if(isNull(value) OR trim(BOTH ' ' FROM value) IN \(parts.missingList), NULL,
          trim(BOTH ' ' FROM value));

      DROP VIEW IF EXISTS logreg_stream_scores;

      """ + weights.table(leaving: ownSlots) + "\n" + view
  }

  private var weights: ClickHouseWeights { ClickHouseWeights(model: model, dialect: dialect) }

  /// Slots whose values are added first; none where numbers may be in any slot: then all weights are in
  /// the table, and all features are merged.
  private var ownSlots: Set<UInt32> { features.hasOpenNumbers ? [] : features.numberSlots }

  // MARK: View

  private var view: String {
    let fields = columns.indices.map { index in
      "lrs_field(toString(t.\(dialect.name(columns[index].name.text)))) AS lrs_f\(index)"
    }
    let numbers = features.numbers.map { "lrs_number(lrs_f\($0)) AS lrs_n\($0)" }
    var layers = [fields]
    if !numbers.isEmpty { layers.append(numbers) }
    layers += wordLayers
    layers.append([
      "\(featureList) AS lrs_features",
      "coalesce(\(features.isBad), false) AS lrs_is_bad",
    ])
    if features.hasOpenNumbers { layers.append(["\(Self.merged) AS lrs_merged"]) }
    layers += hasClasses ? classLayers : layersOfSum
    var hidden: [String] = []
    var text = "\(dialect.name(parts.table)) AS t"
    for (index, layer) in layers.enumerated() {
      let start = index == 0 ? "t.*" : "*"
      hidden += layer.compactMap { $0.components(after: " AS ") }
      text = "(SELECT \(start),\n    \(layer.joined(separator: ",\n    "))\n  FROM \(text))"
    }
    return """
      CREATE VIEW logreg_stream_scores AS
      SELECT * EXCEPT (\(hidden.joined(separator: ", "))),
        \(scores)
      FROM \(text)
      SETTINGS precise_float_parsing = 1, short_circuit_function_evaluation = 'disable',
        max_block_size = 8192;

      """
  }

  // MARK: Features

  private var ngrams: Int { features.columns.ngrams }

  /// The words of each text, and the hashes of runs of words: that of each word is the seed of the next
  /// one's.
  private var wordLayers: [[String]] {
    let texts = features.texts
    guard !texts.isEmpty else { return [] }
    var layers = [
      texts.map { "lrs_words(coalesce(lrs_f\($0), '')) AS lrs_w\($0)" },
      texts.map {
        "arrayMap(w -> lrs_hash(w, \(columns[$0].seed)), lrs_w\($0)) AS lrs_h\($0)_1"
      },
    ]
    for length in 2..<max(2, ngrams + 1) {
      layers.append(
        texts.map { index in
          "arrayMap((w, s) -> lrs_hash(w, s), arraySlice(lrs_w\(index), \(length)), "
            + "arrayPopBack(lrs_h\(index)_\(length - 1))) AS lrs_h\(index)_\(length)"
        })
    }
    return layers
  }

  /// All features of a row, in their order.
  private var featureList: String {
    var parts = [
      structures(columns.indices.filter { !features.texts.contains($0) }.flatMap(features.features))
    ]
    for index in features.texts {
      parts.append(structures(features.features(index)))
      parts += (1...ngrams).map { length in
        "arrayMap(h -> (toUInt32(h % \(Int(model.hashing.mask) + 1)), toFloat32(1)), "
          + "lrs_h\(index)_\(length))"
      }
    }
    parts.append(structures(features.columns.crosses.map(features.cross)))
    parts.removeAll { $0 == "[]" }
    if parts.isEmpty { parts = [structures([SQLFeature(slot: Self.noSlot)])] }
    return parts.count > 1 ? "arrayConcat(\(parts.joined(separator: ",\n    ")))" : parts[0]
  }

  private func structures(_ features: [SQLFeature]) -> String {
    let found = features.map { feature in
      "(toUInt32(coalesce(\(feature.slot), \(Self.noSlot))), "
        + "\(feature.value.map { "coalesce(\($0), toFloat32(0))" } ?? "toFloat32(1)"))"
    }
    return "[\(found.joined(separator: ",\n    "))]"
  }

  // MARK: Sums

  /// Whole numbers in one slot are added exactly, others as 32-bit floats, in the order of columns.
  private var layersOfSum: [[String]] {
    let own = weights.pairs(of: ownSlots)
    var sum =
      "\(dialect.number(model.biases[0])) + arraySum(arrayMap(x -> joinGet('logreg_stream_weights', "
      + "'weight', x.1) * x.2, \(list)))"
    var layers: [[String]] = []
    if !own.isEmpty {
      layers.append([ownFeatures])
      sum +=
        "\n      + arraySum(arrayMap(w -> w.2 * \(Self.folded), [\(own.joined(separator: ", "))]))"
    }
    layers.append(["\(sum) AS lrs_sum"])
    for step in parts.link.scores().steps { layers.append(["\(step.expression) AS \(step.name)"]) }
    return layers
  }

  /// Each slot once, with the sum of its values as 32-bit floats, in the order of features.
  private static let merged =
    "arrayMap(s -> (s, arrayFold((a, x) -> if(x.1 = s, toFloat32(a + x.2), a), lrs_features, "
    + "toFloat32(0))), arrayDistinct(arrayMap(x -> x.1, lrs_features)))"

  /// What weights are looked up for.
  private var list: String { features.hasOpenNumbers ? "lrs_merged" : "lrs_features" }

  private var ownFeatures: String {
    let slots = features.numberSlots.sorted().map(String.init).joined(separator: ", ")
    return "arrayFilter(x -> has([\(slots)], x.1), lrs_features) AS lrs_own"
  }

  private static let folded =
    "arrayFold((a, x) -> if(x.1 = w.1, toFloat32(a + x.2), a), lrs_own, toFloat32(0))"

  private var classLayers: [[String]] {
    let own = weights.pairs(of: ownSlots)
    var found =
      "arrayMap(x -> (joinGet('logreg_stream_weights', 'weight', x.1), toFloat64(x.2)), "
      + "\(list))"
    var layers: [[String]] = []
    if !own.isEmpty {
      layers.append([ownFeatures])
      found =
        "arrayConcat(\(found), arrayMap(w -> (w.2, toFloat64(\(Self.folded))), "
        + "[\(own.joined(separator: ", "))]))"
    }
    layers.append(["\(found) AS lrs_found"])
    let margins = (0..<model.outputs).map { output in
      parts.link.classMargin(
        "(\(dialect.number(model.biases[output])) + arraySum(arrayMap(x -> x.1[\(output + 1)] * x.2, "
          + "lrs_found)))", output: output)
    }
    layers.append(["[\(margins.joined(separator: ",\n      "))] AS lrs_margin"])
    layers.append([
      "arrayMap(m -> exp(m - arrayMax(lrs_margin)), lrs_margin) AS lrs_odds"
    ])
    return layers
  }

  private var scores: String {
    guard hasClasses else {
      let (_, margin, probability) = parts.link.scores()
      return """
        if(lrs_is_bad, nan, \(margin)) AS margin,
          if(lrs_is_bad, nan, \(probability)) AS probability
        """
    }
    let classes = model.classes.map(dialect.text).joined(separator: ", ")
    return """
      arrayMap(m -> if(lrs_is_bad, nan, m), lrs_margin) AS margin,
        arrayMap(o -> if(lrs_is_bad, nan, o / arraySum(lrs_odds)), lrs_odds) AS probability,
        if(lrs_is_bad, 'nan', [\(classes)][indexOf(lrs_margin, arrayMax(lrs_margin))]) AS class
      """
  }

  static let functions = #"""
    -- MurmurHash3 of a text's bytes, four at a time.
    CREATE OR REPLACE FUNCTION lrs_mix AS (word) ->
      toUInt32(bitRotateLeft(toUInt32(word * 3432918353), 15) * 461845907);
    CREATE OR REPLACE FUNCTION lrs_hash AS (value, seed) -> arrayFold(
      (h, r) -> toUInt32(bitXor(h, bitShiftRight(h, r.1)) * r.2),
      [(16, 2246822507), (13, 3266489909), (16, 1)],
      toUInt32(bitXor(bitXor(
        arrayFold((h, i) -> toUInt32(bitRotateLeft(bitXor(h,
            lrs_mix(reinterpretAsUInt32(substring(assumeNotNull(value), 4 * i + 1, 4)))), 13) * 5
            + 3864292196),
          range(intDiv(length(assumeNotNull(value)), 4)), toUInt32(seed)),
        lrs_mix(reinterpretAsUInt32(substring(assumeNotNull(value),
          4 * intDiv(length(assumeNotNull(value)), 4) + 1)))),
        toUInt32(length(assumeNotNull(value))))));

    CREATE OR REPLACE FUNCTION lrs_hash_index AS (x, seed) ->
      lrs_hash(reverse(unhex(lpad(hex(toUInt64(x)), 16, '0'))), seed);

    -- A finite number, or null. What parses a point before an exponent stops there: it is left out.
    CREATE OR REPLACE FUNCTION lrs_finite AS (x) -> if(isFinite(x), x, NULL);
    CREATE OR REPLACE FUNCTION lrs_number AS (value) ->
      if(match(value, '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'),
        lrs_finite(toFloat64OrNull(replaceRegexpOne(value, '[.]([eE]|$)', '\\1'))), NULL);

    -- Runs of letters, digits, underscores and bytes beyond ASCII, with small letters for capitals.
    CREATE OR REPLACE FUNCTION lrs_words AS (value) -> arrayFilter(w -> w != '',
      splitByRegexp('[\\x00-/:-^`{-\\x7f]+', lower(value)));

    CREATE OR REPLACE FUNCTION lrs_exp AS (x) -> exp(x);
    CREATE OR REPLACE FUNCTION lrs_log1p AS (x) -> log1p(x);
    -- e^x - 1, accurate near 0 (Higham 2002, section 1.14).
    CREATE OR REPLACE FUNCTION lrs_expm1 AS (x) ->
      if(exp(x) = 1, x, (exp(x) - 1) * (x / log(exp(x))));
    CREATE OR REPLACE FUNCTION lrs_float AS (x) -> toFloat32(x);
    CREATE OR REPLACE FUNCTION lrs_symlog AS (x) -> if(x < 0, -log1p(-x), log1p(x));

    """#
}

extension String {
  /// What stands behind the last `separator`.
  fileprivate func components(after separator: String) -> String? {
    var rest = self[...]
    var found: Substring?
    while let range = rest.firstRange(of: separator) {
      rest = rest[range.upperBound...]
      found = rest
    }
    return found.map(String.init)
  }
}
