internal import ElementaryMath

/// Tails of distributions, to a relative error of about 1e-10 and down to 1e-300.
package enum Tail {
  /// P(χ² with so many degrees of freedom >= statistic).
  package static func chiSquared(_ statistic: Double, degrees: Int) -> Double {
    guard statistic > 0 else { return 1 }
    return upperGamma(Double(degrees) / 2, statistic / 2)
  }

  /// P(|Z| >= z) of a standard normal Z.
  package static func normal(_ z: Double) -> Double {
    z == 0 ? 1 : chiSquared(z * z, degrees: 1)
  }

  /// z with P(|Z| >= z) = chance, by halving an interval.
  package static func normalPoint(_ chance: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if normal(middle) > chance { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Q(a, x) = Γ(a, x)/Γ(a): the series for small x, else Lentz's continued fraction (Press et al.,
  /// Numerical Recipes, 6.2).
  private static func upperGamma(_ a: Double, _ x: Double) -> Double {
    guard x.isFinite else { return 0 }
    let scale = Elementary.exp(a * Elementary.log(x) - x - logGamma(a))
    if x < a + 1 {
      var (term, sum, n) = (1 / a, 1 / a, a)
      while term > sum * 1e-16 {
        n += 1
        term *= x / n
        sum += term
      }
      return min(1, max(0, 1 - sum * scale))
    }
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var fraction = d
    for step in 1..<10_000 {
      let n = -Double(step) * (Double(step) - a)
      b += 2
      d = n * d + b
      d = 1 / (d.magnitude < tiny ? tiny : d)
      c = b + n / c
      c = c.magnitude < tiny ? tiny : c
      let factor = c * d
      fraction *= factor
      if (factor - 1).magnitude < 1e-15 { break }
    }
    return min(1, scale * fraction)
  }

  /// ln of the number of ways to choose k of n.
  static func logChoose(_ n: Double, _ k: Double) -> Double {
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
  }

  /// ln Γ(a) of a >= ½, by Stirling's series after a few steps up.
  private static func logGamma(_ a: Double) -> Double {
    var (x, shift) = (a, 0.0)
    while x < 10 {
      shift += Elementary.log(x)
      x += 1
    }
    let inverse = 1 / x
    let square = inverse * inverse
    let series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)))
    return (x - 0.5) * Elementary.log(x) - x + 0.918938533204672742 + series - shift
  }
}
