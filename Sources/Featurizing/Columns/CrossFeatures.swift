internal import SparseBatches

/// Makes a row's product features.
///
/// The slot is a chain of hashes, each value's bytes hashed with the hash before as seed, from the
/// name `a*b` on: no text is built. A number that is there multiplies the value of the product
/// instead of joining the chain. So a product is there where all its columns have a feature.
struct CrossFeatures: ~Copyable {
  private var cells = GrowableBuffer<CrossCell>(capacity: 16)

  /// - Precondition: the row is good: `fields` lie in the bytes at `base`, its numbers are numbers.
  @unsafe @inline(never)
  mutating func add(
    _ base: UnsafePointer<UInt8>, _ fields: borrowing GrowableBuffer<FieldExtent>,
    _ plan: ColumnPlan, _ schema: CSVSchema, mask: UInt32,
    _ watch: inout FeatureWatch, to batch: inout SparseBatch
  ) {
    cells.removeAll()
    for part in plan.crosses.parts {
      let extent = unsafe Blanks.trim(base, fields[part.field])
      cells.append(unsafe cell(part, base, extent, plan.bins, schema))
    }
    for product in plan.crosses.products {
      var hash = product.seed
      var value: Float = 1
      unsafe link(product.first, base, &hash, &value)
      unsafe link(product.second, base, &hash, &value)
      if let third = product.third { unsafe link(third, base, &hash, &value) }
      guard value != 0 else { continue }
      if watch.wantsName(of: hash) { unsafe name(hash, product, base, plan, &watch) }
      batch.addFeature(hash & mask, value)
    }
  }

  @unsafe @inline(__always)
  private func cell(
    _ part: CrossPlan.Part, _ base: UnsafePointer<UInt8>, _ extent: FieldExtent,
    _ bins: borrowing BinTables,
    _ schema: CSVSchema
  ) -> CrossCell {
    let text = unsafe base + Int(extent.start)
    if unsafe schema.missing.contains(text, count: extent.count) {
      // The empty value, of a number too.
      return CrossCell(link: .bytes, extent: FieldExtent(start: extent.start, end: extent.start))
    }
    switch part.kind {
    case .category: return CrossCell(link: .bytes, extent: extent)
    case .number(let scale):
      let number = unsafe Self.number(text, extent, schema.numbers)
      return CrossCell(link: .number, value: scale.value(of: number, clip: schema.clip))
    case .bins(let table, _):
      return CrossCell(
        link: .bin,
        bin: bins.bin(of: unsafe Self.number(text, extent, schema.numbers), table))
    }
  }

  /// Names the product `a*b=x*y`; a number that multiplies the value has no part in it.
  @unsafe @inline(never)
  private func name(
    _ hash: UInt32, _ product: CrossPlan.Product, _ base: UnsafePointer<UInt8>, _ plan: ColumnPlan,
    _ watch: inout FeatureWatch
  ) {
    var pieces = [product.name.bytes]
    for index in [product.first, product.second] + (product.third.map { [$0] } ?? []) {
      let cell = cells[index]
      guard cell.link != .number else { continue }
      pieces.append([UInt8(ascii: pieces.count == 1 ? "=" : "*")])
      if case .bins(_, let bins) = plan.crosses.parts[index].kind, cell.link == .bin {
        pieces.append(Array(bins.words(cell.bin).utf8))
      } else if cell.extent.count == 0 {
        pieces.append(Array("(missing)".utf8))
      } else {
        // Proof: the cell's extent lies inside the row that `base` points to.
        pieces.append(
          (cell.extent.start..<cell.extent.end).map { unsafe base[Int($0)] })
      }
    }
    watch.name(hash, pieces: pieces)
  }

  @unsafe @inline(__always)
  private static func number(
    _ text: UnsafePointer<UInt8>, _ extent: FieldExtent, _ form: NumberForm
  ) -> Double {
    guard case .number(let number) = unsafe form.parse(text, count: extent.count) else { return 0 }
    return number
  }

  @unsafe @inline(__always)
  private func link(
    _ index: Int, _ base: UnsafePointer<UInt8>, _ hash: inout UInt32, _ value: inout Float
  ) {
    let cell = cells[index]
    switch cell.link {
    case .bytes:
      hash = unsafe MurmurHash3.hash(
        base + Int(cell.extent.start), count: cell.extent.count, seed: hash)
    case .bin: hash = MurmurHash3.hash(decimal: cell.bin, seed: hash)
    case .number: value *= cell.value
    }
  }
}

/// One column's part in all products of the row at hand.
struct CrossCell: BitwiseCopyable {
  enum Link: BitwiseCopyable { case bytes, bin, number }

  var link: Link
  /// Where the bytes are, from the row's base.
  var extent = FieldExtent(start: 0, end: 0)
  var bin = 0
  var value: Float = 1
}

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
    case bins(BinTable, QuantileBins)
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
    _ schema: CSVSchema, _ hashing: FeatureHashing, fields: [(column: Int, field: Int)],
    _ binTables: [Int: BinTable]
  ) {
    guard !schema.crosses.isEmpty else { return }
    let wanted = Set(schema.crosses.flatMap(\.columns))
    var partOfColumn: [Int: Int] = [:]
    for (column, field) in fields where wanted.contains(column) {
      partOfColumn[column] = parts.count
      let kind = Self.kind(schema.columns[column].role, binTables[column] ?? BinTable())
      parts.append(Part(field: field, kind: kind))
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

  private static func kind(_ role: Column.Role, _ table: BinTable) -> Kind {
    switch role {
    case .numeric(let scale): .number(scale)
    // One feature a product: by the slope.
    case .binsAndSlope(let number): .number(number.slope)
    case .binned(let bins): .bins(table, bins)
    default: .category
    }
  }
}
