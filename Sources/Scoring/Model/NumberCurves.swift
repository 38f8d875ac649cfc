package import Featurizing
package import ModelFile

/// What the numbers of columns add to the margin, by a model of one output.
package struct NumberCurves {
  /// By slot, of the features of numbers alone; what is not there is 0.
  private var weights: [UInt32: Double] = [:]
  private let hashing: FeatureHashing
  private let columns: [Column]
  private let clip: Double

  /// The contribution of slope, logarithm and bin, over the numbers of a column.
  package struct Curve {
    package let name: ByteText
    package let steps: [Step]

    /// Largest less least contribution.
    package var range: Double {
      let contributions = steps.map(\.contribution)
      return (contributions.max() ?? 0) - (contributions.min() ?? 0)
    }
  }

  /// A bin, and the contribution of the number in its middle.
  package struct Step {
    package let low: Double
    package let high: Double
    package let contribution: Double
  }

  /// - Returns: nil for a model of several outputs, or of rows without columns.
  package init?(_ document: ModelDocument) {
    let schema = document.header.schema
    guard case .csv(let csv) = schema.source, document.weights.outputsPerSlot == 1 else {
      return nil
    }
    hashing = schema.hashing
    clip = csv.clip
    columns = csv.columns.filter { $0.role.name == "numeric" }
    var wanted: Set<UInt32> = []
    for column in columns { wanted.formUnion(slots(of: column)) }
    let (slots, weights) = (document.weights.slots, document.weights.weights)
    for index in slots.indices where wanted.contains(slots[index]) {
      self.weights[slots[index]] = Double(weights[index])
    }
  }

  private func slots(of column: Column) -> [UInt32] {
    let seed = hashing.columnSeed(column.name)
    let bins = Self.bins(column.role)?.edges.count ?? -1
    return [slopeSlot(column), BinsAndSlope.logarithmHash(columnSeed: seed) & hashing.mask]
      + (0..<bins + 1).map { MurmurHash3.hash(decimal: $0, seed: seed) & hashing.mask }
  }

  private static func bins(_ role: Column.Role) -> QuantileBins? {
    switch role {
    case .binned(let bins): bins
    case .binsAndSlope(let number): number.bins
    default: nil
    }
  }

  private func slopeSlot(_ column: Column) -> UInt32 {
    hashing.columnSeed(column.name) & hashing.mask
  }

  /// The slope of a column of numbers: its slot and weight; nil where it has none.
  package func slope(of column: Column) -> (slot: UInt32, weight: Double)? {
    switch column.role {
    case .numeric, .binsAndSlope: (slopeSlot(column), weights[slopeSlot(column)] ?? 0)
    default: nil
    }
  }

  /// Of all columns with two bins or more, those with the largest range first.
  package var all: [Curve] {
    columns.compactMap(curve).enumerated().sorted {
      ($1.element.range, $0.offset) < ($0.element.range, $1.offset)
    }.map(\.element)
  }

  private func curve(_ column: Column) -> Curve? {
    guard let bins = Self.bins(column.role), let first = bins.edges.first,
      let last = bins.edges.last
    else { return nil }
    let edges = bins.edges
    // Bins at the ends are drawn as wide as their neighbours.
    let width = edges.count > 1 ? edges[1] - first : max(first.magnitude, 1)
    let lastWidth = edges.count > 1 ? last - edges[edges.count - 2] : width
    let ends = [first - width] + edges + [last + lastWidth]
    guard ends.allSatisfy(\.isFinite) else { return nil }
    let steps = (0...edges.count).map { bin in
      let (low, high) = (ends[bin], ends[bin + 1])
      return Step(
        low: low, high: high, contribution: contribution(low / 2 + high / 2, bin, column))
    }
    return Curve(name: column.name, steps: steps)
  }

  private func contribution(_ number: Double, _ bin: Int, _ column: Column) -> Double {
    let seed = hashing.columnSeed(column.name)
    func weight(_ hash: UInt32) -> Double { weights[hash & hashing.mask] ?? 0 }
    var sum = weight(MurmurHash3.hash(decimal: bin, seed: seed))
    guard case .binsAndSlope(let scales) = column.role else { return sum }
    sum += weight(seed) * Double(scales.slope.value(of: number, clip: clip))
    if let scale = scales.logarithm {
      sum +=
        weight(BinsAndSlope.logarithmHash(columnSeed: seed))
        * Double(scale.value(of: number, clip: clip))
    }
    return sum
  }
}
