import SparseBatches
import Testing

@testable import Featurizing

@Suite struct CSVFeaturizerTests {
  private let schema = ChunkMaking.schema([
    ("label", .label), ("x", .numeric(ChunkMaking.unscaled)), ("c", .categorical),
    ("w", .weight), ("junk", .ignored),
  ])
  private let header = "label,x,c,w,junk"

  private func slot(_ column: String, _ value: String? = nil) -> UInt32 {
    let hashing = schema.hashing
    let seed = hashing.columnSeed(ByteText(column))
    return (value.map { MurmurHash3.hash(Array($0.utf8), seed: seed) } ?? seed) & hashing.mask
  }

  @Test func featuresOfEachKind() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,2.5,red,3,z\n0,?, blue ,0,z\n", header: header))
    #expect(batch.issues.isEmpty)
    #expect(
      batch.rows == [
        .init(label: 1, weight: 3, features: [slot("x"): 2.5, slot("c", "red"): 1]),
        .init(label: 0, weight: 0, features: [slot("x", ""): 1, slot("c", "blue"): 1]),
      ])
  }

  @Test func aMissingCategoryIsAFeatureOfItsOwn() throws {
    for text in MissingTokens.standard.tokens.map({ String(decoding: $0, as: UTF8.self) }) + [" ? "]
    {
      let batch = try PlainBatch(schema, ChunkMaking.chunk("1,0,\(text),1,", header: header))
      #expect(batch.rows.first?.features == [slot("c", ""): 1], "\(text)")
    }
  }

  @Test func columnsOfAnotherFileMayStandInAnotherOrder() throws {
    let one = try PlainBatch(schema, ChunkMaking.chunk("1,2.5,red,3,z", header: header))
    let other = try PlainBatch(
      schema, ChunkMaking.chunk("red,3,1,2.5", header: "c,w,label,x"))
    #expect(one == other)
  }

  @Test func valuesAreClippedAndStandardized() throws {
    let scale = NumericScale(transform: .standardize, mean: 10, standardDeviation: 2)
    let schema = ChunkMaking.schema([("label", .label), ("x", .numeric(scale))])
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,13\n1,10\n1,1e300\n1,-1e300\n", header: "label,x"))
    #expect(batch.rows.map { Array($0.features.values) } == [[1.5], [], [8], [-8]])
  }

  @Test(arguments: [
    ("1,2,red", RowIssue.Reason.wrongFieldCount, nil as String?),
    ("1,2,red,1,z,more", .wrongFieldCount, nil),
    ("1,abc,red,1,z", .notANumber, "x"),
    ("1,0x10,red,1,z", .notANumber, "x"),
    ("1,inf,red,1,z", .notFinite, "x"),
    ("1,-Infinity,red,1,z", .notFinite, "x"),
    ("1,1e999,red,1,z", .notFinite, "x"),
    ("2,1,red,1,z", .badLabel, "label"),
    (",1,red,1,z", .badLabel, "label"),
    ("yes,1,red,1,z", .badLabel, "label"),
    ("1,1,red,-1,z", .badWeight, "w"),
    ("1,1,red,nan,z", .badWeight, "w"),
    ("1,1,red,,z", .badWeight, "w"),
    ("1,1,red,1e39,z", .badWeight, "w"),
  ])
  func badRowsAreIssuesAndLeaveNothing(
    row: String, reason: RowIssue.Reason, column: String?
  ) throws {
    let text = "1,1,red,1,z\n\(row)\n0,1,red,1,z\n"
    let batch = try PlainBatch(schema, ChunkMaking.chunk(text, header: header))
    #expect(batch.rows.count == 2)
    let issue = try #require(batch.issues.first)
    #expect(issue.reason == reason)
    #expect(issue.column == column)
    #expect(issue.position == InputPosition(file: 0, row: 2, line: 3, offset: 12))
    #expect(!issue.cure.isEmpty)
  }

  @Test func labelsKeepToOneConvention() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,1,a,1,\n-1,1,a,1,\n0,1,a,1,\n+1.0,1,a,1,\n", header: header))
    #expect(batch.rows.map(\.label) == [1, 0, 1])
    #expect(batch.convention == .plusMinusOne)
    #expect(batch.issues.map(\.reason) == [.badLabel])
    #expect(batch.issues[0].cure.contains("-1/+1"))
  }

  @Test func aConventionKnownFromBeforeHolds() throws {
    let chunk = ChunkMaking.chunk("-1,1,a,1,\n1,1,a,1,", header: header)
    let batch = try PlainBatch(schema, chunk, convention: .zeroOne)
    #expect(batch.rows.map(\.label) == [1])
    #expect(batch.convention == .zeroOne)
  }

  @Test func trueAndFalseAreLabels() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("true,1,a,1,\nFalse,1,a,1,\n1,1,a,1,", header: header))
    #expect(batch.rows.map(\.label) == [1, 0])
    #expect(batch.issues.map(\.reason) == [.badLabel])
  }

  @Test func aNamedPositiveMakesAllOthersNegative() throws {
    var schema = schema
    schema.labels = .positive(ByteText(">50K"))
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk(" >50K,1,a,1,\n<=50K,1,a,1,\n?,1,a,1,", header: header))
    #expect(batch.rows.map(\.label) == [1, 0])
    #expect(batch.issues.map(\.reason) == [.badLabel])
  }

  @Test func quotedFieldsAreUnquoted() throws {
    let schema = ChunkMaking.schema([("label", .label), ("c", .categorical)])
    let batch = try PlainBatch(
      schema,
      ChunkMaking.chunk("1,\"a,b\"\n\"1\",\"say \"\"hi\"\"\"\n1,mid\"dle\n", header: "label,c"))
    let hashing = schema.hashing
    let seed = hashing.columnSeed(ByteText("c"))
    let expected = ["a,b", "say \"hi\"", "mid\"dle"].map {
      MurmurHash3.hash(Array($0.utf8), seed: seed) & hashing.mask
    }
    #expect(batch.rows.map { Array($0.features.keys) } == expected.map { [$0] })
  }

  @Test func predictNeedsNoLabel() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("red,2.5", header: "c,x"), purpose: .predict)
    #expect(batch.rows.first?.features == [slot("x"): 2.5, slot("c", "red"): 1])
  }

  @Test func aMissingColumnIsNamedWithItsNearest() {
    let failure = #expect(throws: RunFailure.self) {
      try PlainBatch(schema, ChunkMaking.chunk("1,1,1", header: "label,X1,w"))
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains("\"x\" is missing") == true)
  }

  @Test func featuresThatShareASlotAreAdded() throws {
    let names = (0..<2000).map { "n\($0)" }
    let schema = ChunkMaking.schema(
      [("label", .label)] + names.map { ($0, .numeric(ChunkMaking.unscaled)) }, bits: 10)
    let row = "1," + (0..<2000).map { String($0 % 7) }.joined(separator: ",")
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk(row, header: "label," + names.joined(separator: ",")))
    var expected: [UInt32: Float] = [:]
    for (index, name) in names.enumerated() where index % 7 != 0 {
      let slot = schema.hashing.columnSeed(ByteText(name)) & schema.hashing.mask
      expected[slot, default: 0] += Float(index % 7)
    }
    #expect(batch.rows.first?.features == expected)
  }
}
