import Foundation
import SparseBatches
import Testing

@testable import Featurizing

/// Columns and indices that wait to come alive, as a checkpoint holds them.
@Suite struct SchemaWatchTests {
  private let header = "label,a,b,c"

  /// A watch and its schema, after a prefix that says nothing of `a` and `b`.
  private func begun(
    _ change: (inout ReadingOptions) -> Void = { _ in }
  ) throws -> (FeatureSchema, SchemaWatch) {
    var options = ReadingOptions()
    options.sniffRows = 10
    change(&options)
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ","), firstLine: Array(header.utf8))
    inference.add(
      ChunkMaking.chunk((0..<10).map { "\($0 % 2),5,,\($0)\n" }.joined(), header: header))
    let schema = try inference.schema()
    return (schema, try inference.watch(schema))
  }

  /// Takes rows in.
  private func take(
    _ rows: [String], from ordinal: Int, _ schema: FeatureSchema, _ watch: inout SchemaWatch
  ) throws -> [SchemaStep] {
    var chunk = ChunkMaking.chunk(rows.joined(separator: "\n") + "\n", header: header)
    chunk.ordinal = ordinal
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var batch = SparseBatch()
    let step = SchemaStep(firstRow: 0, schema: schema, watch: watch)
    _ = try featurizer.featurize(chunk, .undecided, steps: [step], into: &batch)
    var from = ordinal
    return watch.take(&featurizer, chunk, from: &from, schema).map(\.step)
  }

  @Test func onlyWhatSaysNothingIsWatched() throws {
    let (schema, watch) = try begun()
    #expect(watch.columns.map(\.column) == [1, 2])
    #expect(watch.defect(schema) == nil)
    let (_, named) = try begun {
      $0.categorical = [ByteText("b")]
      $0.transforms = TransformOptions([.init(pattern: nil, choice: .raw)])
    }
    #expect(named.isEmpty)
  }

  @Test func tenValuesMakeAScale() throws {
    var (schema, watch) = try begun()
    let rows = (0..<30).map { "1,\($0 < 5 ? 5 : $0),\($0 < 8 ? "NA" : String($0)),1" }
    let steps = try take(rows, from: 10, schema, &watch)
    // The seventh row is the first other value of a, so the sixteenth ends its window.
    #expect(steps.map(\.firstRow) == [26, 28])
    guard case .csv(let csv) = steps[1].schema.source,
      case .binsAndSlope(let a) = csv.columns[1].role,
      case .binsAndSlope(let b) = csv.columns[2].role
    else {
      Issue.record("the columns are not numeric")
      return
    }
    // Two of the old constant among twelve; of missing values there is none.
    #expect(abs(a.slope.mean - 115.0 / 12) < 1e-12 && b.slope.mean == 12.5)
    #expect(csv.columns[1].reason == .later(10, of: 10, fromRow: 17))
    #expect(Column.Reason(code: csv.columns[1].reason.code) == csv.columns[1].reason)
    #expect(watch.isEmpty)
  }

  /// Whatever comes after it, the old constant lies at most three deviations from the mean.
  @Test(arguments: ["symlog", "standardize"], [6.0, 1000, 1e9])
  func theOldConstantIsAUsualValue(transform: String, level: Double) throws {
    let choice = try #require(TransformChoice(rawValue: transform))
    var (schema, watch) = try begun {
      $0.transforms = TransformOptions([.init(pattern: nil, choice: choice)])
    }
    let rows = (0..<10).map { "1,\(level * (1 + Double($0) / 1000)),,1" }
    let steps = try take(rows, from: 10, schema, &watch)
    guard case .csv(let csv)? = steps.first?.schema.source,
      case .numeric(let scale) = csv.columns[1].role
    else {
      Issue.record("the column is not numeric")
      return
    }
    #expect(abs(scale.value(of: 5, clip: 8)) < 3.01)
    #expect(scale.value(of: level * 1.009, clip: 8) > scale.value(of: level, clip: 8))
  }

  /// As programs before `bins+slope` stored it: a checkpoint of theirs goes on as it would have.
  @Test func autoOfAnOldCheckpointIsAScaleAlone() throws {
    let (schema, _) = try begun()
    let text = #"{"columns":[{"column":1,"constant":5,"transform":"auto","isInferred":false}],"#
    var watch = try JSONDecoder().decode(
      SchemaWatch.self, from: Data((text + #""limit":10}"#).utf8))
    #expect(watch.defect(schema) == nil)
    let steps = try take((0..<30).map { "1,\($0),,1" }, from: 10, schema, &watch)
    guard case .csv(let csv)? = steps.first?.schema.source,
      case .numeric(let scale) = csv.columns[1].role
    else {
      Issue.record("the column has no scale")
      return
    }
    #expect(scale.transform == .standardize)
  }

  @Test func aWindowGoesOnFromWhatWasStored() throws {
    var (schema, watch) = try begun()
    let rows = (0..<30).map { "1,\($0 < 5 ? 5 : $0),,1" }
    var whole = watch
    let expected = try take(rows, from: 10, schema, &whole)
    #expect(try take(Array(rows[..<9]), from: 10, schema, &watch).isEmpty)
    let stored = try JSONEncoder().encode(watch)
    var restored = try JSONDecoder().decode(SchemaWatch.self, from: stored)
    #expect(restored == watch && restored.defect(schema) == nil)
    #expect(restored.warnings(schema).count == 1)
    let steps = try take(Array(rows[9...]), from: 19, schema, &restored)
    #expect(steps.map(\.schema) == expected.map(\.schema))
    #expect(steps.map(\.firstRow) == expected.map(\.firstRow))
  }

  @Test(arguments: [
    #"{"columns":[{"column":9,"transform":"auto","isInferred":true}],"limit":10}"#,
    #"{"columns":[{"column":2,"transform":"auto","isInferred":false}],"limit":10}"#,
    #"{"columns":[{"column":0,"transform":"auto","isInferred":false}],"limit":10}"#,
    #"{"columns":[{"column":2,"transform":"no","isInferred":true}],"limit":10}"#,
    #"{"columns":[{"column":2,"transform":"auto","isInferred":true}],"limit":0}"#,
    #"{"columns":[],"limit":10,"indices":{"boundary":20,"pending":""}}"#,
    #"{"columns":[{"column":2,"transform":"auto","isInferred":true,"window":{"firstRow":1,"#
      + #""constants":-1,"numbers":[],"others":0,"words":0}}],"limit":10}"#,
  ])
  func whatCannotBeIsRefused(text: String) throws {
    let (schema, _) = try begun()
    let watch = try JSONDecoder().decode(SchemaWatch.self, from: Data(text.utf8))
    #expect(watch.defect(schema) != nil)
  }

  @Test func indicesAreChecked() throws {
    let scales = IndexScales(indices: [3], magnitudes: [2], clip: 8)
    let schema = FeatureSchema(
      source: .libsvm(scales), hashing: FeatureHashing(bits: 10), labels: .convention)
    for (pending, isValid) in [("5:1.5", true), ("3:1", false), ("5:-1", false), ("5:inf", false)] {
      let text = #"{"columns":[],"limit":10,"indices":{"boundary":20,"pending":"\#(pending)"}}"#
      let watch = try JSONDecoder().decode(SchemaWatch.self, from: Data(text.utf8))
      #expect((watch.defect(schema) == nil) == isValid, "\(pending)")
      guard isValid, case .libsvm(let last?) = watch.final(schema).source else { continue }
      #expect(last.indices == [3, 5] && last.magnitudes == [2, 1.5])
    }
    #expect(throws: DecodingError.self) {
      let text = #"{"columns":[],"limit":10,"indices":{"boundary":20,"pending":"5:1 5:2"}}"#
      return try JSONDecoder().decode(SchemaWatch.self, from: Data(text.utf8))
    }
  }

  @Test func countsOfClippedValuesAreChecked() throws {
    let (schema, _) = try begun()
    for (text, isValid) in [("1:5 2:1", true), ("9:1", false), ("1:0", false), ("", true)] {
      let clipped = try JSONDecoder().decode(ClippedValues.self, from: Data("\"\(text)\"".utf8))
      #expect((clipped.defect(schema) == nil) == isValid, "\(text)")
    }
    for text in ["1", "1:1 1:2", "a:1"] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(ClippedValues.self, from: Data("\"\(text)\"".utf8))
      }
    }
  }
}
