internal import ElementaryMath

/// The mean of the probabilities of a Platt and of an isotonic map, fitted on the same rows.
///
/// The line has little noise and one shape; the steps have any shape and their noise, largest in
/// the tails, where a step rests on few rows. Half of each keeps half of the noise, and neither is
/// sure of anything: both maps lie strictly inside (0, 1) and so does their mean.
package struct BlendMap: Sendable, Equatable {
  /// Of the Platt map, > 0.
  package let slope: Double
  package let intercept: Double
  package let isotonic: IsotonicMap

  package init(slope: Double, intercept: Double, isotonic: IsotonicMap) {
    precondition(slope > 0, "a calibrator increases")
    self.slope = slope
    self.intercept = intercept
    self.isotonic = isotonic
  }

  /// - Parameter margin: NaN gives NaN.
  package func probability(_ margin: Double) -> Double {
    (Elementary.sigmoid(slope * margin + intercept) + isotonic.probability(margin)) / 2
  }

  /// Log-odds of `probability(margin)`. Both p and 1 − p are sums of two positive numbers, neither
  /// is the difference from 1 of the other: no digit is lost in either tail, where the order of
  /// margins is the isotonic map's.
  package func margin(_ margin: Double) -> Double {
    let line = slope * margin + intercept
    return Elementary.log(Elementary.sigmoid(line) + isotonic.probability(margin))
      - Elementary.log(Elementary.sigmoid(-line) + isotonic.complement(margin))
  }
}
