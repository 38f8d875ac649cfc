import SparseBatches
import Testing

@testable import Featurizing

/// A row may have millions of features: what it shows of them is bounded, and the same as if it was
/// looked at as a whole.
@Suite struct WideRowTests {
  private static let hashing = FeatureHashing(bits: 22)
  private static let schema = FeatureSchema(
    source: .libsvm(nil), hashing: hashing, labels: .convention)

  private static func row(_ indices: some Sequence<Int>, end: String = "") -> String {
    "1 " + indices.map { "\($0):1" }.joined(separator: " ") + end
  }

  /// What a register knows after chunks, and how much was kept of one of them at most.
  private static func looked(
    at chunks: [String], nameLimit: Int, _ hashing: FeatureHashing = hashing
  ) throws -> (state: FeatureRegisterState, kept: Int) {
    let register = FeatureRegister(hashing: hashing, nameLimit: nameLimit)
    var featurizer = ChunkFeaturizer(
      schema: FeatureSchema(source: .libsvm(nil), hashing: hashing, labels: .convention),
      purpose: .learn, details: RowDetails(recording: .register(register.bulletin)))
    var batch = SparseBatch()
    var kept = 0
    for chunk in chunks {
      _ = try featurizer.featurize(ChunkMaking.chunk(chunk), .zeroOne, into: &batch)
      kept = max(
        kept, featurizer.withSightings { $0.hashes.capacity + $0.sampled.capacity } ?? 0)
      register.take(&featurizer)
    }
    return (register.state, kept)
  }

  /// The same features in rows of 50, each in a chunk of its own.
  private static func narrow(_ indices: Range<Int>) -> [String] {
    stride(from: indices.lowerBound, to: indices.upperBound, by: 50).map {
      row($0..<min($0 + 50, indices.upperBound))
    }
  }

  @Test(arguments: [0, 1000, 1 << 16])
  func aWideRowShowsWhatNarrowRowsShow(nameLimit: Int) throws {
    let wide = try Self.looked(at: [Self.row(0..<300_000)], nameLimit: nameLimit)
    let narrow = try Self.looked(at: Self.narrow(0..<300_000), nameLimit: nameLimit)
    #expect(wide.state == narrow.state)
    #expect(wide.state.slots.count == nameLimit && wide.state.sampleLevel > 3)
    // Once 300,000 of each.
    #expect(wide.kept <= 300_000)
  }

  @Test func aWideRowThatIsBadShowsNothing() throws {
    let bad = Self.row(0..<200_000, end: " 7:x")
    let good = Self.narrow(100_000..<120_000).joined(separator: "\n")
    func state(_ chunks: String...) throws -> FeatureRegisterState {
      try Self.looked(at: chunks, nameLimit: 30_000).state
    }
    #expect(try state(bad + "\n" + good, "1 3:1") == state(good, "1 3:1"))
    let more = Self.row(0..<300)
    #expect(try state(good + "\n" + bad, more) == state(good, more))
  }

  /// Few slots for many features: the sample is full at its highest level.
  @Test func aWideRowSaturatesTheSample() throws {
    let few = FeatureHashing(bits: 10)
    // Indices hash to themselves, so that 2^16 of them share each of a few slots.
    let indices = (0..<(1 << 21)).map { $0 * 1021 & 0xFFFF_FFFF }
    let wide = try Self.looked(at: [Self.row(indices)], nameLimit: 10, few)
    #expect(wide.state.isSaturated && wide.state.sample.isEmpty)
    #expect(wide.kept <= 300_000)
  }

  /// Where some rows are looked at, a wide one is not named as a whole.
  @Test func ofASampledRowTheFirstFeaturesAreKept() throws {
    var featurizer = ChunkFeaturizer(
      schema: Self.schema, purpose: .predict, details: RowDetails(recording: .sampledRows))
    var batch = SparseBatch()
    let text = Self.row(0..<100_000) + "\n1 1:1 2:1"
    _ = try featurizer.featurize(ChunkMaking.chunk(text), .undecided, into: &batch)
    let counts = featurizer.withSightings { sightings in
      (0..<2).map { sightings.features(ofRow: $0).count }
    }
    #expect(counts == [FeatureWatch.mostOfSampledRow, 2])
    #expect(batch.features(ofRow: 0).count == 100_000)
  }

  /// The row after a long row that was bad is merged from its own start.
  @Test func aLongBadRowLeavesNothingBehind() throws {
    var featurizer = ChunkFeaturizer(schema: Self.schema, purpose: .learn)
    var batch = SparseBatch()
    let text = Self.row(0..<(1 << 20 + 10), end: " 7:x") + "\n1 5:1 6:2 5:3"
    _ = try featurizer.featurize(ChunkMaking.chunk(text), .zeroOne, into: &batch)
    #expect(batch.rowCount == 1 && batch.issues.count == 1)
    #expect((0..<batch.slots.count).map { batch.values[$0] } == [4, 2])
  }
}
