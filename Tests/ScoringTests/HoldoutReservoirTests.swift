import SparseBatches
import Testing

@testable import Scoring

@Suite struct HoldoutReservoirTests {
  private func fill(
    _ reservoir: inout HoldoutReservoir, ordinals: some Sequence<Int>, positive: (Int) -> Bool
  ) {
    for ordinal in ordinals where reservoir.holds(ordinal) {
      var batch = SparseBatch()
      batch.addFeature(UInt32(ordinal), 2)
      batch.endRow(label: positive(ordinal) ? 1 : 0, weight: 1, rowInChunk: 0)
      reservoir.offer(batch, row: 0, ordinal: ordinal)
    }
  }

  private func slots(_ batch: borrowing SparseBatch) -> [UInt32] {
    (0..<batch.slots.count).map { batch.slots[$0] }
  }

  private func weight(_ batch: borrowing SparseBatch, positive: Bool) -> Double {
    (0..<batch.rowCount).filter { (batch.labels[$0] > 0) == positive }
      .reduce(0) { $0 + Double(batch.weights[$1]) }
  }

  @Test func theFractionIsHeldOut() {
    var reservoir = HoldoutReservoir(fraction: 0.1, capacity: 100_000, seed: 1)
    fill(&reservoir, ordinals: 0..<50_000) { $0 % 2 == 0 }
    #expect(abs(reservoir.rowsSeen - 5000) < 350)
    let fitting = reservoir.batch(.fitting)
    let reporting = reservoir.batch(.reporting)
    let rows = fitting.rowCount + reporting.rowCount
    #expect(rows == reservoir.rowsSeen)
    #expect(abs(fitting.rowCount - reporting.rowCount) < 400)
    #expect(Set(slots(fitting)).isDisjoint(with: slots(reporting)))
  }

  @Test func rarePositivesAreKeptAndAllRowsAreStoodFor() {
    var reservoir = HoldoutReservoir(fraction: 0.5, capacity: 400, seed: 3)
    fill(&reservoir, ordinals: 0..<40_000) { $0 % 500 == 0 }
    let fitting = reservoir.batch(.fitting)
    let reporting = reservoir.batch(.reporting)
    let positives = weight(fitting, positive: true) + weight(reporting, positive: true)
    let negatives = weight(fitting, positive: false) + weight(reporting, positive: false)
    // All positives fit; 200 negatives stand for all those that were held out.
    #expect(positives > 20 && positives == positives.rounded())
    #expect(abs(positives + negatives - Double(reservoir.rowsSeen)) < 0.1)
    #expect(fitting.rowCount + reporting.rowCount == Int(positives) + 200)
  }

  @Test func eachHalfStandsForItsOwnRows() {
    var reservoir = HoldoutReservoir(fraction: 0.5, capacity: 100, seed: 3)
    fill(&reservoir, ordinals: 0..<9000) { $0 % 4 == 0 }
    var seen = 0
    for half in [HoldoutReservoir.Half.fitting, .reporting] {
      let batch = reservoir.batch(half)
      let classes = reservoir.classesSeen(half) ?? (0, 0)
      #expect(abs(weight(batch, positive: true) - Double(classes.positives)) < 0.01)
      #expect(abs(weight(batch, positive: false) - Double(classes.negatives)) < 0.01)
      let scaled = reservoir.batch(half, factors: (3, 0.5))
      #expect(abs(weight(scaled, positive: true) - 0.5 * Double(classes.positives)) < 0.01)
      #expect(abs(weight(scaled, positive: false) - 3 * Double(classes.negatives)) < 0.1)
      seen += classes.negatives + classes.positives
    }
    #expect(seen == reservoir.rowsSeen)
    let numbers = HoldoutReservoir(fraction: 0.5, capacity: 100, seed: 3, isStratified: false)
    #expect(numbers.classesSeen(.fitting) == nil)
  }

  @Test func whichRowsStayDoesNotDependOnTheirOrder() {
    var forward = HoldoutReservoir(fraction: 0.5, capacity: 50, seed: 9)
    var backward = forward
    fill(&forward, ordinals: 0..<5000) { $0 % 3 == 0 }
    fill(&backward, ordinals: (0..<5000).reversed()) { $0 % 3 == 0 }
    #expect(slots(forward.batch(.fitting)) == slots(backward.batch(.fitting)))
    #expect(slots(forward.batch(.reporting)) == slots(backward.batch(.reporting)))
  }

  @Test func anotherSeedHoldsOutOtherRows() {
    let one = HoldoutReservoir(fraction: 0.5, capacity: 50, seed: 1)
    let two = HoldoutReservoir(fraction: 0.5, capacity: 50, seed: 2)
    #expect((0..<100).contains { one.holds($0) != two.holds($0) })
  }

  /// The largest weights there are, of rows that stand for others.
  @Test func weightsStayFinite() {
    var reservoir = HoldoutReservoir(fraction: 1, capacity: 20, seed: 3)
    for ordinal in 0..<2000 {
      var batch = SparseBatch()
      let weight = ordinal % 3 == 0 ? 0 : Float.greatestFiniteMagnitude
      batch.endRow(label: Float(ordinal % 2), weight: weight, rowInChunk: 0)
      reservoir.offer(batch, row: 0, ordinal: ordinal)
    }
    let batch = reservoir.batch(.reporting, factors: (.greatestFiniteMagnitude, 1))
    let weights = (0..<batch.rowCount).map { batch.weights[$0] }
    #expect(weights.contains(.greatestFiniteMagnitude) && weights.contains(0))
    #expect(weights.allSatisfy { $0.isFinite && $0 >= 0 })
  }
}
