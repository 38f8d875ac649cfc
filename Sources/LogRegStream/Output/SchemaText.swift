internal import Featurizing
internal import SparseBatches

/// A schema in words.
enum SchemaText {
  static func describe(_ schema: FeatureSchema) -> String {
    guard case .csv(let csv) = schema.source else {
      return "\(schema.formatName) rows, 2^\(schema.hashing.bits) slots"
    }
    let lines = csv.columns.map { column in
      "  \(column.name.display): \(words(column.role)) (\(column.shownReason))"
    }
    return "columns of the csv rows:\n" + lines.joined(separator: "\n")
  }

  static func words(_ role: Column.Role) -> String {
    guard case .numeric(let scale) = role else { return role.name }
    return "numeric, mean \(NumberText.nineDigits(scale.mean)), standard deviation "
      + NumberText.nineDigits(scale.standardDeviation)
  }
}

extension Column {
  /// The reason, safe to print even when it comes from a hostile file.
  var shownReason: String { DisplayText.escape(Array(reason.utf8)) }
}
