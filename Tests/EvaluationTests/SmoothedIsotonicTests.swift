import Evaluation
import Foundation
import Testing

@Suite struct SmoothedIsotonicTests {
  private func smoothed(_ rows: [ScoredRow]) throws -> (map: Calibrator, share: Double) {
    var sample = SmoothedIsotonicSample()
    for (index, row) in rows.enumerated() {
      sample.add(
        margin: row.margin, label: row.label, weight: row.weight,
        fold: index % SmoothedIsotonicSample.folds)
    }
    return try sample.fit()
  }

  private func plain(
    _ rows: [ScoredRow], _ kind: Calibrator.Kind = .isotonic
  ) throws -> Calibrator {
    var sample = CalibrationSample()
    for row in rows { sample.add(margin: row.margin, label: row.label, weight: row.weight) }
    return try sample.fit(kind)
  }

  private func logLoss(_ map: Calibrator, _ rows: [ScoredRow]) -> Double {
    let sum = rows.reduce(0) { sum, row in
      let probability = map.probability(row.margin)
      return sum - row.weight * log(row.label ? probability : 1 - probability)
    }
    return sum / rows.reduce(0) { $0 + $1.weight }
  }

  /// Rows by chance from margins of a bell and a given truth.
  private func drawn(_ count: Int, seed: UInt64, truth: (Double) -> Double) -> [ScoredRow] {
    var draws = Draws(seed: seed)
    return (0..<count).map { _ in
      let margin = -1.5 + 2 * draws.normal()
      return ScoredRow(margin: margin, label: draws.unit() < truth(margin))
    }
  }

  private func sigmoid(_ margin: Double) -> Double { 1 / (1 + exp(-margin)) }

  /// Where a beta map is the truth, steps of few rows are all noise: most of it must go.
  @Test(arguments: [3, 4] as [UInt64])
  func fewRowsAreDrawnToTheBetaMap(seed: UInt64) throws {
    let truth = { self.sigmoid(0.8 * $0 - 0.2) }
    let rows = drawn(1500, seed: seed, truth: truth)
    let fresh = drawn(20_000, seed: 100 + seed, truth: truth)
    let (map, share) = try smoothed(rows)
    #expect(share >= 0.5)
    let best = logLoss(try plain(rows, .beta), fresh)
    #expect(logLoss(try plain(rows), fresh) > 1.01 * best, "plain steps are no test of it")
    #expect(logLoss(map, fresh) < 1.004 * best)
  }

  /// Where no beta map is near the truth, many rows have the last word.
  @Test func manyRowsKeepAShapeOfTheirOwn() throws {
    let truth = { (margin: Double) in margin < -2 ? 0.05 : margin < 0.5 ? 0.4 : 0.45 }
    let rows = drawn(12_000, seed: 6, truth: truth)
    let fresh = drawn(20_000, seed: 106, truth: truth)
    let (map, share) = try smoothed(rows)
    #expect(share <= 0.125)
    #expect(logLoss(map, fresh) < logLoss(try plain(rows, .beta), fresh) - 0.002)
    #expect(logLoss(map, fresh) < logLoss(try plain(rows), fresh) + 0.0005)
  }

  @Test(arguments: Shape.all)
  func increasesInsideTheOpenIntervalAndCanBeStored(_ shape: Shape) throws {
    // Rare positives must number a hundred.
    let (map, _) = try smoothed(shape.rows(shape.name == "rare positives" ? 20_000 : 1500))
    let margins = shape.rows(2000, seed: 8).map(\.margin).sorted() + [1e9, 1e300, .infinity]
    let values = ([-.infinity, -1e300] + margins).map(map.probability)
    #expect(values.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(try Calibrator(kind: .isotonic, parameters: map.parameters) == map)
  }

  /// No finite beta map, and no second class in some of the folds.
  @Test func separableRowsAreFittedAsTheyAre() throws {
    let rows = (0..<400).map { ScoredRow(margin: Double($0), label: $0 >= 200) }
    #expect(try smoothed(rows).map == plain(rows))
    let tied = (0..<400).map { ScoredRow(margin: 2, label: $0 % 4 == 0) }
    #expect(throws: CalibrationRefusal.constantMargins) { try smoothed(tied) }
  }

  @Test func rowsWithoutWeightCountForNothing() throws {
    let rows = drawn(900, seed: 12) { self.sigmoid($0) }
    var others = rows
    for index in stride(from: 0, to: 900, by: 3) { others[index].weight = 0 }
    var sample = SmoothedIsotonicSample()
    for (index, row) in others.enumerated() where row.weight > 0 {
      sample.add(
        margin: row.margin, label: row.label, weight: row.weight,
        fold: index % SmoothedIsotonicSample.folds)
    }
    #expect(try smoothed(others).map == sample.fit().map)
  }

  @Test func asksForAsManyRowsAsThePlainFit() throws {
    let rows = (0..<1000).map { ScoredRow(margin: Double($0), label: $0 % 11 == 0) }
    #expect(
      throws: CalibrationRefusal.tooFew(
        method: .isotonic, positives: 91, negatives: 909, needed: 100)
    ) { try smoothed(rows) }
    #expect(throws: CalibrationRefusal.marginNotFinite) {
      try smoothed(rows + [ScoredRow(margin: .infinity, label: true)])
    }
  }
}
