import Evaluation
import Foundation
import Testing

@Suite struct ProgressiveLossTests {
  @Test func averagesAreWeighted() {
    var loss = ProgressiveLoss()
    #expect(loss.average == nil)
    #expect(loss.averageSinceReport == nil)
    loss.add(loss: 2, weight: 1)
    loss.add(loss: 0.5, weight: 3)
    loss.add(loss: 1000, weight: 0)
    #expect(loss.rows == 3)
    #expect(loss.totalLoss == 3.5)
    #expect(loss.totalWeight == 4)
    #expect(loss.average == 0.875)
    #expect(loss.averageSinceReport == 0.875)
  }

  @Test func aReportStartsTheNextStretch() {
    var loss = ProgressiveLoss()
    loss.add(loss: 2, weight: 1)
    loss.markReported()
    #expect(loss.rowsSinceReport == 0)
    #expect(loss.averageSinceReport == nil)
    loss.add(loss: 4, weight: 0.5)
    #expect(loss.rowsSinceReport == 1)
    #expect(loss.averageSinceReport == 4)
    #expect(loss.average == 4.0 / 1.5)
    #expect(loss.rows == 2)
  }

  @Test func aStoredLossContinuesToTheSameBits() throws {
    var loss = ProgressiveLoss()
    for row in 1...1000 { loss.add(loss: 1 / Double(row), weight: 0.1) }
    loss.markReported()
    loss.add(loss: 0.3, weight: 0.7)
    var restored = try JSONDecoder().decode(
      ProgressiveLoss.self, from: JSONEncoder().encode(loss))
    #expect(restored == loss)
    loss.add(loss: 1e-9, weight: 1.5)
    restored.add(loss: 1e-9, weight: 1.5)
    #expect(restored == loss)
  }

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
