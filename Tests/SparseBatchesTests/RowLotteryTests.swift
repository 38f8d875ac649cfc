import Testing

@testable import SparseBatches

@Suite struct RowLotteryTests {
  @Test(arguments: [0.0, 0.001, 0.01, 0.1, 0.5, 0.999, 1.0])
  func aShareIsItsFraction(fraction: Double) {
    let share = RowShare(fraction, seed: 5, .negatives)
    let rows = 200_000
    let taken = Double((0..<rows).count { share.takes($0) })
    let deviation = (Double(rows) * fraction * (1 - fraction)).squareRoot()
    #expect(abs(taken - Double(rows) * fraction) <= 4 * deviation)
  }

  /// A period in the rows, such as one log line a server in turn, must not meet a period in the
  /// choice.
  @Test func noResidueIsPreferred() {
    let share = RowShare(0.1, seed: 1, .negatives)
    for period in [2, 3, 7, 10, 16, 64, 100] {
      for residue in 0..<min(period, 10) {
        let rows = stride(from: residue, to: 400_000, by: period)
        let count = Double(rows.underestimatedCount)
        let taken = Double(rows.filter { share.takes($0) }.count)
        let limit = 4.5 * (0.09 * count).squareRoot()
        #expect(abs(taken - 0.1 * count) < limit, "\(residue)/\(period)")
      }
    }
  }

  @Test func choicesForDifferentPurposesAreIndependent() {
    let shares = [RowLottery.Purpose.holdout, .holdoutHalf, .reservoir, .negatives].map {
      RowShare(0.25, seed: 1, $0)
    }
    for (index, one) in shares.enumerated() {
      for other in shares[..<index] {
        let both = Double((0..<100_000).count { one.takes($0) && other.takes($0) })
        #expect(abs(both - 6250) < 350)
      }
    }
  }

  @Test func seedsChooseOtherRows() {
    let one = RowShare(0.5, seed: 1, .negatives)
    let two = RowShare(0.5, seed: 2, .negatives)
    let same = (0..<10_000).count { one.takes($0) == two.takes($0) }
    #expect(abs(Double(same) - 5000) < 300)
  }

  @Test func rowsHeldOutAreNeverLeftOut() {
    let heldOut = RowShare(0.2, seed: 1, .holdout)
    let sampling = RowSampling(keepNegatives: 0.01, seed: 1, heldOut: heldOut)
    #expect(!(0..<20_000).contains { heldOut.takes($0) && sampling.leavesOut($0) })
    // Of the others, 1 in 100 stays.
    let others = (0..<200_000).filter { !heldOut.takes($0) }
    let kept = Double(others.count { !sampling.leavesOut($0) })
    #expect(abs(kept / Double(others.count) - 0.01) < 0.001)
  }
}
