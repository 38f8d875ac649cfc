internal import ElementaryMath

/// How far apart two samples of the same bins lie.
///
/// Both are of counts c₁ … c_B in the same B bins, with n = Σ c. In the bins that either sample has
/// anything in:
///
/// - the population stability index Σ (p − q)·ln(p/q), the symmetric Kullback–Leibler divergence, with
///   p = (c + ½)/(n + B/2): half a row is added to each bin of both samples (Krichevsky & Trofimov
///   1981). An empty bin then counts for what it is worth at the size of the sample, and not for
///   whatever number was put in its place: with the customary 0.0001 a bin that lost a twentieth of the
///   rows adds 0.31 whatever the number of rows, with half a row 0.11 among 100 rows and 0.58 among
///   a million;
/// - the Jensen–Shannon distance √(½KL(p‖m) + ½KL(q‖m)), m = (p + q)/2, with logarithms to base 2 and
///   plain shares: 0 … 1, and no empty bin needs anything in its place (Lin 1991; Endres & Schindelin
///   2003 for that its root is a metric). As SciPy's `jensenshannon(p, q, base=2)`.
///
/// Two samples of one population differ too: PSI is then about χ²(B − 1)·(1/n + 1/m) (Yurdakul & Naranjo
/// 2020), hence the test.
package struct Divergence: Equatable, Sendable {
  /// Population stability index, 0 and above.
  package let stability: Double
  /// Jensen–Shannon distance, 0 … 1.
  package let distance: Double
  /// How probable a difference at least as large is between two samples of one population.
  package let chance: Double

  /// - Parameters:
  ///   - reference, sample: counts by bin, as many of both; not negative. They may be sums of weights
  ///     that are scaled to the number of equally weighted rows that they are worth.
  /// - Returns: nil when one of them is empty.
  package init?(reference: [Double], sample: [Double]) {
    precondition(reference.count == sample.count, "both have the same bins")
    let (n, m) = (reference.reduce(0, +), sample.reduce(0, +))
    guard n > 0, m > 0 else { return nil }
    let pairs = zip(reference, sample).filter { $0 + $1 > 0 }
    let bins = Double(pairs.count)
    var (stability, jensen) = (0.0, 0.0)
    for (one, other) in pairs {
      let p = (one + 0.5) / (n + bins / 2)
      let q = (other + 0.5) / (m + bins / 2)
      stability += (p - q) * Elementary.log(p / q)
      let (share, otherShare) = (one / n, other / m)
      let middle = (share + otherShare) / 2
      jensen += Self.term(share, middle) / 2 + Self.term(otherShare, middle) / 2
    }
    self.stability = max(0, stability)
    distance = min(1, max(0, jensen / Elementary.log(2))).squareRoot()
    chance = HomogeneityTest.chance(reference, sample)
  }

  /// p·ln(p/m), 0 for p = 0.
  private static func term(_ share: Double, _ middle: Double) -> Double {
    share > 0 ? share * Elementary.log(share / middle) : 0
  }
}

/// Whether two samples can be of one population: Pearson's χ² test of homogeneity, with bins that hold
/// too little joined.
package enum HomogeneityTest {
  /// Bins that are expected to hold fewer rows of either sample are joined with the next ones: the
  /// statistic follows its distribution far out into the tail only where bins hold enough (Cochran
  /// 1954 has 5 for the usual levels; the levels here are far smaller: with 8, three of 240 planted
  /// windows of 200 rows without drift crossed).
  static let fewest = 20.0

  /// How probable a difference at least as large is.
  package static func chance(_ one: [Double], _ other: [Double]) -> Double {
    let (n, m) = (one.reduce(0, +), other.reduce(0, +))
    guard n > 0, m > 0 else { return 1 }
    // The rarest first: they are joined among themselves.
    let order = one.indices.sorted { (one[$0] + other[$0], $0) < (one[$1] + other[$1], $1) }
    var joined: [(Double, Double)] = []
    var (left, right) = (0.0, 0.0)
    let smaller = min(n, m) / (n + m)
    for bin in order {
      left += one[bin]
      right += other[bin]
      if (left + right) * smaller >= fewest {
        joined.append((left, right))
        (left, right) = (0, 0)
      }
    }
    // What is left over is less than a bin.
    if left + right > 0 {
      guard let last = joined.popLast() else { return 1 }
      joined.append((last.0 + left, last.1 + right))
    }
    guard joined.count > 1 else { return 1 }
    // Of two bins, half a row is what chance may take from one and give to the other (Yates 1934).
    let correction = joined.count == 2 ? 0.5 : 0.0
    var statistic = 0.0
    for (left, right) in joined {
      for (count, total) in [(left, n), (right, m)] {
        let expected = (left + right) * total / (n + m)
        let difference = max(0, (count - expected).magnitude - correction)
        statistic += difference * difference / expected
      }
    }
    return Tail.chiSquared(statistic, degrees: joined.count - 1)
  }

  /// Of shares: `hits` of `rows` against those of a reference, both whole numbers of rows. Fisher's
  /// exact test, the smaller tail doubled: shares may be as small as they like.
  package static func chance(
    hits: Double, of rows: Double, reference: Double, of referenceRows: Double
  ) -> Double {
    let (k, n) = (hits.rounded(), rows.rounded())
    let (all, total) = (k + reference.rounded(), n + referenceRows.rounded())
    guard n > 0, total > n, all > 0, all < total else { return 1 }
    let isMany = k * total >= all * n
    // ln C(all, i) + ln C(total − all, n − i) − ln C(total, n), of i = k; outwards from there each term
    // is the one before times a ratio below 1.
    var term = Elementary.exp(
      Tail.logChoose(all, k) + Tail.logChoose(total - all, n - k) - Tail.logChoose(total, n))
    var (sum, i) = (term, k)
    while term > sum * 1e-17 {
      if isMany {
        term *= (all - i) * (n - i) / ((i + 1) * (total - all - n + i + 1))
        i += 1
      } else {
        term *= i * (total - all - n + i) / ((all - i + 1) * (n - i + 1))
        i -= 1
      }
      sum += term
    }
    return min(1, 2 * sum)
  }
}
