import Processor
import SparseBatches
import Testing

@testable import Featurizing

/// The kernels of fields and the memo of numbers against the Swift form, on each path of this
/// machine.
@Suite struct FeatureKernelTests {
  private func split(
    _ row: [UInt8], _ path: ProcessorPath?, padding: Int, slack: Int
  ) -> (fields: [[UInt8]], isReadableBeyond: Bool, mayHoldBlanks: Bool) {
    var bytes = GrowableBuffer<UInt8>(capacity: padding + row.count + slack)
    bytes.append(contentsOf: Array(repeating: 44, count: padding).span)
    bytes.append(contentsOf: row.span)
    var splitter = FieldSplitter(delimiter: 44, quote: nil, path: path)
    let extent = RowExtent(start: UInt32(padding), end: UInt32(padding + row.count))
    let base = unsafe splitter.split(bytes, extent, mayHoldQuotes: false)
    let fields = (0..<splitter.fields.count).map { index in
      let field = splitter.fields[index]
      return (field.start..<field.end).map { unsafe base[Int($0)] }
    }
    return (fields, splitter.isReadableBeyond, splitter.mayHoldBlanks)
  }

  @Test(arguments: ProcessorPath.available)
  func fieldsOfEveryLengthAreThoseOfTheSwiftForm(path: ProcessorPath) {
    var numbers = SeededNumbers(state: 3)
    for length in 0..<400 {
      // From rows of nothing but delimiters to rows of hardly any.
      let row = (0..<length).map { _ in numbers.below(1 + length % 9) == 0 ? 44 : 97 as UInt8 }
      let padding = numbers.below(70)
      let found = split(row, path, padding: padding, slack: 64)
      #expect(found.isReadableBeyond)
      #expect(found.fields == split(row, nil, padding: padding, slack: 0).fields)
      // Where a block cannot be read whole, the Swift form does it.
      let cramped = split(row, path, padding: padding, slack: 0)
      #expect(!cramped.isReadableBeyond)
      #expect(cramped.fields == found.fields)
    }
  }

  @Test(arguments: ProcessorPath.available)
  func aBlankIsSeen(path: ProcessorPath) {
    for length in 1..<140 {
      var row = [UInt8](repeating: 97, count: length)
      row[length - 1] = 32
      #expect(split(row, path, padding: 3, slack: 64).mayHoldBlanks)
    }
  }

  // MARK: Features

  private static let words = [
    "", "NA", "N/A", "NaN", "nan", "null", "(null)", "None", "?", "\\N", "#N/A", "a", "c", "ab",
    "abc", "abcd", "c1d2", "abcde", "abcdef", "abcdefg", "abcdefgh", "cafebabe", "abcdefghi",
    "a longer category", " b ", "  ", "\u{0}", "a\u{0}", "\u{e9}\u{e8}",
  ]
  private static let numbers = [
    "", "NA", "0", "1", "2", "12", "-3", "+4", "1.5", "-0.25", "12345678", "123456789", "1e3",
    "0.1234567890", "007", " 5", "00", "?", "1e300", "-0",
  ]

  private func schema(categories: Int, bits: Int) -> FeatureSchema {
    let scale = NumericScale(transform: .standardize, mean: 1.5, standardDeviation: 2)
    let symlog = NumericScale(transform: .symlog, mean: 0.5, standardDeviation: 1)
    let bins = QuantileBins(edges: [-1, 0, 1.5, 100])
    var columns: [(String, Column.Role)] = [("label", .label)]
    // Runs of one kind, and columns that change each time.
    columns += (0..<categories).map { ("c\($0)", .categorical) }
    columns += [
      ("n0", .numeric(scale)), ("n1", .numeric(symlog)), ("n2", .numeric(.raw)),
      ("n3", .binned(bins)),
      ("n4", .binsAndSlope(BinsAndSlope(slope: scale, logarithm: nil, bins: bins))),
      ("d", .categorical),
      ("n5", .binsAndSlope(BinsAndSlope(slope: scale, logarithm: symlog, bins: bins))),
      ("e", .categorical),
    ]
    return ChunkMaking.schema(columns, bits: bits)
  }

  private func text(rows: Int, categories: Int, badEvery: Int, seed: UInt64) -> [UInt8] {
    var random = SeededNumbers(state: seed)
    func word() -> String { Self.words[random.below(Self.words.count)] }
    func number() -> String { Self.numbers[random.below(Self.numbers.count)] }
    let lines = (0..<rows).map { row -> String in
      var fields = ["\(row % 2)"]
      fields += (0..<categories).map { _ in word() }
      fields += (0..<5).map { _ in number() } + [word(), number(), word()]
      if badEvery > 0, row % badEvery == 3 { fields[categories + 1 + row % 5] = "x" }
      if row % 11 == 5 { fields[fields.count - 1] = "\"a,\"\"b\"\"\"" }
      return fields.joined(separator: ",")
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// All that came of a chunk.
  private struct Made: Equatable {
    var slots: [UInt32] = []
    var values: [UInt32] = []
    var ends: [Int] = []
    var issues: [RowIssue] = []
    var missing: [Int]
    var names: [[UInt8]?]
  }

  private func featurize(
    _ bytes: [UInt8], _ schema: FeatureSchema, _ path: ProcessorPath?, slack: Int,
    names: Int
  ) throws -> Made {
    var chunk = ChunkMaking.chunk(bytes)
    chunk.bytes.reserve(bytes.count + slack)
    let register = FeatureRegister(hashing: schema.hashing, nameLimit: names)
    var featurizer = ChunkFeaturizer(
      schema: schema, purpose: .learn,
      details: RowDetails(recording: .register(register.bulletin)), path: path)
    var batch = SparseBatch()
    var missing = MissingValues()
    // The second time all numbers are remembered, and the names known.
    for _ in 0..<2 {
      _ = try featurizer.featurize(chunk, .undecided, into: &batch)
      register.take(&featurizer)
      missing.take(&featurizer, rows: batch.rowCount)
    }
    let slots = (0..<batch.slots.count).map { batch.slots[$0] }
    let found = try register.names(of: Array(Set(slots)).sorted())
    return Made(
      slots: slots, values: (0..<batch.values.count).map { batch.values[$0].bitPattern },
      ends: (0..<batch.rowEnds.count).map { batch.rowEnds[$0] }, issues: batch.issues,
      missing: missing.byColumn,
      names: Set(slots).sorted().map { slot in found.name(ofSlot: slot).map { Array($0) } })
  }

  @Test(
    arguments: ProcessorPath.available, [0, 1, 2, 3, 7, 8, 9, 15, 26, 63, 64, 65, 71, 130])
  func featuresAreThoseOfTheSwiftForm(path: ProcessorPath, categories: Int) throws {
    for (bits, names) in [(22, 0), (22, 10_000), (12, 30)] {
      let schema = schema(categories: categories, bits: bits)
      let bytes = text(
        rows: 120, categories: categories, badEvery: 7, seed: UInt64(categories))
      let oracle = try featurize(bytes, schema, nil, slack: 0, names: names)
      #expect(oracle.ends.count > 60 && oracle.issues.count > 10)
      #expect(try featurize(bytes, schema, path, slack: 64, names: names) == oracle)
      #expect(try featurize(bytes, schema, path, slack: 0, names: names) == oracle)
    }
  }

  @Test func aTextIsRememberedWithItsLengthAndColumn() throws {
    let scale = NumericScale(transform: .standardize, mean: 0, standardDeviation: 1)
    let other = NumericScale(transform: .standardize, mean: 0, standardDeviation: 10)
    let schema = ChunkMaking.schema([
      ("label", .label), ("a", .numeric(scale)), ("b", .numeric(other)),
    ])
    let rows = Array("0,5,5\n0,5\u{0},5\n0,5,5\u{0}\n1,5,7".utf8)
    let made = try featurize(rows, schema, .chosen, slack: 64, names: 0)
    let values = made.values.map { Float(bitPattern: $0) }
    #expect(values == [5, 0.5, 5, 0.7])
    #expect(made.issues.map(\.rowInChunk) == [1, 2])
  }
}
