import Evaluation
import Testing

@Suite struct DecisionTests {
  private func metrics(_ rows: [ScoredRow], capacity: Int = 1 << 20) -> BinaryMetrics {
    var metrics = BinaryMetrics(capacity: capacity)
    for row in rows {
      metrics.add(
        margin: row.margin, probability: row.probability, label: row.label, weight: row.weight)
    }
    return metrics
  }

  private func expectSame(_ found: Decision?, _ expected: RankingReferences.Decided, _ name: String)
  {
    #expect(isClose(found?.threshold, expected.threshold), "\(name)")
    #expect(isClose(found?.share, expected.share), "\(name)")
    #expect(isClose(found?.precision, expected.precision), "\(name)")
    #expect(isClose(found?.recall, expected.recall), "\(name)")
    #expect(isClose(found?.f1, expected.f1), "\(name)")
    #expect(isClose(found?.lift, expected.lift), "\(name)")
  }

  @Test func agreeWithScikitLearn() throws {
    for reference in try RankingReferences.stored().cases {
      var metrics = metrics(reference.rows)
      let table = metrics.decisions()
      for (share, expected) in zip(DecisionTable.reportedShares, reference.tops) {
        expectSame(table.top(share), expected, "\(reference.name), \(share)")
      }
      #expect(isClose(table.bestF1?.f1, reference.largestF1))
      expectSame(table.bestF1, reference.bestF1, reference.name)
      for (costs, expected) in [
        (DecisionCosts(falsePositive: 1, falseNegative: 5), reference.cheapest),
        (DecisionCosts(falsePositive: 50, falseNegative: 1), reference.cheapestOther),
      ] {
        let found = try #require(table.cheapest(costs))
        #expect(isClose(found.cost, expected.cost), "\(reference.name)")
        #expect(isClose(found.decision.threshold, expected.threshold), "\(reference.name)")
      }
    }
  }

  @Test func aThresholdThatPaysForCalibratedProbabilitiesIsNearlyTheBest() throws {
    let costs = DecisionCosts(falsePositive: 1, falseNegative: 9)
    #expect(costs.calibratedThreshold == 0.1)
    var metrics = metrics(Shape.all[0].rows(20_000))
    let table = metrics.decisions()
    let best = try #require(table.cheapest(costs))
    let calibrated = try #require(table.at(threshold: 0.1, costs))
    #expect(calibrated.cost >= best.cost)
    #expect(calibrated.cost < best.cost * 1.02)
    #expect(try #require(calibrated.decision.threshold) >= 0.1)
  }

  @Test func whatIsUndefinedIsNil() throws {
    var none = BinaryMetrics()
    let empty = none.decisions()
    #expect(empty.top(0.1) == nil)
    #expect(empty.bestF1 == nil)
    let costs = DecisionCosts(falsePositive: 1, falseNegative: 1)
    #expect(empty.cheapest(costs) == nil)
    #expect(empty.at(threshold: 0.5, costs) == nil)

    var negatives = metrics([-1, 0, 2].map { ScoredRow(margin: $0, label: false) })
    let table = negatives.decisions()
    #expect(table.bestF1 == nil)
    let top = try #require(table.top(0.1))
    #expect(top.precision == 0 && top.recall == nil && top.lift == nil && top.f1 == nil)
    let cheapest = try #require(table.cheapest(costs))
    #expect(cheapest.cost == 0 && cheapest.decision.threshold == nil)
    #expect(cheapest.decision.share == 0 && cheapest.decision.precision == nil)
  }

  /// Equal scores are called alike, so the top 1 % of a constant is everything.
  @Test func tiesStayTogether() throws {
    var constant = metrics((0..<100).map { ScoredRow(margin: 0, label: $0 % 4 == 0) })
    let top = try #require(constant.decisions().top(0.01))
    #expect(top.share == 1 && top.recall == 1 && top.precision == 0.25 && top.lift == 1)
    #expect(top.threshold == 0.5)
  }

  @Test func probabilitiesAreTheirOwnThresholds() throws {
    var metrics = BinaryMetrics()
    for (probability, label) in [(0.0, false), (0.25, true), (0.9, true), (1.0, false)] {
      metrics.add(probability: probability, label: label, weight: 1)
    }
    #expect(try #require(metrics.decisions().top(0.5)).threshold == 0.9)
    #expect(try #require(metrics.decisions().top(1)).threshold == 0)
  }

  @Test func boundedMemoryMovesDecisionsLittle() throws {
    let rows = Shape.all[0].rows(40_000)
    var exact = metrics(rows)
    var bounded = metrics(rows, capacity: 1 << 12)
    for share in DecisionTable.reportedShares {
      let a = try #require(exact.decisions().top(share))
      let b = try #require(bounded.decisions().top(share))
      #expect(isClose(b.precision, a.precision, tolerance: 0.01))
      #expect(isClose(b.recall, a.recall, tolerance: 0.01))
    }
    #expect(
      isClose(bounded.decisions().bestF1?.f1, exact.decisions().bestF1?.f1, tolerance: 1e-3))
  }
}
