package import Featurizing
internal import SparseBatches

/// How the fields of a delimited row become features.
package struct ExportedColumns: Sendable {
  /// Those that have features, in the order of the schema.
  package let columns: [ExportedColumn]
  package let crosses: [ExportedCross]
  /// Texts that mean "no value", of any bytes.
  package let missing: [[UInt8]]
  package let numbers: NumberForm
  /// Bound of a standardized value.
  package let clip: Double
  /// Words in a row of a text column that become one feature: all runs of 1 to so many.
  package let ngrams: Int

  init(_ schema: CSVSchema, _ hashing: FeatureHashing) {
    var places: [Int: Int] = [:]
    var columns: [ExportedColumn] = []
    for (index, column) in schema.columns.enumerated() {
      guard let exported = ExportedColumn(column, hashing) else { continue }
      places[index] = columns.count
      columns.append(exported)
    }
    self.columns = columns
    crosses = schema.crosses.map { cross in
      let name = cross.name(among: schema.columns)
      // A crossed column has features: the schema's check says so.
      return ExportedCross(
        name: name, seed: hashing.columnSeed(name), columns: cross.columns.compactMap { places[$0] }
      )
    }
    missing = schema.missing.tokens
    numbers = schema.numbers
    clip = schema.clip
    ngrams = schema.ngrams
  }
}

/// One column that has features.
package struct ExportedColumn: Sendable {
  package enum Kind: Sendable {
    /// The value's bytes, hashed with the column's seed.
    case category
    /// Each word, hashed with the column's seed.
    case text
    /// Features of a number, in their order.
    case number([ExportedFeature])
  }

  package let name: ByteText
  package let kind: Kind
  /// Of the hash of its values: the hash of its name.
  package let seed: UInt32
  /// Where a missing value has its feature: the slot of the empty value.
  package let missingSlot: UInt32

  /// - Returns: nil for a column without features.
  init?(_ column: Column, _ hashing: FeatureHashing) {
    let seed = hashing.columnSeed(column.name)
    let mask = hashing.mask
    switch column.role {
    case .label, .weight, .ignored: return nil
    case .categorical: kind = .category
    case .text: kind = .text
    case .numeric(let scale): kind = .number([.scaled(slot: seed & mask, scale)])
    case .binned(let bins): kind = .number([ExportedFeature(bins, seed: seed, mask: mask)])
    case .binsAndSlope(let number):
      var features = [ExportedFeature.scaled(slot: seed & mask, number.slope)]
      if let logarithm = number.logarithm {
        features.append(
          .scaled(slot: BinsAndSlope.logarithmHash(columnSeed: seed) & mask, logarithm))
      }
      kind = .number(features + [ExportedFeature(number.bins, seed: seed, mask: mask)])
    }
    name = column.name
    self.seed = seed
    missingSlot = MurmurHash3.hash([], seed: seed) & mask
  }

  /// What a number brings to a cross: its first feature.
  package var crossFeature: ExportedFeature? {
    if case .number(let features) = kind { features[0] } else { nil }
  }
}

/// One feature of a number.
package enum ExportedFeature: Sendable {
  /// The transformed number in a slot of its own; nothing when it is 0.
  case scaled(slot: UInt32, NumericScale)
  /// 1 in the slot of the bin: there is one more slot than edges, and bin k holds
  /// `edges[k - 1] <= x < edges[k]`.
  case bin(edges: [Double], slots: [UInt32])

  init(_ bins: QuantileBins, seed: UInt32, mask: UInt32) {
    self = .bin(
      edges: bins.edges,
      slots: (0...bins.edges.count).map { MurmurHash3.hash(decimal: $0, seed: seed) & mask })
  }
}

/// A product feature of two or three columns: the value's bytes, or the number of the bin in
/// decimal, are hashed one after the other, each with the hash before as its seed; a scaled number
/// multiplies the value instead.
package struct ExportedCross: Sendable {
  package let name: ByteText
  /// What the chain starts with: the hash of its name.
  package let seed: UInt32
  /// Indices into the exported columns, in the order of the chain.
  package let columns: [Int]
}
