/// Which of many tests count, so that all of them together hardly ever raise a false alarm.
///
/// Within one look, Holm's procedure (1979): the smallest of m chances is held against α/m, the next
/// against α/(m − 1), and so on to the first that is above. That the chance of any false alarm is then
/// at most α holds however the tests depend on each other.
///
/// Over looks that follow each other, α is spent (Lan & DeMets 1983 for the name; the argument is
/// Bonferroni's): look k = 1, 2, … gets α/(k(k + 1)), which sums up to α however many there are. The
/// price grows slowly: of a χ² statistic about 4·ln k more are wanted at look k.
package struct FalseAlarms: Sendable {
  /// The chance of any false alarm in all looks.
  package let level: Double
  /// Looks taken.
  package private(set) var looks = 0

  /// - Parameter level: 0 … 1.
  package init(level: Double) { self.level = level }

  /// What the next look may spend.
  package mutating func spend() -> Double {
    looks += 1
    return level / (Double(looks) * Double(looks + 1))
  }

  /// Which tests of a look count.
  ///
  /// - Parameter level: what the look may spend.
  package static func surprising(_ chances: [Double], level: Double) -> [Bool] {
    var counts = Array(repeating: false, count: chances.count)
    let order = chances.indices.sorted { (chances[$0], $0) < (chances[$1], $1) }
    for (place, index) in order.enumerated() {
      guard chances[index] <= level / Double(chances.count - place) else { break }
      counts[index] = true
    }
    return counts
  }
}
