import Evaluation
import Foundation
import Testing

@Suite struct IntervalTests {
  private static let width = 1.959963984540054

  @Test func agreeWithTheirDefinitions() throws {
    for reference in try RankingReferences.stored().cases {
      let found = summarize(reference.rows)
      func half(_ interval: ConfidenceInterval?) -> Double? {
        interval.map { ($0.high - $0.low) / 2 / Self.width }
      }
      #expect(isClose(half(found.logLossInterval), reference.logLossError), "\(reference.name)")
      #expect(isClose(half(found.aucInterval), reference.aucError), "\(reference.name)")
      let ratio = try #require(found.calibrationRatioInterval)
      #expect(
        isClose(
          log(ratio.high / ratio.low) / 2 / Self.width, reference.ratioError, tolerance: 1e-11))
      let middle = (ratio.high * ratio.low).squareRoot()
      #expect(isClose(middle, found.calibrationRatio))
    }
  }

  /// A thousand replicates against twenty thousand, of every row.
  @Test func perfectReferenceIsWhatDrawingEveryLabelGives() throws {
    for reference in try RankingReferences.stored().cases {
      let found = try #require(summarize(reference.rows).eceIfPerfect)
      #expect(
        (found / reference.eceIfPerfect - 1).magnitude < 0.05,
        "\(reference.name): \(found), \(reference.eceIfPerfect)")
    }
  }

  /// All three ways of drawing a bin agree where the rows of a shape grow from few to many.
  @Test(arguments: [900, 6_000])
  func perfectModelsMostlyStayBelowTheReference(_ count: Int) throws {
    var below = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      let found = summarize(
        Shape.all[1].rows(count, seed: seed).map {
          ScoredRow(margin: $0.margin, label: $0.label)
        })
      if try #require(found.ece) <= #require(found.eceIfPerfect) { below += 1 }
    }
    // 19 expected, deviation 1.
    #expect(below >= 16, "\(below) of 20")
  }

  @Test func intervalsHoldTheTruthAsOftenAsTheySay() throws {
    let whole = summarize(Shape.all[0].rows(100_000, seed: 99).map(Self.unweighted))
    var inside = [0, 0, 0]
    for seed in 1...40 as ClosedRange<UInt64> {
      let found = summarize(Shape.all[0].rows(300, seed: seed).map(Self.unweighted))
      let pairs = [
        (found.logLossInterval, whole.logLoss), (found.aucInterval, whole.auc),
        (found.calibrationRatioInterval, whole.calibrationRatio),
      ]
      for (index, (interval, truth)) in pairs.enumerated() {
        let (interval, truth) = (try #require(interval), try #require(truth))
        if interval.low <= truth && truth <= interval.high { inside[index] += 1 }
      }
    }
    // 38 expected, deviation 1.4.
    #expect(inside.allSatisfy { $0 >= 34 }, "\(inside) of 40")
  }

  private static func unweighted(_ row: ScoredRow) -> ScoredRow {
    ScoredRow(margin: row.margin, label: row.label)
  }

  @Test func undefinedFiguresHaveNoInterval() {
    let none = summarize([])
    #expect(none.logLossInterval == nil && none.aucInterval == nil)
    #expect(none.calibrationRatioInterval == nil && none.eceIfPerfect == nil)
    let one = summarize([ScoredRow(margin: 1, label: true), ScoredRow(margin: 0, label: false)])
    #expect(one.auc == 1)
    #expect(one.aucInterval == nil)
    var certain = BinaryMetrics()
    certain.add(probability: 0, label: true, weight: 1)
    #expect(certain.summary().logLossInterval == nil)
    #expect(certain.summary().eceIfPerfect == 0)
  }
}
