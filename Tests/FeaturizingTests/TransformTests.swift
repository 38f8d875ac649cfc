import SparseBatches
import Testing

@testable import Featurizing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct TransformTests {
  private func role(
    _ numbers: [String], _ transforms: [TransformOptions.Entry] = []
  ) throws -> Column.Role {
    var options = ReadingOptions()
    options.transforms = TransformOptions(transforms)
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ","), firstLine: Array("label,x".utf8))
    let rows = numbers.map { "1,\($0)\n" }.joined()
    inference.add(ChunkMaking.chunk(rows, header: "label,x"))
    guard case .csv(let csv) = try inference.schema().source else { return .ignored }
    return csv.columns[1].role
  }

  /// Of very wide rows.
  private func transform(_ numbers: [Double]) throws -> NumericScale.Transform {
    var statistics = ColumnStatistics()
    for number in numbers { statistics.add(number: number) }
    return statistics.scale(.auto).transform
  }

  @Test func aScaleAloneIsALogarithmForHeavyTailsOnly() throws {
    let even = (0..<200).map(Double.init)
    #expect(try transform(even) == .standardize)
    #expect(try transform(even + [1e6]) == .symlog)
    #expect(try transform(even + [-1e6]) == .symlog)
    // 10 deviations away is not over 10: one value in n lies at most √(n − 1) deviations away.
    #expect(try transform(Array(repeating: 1, count: 100) + [2]) == .standardize)
    #expect(try transform(Array(repeating: 1, count: 110) + [2]) == .symlog)
    // Sums that overflow are a heavy tail.
    #expect(try transform([1e308, -1e308, 1e308]) == .symlog)
    // A rare amount among zeros is far out by its rarity, not by its tail.
    #expect(try transform(Array(repeating: 0, count: 1000) + [1]) == .standardize)
    #expect(try transform(Array(repeating: 0, count: 1000) + even) == .standardize)
    #expect(try transform(Array(repeating: 0, count: 1000) + even + [1e6]) == .symlog)
    #expect(try transform([]) == .standardize)
  }

  @Test func symlogIsStandardizedByItsOwnMoments() throws {
    let entry = TransformOptions.Entry(pattern: nil, choice: .symlog)
    guard case .numeric(let scale) = try role(["-3", "0", "1", "20"], [entry]) else {
      Issue.record("x is no number")
      return
    }
    let logs = [-log1p(3.0), 0, log1p(1.0), log1p(20.0)]
    let mean = logs.reduce(0, +) / 4
    let deviation = (logs.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4).squareRoot()
    #expect(scale.transform == .symlog)
    #expect(abs(scale.mean - mean) < 1e-14 && abs(scale.standardDeviation - deviation) < 1e-14)
    for (number, log) in zip([-3.0, 0, 1, 20], logs) {
      #expect(abs(Double(scale.value(of: number, clip: 8)) - (log - mean) / deviation) < 1e-6)
    }
    #expect(scale.value(of: 1.7e308, clip: 8) == 8)
    #expect(scale.value(of: -1.7e308, clip: 8) == -8)
  }

  @Test(arguments: [
    "0", "7", "42", "00000000", "12345678", "99999999", "123456789", "", "-1", "+1", "1.5", "1e3",
    " 1", "1 ", "1a", ":", "/", "12:4",
  ])
  func shortIntegersAreThoseOfOneToEightDigits(_ text: String) {
    let isShort = (1...8).contains(text.utf8.count) && text.allSatisfy { ("0"..."9").contains($0) }
    for before in [0, 1, 7, 8, 20] {
      // Digits before the text must not join it.
      let bytes = Array(repeating: UInt8(ascii: "9"), count: before) + Array(text.utf8)
      let found = unsafe bytes.withUnsafeBufferPointer { buffer in
        unsafe buffer.baseAddress.flatMap {
          unsafe DecimalNumber.shortInteger($0 + before, count: text.utf8.count, before: before)
        }
      }
      let isReadable = before + text.utf8.count >= 8
      #expect(found == (isShort && isReadable ? UInt64(text) : nil))
    }
  }

  @Test func rawIsNeitherShiftedNorClipped() throws {
    let schema = ChunkMaking.schema([("label", .label), ("x", .numeric(.raw))])
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,1e6\n1,-3.5\n1,1e39\n1,0\n", header: "label,x"))
    #expect(batch.rows.map { Array($0.features.values) } == [[1e6], [-3.5], []])
    #expect(batch.issues.map(\.reason) == [.notFinite])
  }

  @Test func binsHoldEqualShares() throws {
    // Edges as numpy.sort(x)[k·n // 32]; bins as numpy.searchsorted(edges, x, side="right").
    let numbers = (0..<3200).map { Double(($0 &* 2_654_435_761) % 3200) }
    let bins = QuantileBins(fittedTo: numbers)
    #expect(bins.edges == (1..<32).map { Double($0 * 100) })
    var tables = BinTables()
    let table = tables.add(bins, seed: 7)
    var counts = Array(repeating: 0, count: 32)
    for number in numbers { counts[tables.bin(of: number, table)] += 1 }
    #expect(counts.allSatisfy { $0 == 100 })
    for number in [-1e308, -1, 0, 99.5, 100, 3099, 3100, 1e308] {
      let expected = bins.edges.count { $0 <= number }
      #expect(tables.bin(of: number, table) == expected)
      #expect(
        tables.hash(of: number, table) == MurmurHash3.hash(Array("\(expected)".utf8), seed: 7))
    }
  }

  @Test func repeatedNumbersMakeFewerBins() {
    #expect(QuantileBins(fittedTo: []).edges.isEmpty)
    #expect(QuantileBins(fittedTo: [5]).edges.isEmpty)
    #expect(QuantileBins(fittedTo: Array(repeating: 5, count: 100)).edges.isEmpty)
    #expect(QuantileBins(fittedTo: [0, 0, 0, 1]).edges == [1])
    #expect(QuantileBins(fittedTo: [2, 1]).edges == [2])
  }

  @Test func aBinIsAFeature() throws {
    let bins = QuantileBins(edges: [0, 10])
    let schema = ChunkMaking.schema([
      ("label", .label), ("a", .binned(bins)), ("b", .binned(QuantileBins(edges: [5]))),
    ])
    let hashing = schema.hashing
    func slot(_ column: String, _ value: String) -> UInt32 {
      MurmurHash3.hash(Array(value.utf8), seed: hashing.columnSeed(ByteText(column))) & hashing.mask
    }
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1,-1,5\n1,0,4.9\n1,1e300,NA\n1,x,1\n", header: "label,a,b"))
    #expect(
      batch.rows.map(\.features) == [
        [slot("a", "0"): 1, slot("b", "1"): 1], [slot("a", "1"): 1, slot("b", "0"): 1],
        [slot("a", "2"): 1, slot("b", ""): 1],
      ])
    #expect(batch.issues.map(\.reason) == [.notANumber])
  }

  @Test func aNameGoesBeforeAGlobBeforeAll() throws {
    let options = TransformOptions([
      .init(pattern: nil, choice: .raw), .init(pattern: ByteText("x*"), choice: .symlog),
      .init(pattern: ByteText("xy"), choice: .quantile),
    ])
    #expect(try options.choice(for: ByteText("xy")) == .quantile)
    #expect(try options.choice(for: ByteText("xz")) == .symlog)
    #expect(try options.choice(for: ByteText("a")) == .raw)
    #expect(try TransformOptions().choice(for: ByteText("a")) == .auto)
    let torn = TransformOptions([
      .init(pattern: ByteText("x*"), choice: .symlog), .init(pattern: ByteText("*y"), choice: .raw),
    ])
    #expect(try torn.choice(for: ByteText("x")) == .symlog)
    #expect(throws: RunFailure.self) { try torn.choice(for: ByteText("xy")) }
  }

  @Test func decimalNumbersHashAsTheirText() {
    for number in 0..<100 {
      #expect(
        MurmurHash3.hash(decimal: number, seed: 9)
          == MurmurHash3.hash(Array(String(number).utf8), seed: 9))
    }
  }
}
