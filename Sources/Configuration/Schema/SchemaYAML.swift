package import Featurizing
internal import SparseBatches

/// A schema as a YAML file that a person can read and change, and `--schema` reads.
///
/// Numbers round-trip. Names and texts stand in double quotes, with the escapes of `DisplayText`.
package enum SchemaYAML {
  package static func text(_ source: FeatureSchema.Source) -> String {
    switch source {
    case .csv(let csv): csvText(csv)
    case .libsvm(let scales): libsvmText(scales)
    case .vw: "schema: 1\nformat: vw\n"
    }
  }

  private static func libsvmText(_ scales: IndexScales?) -> String {
    var text = "schema: 1\nformat: libsvm\n"
    if let scales {
      text += "clip: \(scales.clip)\nmaximum_magnitudes: \"\(scales.text)\"\n"
    }
    return text
  }

  private static func csvText(_ csv: CSVSchema) -> String {
    let tokens = csv.missing.tokens.map(quoted).joined(separator: ", ")
    var text = """
      # How logreg-stream reads these rows: train --schema FILE.
      schema: 1
      format: csv
      delimiter: \(quoted([csv.delimiter]))
      quote: \(csv.quote.map { quoted([$0]) } ?? "none")
      header: \(csv.hasHeader)
      missing: [\(tokens)]
      \(numbers(csv.numbers))clip: \(csv.clip)
      ngrams: \(csv.ngrams)

      """
    if let comment = csv.comment { text += "comment: \(quoted([comment]))\n" }
    if csv.skippedLines != 0 { text += "skip_lines: \(csv.skippedLines)\n" }
    if let lines = csv.maximumFieldLines { text += "max_field_lines: \(lines)\n" }
    if csv.maximumColumns != CSVSchema.usualMaximumColumns {
      text += "max_columns: \(csv.maximumColumns)\n"
    }
    text += "columns:\n"
    for column in csv.columns {
      text += "- {name: \(quoted(column.name.bytes)), type: \(column.role.name)"
      text += scale(column.role) + ", reason: \(quoted(Array(column.reason.code.utf8)))}\n"
    }
    guard !csv.crosses.isEmpty else { return text }
    text += "crosses:\n"
    for cross in csv.crosses {
      let names = cross.columns.map { quoted(csv.columns[$0].name.bytes) }
      text += "- [\(names.joined(separator: ", "))]\n"
    }
    return text
  }

  /// Nothing for numbers that are read as they are.
  private static func numbers(_ form: NumberForm) -> String {
    (form.decimal == .point ? "" : "decimal: \(form.decimal.rawValue)\n")
      + (form.marks.isEmpty ? "" : "number_marks: \(quoted(Array(form.marks.utf8)))\n")
  }

  private static func scale(_ role: Column.Role) -> String {
    switch role {
    case .numeric(let scale) where scale.transform == .raw: ", transform: raw"
    case .numeric(let scale):
      ", transform: \(scale.transform.rawValue), mean: \(scale.mean), "
        + "standard_deviation: \(scale.standardDeviation)"
    case .binned(let bins):
      ", transform: quantile" + edges(bins)
    case .binsAndSlope(let number):
      ", transform: bins+slope, mean: \(number.slope.mean), "
        + "standard_deviation: \(number.slope.standardDeviation)"
        + (number.logarithm.map {
          ", symlog_mean: \($0.mean), symlog_standard_deviation: \($0.standardDeviation)"
        } ?? "") + edges(number.bins)
    default: ""
    }
  }

  private static func edges(_ bins: QuantileBins) -> String {
    ", edges: [\(bins.edges.map(\.description).joined(separator: ", "))]"
  }

  /// YAML's double quotes around a text of printable characters: only the quote and the backslash
  /// need an escape.
  private static func quoted(_ bytes: [UInt8]) -> String {
    var text = ""
    for character in DisplayText.escape(bytes).unicodeScalars {
      if character == "\"" || character == "\\" { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return "\"\(text)\""
  }
}
