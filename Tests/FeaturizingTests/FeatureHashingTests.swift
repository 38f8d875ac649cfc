import Testing

@testable import Featurizing

/// Slots as scikit-learn's `murmurhash3_32` gives them: see docs, "the hashing convention".
@Suite struct FeatureHashingTests {
  private let hashing = FeatureHashing(bits: 22, seed: 0)

  @Test func columnSeedAndSlots() {
    let seed = hashing.columnSeed(ByteText("carrier"))
    #expect(seed == 2_653_907_929)
    #expect(seed & hashing.mask == 3_107_801)
    #expect(MurmurHash3.hash(Array("UA".utf8), seed: seed) & hashing.mask == 1_748_936)
    #expect(MurmurHash3.hash([], seed: seed) & hashing.mask == 205_570)
  }

  @Test func smallIndicesAreTheirOwnSlots() {
    #expect(hashing.slot(ofIndex: 0) == 0)
    #expect(hashing.slot(ofIndex: 4_194_303) == 4_194_303)
  }

  @Test func largeIndicesAreHashedAsEightBytes() {
    #expect(hashing.slot(ofIndex: 1 << 40) == 3_551_010)
    #expect(hashing.slot(ofIndex: .max) <= hashing.mask)
  }
}
