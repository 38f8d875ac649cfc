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

/// Published vectors of MurmurHash3_x86_32 and values of scikit-learn 1.9.1's `murmurhash3_32`.
@Suite struct MurmurHash3Tests {
  @Test(arguments: [
    ("", 0x0000_0000 as UInt32, 0x0000_0000 as UInt32),
    ("", 0x0000_0001, 0x514e_28b7),
    ("", 0xffff_ffff, 0x81f1_6f39),
    ("test", 0x9747_b28c, 0x704b_81dc),
    ("Hello, world!", 0x9747_b28c, 0x2488_4cba),
    ("The quick brown fox jumps over the lazy dog", 0x9747_b28c, 0x2fa8_26cd),
    ("ππππππππ", 0x9747_b28c, 0xd58063c1),
    ("a", 0, 0x3c25_69b2), ("ab", 0, 0x9bbf_d75f), ("abc", 0, 0xb3dd_93fa),
    ("abcd", 0, 0x43ed_676a), ("hello world", 0, 0x5e92_8f0f),
  ])
  func publishedVectors(text: String, seed: UInt32, expected: UInt32) {
    #expect(MurmurHash3.hash(Array(text.utf8), seed: seed) == expected)
  }

  @Test func zeroWordsDifferByTheirLength() {
    #expect(MurmurHash3.hash([0, 0, 0, 0], seed: 0) == 0x2362_f9de)
    #expect(MurmurHash3.hash([0, 0, 0], seed: 0) == 0x85f0_b427)
    #expect(MurmurHash3.hash([0, 0], seed: 0) == 0x30f4_c306)
    #expect(MurmurHash3.hash([0], seed: 0) == 0x514e_28b7)
    #expect(MurmurHash3.hash([0xff, 0xff, 0xff, 0xff], seed: 0) == 0x7629_3b50)
    #expect(MurmurHash3.hash([0x21, 0x43, 0x65, 0x87], seed: 0x5082_edee) == 0x2362_f9de)
  }
}
