import Evaluation
import Testing

@Suite struct GroupRankingTests {
  private struct Row {
    var group: Int
    var score: Double
    var label: Bool
    var weight: Float = 1
  }

  private func summary(
    _ rows: [Row], cutoff: Int, capacity: Int = 1 << 20
  ) -> GroupSummary {
    var ranking = GroupRanking(cutoff: cutoff, capacity: capacity)
    for row in rows {
      ranking.add(
        group: GroupKey("g\(row.group)".utf8), score: row.score, label: row.label,
        weight: row.weight)
    }
    return ranking.summary()
  }

  @Test func agreesWithScikitLearn() throws {
    for reference in try RankingReferences.stored().groups {
      let rows = reference.groups.indices.map {
        Row(
          group: reference.groups[$0], score: reference.scores[$0],
          label: reference.labels[$0] == 1)
      }
      let found = summary(rows, cutoff: reference.cutoff)
      #expect(found.groups == reference.groupCount)
      #expect(found.groupsWithPositives == reference.withPositives)
      #expect(found.groupsWithBothClasses == reference.withBoth)
      #expect(!found.isSampled)
      #expect(isClose(found.meanNDCG, reference.ndcg), "\(reference.name)")
      #expect(isClose(found.groupAUC, reference.groupAUC), "\(reference.name)")
      let interval = try #require(found.meanNDCGInterval)
      let width = 1.959963984540054 * reference.ndcgError
      #expect(isClose(interval.high, min(reference.ndcg + width, 1)))
      #expect(isClose(interval.low, reference.ndcg - width))
      // Rows of a group need not be together, nor in any order.
      let backwards = summary(rows.reversed(), cutoff: reference.cutoff)
      #expect(isClose(backwards.meanNDCG, found.meanNDCG))
      #expect(isClose(backwards.groupAUC, found.groupAUC))
    }
  }

  @Test func weightsCountInTheGroupAUC() throws {
    let rows = [
      Row(group: 1, score: 1, label: true, weight: 3), Row(group: 1, score: 0, label: false),
      Row(group: 1, score: 2, label: false, weight: 2),
      Row(group: 1, score: 9, label: true, weight: 0),
      Row(group: 2, score: 1, label: true), Row(group: 2, score: 0, label: false),
    ]
    let found = summary(rows, cutoff: 5)
    #expect(isClose(found.groupAUC, (6 * (1.0 / 3) + 2 * 1) / 8))
    #expect(found.groups == 2)
  }

  private static func manyGroups() -> [Row] {
    var draws = Draws(seed: 31)
    return (0..<40_000).map { _ in
      let score = draws.normal()
      return Row(
        group: Int(draws.unit() * 4000), score: score, label: draws.normal() < score - 1)
    }
  }

  @Test func whatDoesNotFitIsSampledByGroup() throws {
    let rows = Self.manyGroups()
    let exact = summary(rows, cutoff: 10)
    let sampled = summary(rows, cutoff: 10, capacity: 12_000)
    #expect(sampled.isSampled)
    #expect(sampled.groups < 1500 && sampled.groups > 500)
    let interval = try #require(sampled.meanNDCGInterval)
    let truth = try #require(exact.meanNDCG)
    #expect(interval.low < truth && truth < interval.high)
    #expect(isClose(sampled.groupAUC, exact.groupAUC, tolerance: 0.02))
    // Which groups remain is no matter of the order of rows, and they are whole.
    let backwards = summary(rows.reversed(), cutoff: 10, capacity: 12_000)
    #expect(backwards.groups == sampled.groups)
    #expect(isClose(backwards.meanNDCG, sampled.meanNDCG))
  }

  @Test func aGroupThatAloneDoesNotFitLeavesNothing() {
    let rows = (0..<1000).map { Row(group: 1, score: Double($0), label: $0 % 2 == 0) }
    let found = summary(rows, cutoff: 10, capacity: 500)
    #expect(found.groups == 0 && found.isSampled)
    #expect(found.meanNDCG == nil && found.groupAUC == nil && found.meanNDCGInterval == nil)
  }

  @Test func groupsOfOneClassAreLeftOut() {
    let rows = [
      Row(group: 1, score: 1, label: false), Row(group: 1, score: 2, label: false),
      Row(group: 2, score: 1, label: true),
    ]
    let found = summary(rows, cutoff: 10)
    #expect(found.groups == 2 && found.groupsWithPositives == 1)
    #expect(found.groupsWithBothClasses == 0)
    #expect(found.meanNDCG == 1 && found.groupAUC == nil && found.meanNDCGInterval == nil)
  }
}
