import SparseBatches
import Testing

@testable import Featurizing

@Suite struct VWFeaturizerTests {
  private let schema = FeatureSchema(
    source: .vw, hashing: FeatureHashing(bits: 18), labels: .convention)

  private func slot(_ namespace: String, _ name: String, seed: UInt32 = 0) -> UInt32 {
    let space = MurmurHash3.hash(Array(namespace.utf8), seed: seed)
    return MurmurHash3.hash(Array(name.utf8), seed: space) & schema.hashing.mask
  }

  @Test func rowsOfEveryShape() throws {
    let text = """
      1 |a x:2.5 y |b:2 x z:0
      -1 0.5 'row|7 | x x:3 |a
      +1 2 tag|
      -1.0 |
      """
    let batch = try PlainBatch(schema, ChunkMaking.chunk(text))
    #expect(batch.issues.isEmpty)
    #expect(
      batch.rows == [
        .init(
          label: 1, weight: 1,
          features: [slot("a", "x"): 2.5, slot("a", "y"): 1, slot("b", "x"): 2]),
        .init(label: 0, weight: 0.5, features: [slot("", "x"): 4]),
        .init(label: 1, weight: 2, features: [:]),
        .init(label: 0, weight: 1, features: [:]),
      ])
  }

  @Test(arguments: [
    ("1 |a x:", RowIssue.Reason.malformedFeature), ("1 |a x: 2", .malformedFeature),
    ("1 |a x:red", .malformedFeature), ("1 |a x:1:2", .malformedFeature),
    ("1 |a x:0x10", .malformedFeature), ("1 |a x:1,5", .malformedFeature),
    ("1 |a :", .malformedFeature), ("1 |a y :z", .malformedFeature),
    ("1 |a: x", .malformedFeature), ("1 |a:b x", .malformedFeature),
    ("1 |a:1:2 x", .malformedFeature), ("1 |:2 x", .malformedFeature),
    ("1 |a x |: y", .malformedFeature), ("1 |a x\ry", .malformedFeature),
    ("1 |a x:1\ry", .malformedFeature), ("1 |a\ry", .malformedFeature),
    ("1 |a x\r", .malformedFeature),
    ("1", .malformedFeature), ("1 2 'tag", .malformedFeature), ("1 a:2 b:3", .malformedFeature),
    ("1 |a x:nan", .notFinite), ("1 |a x:-inf", .notFinite), ("1 |a x:1e39", .notFinite),
    ("1 |a x:1e999", .notFinite), ("1 |a:inf x", .notFinite), ("1 |a:1e39 x", .notFinite),
    ("1 |a:1e30 x:1e30", .notFinite),
    ("|a x", .badLabel), ("1|a x", .badLabel), ("'tag |a x", .badLabel), ("tag|a x", .badLabel),
    ("2 |a x", .badLabel), ("yes |a x", .badLabel), ("nan |a x", .badLabel),
    ("1 1 0.5 |a x", .badLabel), ("1 1 0.5 'tag|a x", .badLabel), ("1 1 1 1 1|a x", .badLabel),
    ("1\t|a x", .badLabel), ("id\t1 |a x", .badLabel), ("1:0.5:0.2 |a x", .badLabel),
    ("1:2 3:1 |a x", .badLabel), ("shared |a x", .badLabel),
    ("1 -1 |a x", .badWeight), ("1 x |a x", .badWeight), ("1 inf |a x", .badWeight),
    ("1 1e39 |a x", .badWeight), ("1 'a 7|a x", .badWeight),
  ])
  func malformedRowsAreIssues(row: String, reason: RowIssue.Reason) throws {
    let batch = try PlainBatch(schema, ChunkMaking.chunk("1 |a x\n" + row + " \n-1 |a x"))
    let bare = try PlainBatch(schema, ChunkMaking.chunk("1 |a x\n" + row + "\n-1 |a x"))
    for found in row.hasSuffix("\r") || !row.contains("|") ? [bare] : [batch, bare] {
      #expect(found.rows.count == 2, "nothing of it is left in the batch")
      #expect(found.issues.map(\.reason) == [reason], "\(found.issues)")
    }
  }

  @Test(arguments: [
    ("1|a x", "touches the |"), ("|a x", "no label"), ("1:0.5:0.2 |a x", "contextual bandits"),
    ("1 1 0.5 |a x", "third number"), ("1\t|a x", "tab"), ("1 |a x:red", "name=text"),
    ("1 |a x\ry", "carriage return"), ("1 2", "no |"),
  ])
  func theCureNamesWhatIsWrong(row: String, words: String) throws {
    let issue = try #require(try PlainBatch(schema, ChunkMaking.chunk(row)).issues.first)
    #expect(issue.cure.contains(words), "\(issue.cure)")
  }

  @Test func whatIsFoundIsShown() throws {
    let found = ["1 |a y x:red z", "1 |a:1e39 x", "1 1 0.5 |a x", "1 |a :oops", "1 |:3 x"].map {
      try? PlainBatch(schema, ChunkMaking.chunk($0)).issues.first?.found
    }
    #expect(found == ["x:red", "a:1e39", "0.5", ":oops", "|:3"])
  }

  @Test func predictTakesRowsWithAndWithoutLabel() throws {
    let good = ["1 |a x", "|a x", "7.5 2 |a x", "'id|a x", "9|a x", "true |a x"]
    let bad = ["weird |a x", "1:2 |a x", "1 1 0.5 |a x", "1 x |a x", "x |a y"]
    let rows = try PlainBatch(
      schema, ChunkMaking.chunk((good + bad).joined(separator: "\n")), purpose: .predict)
    #expect(rows.rows.map(\.features) == good.map { _ in [slot("a", "x"): 1] })
    #expect(
      rows.issues.map(\.reason) == [.badLabel, .badLabel, .badLabel, .badWeight, .badLabel])
  }

  @Test func labelsFollowTheRule() throws {
    let named = FeatureSchema(
      source: .vw, hashing: schema.hashing, labels: .positive(ByteText("click")))
    let batch = try PlainBatch(named, ChunkMaking.chunk("click |a x\nview 2 |a x\n|a x"))
    #expect(batch.rows.map(\.label) == [1, 0])
    #expect(batch.issues.map(\.reason) == [.badLabel])
    let mixed = try PlainBatch(schema, ChunkMaking.chunk("1 |a x\n-1 |a x\n0 |a x"))
    #expect(mixed.convention == .plusMinusOne)
    #expect(mixed.issues.map(\.rowInChunk) == [2])
  }

  /// Namespace = column and feature = value; a number is the column's name in the default
  /// namespace, or a feature without a name in the column's.
  @Test(arguments: [0, 7] as [UInt32])
  func aTableHasTheSlotsOfItsText(seed: UInt32) throws {
    var table = ChunkMaking.schema([
      ("label", .label), ("w", .weight), ("color", .categorical), ("page", .categorical),
      ("amount", .numeric(ChunkMaking.unscaled)),
    ])
    table.hashing.seed = seed
    let rows = FeatureSchema(source: .vw, hashing: table.hashing, labels: .convention)
    // The default namespace hashes as the empty name: with seed 0 that is 0, as if there were none.
    let amount = seed == 0 ? ["| amount:2.5", "| amount:-7"] : ["|amount :2.5", "|amount :-7"]
    let csv = try PlainBatch(
      table,
      ChunkMaking.chunk(
        "1,2,red,a/b?c=d,2.5\n0,0.5,14,é,-7", header: "label,w,color,page,amount"))
    let text = try PlainBatch(
      rows,
      ChunkMaking.chunk(
        """
        1 2 |color red |page a/b?c=d \(amount[0])
        0 0.5 |color 14 |page é \(amount[1])
        """))
    #expect(text == csv)
    #expect(text.rows.allSatisfy { $0.features.count == 3 })
  }

  /// Whatever bytes come: a row is whole in the batch, or an issue.
  @Test func anyBytesAreARowOrAnIssue() throws {
    var random = SystemlessRandom(state: 12)
    let alphabet = Array("1 -|:'\t\ra.e#0n".utf8) + [0x00, 0xFF]
    var counts = (rows: 0, issues: 0)
    for purpose in [FeaturizingPurpose.learn, .predict] {
      for _ in 0..<4000 {
        let row = (0..<(1 + random.below(18))).map { _ in alphabet[random.below(alphabet.count)] }
        let batch = try PlainBatch(
          schema, ChunkMaking.chunk(Array("1 |a x\n".utf8) + row), purpose: purpose)
        #expect(batch.rows.count + batch.issues.count == 2, "\(row)")
        #expect(batch.rows.first?.features == [slot("a", "x"): 1])
        #expect(batch.rows.allSatisfy { $0.features.values.allSatisfy(\.isFinite) })
        counts.rows += batch.rows.count - 1
        counts.issues += batch.issues.count
      }
    }
    #expect(counts.rows > 200 && counts.issues > 200, "\(counts)")
  }
}

/// A generator with the same numbers every time (SplitMix64).
private struct SystemlessRandom {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ mixed >> 31) % UInt64(limit))
  }
}
