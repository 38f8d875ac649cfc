import SparseBatches
import Testing

@testable import Featurizing

@Suite struct WordFeaturesTests {
  private func features(_ text: String, ngrams: Int = 1) throws -> [UInt32: Float] {
    try features(Array(text.utf8), ngrams: ngrams)
  }

  private func features(_ text: [UInt8], ngrams: Int = 1) throws -> [UInt32: Float] {
    let schema = ChunkMaking.schema([("label", .label), ("t", .text)], ngrams: ngrams)
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk(Array("1,".utf8) + text, header: "label,t"))
    return try #require(batch.rows.first).features
  }

  /// The chain of hashes of words in a row.
  private func slot(_ words: String...) -> UInt32 {
    let hashing = FeatureHashing()
    return words.reduce(hashing.columnSeed(ByteText("t"))) {
      MurmurHash3.hash(Array($1.utf8), seed: $0)
    } & hashing.mask
  }

  @Test func wordsAreLowerCasedAndCounted() throws {
    #expect(
      try features("Win a PRIZE! win; WIN...prize_2")
        == [slot("win"): 3, slot("a"): 1, slot("prize"): 1, slot("prize_2"): 1])
    #expect(try features("don't") == [slot("don"): 1, slot("t"): 1])
    #expect(try features("@[`{/:") == [:])
    #expect(try features("azAZ09") == [slot("azaz09"): 1])
  }

  @Test func bytesBeyondASCIIBelongToWords() throws {
    #expect(try features("Größe £5") == [slot("größe"): 1, slot("£5"): 1])
    // Only ASCII letters have a lower case: nothing is decoded.
    #expect(try features("É é") == [slot("É"): 1, slot("é"): 1])
    #expect(try features([0xFF, 0x20, 0x80]).count == 2)
  }

  @Test func runsOfWordsChainTheirHashes() throws {
    let text = "a b a b"
    #expect(
      try features(text, ngrams: 2)
        == [slot("a"): 2, slot("b"): 2, slot("a", "b"): 2, slot("b", "a"): 1])
    #expect(
      try features(text, ngrams: 3)
        == [
          slot("a"): 2, slot("b"): 2, slot("a", "b"): 2, slot("b", "a"): 1,
          slot("a", "b", "a"): 1, slot("b", "a", "b"): 1,
        ])
    #expect(try features("a", ngrams: 3) == [slot("a"): 1])
  }

  /// As "Hashing" prints it, with scikit-learn's murmurhash3_32.
  @Test func slotsAreThoseOfOtherSystems() throws {
    let schema = ChunkMaking.schema([("label", .label), ("text", .text)], ngrams: 2)
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,FREE prize", header: "label,text"))
    #expect(batch.rows[0].features[2_132_578] == 1)
  }

  @Test func aMissingTextIsAFeature() throws {
    #expect(try features("NA") == [slot(""): 1])
    #expect(try features("") == [slot(""): 1])
  }

  @Test func longTextsHaveAsManyFeaturesAsTheyMay() throws {
    let words = (0..<20_000).map { "w\($0)" }
    let found = try features(words.joined(separator: " "))
    #expect(found.values.reduce(0, +) == 20_000)
  }

  @Test func sentencesAreTextAndCategoriesAreNot() throws {
    func role(_ values: [String]) throws -> Column.Role {
      var inference = try SchemaInference(
        options: ReadingOptions(), delimiter: UInt8(ascii: ","), firstLine: Array("label,t".utf8))
      let rows = values.map { "1,\($0)\n" }.joined()
      inference.add(ChunkMaking.chunk(rows, header: "label,t"))
      guard case .csv(let csv) = try inference.schema().source else { return .ignored }
      return csv.columns[1].role
    }
    #expect(try role((0..<50).map { "this is sentence number \($0)" }) == .text)
    #expect(try role((0..<50).map { "a long name of category \($0 % 5)" }) == .categorical)
    #expect(try role((0..<50).map { "two words\($0)" }) == .categorical)
    #expect(try role((0..<19).map { "this is sentence number \($0)" }) == .categorical)
  }
}
