import ModelFile
import SparseBatches
import Testing

@testable import Training

/// Samples of a stream, and what is made of them.
@Suite struct ProfileTests {
  private func thinned(_ capacity: Int, _ ordinals: Range<Int>) -> ThinnedRows {
    var rows = ThinnedRows(stride: 2, capacity: capacity, RowLottery(seed: 3, .profile))
    for ordinal in ordinals where rows.wants(ordinal) {
      rows.append(ordinal) { UInt64(ordinal) * 10 + UInt64($0) }
    }
    return rows
  }

  @Test func theSampleIsBoundedEvenAndWhole() {
    let rows = thinned(500, 0..<20_000)
    #expect((200...500).contains(rows.count))
    var halves = [0, 0]
    for row in 0..<rows.count {
      let ordinal = rows.ordinals[row]
      #expect(
        rows.word(row, 0) == UInt64(ordinal) * 10 && rows.word(row, 1) == UInt64(ordinal) * 10 + 1)
      halves[ordinal / 10_000] += 1
    }
    #expect(abs(halves[0] - halves[1]) < rows.count / 4)
    #expect(thinned(500, 0..<300).count == 300)
  }

  @Test func aSampleGoesOnWhereItWasStopped() throws {
    for cut in [0, 100, 501, 7000] {
      let first = thinned(500, 0..<cut)
      var writer = ByteWriter()
      first.encode(into: &writer)
      var again = ThinnedRows(stride: 2, capacity: 500, RowLottery(seed: 3, .profile))
      var reader = ByteReader(writer.bytes[...], subject: "state")
      try again.restore(from: &reader, below: cut)
      try reader.expectEnd()
      for ordinal in cut..<9000 where again.wants(ordinal) {
        again.append(ordinal) { UInt64(ordinal) * 10 + UInt64($0) }
      }
      let whole = thinned(500, 0..<9000)
      #expect(again.count == whole.count && again.level == whole.level)
      for row in 0..<min(whole.count, again.count) {
        #expect(again.ordinals[row] == whole.ordinals[row])
        #expect(again.word(row, 1) == whole.word(row, 1))
      }
    }
  }

  @Test func aSampleThatCannotBeIsRefused() {
    let rows = thinned(500, 0..<9000)
    var writer = ByteWriter()
    rows.encode(into: &writer)
    func restore(_ bytes: [UInt8], capacity: Int = 500, seed: UInt64 = 3, below end: Int = 9000)
      -> Bool
    {
      var again = ThinnedRows(stride: 2, capacity: capacity, RowLottery(seed: seed, .profile))
      var reader = ByteReader(bytes[...], subject: "state")
      do {
        try again.restore(from: &reader, below: end)
        return true
      } catch {
        return false
      }
    }
    #expect(restore(writer.bytes))
    #expect(!restore(writer.bytes, capacity: 100))
    #expect(!restore(writer.bytes, seed: 4))
    #expect(!restore(writer.bytes, below: 4000))
    #expect(!restore(Array(writer.bytes.dropLast(8))))
    var level = writer.bytes
    level[0] = 64
    #expect(!restore(level))
  }

  @Test func binsHoldATenthAndFrequentNumbersStandAlone() {
    let even = (0..<1000).map(Double.init)
    let edges = ProfileBins.edges(of: even)
    #expect(edges == (1..<10).map { Double(100 * $0) })
    // Half of the numbers are 0, in the middle of others.
    let peaked = (even.map { $0 - 500 } + Array(repeating: 0, count: 1000)).sorted()
    let found = ProfileBins.edges(of: peaked)
    #expect(found.contains(0) && found.contains(1))
    #expect(found.count < TrainingProfile.mostBins)
    #expect(ProfileBins.edges(of: []).isEmpty && ProfileBins.edges(of: [4, 4, 4]).isEmpty)
    #expect(ProfileBins.edges(of: [1, 2]) == [2])
    #expect(ProfileBins.closedEdges(of: [4, 4, 4]) == [4, 4.0.nextUp])
    #expect(ProfileBins.closedEdges(of: [1, 2]) == [1, 2, 2.0.nextUp])
    #expect(ProfileBins.closedEdges(of: []).isEmpty)
    #expect(ProfileBins.quantiles(of: even) == [0, 10, 50, 250, 500, 750, 950, 990, 999])
    #expect(ProfileBins.quantiles(of: []).isEmpty)
  }

  /// However the numbers lie, no more bins than a profile may hold.
  @Test func binsAreNeverTooMany() {
    for seed in 0..<200 {
      let numbers = (0..<97).map { row -> Double in
        let bits = SplitMix64.bits(UInt64(seed * 1000 + row))
        return bits % 3 == 0 ? Double(bits / 4 % 7) : Double(bits / 64 % 5000) / 100
      }.sorted()
      #expect(ProfileBins.closedEdges(of: numbers).count < TrainingProfile.mostBins)
    }
  }

  @Test func predictionsAreWeightedAndCutIntoParts() throws {
    let rows = (0..<400).map { row in
      PredictedRow(
        margin: row < 300 ? -1 : Double(row % 10), weight: row % 2 == 0 ? 1 : 3, place: row)
    }
    let found = try #require(ProfileBins.predictions(rows, of: 400, areFresh: true))
    for shares in [found.all, found.first, found.last, found.late] {
      #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
    }
    #expect(found.first[0] == 1)
    #expect(found.lateRows == 80)
    #expect(ProfileBins.predictions(Array(rows.prefix(10)), of: 400, areFresh: true) == nil)
    let placeless = rows.map { PredictedRow(margin: $0.margin, weight: 1) }
    let other = try #require(ProfileBins.predictions(placeless, of: 0, areFresh: false))
    #expect(other.first.allSatisfy { $0 == 0 } && other.lateRows == 400)
  }

  private func fresh(_ rows: [[UInt32]], of streamRows: Int) -> FreshValues {
    var ends: [Int] = []
    for row in rows { ends.append((ends.last ?? 0) + row.count) }
    return FreshValues(values: rows.flatMap(\.self), ends: ends, of: streamRows)
  }

  @Test func freshValuesAreFewerThanTheSampleSays() throws {
    // Each row has a value of its own: all that comes is new.
    let own = (0..<1000).map { [UInt32($0)] }
    let all = try #require(fresh(own, of: 1_000_000).share { _ in true })
    #expect(all > 0.9)
    // Two values: nothing is.
    let two = (0..<1000).map { [UInt32($0 % 2)] }
    let none = try #require(fresh(two, of: 1_000_000).share { _ in true })
    #expect(none < 0.01)
    // What has no weight is unknown however often it came.
    let half = try #require(fresh(two, of: 1_000_000).share { $0 == 0 })
    #expect(abs(half - 0.5) < 0.02)
    // Shares that fall as 1/rank: the more rows, the less is new.
    var state = SplitMix64.bits(5)
    let zipf = (0..<4000).map { _ -> [UInt32] in
      state = SplitMix64.bits(state &+ SplitMix64.increment)
      let even = Double(state >> 11) * 0x1p-53
      // Ranks r with P(rank > r) = 1/(1 + r).
      return [UInt32(min(1 / max(even, 1e-6), 1e6))]
    }
    let few = try #require(fresh(zipf, of: 4000).share { _ in true })
    let many = try #require(fresh(zipf, of: 400_000).share { _ in true })
    #expect(many < few / 2 && many > 0)
    #expect(fresh([], of: 0).share { _ in true } == nil)
    #expect(fresh(Array(repeating: [], count: 50), of: 50).share { _ in true } == nil)
  }
}
