import Evaluation
import Testing

@testable import Scoring

@Suite struct HoldoutFoldTests {
  @Test(arguments: [1, 2, 5, 10])
  func foldsAreEvenWhateverThePeriodOfTheRows(period: Int) {
    let rows = 20_000
    var counts = [Int](repeating: 0, count: SmoothedIsotonicSample.folds)
    for row in 0..<rows { counts[HoldoutCalibration.fold(ofRow: row * period)] += 1 }
    let expected = Double(rows / counts.count)
    #expect(counts.allSatisfy { abs(Double($0) - expected) < 4 * expected.squareRoot() })
  }
}
