internal import Featurizing
internal import SparseBatches

/// The tables and functions by which an exported C source makes features of a row's fields.
struct CReader {
  private(set) var parts: Set<CRuntime.Part> = []
  /// Macros and tables that the runtime's parts read.
  private(set) var definitions = ""
  /// `lrs_read`, and what it calls.
  private(set) var functions = ""

  /// Features of a row whose fields can hold any number of them.
  private static let openFeatures = 16_384

  init(_ model: ExportedModel) {
    definitions += "#define LRS_MASK (\(model.hashing.mask)u)\n"
    switch model.rows {
    case .columns(let columns): add(columns)
    case .indices(let scales): add(scales, model.hashing)
    }
  }

  // MARK: Columns

  private mutating func add(_ columns: ExportedColumns) {
    let kinds = ColumnKinds(columns)
    parts.insert(.hash)
    if kinds.hasNumbers { parts.insert(columns.numbers.isPlain ? .decimalNumber : .markedNumber) }
    if kinds.transforms.contains(.symlog) { parts.insert(.symlog) }
    addLimits(kinds, columns)
    addTokens(columns)
    if kinds.hasNumbers { addMarks(columns.numbers) }
    functions += CRuntime.fields
    if !kinds.transforms.isEmpty { functions += CRuntime.float }
    functions += columnTables(columns, kinds)
    if !kinds.transforms.isDisjoint(with: [.standardize, .symlog]) { functions += CRuntime.scaled }
    if kinds.hasBins { functions += CRuntime.bin }
    if kinds.hasNumbers {
      functions += Self.fill(CRuntime.numberFeatures, "CASES", kinds.numberCases)
    }
    if kinds.hasTexts { functions += CRuntime.words }
    if !columns.crosses.isEmpty {
      functions +=
        crossTable(columns.crosses) + Self.fill(CRuntime.crosses, "CASES", kinds.crossCases)
    }
    functions += readFunction(columns, kinds)
  }

  private mutating func addLimits(_ kinds: ColumnKinds, _ columns: ExportedColumns) {
    if kinds.hasTexts {
      definitions += """

        /* A row with more features gives NAN: define it larger where texts are longer. A feature takes
           24 bytes of the stack. */
        #ifndef LRS_MAX_FEATURES
        #define LRS_MAX_FEATURES \(Self.openFeatures + kinds.mostFeatures)
        #endif

        """
    } else {
      definitions += "#define LRS_MAX_FEATURES \(max(1, kinds.mostFeatures))\n"
    }
    definitions += "#define LRS_CELLS (4 * LRS_MAX_FEATURES + 64)\n"
    definitions += "#define LRS_FIELDS ((size_t)\(columns.columns.count))\n"
    if kinds.hasScaled { definitions += "#define LRS_CLIP (\(HexFloat.text(columns.clip)))\n" }
    if kinds.hasTexts { definitions += "#define LRS_NGRAMS \(columns.ngrams)\n" }
    definitions += "\ntypedef struct {\n  const char *text;\n  size_t length;\n} lrs_text;\n\n"
  }

  private mutating func addTokens(_ columns: ExportedColumns) {
    let tokens = columns.missing.filter { !$0.isEmpty }
    let starts = tokens.reduce(UInt64(0)) { $0 | 1 << UInt64($1[0] & 63) }
    definitions += "#define LRS_EMPTY_IS_MISSING \(columns.missing.contains([]) ? 1 : 0)\n"
    definitions += "#define LRS_TOKEN_STARTS (UINT64_C(\(starts)))\n"
    definitions += "#define LRS_TOKENS ((size_t)\(max(1, tokens.count)))\n\n"
    // Where there is no token, no text starts with one: the empty one is never compared.
    definitions += CTables.texts("lrs_tokens", tokens)
  }

  private mutating func addMarks(_ form: NumberForm) {
    guard !form.isPlain else {
      definitions += "#define LRS_PARSE lrs_number\n\n"
      return
    }
    let marks = form.marks.unicodeScalars.filter { $0 != " " }.map { Array(String($0).utf8) }
    definitions += "#define LRS_PARSE lrs_marked_number\n"
    definitions += "#define LRS_DECIMAL '\(form.decimal == .comma ? "," : ".")'\n"
    definitions += "#define LRS_DROPS_BLANKS \(form.marks.contains(" ") ? 1 : 0)\n"
    definitions += "#define LRS_MARK_COUNT ((size_t)\(max(1, marks.count)))\n\n"
    // No byte is a NUL and a mark at once: the one that stands for none is never met in a number.
    definitions += CTables.texts("lrs_marks", marks.isEmpty ? [[0]] : marks)
  }

  private func columnTables(_ columns: ExportedColumns, _ kinds: ColumnKinds) -> String {
    var features: [String] = []
    var edges: [String] = []
    var slots: [String] = []
    var table: [String] = []
    for column in columns.columns {
      let first = features.count
      var kind = "LRS_CATEGORY"
      switch column.kind {
      case .category: break
      case .text: kind = "LRS_TEXT"
      case .number(let own):
        kind = "LRS_NUMBER"
        for feature in own {
          switch feature {
          case .scaled(let slot, let scale):
            features.append(
              "{\(ColumnKinds.word(scale.transform)), \(slot)u, \(HexFloat.text(scale.mean)), "
                + "\(HexFloat.text(scale.standardDeviation)), 0, 0, 0}")
          case .bin(let own, let ownSlots):
            features.append("{LRS_BIN, 0u, 0.0, 0.0, \(edges.count), \(own.count), \(slots.count)}")
            edges += own.map(HexFloat.text)
            slots += ownSlots.map { "\($0)u" }
          }
        }
      }
      table.append(
        "{\(kind), \(column.seed)u, \(column.missingSlot)u, \(first), \(features.count)}")
    }
    var text = """
      typedef enum { LRS_CATEGORY, LRS_TEXT, LRS_NUMBER } lrs_kind;

      typedef struct {
        lrs_kind kind;
        uint32_t seed;
        uint32_t missing_slot;
        size_t first_feature;
        size_t end_feature;
      } lrs_column;


      """
    text += CTables.array("lrs_column", "lrs_table", table, empty: "{LRS_CATEGORY, 0u, 0u, 0, 0}")
    guard kinds.hasNumbers || !columns.crosses.isEmpty else { return text }
    text += """
      typedef enum { LRS_STANDARDIZE, LRS_SYMLOG, LRS_RAW, LRS_BIN } lrs_transform;

      typedef struct {
        lrs_transform kind;
        uint32_t slot;
        double mean;
        double deviation;
        size_t first_edge;
        size_t edges;
        size_t first_slot;
      } lrs_feature;


      """
    text += CTables.array(
      "lrs_feature", "lrs_features", features, empty: "{LRS_RAW, 0u, 0.0, 0.0, 0, 0, 0}")
    if kinds.hasBins {
      text += CTables.array("double", "lrs_edges", edges, empty: "0.0")
      text += CTables.array("uint32_t", "lrs_bin_slots", slots, empty: "0u")
    }
    return text
  }

  private func crossTable(_ crosses: [ExportedCross]) -> String {
    let rows = crosses.map { cross in
      "{\(cross.seed)u, \(cross.columns.count), {"
        + cross.columns.map(String.init).joined(separator: ", ") + "}}"
    }
    return """
      #define LRS_CROSSES ((size_t)\(crosses.count))

      typedef struct {
        uint32_t seed;
        size_t count;
        size_t columns[3];
      } lrs_cross;


      """ + CTables.array("lrs_cross", "lrs_crosses", rows, empty: "")
  }

  /// The template with other lines in the place of one that holds nothing but a word.
  private static func fill(_ template: String, _ word: String, _ lines: String) -> String {
    template.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0 == word ? lines : String($0) }.joined(separator: "\n")
  }

  private func readFunction(_ columns: ExportedColumns, _ kinds: ColumnKinds) -> String {
    let keepsFields = kinds.hasTexts || !columns.crosses.isEmpty
    let keepsNumbers = !columns.crosses.isEmpty
    var text = """
      /* 1 and the features of a row, or 0 for a bad one. */
      static int lrs_read(const char *const *fields, const size_t *lengths, lrs_row *row) {
      \(keepsFields ? "  lrs_field found[LRS_FIELDS];\n" : "")\
      \(keepsNumbers ? "  double numbers[LRS_FIELDS];\n" : "")  size_t i;
        row->count = 0;
        row->is_bad = 0;
        for (i = 0; i < LRS_FIELDS; i += 1) {
          const lrs_column *column = &lrs_table[i];
          const lrs_field field = lrs_trimmed(fields[i], lengths[i]);

      """
    if keepsFields { text += "    found[i] = field;\n" }
    if keepsNumbers { text += "    numbers[i] = 0.0;\n" }
    text += """
          if (column->kind == LRS_CATEGORY) {
            lrs_add(row,
                    field.is_missing ? column->missing_slot
                                     : lrs_hash(field.text, field.count, column->seed) & LRS_MASK,
                    1.0f);
          }

      """
    if kinds.hasNumbers {
      text += """
            if (column->kind == LRS_NUMBER) {
              if (field.is_missing) {
                lrs_add(row, column->missing_slot, 1.0f);
              } else {
                double number = 0.0;
                if (!LRS_PARSE(field.text, field.count, &number)) { return 0; }
                lrs_add_number(row, column, number);
        \(keepsNumbers ? "        numbers[i] = number;\n" : "")      }
            }

        """
    }
    text += "  }\n"
    if kinds.hasTexts {
      text += """
          for (i = 0; i < LRS_FIELDS; i += 1) {
            if (lrs_table[i].kind == LRS_TEXT) {
              if (found[i].is_missing) {
                lrs_add(row, lrs_table[i].missing_slot, 1.0f);
              } else {
                lrs_add_words(row, &found[i], lrs_table[i].seed);
              }
            }
          }

        """
    }
    if !columns.crosses.isEmpty { text += "  lrs_add_crosses(row, found, numbers);\n" }
    return text + "  lrs_merge(row);\n  return !row->is_bad;\n}\n\n"
  }

  // MARK: LibSVM

  private mutating func add(_ scales: IndexScales?, _ hashing: FeatureHashing) {
    parts.formUnion([.hash, .decimalNumber])
    definitions += """
      #define LRS_SEED (\(hashing.seed)u)
      /* A row with more features gives NAN: define it larger where rows are longer. A feature takes
         24 bytes of the stack. */
      #ifndef LRS_MAX_FEATURES
      #define LRS_MAX_FEATURES \(Self.openFeatures)
      #endif
      #define LRS_CELLS (4 * LRS_MAX_FEATURES + 64)


      """
    functions += CRuntime.float + CRuntime.indexedRow
    var scaling = ""
    if let scales {
      functions += Self.scaleTable(scales)
      scaling = "  value = lrs_scaled(index, value);"
    }
    functions += Self.fill(CRuntime.readIndices, "SCALING", scaling)
  }

  private static func scaleTable(_ scales: IndexScales) -> String {
    let clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
    let pairs = zip(scales.indices, scales.magnitudes).map {
      "{UINT64_C(\($0)), \(HexFloat.text(Double($1)))f}"
    }
    return """
      #define LRS_CLIP (\(HexFloat.text(Double(clip)))f)
      #define LRS_SCALES ((size_t)\(pairs.count))

      typedef struct {
        uint64_t index;
        float magnitude;
      } lrs_index_scale;


      """ + CTables.array("lrs_index_scale", "lrs_scales", pairs, empty: "{0u, 1.0f}")
        + CRuntime.scaledIndex
  }
}
