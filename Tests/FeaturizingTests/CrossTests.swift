import SparseBatches
import Testing

@testable import Featurizing

@Suite struct CrossTests {
  private let columns: [(String, Column.Role)] = [
    ("label", .label), ("a", .categorical), ("b", .categorical),
    ("x", .numeric(ChunkMaking.unscaled)), ("y", .numeric(ChunkMaking.unscaled)),
    ("q", .binned(QuantileBins(edges: [0]))),
  ]
  private let header = "label,a,b,x,y,q"

  private func slot(_ name: String, _ values: String...) -> UInt32 {
    let hashing = FeatureHashing()
    return values.reduce(hashing.columnSeed(ByteText(name))) {
      MurmurHash3.hash(Array($1.utf8), seed: $0)
    } & hashing.mask
  }

  /// Features that the crosses add to those of the columns alone.
  private func added(_ crosses: [[Int]], _ row: String) throws -> [UInt32: Float] {
    let chunk = ChunkMaking.chunk(row, header: header)
    let plain = try PlainBatch(ChunkMaking.schema(columns), chunk)
    let crossed = try PlainBatch(ChunkMaking.schema(columns, crosses: crosses), chunk)
    let known = try #require(plain.rows.first).features
    return try #require(crossed.rows.first).features.filter { known[$0.key] == nil }
  }

  @Test func valuesChainTheirHashes() throws {
    let row = "1,red,big,2.5,-2,7"
    #expect(try added([[1, 2]], row) == [slot("a*b", "red", "big"): 1])
    #expect(try added([[2, 1]], row) == [slot("b*a", "big", "red"): 1])
    #expect(try added([[1, 5]], row) == [slot("a*q", "red", "1"): 1])
    #expect(try added([[1, 2, 5]], row) == [slot("a*b*q", "red", "big", "1"): 1])
  }

  @Test func numbersMultiply() throws {
    let row = "1,red,big,2.5,-2,7"
    #expect(try added([[1, 3]], row) == [slot("a*x", "red"): 2.5])
    #expect(try added([[3, 1]], row) == [slot("x*a", "red"): 2.5])
    #expect(try added([[3, 4]], row) == [slot("x*y"): -5])
    #expect(try added([[3, 1, 4]], row) == [slot("x*a*y", "red"): -5])
  }

  /// As "Hashing" prints it, with scikit-learn's murmurhash3_32.
  @Test func slotsAreThoseOfOtherSystems() throws {
    let schema = ChunkMaking.schema(
      [
        ("label", .label), ("carrier", .categorical), ("origin", .categorical),
        ("distance", .numeric(ChunkMaking.unscaled)),
      ], crosses: [[1, 2], [1, 3]])
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,UA,EWR,0.5", header: "label,carrier,origin,distance"))
    #expect(batch.rows[0].features[4_076_205] == 1)
    #expect(batch.rows[0].features[4_107_390] == 0.5)
  }

  @Test func zeroAndMissingAreAsTheirFeatures() throws {
    #expect(try added([[1, 3]], "1,red,big,0,1,7") == [:])
    #expect(try added([[1, 3]], "1,red,big,NA,1,7") == [slot("a*x", "red", ""): 1])
    #expect(try added([[1, 3]], "1,?,big,3,1,7") == [slot("a*x", ""): 3])
    #expect(try added([[1, 2]], "1,,big,3,1,7") == [slot("a*b", "", "big"): 1])
    #expect(try added([[1, 5]], "1,red,big,3,1,NA") == [slot("a*q", "red", ""): 1])
  }

  @Test func theOrderOfTheFileDoesNotMatter() throws {
    let schema = ChunkMaking.schema(columns, crosses: [[1, 2], [2, 3, 5]])
    let one = try PlainBatch(schema, ChunkMaking.chunk("1,r,s,3,4,5", header: header))
    let other = try PlainBatch(
      schema, ChunkMaking.chunk("5,4,\"s\",1,3, r ", header: "q,y,b,label,x,a"))
    #expect(one == other)
  }

  @Test func aBadRowLeavesNothing() throws {
    let schema = ChunkMaking.schema(columns, crosses: [[1, 3]])
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,r,s,oops,4,5\n1,r,s,2,4,5", header: header))
    #expect(batch.rows.count == 1 && batch.issues.count == 1)
    #expect(batch.rows[0].features[slot("a*x", "r")] == 2)
  }

  // MARK: Patterns

  private func resolve(_ patterns: String...) throws -> [[Int]] {
    var all = columns.map {
      Column(name: ByteText($0.0), role: $0.1, reason: .noRows)
    }
    all.append(Column(name: ByteText("t"), role: .text, reason: .noRows))
    all.append(Column(name: ByteText("a2"), role: .categorical, reason: .noRows))
    return try CrossOptions.resolve(patterns.map { ByteText($0) }, among: all).map(\.columns)
  }

  @Test func namesAndGlobsMakeProducts() throws {
    #expect(try resolve("a*b") == [[1, 2]])
    #expect(try resolve("b*a", "a*b*x") == [[2, 1], [1, 2, 3]])
    #expect(try resolve("a***x") == [[1, 3], [7, 3]])
    #expect(
      try resolve("?*?") == [
        [1, 2], [1, 3], [1, 4], [1, 5], [2, 3], [2, 4], [2, 5], [3, 4], [3, 5], [4, 5],
      ])
    #expect(try resolve("**2*a") == [[7, 1]])
  }

  @Test(arguments: [
    "a", "a*", "*a", "a*b*x*y", "a*nope", "a*label", "a*t", "a*a", "", "*",
  ])
  func whatIsNoProductIsRefused(pattern: String) {
    let failure = #expect(throws: RunFailure.self) { try resolve(pattern) }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains("--cross") == true)
    #expect(throws: RunFailure.self) { try resolve("a*b", "b*a") }
  }

  @Test func tooManyProductsAreRefused() throws {
    let many = (0..<300).map {
      Column(name: ByteText("c\($0)"), role: .categorical, reason: .noRows)
    }
    for pattern in ["c***c**", "c***c***c**"] {
      #expect(throws: RunFailure.self) {
        try CrossOptions.resolve([ByteText(pattern)], among: many)
      }
    }
  }
}
