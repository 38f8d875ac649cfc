import Evaluation
import Foundation
import Testing

/// Scores of a shape that a histogram could get wrong.
struct Shape: Sendable, CustomTestStringConvertible {
  var name: String
  var margin: @Sendable (inout Draws) -> Double
  /// Log-odds of the label, given a margin.
  var truth: @Sendable (Double) -> Double = { $0 }
  var testDescription: String { name }

  static let all = [
    Shape(name: "bell") { -1 + 2 * $0.normal() },
    Shape(name: "rare positives") { -6 + 1.5 * $0.normal() },
    Shape(
      name: "a band 1e-9 wide", margin: { -3 + 1e-9 * $0.normal() },
      truth: { ($0 + 3) * 1e9 }),
    Shape(
      name: "around zero, 12 decades", margin: { ($0.unit() - 0.5) * pow(10, -12 * $0.unit()) },
      truth: { $0 * 4 }),
    Shape(name: "half of the rows tied") { $0.unit() < 0.5 ? -2.5 : $0.normal() },
    Shape(name: "extreme") { 400 * $0.normal() },
    Shape(name: "two clusters") { ($0.unit() < 0.3 ? 2 : -4) + 0.01 * $0.normal() },
  ]

  func rows(_ count: Int, seed: UInt64 = 7) -> [ScoredRow] {
    var draws = Draws(seed: seed)
    return (0..<count).map { index in
      let margin = self.margin(&draws)
      let chance = ScoredRow(margin: truth(margin), label: true).probability
      return ScoredRow(
        margin: margin, label: draws.unit() < chance, weight: Double(index % 5 + 1) / 2)
    }
  }
}

@Suite struct StreamingTests {
  /// Fifteen times more distinct scores than fit, as 16 million rows at the default capacity;
  /// errors there are smaller by the ratio of capacities, 256.
  @Test(arguments: Shape.all)
  func staysNearTheExactFiguresBeyondItsCapacity(_ shape: Shape) throws {
    let rows = shape.rows(60_000)
    let exact = summarize(rows)
    let streamed = summarize(rows, capacity: 1 << 12)
    #expect(exact.aucError == 0)
    let auc = try #require(exact.auc)
    let precision = try #require(exact.averagePrecision)
    let aucError = try #require(streamed.aucError)
    let precisionError = try #require(streamed.averagePrecisionError)
    #expect(aucError > 0)
    #expect(aucError < 32.0 / 4096)
    #expect(isClose(streamed.auc, auc, tolerance: min(1e-4, aucError)))
    #expect(isClose(streamed.averagePrecision, precision, tolerance: min(5e-4, precisionError)))
    #expect(isClose(streamed.ece, exact.ece, tolerance: 2e-4))
    #expect(isClose(streamed.logLoss, exact.logLoss))
    #expect(isClose(streamed.brier, exact.brier))
  }

  /// Half of the weight within 1e-12 of one score and the rest far and wide, the narrow part
  /// coming first, last, or mixed in.
  @Test(arguments: [0, 1, 2])
  func resolvesASpikeAmongScatteredScores(_ order: Int) throws {
    var draws = Draws(seed: 3)
    var rows = (0..<40_000).map { index in
      let offset = draws.normal()
      let margin = index % 2 == 0 ? -2 + 1e-12 * offset : 3 * offset
      return ScoredRow(margin: margin, label: offset + draws.normal() > 0.5)
    }
    let isSpike = { (row: ScoredRow) in (row.margin + 2).magnitude < 1e-10 }
    if order > 0 { rows = rows.filter(isSpike) + rows.filter { !isSpike($0) } }
    if order > 1 { rows.reverse() }
    let exact = summarize(rows)
    let streamed = summarize(rows, capacity: 1 << 11)
    let aucError = try #require(streamed.aucError)
    let precisionError = try #require(streamed.averagePrecisionError)
    #expect(isClose(streamed.auc, exact.auc, tolerance: min(1e-3, aucError)))
    #expect(isClose(streamed.averagePrecision, exact.averagePrecision, tolerance: precisionError))
  }

  /// Ties take one bin however many rows share them, so the figures stay exact.
  @Test func manyTiedRowsNeedNoMoreBins() {
    var draws = Draws(seed: 11)
    let rows = (0..<50_000).map { _ in
      let margin = (draws.normal() * 3).rounded() / 2
      return ScoredRow(margin: margin, label: draws.unit() < 0.3)
    }
    let small = summarize(rows, capacity: 64)
    #expect(small.aucError == 0)
    #expect(small.averagePrecisionError == 0)
    #expect(isClose(small.auc, summarize(rows).auc))
  }

  private static func orders(of rows: [ScoredRow]) -> [[ScoredRow]] {
    var draws = Draws(seed: 5)
    return [
      Array(rows.reversed()), rows.shuffled(using: &draws),
      rows.sorted { $0.margin < $1.margin }, rows.sorted { $0.margin > $1.margin },
      rows.filter(\.label) + rows.filter { !$0.label },
      rows.filter { !$0.label } + rows.filter(\.label),
    ]
  }

  @Test func orderOfRowsDoesNotMatterWithinTheCapacity() {
    let rows = Shape.all[0].rows(20_000)
    let first = summarize(rows)
    for order in Self.orders(of: rows) {
      let other = summarize(order)
      #expect(isClose(other.auc, first.auc, tolerance: 1e-15))
      #expect(isClose(other.averagePrecision, first.averagePrecision, tolerance: 1e-15))
      #expect(isClose(other.ece, first.ece, tolerance: 1e-15))
      #expect(isClose(other.mce, first.mce, tolerance: 1e-15))
      #expect(isClose(other.logLoss, first.logLoss, tolerance: 1e-15))
      #expect(isClose(other.brier, first.brier, tolerance: 1e-15))
      #expect(other.reliability.map(\.rows) == first.reliability.map(\.rows))
    }
  }

  @Test(arguments: [64, 1 << 10])
  func orderOfRowsMattersLessThanTheStatedErrorBeyondIt(_ capacity: Int) throws {
    let rows = Shape.all[0].rows(20_000)
    let exact = summarize(rows)
    for order in Self.orders(of: rows) {
      let other = summarize(order, capacity: capacity)
      let aucError = try #require(other.aucError)
      let precisionError = try #require(other.averagePrecisionError)
      #expect(aucError < 10 / Double(capacity))
      #expect(isClose(other.auc, exact.auc, tolerance: aucError))
      #expect(isClose(other.averagePrecision, exact.averagePrecision, tolerance: precisionError))
      #expect(isClose(other.logLoss, exact.logLoss, tolerance: 1e-15))
      #expect(isClose(other.brier, exact.brier, tolerance: 1e-15))
      #expect(other.reliability.map(\.rows).reduce(0, +) == rows.count)
    }
  }

  @Test func equalMassBinsHoldEqualRows() {
    let rows = Shape.all[0].rows(15_000).map { ScoredRow(margin: $0.margin, label: $0.label) }
    let found = summarize(rows)
    #expect(found.reliability.map(\.rows) == Array(repeating: 1000, count: 15))
    for (bin, next) in zip(found.reliability, found.reliability.dropFirst()) {
      #expect(bin.low < bin.high)
      #expect(bin.high < next.low)
    }
  }
}
