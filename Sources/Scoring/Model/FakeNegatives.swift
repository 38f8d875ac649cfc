internal import ElementaryMath

/// A stream that has every row as a negative at once, and each positive once more when its label
/// comes: of n rows alike whose probability is p there are n negatives and p n positives, so that the
/// stream's probability is b = p / (1 + p), and p = b / (1 - b) are its odds (Ktena et al. 2019, §4.2,
/// "fake negative calibration").
package enum FakeNegatives {
  /// A model is not perfect: where it gives odds of 1 and more, they are no probability.
  package static let largestProbability = 1 - 1e-9

  /// The log-odds of p = e^m: m - log(1 - e^m), increasing, and no more than those of
  /// `largestProbability`. NaN gives NaN.
  ///
  /// 1 - e^m is taken where its digits are, on either side of e^m = 1/2 (Mächler 2012), so that p and
  /// 1 - p are both accurate.
  ///
  /// - Parameter margin: log-odds of the stream, corrected and calibrated.
  package static func margin(_ margin: Double) -> Double {
    guard margin < logarithmOfLargest else { return margin.isNaN ? margin : largestMargin }
    let logarithmOfRest =
      margin < -0.693_147_180_559_945_3
      ? Elementary.log1p(-Elementary.exp(margin)) : Elementary.log(-Elementary.expm1(margin))
    return min(margin - logarithmOfRest, largestMargin)
  }

  private static let logarithmOfLargest = Elementary.log1p(-1e-9)
  private static let largestMargin = Elementary.log1p(-1e-9) - Elementary.log(1e-9)
}
