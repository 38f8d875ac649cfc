import ElementaryMath
import Testing

@Suite struct CompensatedSumTests {
  /// A plain sum of 10^7 tenths is off by 1.6e-4 (1e-10 of it); a long one would lose more.
  @Test func sumsLoseNoDigits() {
    var sum = CompensatedSum()
    var plain = 0.0
    for _ in 0..<10_000_000 {
      sum.add(0.1)
      plain += 0.1
    }
    #expect(plain != 1_000_000)
    #expect(sum.value == 1_000_000)
  }

  @Test func sumsKeepSmallTermsBesideLargeOnes() {
    var sum = CompensatedSum()
    for term in [1, 1e100, 1, -1e100] { sum.add(term) }
    #expect(sum.value == 2)
  }
}
