package import SparseBatches

/// What a row holds in one column, in 64 bits: enough to hold rows against each other, whatever the
/// column is.
package enum ProfileCell: Equatable, Sendable {
  case missing
  /// Of a column of numbers, or the length of a text in bytes. Finite.
  case number(Double)
  /// The full hash of a category's feature, of which the low bits are its slot.
  case category(UInt32)

  // Bits that no finite number has.
  private static let missingBits = UInt64.max
  private static let categoryTag: UInt64 = 0xfff9_0000_0000_0000

  /// Whatever the bits are, they mean something.
  package init(bits: UInt64) {
    if bits & 0xffff_ffff_0000_0000 == Self.categoryTag {
      self = .category(UInt32(truncatingIfNeeded: bits))
    } else {
      let number = Double(bitPattern: bits)
      self = number.isFinite ? .number(number) : .missing
    }
  }

  @inline(__always)
  package var bits: UInt64 {
    switch self {
    case .missing: Self.missingBits
    case .number(let number): number.bitPattern
    case .category(let hash): Self.categoryTag | UInt64(hash)
    }
  }
}

/// The label and the weight of a row in 64 bits.
package struct ProfileLabel: Equatable, Sendable {
  /// NaN where the row has none.
  package var label: Float
  package var weight: Float

  package init(label: Float, weight: Float) {
    self.label = label
    self.weight = weight
  }

  package init(bits: UInt64) {
    label = Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32))
    weight = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
  }

  package var bits: UInt64 { UInt64(label.bitPattern) << 32 | UInt64(weight.bitPattern) }
}

/// The columns of a schema whose values are looked at.
package enum ProfiledColumns {
  /// More columns are not looked at: what is kept of them has a bound.
  package static let most = 256

  /// Their indices in the schema, ascending; none where rows name their own features.
  package static func indices(of schema: FeatureSchema) -> [Int] {
    guard case .csv(let csv) = schema.source else { return [] }
    return indices(of: csv)
  }

  static func indices(of csv: CSVSchema) -> [Int] {
    Array(csv.columns.indices.filter { kind(of: csv.columns[$0].role) != nil }.prefix(most))
  }

  enum Kind: Sendable { case number, category, text }

  /// nil: the column makes no features.
  static func kind(of role: Column.Role) -> Kind? {
    switch role {
    case .label, .weight, .ignored: nil
    case .categorical: .category
    case .text: .text
    case .numeric, .binned, .binsAndSlope: .number
    }
  }
}

/// Where the value of a profiled column is, and what it is.
struct ProfiledField: Sendable {
  var field: Int
  var kind: ProfiledColumns.Kind
  /// Of the hash of its values.
  var seed: UInt32
}

extension Column.Role {
  /// Whether the column makes features.
  package var makesFeatures: Bool { ProfiledColumns.kind(of: self) != nil }

  /// Whether a number is so far out that its feature is clipped.
  package func clips(_ number: Double, at clip: Double) -> Bool {
    switch self {
    case .numeric(let scale):
      scale.transform != .raw && Double(scale.value(of: number, clip: clip).magnitude) >= clip
    case .binsAndSlope(let bins):
      Double(bins.slope.value(of: number, clip: clip).magnitude) >= clip
    case .label, .weight, .ignored, .categorical, .text, .binned: false
    }
  }
}

/// What is looked at of a row that names its own features: label and weight; how many features it has;
/// the mean magnitude of their values; the slots of eight of them, two a word.
package enum LineProfile {
  /// Of a row.
  package static let words = 3 + slots / 2
  private static let slots = 8
  private static let noSlot = UInt32.max

  /// - Parameter index: below `words`.
  package static func word(_ index: Int, of batch: borrowing SparseBatch, row: Int) -> UInt64 {
    let features = batch.features(ofRow: row)
    switch index {
    case 0: return ProfileLabel(label: batch.labels[row], weight: batch.weights[row]).bits
    case 1: return ProfileCell.number(Double(features.count)).bits
    case 2: return magnitude(batch, features).bits
    default:
      let first = 2 * (index - 3)
      return UInt64(slot(first, batch, features)) << 32
        | UInt64(slot(first + 1, batch, features))
    }
  }

  package static func magnitude(
    _ batch: borrowing SparseBatch, _ features: Range<Int>
  ) -> ProfileCell {
    guard !features.isEmpty else { return .missing }
    var sum = 0.0
    for index in features { sum += Double(batch.values[index].magnitude) }
    return .number(sum / Double(features.count))
  }

  /// Of a long row, features evenly over it.
  private static func slot(
    _ index: Int, _ batch: borrowing SparseBatch, _ features: Range<Int>
  ) -> UInt32 {
    guard features.count > slots else {
      return index < features.count ? batch.slots[features.lowerBound + index] : noSlot
    }
    return batch.slots[features.lowerBound + index * features.count / slots]
  }

  /// The slots that a word holds.
  package static func slots(in word: UInt64) -> [UInt32] {
    [UInt32(truncatingIfNeeded: word >> 32), UInt32(truncatingIfNeeded: word)].filter {
      $0 != noSlot
    }
  }
}
