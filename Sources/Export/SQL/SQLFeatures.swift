internal import Featurizing
internal import SparseBatches

/// One feature of a row as expressions.
struct SQLFeature {
  /// Its slot; null where the row has no such feature.
  var slot: String
  /// A 32-bit float; nil: 1.
  var value: String?
}

/// A model's columns as expressions over `lrs_f0`, `lrs_f1`, … (the trimmed text of a column, null where it is
/// missing) and `lrs_n0`, `lrs_n1`, … (its number, null where it is missing or none).
struct SQLFeatures {
  private let model: ExportedModel
  let columns: ExportedColumns
  private let dialect: SQLDialect
  private let known: Set<UInt32>

  init(_ model: ExportedModel, _ columns: ExportedColumns, _ dialect: SQLDialect) {
    self.model = model
    self.columns = columns
    self.dialect = dialect
    known = Set(model.weights.slots)
  }

  /// Slots of scaled numbers: what falls into one of them is added as 32-bit floats, in order.
  var numberSlots: Set<UInt32> {
    var slots: Set<UInt32> = []
    for column in columns.columns {
      guard case .number(let features) = column.kind else { continue }
      for case .scaled(let slot, _) in features { slots.insert(slot) }
    }
    return slots
  }

  func isNumber(_ column: Int) -> Bool {
    if case .number = columns.columns[column].kind { true } else { false }
  }

  /// Columns of numbers.
  var numbers: [Int] { columns.columns.indices.filter(isNumber) }

  /// Columns of texts.
  var texts: [Int] {
    columns.columns.indices.filter {
      if case .text = columns.columns[$0].kind { true } else { false }
    }
  }

  /// Whether numbers are in slots that differ by row: those of a cross with a scaled number.
  var hasOpenNumbers: Bool {
    columns.crosses.flatMap(\.columns).contains { index in
      if case .scaled? = columns.columns[index].crossFeature { true } else { false }
    }
  }

  /// Features of column `index` that can have a weight, in their order; of a text only that it is
  /// missing.
  func features(_ index: Int) -> [SQLFeature] {
    let column = columns.columns[index]
    let (field, number) = ("lrs_f\(index)", "lrs_n\(index)")
    switch column.kind {
    case .text:
      return [SQLFeature(slot: "CASE WHEN \(field) IS NULL THEN \(column.missingSlot) END")]
    case .category:
      return [
        SQLFeature(
          slot: "CASE WHEN \(field) IS NULL THEN \(column.missingSlot) ELSE "
            + "\(hash(field, "\(column.seed)")) % \(Int(model.hashing.mask) + 1) END")
      ]
    case .number(let features):
      var found: [SQLFeature] = []
      if known.contains(column.missingSlot) {
        found.append(
          SQLFeature(slot: "CASE WHEN \(field) IS NULL THEN \(column.missingSlot) END"))
      }
      for feature in features {
        switch feature {
        case .scaled(let slot, let scale) where known.contains(slot):
          found.append(
            SQLFeature(
              slot: "CASE WHEN \(number) IS NOT NULL THEN \(slot) END",
              value: scaled(number, scale)))
        case .bin(let edges, let slots) where !known.isDisjoint(with: slots):
          found.append(SQLFeature(slot: bin(number, edges, slots)))
        case .scaled, .bin: continue
        }
      }
      return found
    }
  }

  func hash(_ text: String, _ seed: String) -> String { "lrs_hash(\(text), \(seed))" }

  private func bin(_ number: String, _ edges: [Double], _ slots: [UInt32]) -> String {
    let cases = zip(edges, slots).map { "WHEN \(number) < \(dialect.number($0)) THEN \($1)" }
    return "CASE WHEN \(number) IS NULL THEN NULL \(cases.joined(separator: " ")) ELSE "
      + "\(slots[edges.count]) END"
  }

  /// The transformed number as a 32-bit float.
  func scaled(_ number: String, _ scale: NumericScale) -> String {
    guard scale.transform != .raw else { return "lrs_float(\(number))" }
    let transformed = scale.transform == .symlog ? "lrs_symlog(\(number))" : number
    return "lrs_scaled(\(transformed), \(dialect.number(scale.mean)), "
      + "\(dialect.number(scale.standardDeviation)))"
  }

  /// Slot and value of a cross: the chain of hashes, and the product of its numbers; the value is null
  /// where there is none, and 0 where the row has no such feature.
  func cross(_ cross: ExportedCross) -> SQLFeature {
    var chain = "\(cross.seed)"
    var factors: [String] = []
    for index in cross.columns {
      let (field, number) = ("lrs_f\(index)", "lrs_n\(index)")
      switch columns.columns[index].crossFeature {
      case nil: chain = hash("coalesce(\(field), '')", chain)
      case .bin(let edges, _):
        let cases = edges.enumerated().map {
          "WHEN \(number) < \(dialect.number($0.element)) THEN '\($0.offset)'"
        }
        let bin =
          "CASE WHEN \(number) IS NULL THEN '' \(cases.joined(separator: " ")) "
          + "ELSE '\(edges.count)' END"
        chain = hash(bin, chain)
      case .scaled(_, let scale):
        factors.append(
          "CASE WHEN \(number) IS NULL THEN lrs_float(\(dialect.number(1))) ELSE "
            + "\(scaled(number, scale)) END")
        // A missing number joins the chain as the empty text.
        chain = "CASE WHEN \(field) IS NULL THEN \(hash("''", chain)) ELSE \(chain) END"
      }
    }
    let product = factors.dropFirst().reduce(factors.first) { product, factor in
      product.map { "lrs_float(\($0) * \(factor))" }
    }
    return SQLFeature(slot: "\(chain) % \(Int(model.hashing.mask) + 1)", value: product)
  }

  /// Whether the row is bad: some number is none, or beyond 32-bit floats where it stays as it is.
  var isBad: String {
    var conditions: [String] = []
    for index in numbers {
      conditions.append("(lrs_f\(index) IS NOT NULL AND lrs_n\(index) IS NULL)")
      guard case .number(let features) = columns.columns[index].kind else { continue }
      for case .scaled(_, let scale) in features where scale.transform == .raw {
        conditions.append(
          "coalesce(abs(lrs_n\(index)) >= \(dialect.number(0x1.ffffffp+127)), \(falseWord))")
      }
    }
    return conditions.isEmpty ? falseWord : conditions.joined(separator: " OR ")
  }

  var falseWord: String { "false" }
}
