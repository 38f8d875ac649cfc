internal import SparseBatches

/// The products of columns that a schema asks for, compiled for one order of columns.
struct CrossPlan: Sendable {
  /// A column that stands in some cross, looked at once a row.
  struct Part: Sendable {
    var field: Int
    var kind: Kind
  }

  enum Kind: Sendable {
    case category
    case number(NumericScale)
    /// The index of its table of bins, and the bins.
    case bins(Int, QuantileBins)
  }

  /// One product: the seed is the hash of its name.
  struct Product: Sendable {
    var name: ByteText
    var seed: UInt32
    /// Indices into `parts`, two or three.
    var first: Int
    var second: Int
    var third: Int?
  }

  private(set) var parts: [Part] = []
  private(set) var products: [Product] = []

  init(
    _ schema: CSVSchema, _ hashing: FeatureHashing, fields: [(column: Int, field: Int)]
  ) {
    guard !schema.crosses.isEmpty else { return }
    let wanted = Set(schema.crosses.flatMap(\.columns))
    var partOfColumn: [Int: Int] = [:]
    var tables = 0
    for (column, field) in fields {
      let role = schema.columns[column].role
      if wanted.contains(column) {
        partOfColumn[column] = parts.count
        parts.append(Part(field: field, kind: Self.kind(role, table: tables)))
      }
      if case .binned = role { tables += 1 }
    }
    for cross in schema.crosses {
      // All are there: a column that is crossed is one that a file must have.
      let indices = cross.columns.compactMap { partOfColumn[$0] }
      let name = cross.name(among: schema.columns)
      products.append(
        Product(
          name: name, seed: hashing.columnSeed(name), first: indices[0],
          second: indices[1], third: indices.count > 2 ? indices[2] : nil))
    }
  }

  /// - Parameter table: how many binned columns stand before it in the plan.
  private static func kind(_ role: Column.Role, table: Int) -> Kind {
    switch role {
    case .numeric(let scale): .number(scale)
    case .binned(let bins): .bins(table, bins)
    default: .category
    }
  }
}
