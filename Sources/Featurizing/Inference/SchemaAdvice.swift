extension SchemaInference {
  /// Fewer rows say little about a column.
  private static let fewestRows = 100

  /// What a person should think about, each with the option that changes it. Columns that an option
  /// names are as they were meant to be.
  package func advice(on schema: FeatureSchema) -> [String] {
    guard case .csv(let csv) = schema.source, cells.rows >= Self.fewestRows else { return [] }
    var positive: ByteText?
    if case .positive(let text) = schema.labels { positive = text }
    let classes = names.firstIndex(of: label).flatMap {
      cells.classes(of: $0, positive: positive)
    }
    var advice: [String] = []
    for (index, column) in csv.columns.enumerated() {
      if let text = identifierAdvice(index, column) { advice.append(text) }
      if let classes, let text = leakageAdvice(index, column, classes) { advice.append(text) }
    }
    return advice
  }

  private func identifierAdvice(_ index: Int, _ column: Column) -> String? {
    guard case .numbers(let count, _) = column.reason, statistics[index].shape.areIntegers,
      column.role.name == "numeric", count >= Self.fewestRows
    else { return nil }
    let shape = statistics[index].shape
    let distinct = cells.distinctValues(in: index)
    let seen = min(count, cells.rows)
    let why: String
    if shape.hasLeadingZero {
      why = "numbers such as 007"
    } else if shape.hasLongEvenCodes, distinct >= 20 {
      why = "integers of the same length"
    } else if 100 * distinct >= 99 * seen {
      why = "integers, \(distinct) of \(seen) distinct"
    } else {
      return nil
    }
    let name = column.name.display
    return "column \"\(name)\" looks like an identifier (\(why)), but is learned as a number: use "
      + "--categorical '\(name)' or --ignore '\(name)', or --numeric '\(name)' if it is a quantity"
  }

  private func leakageAdvice(_ index: Int, _ column: Column, _ classes: [Bool]) -> String? {
    guard column.role.canBeCrossed else { return nil }
    let errors = LeakageTest.errors(of: index, in: cells, classes: classes)
    let smaller = min(classes.count { $0 }, classes.count { !$0 })
    // One in twenty of the errors that are made without looking at any column.
    guard 20 * errors <= smaller else { return nil }
    let name = column.name.display
    return "column \"\(name)\" alone predicts the label almost perfectly (\(errors) errors in "
      + "\(classes.count) rows of the prefix): if it is known only after the fact, leave it out with "
      + "--ignore '\(name)'"
  }
}
