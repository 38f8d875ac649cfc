import Foundation
import SparseBatches
import Testing

@testable import Featurizing

#if canImport(Glibc)
  import Glibc
#endif

/// A number as a slope, a slope of its logarithm, and a bin.
@Suite struct BinsAndSlopeTests {
  private func role(
    _ numbers: [String], _ choice: TransformChoice? = nil
  ) throws -> Column.Role {
    var options = ReadingOptions()
    if let choice { options.transforms = TransformOptions([.init(pattern: nil, choice: choice)]) }
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ","), firstLine: Array("label,x".utf8))
    let rows = numbers.map { "1,\($0)\n" }.joined()
    inference.add(ChunkMaking.chunk(rows, header: "label,x"))
    guard case .csv(let csv) = try inference.schema().source else { return .ignored }
    return csv.columns[1].role
  }

  private func binsAndSlope(_ numbers: [Double]) throws -> BinsAndSlope? {
    guard case .binsAndSlope(let number) = try role(numbers.map(\.description)) else { return nil }
    return number
  }

  // MARK: Bins

  /// Bins that hold each number, found by walking the edges.
  private func bins(_ numbers: [Double], _ bins: QuantileBins) -> [Int: Set<Double>] {
    Dictionary(grouping: numbers) { number in bins.edges.count { $0 <= number } }
      .mapValues { Set($0) }
  }

  @Test func eachOfFewNumbersHasABin() {
    #expect(QuantileBins(separating: []).edges.isEmpty)
    #expect(QuantileBins(separating: [5, 5]).edges.isEmpty)
    #expect(QuantileBins(separating: [3, 1, 3]).edges == [3])
    // A value of one row in a thousand has one, too.
    let ages = Array(repeating: 1.0, count: 500) + Array(repeating: 2, count: 500)
    let coded = ages + [96, 98, 999, -1]
    #expect(QuantileBins(separating: coded).edges == [1, 2, 96, 98, 999])
    let most = (0..<32).map(Double.init)
    #expect(QuantileBins(separating: most + most).edges == Array(most.dropFirst()))
  }

  @Test func manyNumbersHaveTheQuantilesOfThatTransform() {
    let numbers = (0..<3200).map { Double(($0 &* 2_654_435_761) % 3200) }
    #expect(QuantileBins(separating: numbers).edges == QuantileBins(fittedTo: numbers).edges)
    #expect(QuantileBins(separating: numbers).edges.count == 31)
  }

  @Test func aFrequentNumberHasABinOfItsOwn() {
    let measured = (0..<900).map { Double($0) / 10 }
    for codes in [[999.0], [-1], [45], [-1, 45, 999], [0, 89.9], [10, 10.05, 10.1]] {
      let frequent = codes.flatMap { Array(repeating: $0, count: 60) }
      let numbers = measured + frequent
      let fitted = QuantileBins(separating: numbers)
      #expect(fitted.ascend)
      let held = bins(numbers, fitted)
      for code in codes {
        let bin = fitted.edges.count { $0 <= code }
        #expect(held[bin] == [code], "\(code) of \(codes)")
      }
    }
  }

  @Test func edgesAreNeverMoreThan63() {
    // 31 numbers of a little more than 1/32 each, with others between them.
    var random = SeededNumbers(state: 7)
    for _ in 0..<50 {
      let others = random.below(30) + 2
      let numbers =
        (0..<31).flatMap { Array(repeating: Double($0), count: 40 + random.below(4)) }
        + (0..<others).map { Double($0) + 0.5 }
      let fitted = QuantileBins(separating: numbers)
      #expect(fitted.ascend && fitted.edges.count < QuantileBins.maximumSeparated)
      let held = bins(numbers, fitted)
      for code in 0..<31 where numbers.count(where: { $0 == Double(code) }) * 32 > numbers.count {
        #expect(held[fitted.edges.count { $0 <= Double(code) }] == [Double(code)])
      }
    }
  }

  @Test func binsAreFoundAsByCounting() {
    var random = SeededNumbers(state: 3)
    var tables = BinTables()
    for count in [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 62, 63] {
      let edges = (0..<count).map { Double($0 * 3) }
      let table = tables.add(QuantileBins(edges: edges), seed: UInt32(count))
      for number in [-1e308, -0.0, 1e308] + (0..<100).map({ _ in Double(random.below(200)) }) {
        let bin = edges.count { $0 <= number }
        #expect(tables.bin(of: number, table) == bin)
        #expect(
          tables.hash(of: number, table)
            == MurmurHash3.hash(Array("\(bin)".utf8), seed: UInt32(count)))
      }
    }
  }

  @Test func binsAreNamedAsIntervals() {
    let bins = QuantileBins(edges: [18, 25.5])
    #expect((0..<3).map(bins.words) == ["< 18", "in [18, 25.5)", ">= 25.5"])
  }

  // MARK: Fitting

  @Test func autoIsBinsAndSlope() throws {
    let numbers = (0..<100).map { Double($0 * $0) }
    let texts = numbers.map(\.description)
    let number = try #require(try binsAndSlope(numbers))
    #expect(try role(texts, .binsAndSlope) == role(texts) && role(texts, .auto) == role(texts))
    let mean = numbers.reduce(0, +) / 100
    let deviation = (numbers.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 100).squareRoot()
    #expect(number.slope.transform == .standardize)
    #expect(abs(number.slope.mean - mean) < 1e-9)
    #expect(abs(number.slope.standardDeviation - deviation) < 1e-9)
    guard case .numeric(let logarithm) = try role(texts, .symlog) else {
      Issue.record("x is no number")
      return
    }
    #expect(number.logarithm == logarithm)
    #expect(number.bins == QuantileBins(separating: numbers))
  }

  @Test func twoNumbersHaveASlopeAlone() throws {
    let flags = (0..<40).map { $0 % 3 == 0 ? "1" : "0" }
    let standardized = try role(flags, .standardize)
    #expect(try role(flags) == standardized)
    #expect(try role(flags, .binsAndSlope) == standardized)
    #expect(try role(["5", "5"]) == role(["5", "5"], .standardize))
  }

  @Test func logarithmsThatSayNothingNewAreLeftOut() throws {
    // ln(1 + x) is x but for x²/2.
    let small = (0..<40).map { Double($0) * 1e-4 }
    #expect(try #require(try binsAndSlope(small)).logarithm == nil)
    let far = (0..<40).map { 1e6 + Double($0) }
    #expect(try #require(try binsAndSlope(far)).logarithm == nil)
    let counts = (0..<40).map(Double.init)
    #expect(try #require(try binsAndSlope(counts)).logarithm != nil)
    let huge = try #require(try binsAndSlope([1e308, -1e308, 1e308, 0]))
    #expect(huge.logarithm != nil && huge.defect == nil)
  }

  @Test func veryWideRowsHaveScalesAlone() throws {
    let names = (0...CSVSchema.usualMaximumColumns).map { ByteText("c\($0)") }
    var options = ReadingOptions()
    options.transforms = TransformOptions([.init(pattern: ByteText("c1"), choice: .binsAndSlope)])
    let lists = try NumbersToBin(names, options)
    #expect(lists.choices[0] == .auto && lists.choices[1] == .binsAndSlope)
    #expect(try NumbersToBin(Array(names.dropLast()), options).choices[0] == .binsAndSlope)
  }

  // MARK: Features

  private let number = BinsAndSlope(
    slope: NumericScale(transform: .standardize, mean: 10, standardDeviation: 2),
    logarithm: NumericScale(transform: .symlog, mean: 2, standardDeviation: 0.5),
    bins: QuantileBins(edges: [0, 10, 20]))

  private func schema(_ number: BinsAndSlope) -> FeatureSchema {
    ChunkMaking.schema([("label", .label), ("x", .binsAndSlope(number)), ("c", .categorical)])
  }

  /// The features of rows, in their order.
  private func features(
    _ text: String, _ schema: FeatureSchema
  ) throws -> (rows: [[(slot: UInt32, value: Float)]], issues: [RowIssue.Reason]) {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var batch = SparseBatch()
    _ = try featurizer.featurize(
      ChunkMaking.chunk(text, header: "label,x,c"), .undecided, into: &batch)
    let rows = (0..<batch.rowCount).map { row in
      batch.features(ofRow: row).map { (batch.slots[$0], batch.values[$0]) }
    }
    return (rows, batch.issues.map(\.reason))
  }

  @Test func slopeLogarithmAndBinStandInThisOrder() throws {
    let schema = schema(number)
    let seed = schema.hashing.columnSeed(ByteText("x"))
    let mask = schema.hashing.mask
    func slot(_ text: String) -> UInt32 { MurmurHash3.hash(Array(text.utf8), seed: seed) & mask }
    let category =
      MurmurHash3.hash(Array("a".utf8), seed: schema.hashing.columnSeed(ByteText("c"))) & mask
    let cases: [(text: String, number: Double, bin: String)] = [
      ("13", 13, "2"), ("-2.5", -2.5, "0"), ("0", 0, "1"), ("20", 20, "3"), ("1e300", 1e300, "3"),
      ("300", 300, "3"), ("13", 13, "2"),
    ]
    let found = try features(cases.map { "1,\($0.text),a\n" }.joined(), schema)
    #expect(found.issues.isEmpty && found.rows.count == cases.count)
    for (row, expected) in zip(found.rows, cases) {
      let x = expected.number
      let symlog = x < 0 ? -log1p(-x) : log1p(x)
      #expect(row.map(\.slot) == [seed & mask, slot("symlog"), slot(expected.bin), category])
      #expect(row[0].value == Float(max(-8, min(8, (x - 10) / 2))))
      #expect(abs(Double(row[1].value) - max(-8, min(8, (symlog - 2) / 0.5))) < 1e-6)
      #expect(row[2].value == 1 && row[3].value == 1)
    }
    // A slope of 0 is no feature.
    #expect(
      try features("1,10,a\n", schema).rows[0].map(\.slot) == [slot("symlog"), slot("2"), category])
  }

  @Test func withoutALogarithmThereAreTwo() throws {
    var plain = number
    plain.logarithm = nil
    let schema = schema(plain)
    let seed = schema.hashing.columnSeed(ByteText("x"))
    let row = try features("1,13,a\n", schema).rows[0]
    #expect(row.count == 3)
    #expect(
      row[1].slot == MurmurHash3.hash(Array("2".utf8), seed: seed) & schema.hashing.mask)
  }

  @Test func aMissingNumberIsMissingAndNothingElse() throws {
    let schema = schema(number)
    let missing =
      MurmurHash3.hash([], seed: schema.hashing.columnSeed(ByteText("x"))) & schema.hashing.mask
    let found = try features("1,,a\n1,NA,a\n1, null ,a\n1,nope,a\n1,inf,a\n1,NaN,a\n", schema)
    #expect(found.rows.allSatisfy { $0.count == 2 && $0[0] == (missing, 1) })
    // NaN is a missing token.
    #expect(found.rows.count == 4)
    #expect(found.issues == [.notANumber, .notFinite])
  }

  @Test func chunksAndManyColumnsChangeNothing() throws {
    let columns = (0..<20).map { ("x\($0)", Column.Role.binsAndSlope(number)) }
    let schema = ChunkMaking.schema([("label", .label)] + columns, bits: 30)
    let header = "label," + columns.map(\.0).joined(separator: ",")
    var random = SeededNumbers(state: 11)
    let rows = (0..<50).map { _ in
      "1," + columns.map { _ in "\(random.below(60) - 10)" }.joined(separator: ",")
    }
    let whole = try PlainBatch(
      schema, ChunkMaking.chunk(rows.joined(separator: "\n") + "\n", header: header))
    #expect(whole.issues.isEmpty)
    for (index, row) in rows.enumerated() {
      let alone = try PlainBatch(schema, ChunkMaking.chunk(row + "\n", header: header))
      #expect(alone.rows == [whole.rows[index]])
      // By one column at a time.
      var features: [UInt32: Float] = [:]
      for (name, text) in zip(columns.map(\.0), row.split(separator: ",").dropFirst()) {
        let single = ChunkMaking.schema(
          [("label", .label), (name, .binsAndSlope(number))], bits: 30)
        let batch = try PlainBatch(
          single, ChunkMaking.chunk("1,\(text)\n", header: "label,\(name)"))
        features.merge(batch.rows[0].features) { $1 }
      }
      #expect(features == whole.rows[index].features)
    }
  }

  @Test func aProductTakesTheSlope() throws {
    let columns: [(String, Column.Role)] = [
      ("label", .label), ("x", .binsAndSlope(number)), ("c", .categorical),
    ]
    let crossed = ChunkMaking.schema(columns, crosses: [[2, 1]])
    let row = try features("1,13,a\n", crossed).rows[0]
    let product = MurmurHash3.hash(
      Array("a".utf8), seed: crossed.hashing.columnSeed(ByteText("c*x")))
    #expect(row.count == 5 && row[4] == (product & crossed.hashing.mask, 1.5))
  }

  // MARK: Storage

  @Test func itComesBackFromItsText() throws {
    var plain = number
    plain.logarithm = nil
    for original in [number, plain] {
      let column = Column(name: ByteText("x"), role: .binsAndSlope(original), reason: .noRows)
      let data = try JSONEncoder().encode([column])
      #expect(try JSONDecoder().decode([Column].self, from: data) == [column])
    }
    let text = String(
      decoding: try JSONEncoder().encode([
        Column(name: ByteText("x"), role: .binsAndSlope(number), reason: .noRows)
      ]), as: UTF8.self)
    #expect(
      text == #"["x\tnumeric\tbins+slope+symlog 10.0 2.0 2.0 0.5 0.0 10.0 20.0\tno-rows"]"#)
  }

  @Test(arguments: [
    "bins+slope", "bins+slope 1", "bins+slope 1 x", "bins+slope+symlog 1 1 1",
    "bins+slope+raw 1 1 1 1", "bins 1 1 1",
  ])
  func malformedOnesAreRefused(scale: String) throws {
    let data = try JSONEncoder().encode(["x\tnumeric\t\(scale)\tno-rows"])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Column].self, from: data) }
  }

  @Test(arguments: [
    "bins+slope 1 1", "bins+slope 1 0 5", "bins+slope nan 1 5", "bins+slope 1 inf 5",
    "bins+slope 1 1 5 5", "bins+slope 1 1 5 4", "bins+slope 1 1 nan", "bins+slope 1 1 inf",
    "bins+slope+symlog 1 1 1 -1 5", "bins+slope+symlog 1 1 inf 1 5", "bins+slope+symlog 1 1 1 1",
    "bins+slope 1 1 " + (0..<64).map(String.init).joined(separator: " "),
  ])
  func hostileOnesAreDefects(scale: String) throws {
    let data = try JSONEncoder().encode(["label\tlabel\t\t", "x\tnumeric\t\(scale)\tno-rows"])
    let columns = try JSONDecoder().decode([Column].self, from: data)
    var schema = ChunkMaking.csv([("label", .label)])
    schema.columns = columns
    #expect(FeatureSchema.Source.csv(schema).defect != nil)
    let edges = (0..<63).map(String.init).joined(separator: " ")
    let whole = try JSONEncoder().encode(["x\tnumeric\tbins+slope 1 1 \(edges)\tno-rows"])
    schema.columns[1] = try JSONDecoder().decode([Column].self, from: whole)[0]
    #expect(FeatureSchema.Source.csv(schema).defect == nil)
  }
}
