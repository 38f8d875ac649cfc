import SparseBatches
import Testing

@testable import Featurizing

/// Negatives that sampling leaves out: nothing else changes, and nothing else of them is looked at.
@Suite struct SamplingTests {
  private static let sampling = RowSampling(
    keepNegatives: 0.3, seed: 4, heldOut: RowShare(0.2, seed: 4, .holdout))

  private struct Sampled {
    var rows: [Int] = []
    var labels: [Float] = []
    var leftOut = 0
    var issues: [RowIssue] = []
    var convention = LabelConvention.undecided
    var features = 0
  }

  private func featurize(
    _ schema: FeatureSchema, _ chunk: borrowing RowChunk, sampling: RowSampling?
  ) throws -> Sampled {
    var featurizer = ChunkFeaturizer(
      schema: schema, purpose: .learn, details: RowDetails(sampling: sampling))
    var batch = SparseBatch()
    var sampled = Sampled()
    sampled.convention = try featurizer.featurize(chunk, .undecided, into: &batch)
    sampled.rows = (0..<batch.rowCount).map { Int(batch.rowsInChunk[$0]) }
    sampled.labels = (0..<batch.rowCount).map { batch.labels[$0] }
    sampled.leftOut = batch.rowsSampledOut
    sampled.issues = batch.issues
    sampled.features = batch.slots.count
    return sampled
  }

  private static func isPositive(_ row: Int) -> Bool { row * 7 % 5 == 0 }

  /// The same rows in every format, the label in the middle of the columns.
  private static let cases: [(FeatureSchema, String)] = {
    let columns: [(String, Column.Role)] = [
      ("a", .categorical), ("label", .label), ("x", .numeric(ChunkMaking.unscaled)),
    ]
    let rows = 0..<400
    func text(_ line: (Int, String) -> String) -> String {
      rows.map { line($0, isPositive($0) ? "1" : "-1") }.joined(separator: "\n")
    }
    let long = String(repeating: "v", count: 70)
    return [
      (ChunkMaking.schema(columns), text { "c\($0 % 9), \($1) ,\($0)" }),
      (ChunkMaking.schema(columns), text { "\($0 % 3 == 0 ? long : "c"),\($1),\($0)" }),
      (ChunkMaking.schema(columns), text { "\"c,\($0 % 9)\",\"\($1)\",\($0)" }),
      (
        FeatureSchema(source: .libsvm(nil), hashing: FeatureHashing(bits: 18), labels: .convention),
        text { "\($1) 1:2 \($0 + 2):1" }
      ),
      (
        FeatureSchema(source: .vw, hashing: FeatureHashing(bits: 18), labels: .convention),
        text { "\($1) |f a\($0)" }
      ),
    ]
  }()

  @Test(arguments: 0..<5, [0, 123_456])
  func exactlyTheChosenNegativesAreMissing(format: Int, ordinal: Int) throws {
    let (schema, text) = Self.cases[format]
    var chunk = ChunkMaking.chunk(text)
    chunk.ordinal = ordinal
    if case .csv = schema.source { chunk.header = FileHeader(bytes: Array("a,label,x".utf8)) }
    let all = try featurize(schema, chunk, sampling: nil)
    let sampled = try featurize(schema, chunk, sampling: Self.sampling)
    #expect(all.rows == Array(0..<400) && all.leftOut == 0)
    let expected = (0..<400).filter {
      Self.isPositive($0) || !Self.sampling.leavesOut(ordinal + $0)
    }
    #expect(sampled.rows == expected && expected.count < 320)
    #expect(sampled.leftOut == 400 - expected.count)
    #expect(sampled.labels == expected.map { Self.isPositive($0) ? 1 : 0 })
    #expect(sampled.issues.isEmpty && sampled.convention == .plusMinusOne)
    #expect(sampled.features < all.features)
  }

  /// Only the label is read: what else a row holds is found bad when the row is wanted.
  @Test func aRowLeftOutIsNotChecked() throws {
    let schema = ChunkMaking.schema([
      ("label", .label), ("x", .numeric(ChunkMaking.unscaled)),
    ])
    let chunk = ChunkMaking.chunk(
      (0..<100).map { "0,word\($0)" }.joined(separator: "\n"), header: "label,x")
    let sampled = try featurize(schema, chunk, sampling: Self.sampling)
    #expect(sampled.leftOut + sampled.issues.count == 100)
    #expect(sampled.leftOut == (0..<100).count { Self.sampling.leavesOut($0) })
  }

  @Test(arguments: 0..<5)
  func aBadLabelIsABadRowWhetherLeftOutOrNot(format: Int) throws {
    let (schema, text) = Self.cases[format]
    var chunk = ChunkMaking.chunk(text.replacing("-1", with: "maybe"))
    if case .csv = schema.source { chunk.header = FileHeader(bytes: Array("a,label,x".utf8)) }
    let sampled = try featurize(schema, chunk, sampling: Self.sampling)
    #expect(sampled.leftOut == 0)
    #expect(sampled.issues.count == (0..<400).count { !Self.isPositive($0) })
    #expect(sampled.issues.allSatisfy { $0.reason == .badLabel })
  }

  @Test func aRowTooShortForItsLabelIsABadRow() throws {
    let schema = ChunkMaking.schema([("a", .categorical), ("b", .categorical), ("label", .label)])
    let chunk = ChunkMaking.chunk(
      (0..<50).map { $0 % 2 == 0 ? "u,v" : "\"u\"" }.joined(separator: "\n"), header: "a,b,label")
    let sampled = try featurize(schema, chunk, sampling: Self.sampling)
    #expect(sampled.leftOut == 0 && sampled.issues.count == 50)
    #expect(sampled.issues.allSatisfy { $0.reason == .wrongFieldCount })
  }
}
