/// A sum of Doubles without any rounding: its value depends on the set of terms alone, never on
/// their order or on how they were put together (Shewchuk 1997, "Adaptive Precision Floating-Point
/// Arithmetic", grow-expansion).
///
/// The sum is kept as parts that do not overlap. `canonicalParts` are the same for the same value,
/// whatever led to it, so they can be stored and added on another machine.
package struct ExactSum: Equatable, Sendable {
  /// By rising magnitude, none of them 0. Never more than 40: a Double has 2,098 positions.
  private var parts: [Double] = []

  package init() {}

  /// - Parameter parts: any finite numbers.
  package init(adding parts: some Sequence<Double>) {
    for part in parts { add(part) }
  }

  /// Adds one finite term.
  ///
  /// Where a sum leaves the range of Doubles, `isFinite` says so.
  package mutating func add(_ term: Double) {
    var carried = term
    var kept = 0
    for index in parts.indices {
      // Knuth's two-sum: `sum + rest` is exactly `carried + part`.
      let part = parts[index]
      let sum = carried + part
      let share = sum - carried
      let rest = (carried - (sum - share)) + (part - share)
      if rest != 0 {
        parts[kept] = rest
        kept += 1
      }
      carried = sum
    }
    parts.removeLast(parts.count - kept)
    if carried != 0 || !carried.isFinite { parts.append(carried) }
  }

  package mutating func add(_ other: ExactSum) {
    for part in other.parts { add(part) }
  }

  /// Takes everything out, and keeps the memory.
  package mutating func removeAll() { parts.removeAll(keepingCapacity: true) }

  package var isFinite: Bool { parts.allSatisfy(\.isFinite) }

  /// The sum, rounded once to the nearest Double.
  package var value: Double { canonicalParts.first ?? 0 }

  /// By falling magnitude: the sum rounded to the nearest Double, what is left of it rounded to the
  /// nearest, and so on until nothing is left.
  package var canonicalParts: [Double] {
    var rest = parts
    var canonical: [Double] = []
    while !rest.isEmpty {
      let nearest = Self.nearest(to: rest)
      canonical.append(nearest)
      guard nearest.isFinite else { break }
      var left = ExactSum()
      left.parts = rest
      left.add(-nearest)
      rest = left.parts
    }
    return canonical
  }

  /// What parts that do not overlap come to, rounded once (as in Python's `math.fsum`).
  ///
  /// - Parameter parts: by rising magnitude, at least one.
  private static func nearest(to parts: [Double]) -> Double {
    var index = parts.count - 1
    var high = parts[index]
    var low = 0.0
    while index > 0 {
      index -= 1
      let before = high
      high = before + parts[index]
      low = parts[index] - (high - before)
      if low != 0 { break }
    }
    // Half way between two Doubles, what is below decides.
    if index > 0, low < 0 && parts[index - 1] < 0 || index > 0 && low > 0 && parts[index - 1] > 0 {
      let twice = low * 2
      let other = high + twice
      if twice == other - high { high = other }
    }
    return high
  }
}
