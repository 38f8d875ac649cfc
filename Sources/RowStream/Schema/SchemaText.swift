package import Featurizing
internal import Notices
internal import SparseBatches

/// A schema in words.
package enum SchemaText {
  package static func describe(_ schema: FeatureSchema) -> String {
    guard case .csv(let csv) = schema.source else {
      return "\(schema.formatName) rows, 2^\(schema.hashing.bits) slots" + scaling(schema)
    }
    let lines = csv.columns.map { column in
      "  \(column.name.display): \(words(column.role)) (\(column.shownReason))"
    }
    let crosses = csv.crosses.map { "  \($0.name(among: csv.columns).display): product" }
    return "columns of the csv rows:\n" + (lines + crosses).joined(separator: "\n")
  }

  /// What becomes of the values of LibSVM rows.
  package static func scaling(_ schema: FeatureSchema) -> String {
    guard case .libsvm(let scales?) = schema.source else { return "" }
    return
      ", values divided by the largest magnitudes of \(NumberText.grouped(scales.indices.count))"
      + " indices and clipped to ±\(NumberText.nineDigits(scales.clip))"
  }

  /// How numbers are written; empty where they are read as they are.
  package static func numberForm(_ form: NumberForm) -> String {
    let marks = DisplayText.escape(Array(form.marks.utf8))
    return (form.decimal == .comma ? ", numbers with a decimal comma" : "")
      + (form.marks.isEmpty ? "" : ", the characters \"\(marks)\" left out of numbers")
  }

  package static func words(_ role: Column.Role) -> String {
    switch role {
    case .numeric(let scale):
      return scale.transform == .raw
        ? "numeric, raw" : "numeric, \(scale.transform.rawValue), \(moments(scale))"
    case .binsAndSlope(let number):
      return "numeric, bins+slope, \(moments(number.slope)), "
        + (number.logarithm == nil ? "" : "symlog, ") + "\(number.bins.edges.count + 1) bins"
    case .binned(let bins): return "numeric, quantile, \(bins.edges.count + 1) bins"
    default: return role.name
    }
  }

  private static func moments(_ scale: NumericScale) -> String {
    "mean \(NumberText.nineDigits(scale.mean)), "
      + "standard deviation \(NumberText.nineDigits(scale.standardDeviation))"
  }
}

extension Column {
  /// The reason, safe to print even when it comes from a hostile file.
  package var shownReason: String { DisplayText.escape(Array(reason.text.utf8)) }
}
