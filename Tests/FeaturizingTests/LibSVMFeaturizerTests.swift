import SparseBatches
import Testing

@testable import Featurizing

@Suite struct LibSVMFeaturizerTests {
  private let schema = FeatureSchema(
    source: .libsvm(nil), hashing: FeatureHashing(bits: 10), labels: .convention)

  @Test func rowsOfEveryShape() throws {
    let text = """
      +1 3:2.5 \t 11:-5.2 0:1 # comment 7:7
      -1 qid:4 6:1 6:2 5:0
      1
      -1.0 99999999999:1
      """
    let batch = try PlainBatch(schema, ChunkMaking.chunk(text))
    #expect(batch.issues.isEmpty)
    let far = schema.hashing.slot(ofIndex: 99_999_999_999)
    #expect(
      batch.rows == [
        .init(label: 1, weight: 1, features: [3: 2.5, 11: -5.2, 0: 1]),
        .init(label: 0, weight: 1, features: [6: 3]),
        .init(label: 1, weight: 1, features: [:]),
        .init(label: 0, weight: 1, features: [far: 1]),
      ])
  }

  @Test(arguments: [
    ("1 3", RowIssue.Reason.malformedFeature), ("1 3:", .malformedFeature),
    ("1 :3", .malformedFeature), ("1 3 :4", .malformedFeature), ("1 3: 4", .malformedFeature),
    ("1 -3:4", .malformedFeature), ("1 a:4", .malformedFeature), ("1 3:b", .malformedFeature),
    ("1 18446744073709551616:1", .malformedFeature), ("1 3:4:5", .malformedFeature),
    ("1 3:nan", .notFinite), ("1 3:inf", .notFinite), ("1 3:1e39", .notFinite),
    ("1 3:1e999", .notFinite), ("x 3:1", .badLabel), ("2 3:1", .badLabel), ("3:1", .badLabel),
    ("1 qid:x 3:1", .malformedFeature),
  ])
  func malformedRowsAreIssues(row: String, reason: RowIssue.Reason) throws {
    let batch = try PlainBatch(schema, ChunkMaking.chunk("1 1:1\n\(row)\n-1 1:1"))
    #expect(batch.rows.count == 2)
    #expect(batch.issues.map(\.reason) == [reason])
  }

  @Test func theLargestIndexIsTaken() throws {
    let batch = try PlainBatch(schema, ChunkMaking.chunk("1 18446744073709551615:1"))
    #expect(batch.issues.isEmpty && batch.rows.count == 1)
  }

  @Test func predictTakesRowsWithAndWithoutLabel() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1 3:2\n3:2\n7.5 3:2\nweird 3:2"), purpose: .predict)
    #expect(batch.issues.map(\.reason) == [.badLabel])
    #expect(batch.rows.map(\.features) == [[3: 2], [3: 2], [3: 2]])
  }

  @Test func valuesAreDividedByTheLargestOfTheirIndex() throws {
    var fitting = IndexScaleFitting(rows: 3)
    fitting.add(
      ChunkMaking.chunk("1 3:2 5:-8 7:0\n-1 3:-4 bad 9:x\n1 99999999999:0.5\n1 3:1000"))
    let isComplete = fitting.isComplete
    #expect(isComplete)
    let scales = fitting.scales(clip: 2)
    #expect(scales.indices == [3, 5, 99_999_999_999])
    #expect(scales.magnitudes == [4, 8, 0.5])
    var schema = schema
    schema.source = .libsvm(scales)
    #expect(schema.defect == nil)
    let far = schema.hashing.slot(ofIndex: 99_999_999_999)
    // An index that the prefix did not hold keeps its values; all are clipped; zeros stay zeros.
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1 3:1 5:8 99999999999:0.25\n1 3:100 7:-1.5 8:-7\n1 3:0 3:2 3:2"))
    #expect(
      batch.rows.map(\.features) == [
        [3: 0.25, 5: 1, far: 0.5], [3: 2, 7: -1.5, 8: -2], [3: 1],
      ])
  }

  @Test func manyScalesAreFound() throws {
    let indices = (0..<5000).map { UInt64($0) &* 0x1_0000_0001 }
    let scales = IndexScales(
      indices: indices, magnitudes: indices.indices.map { Float($0 + 1) }, clip: 8)
    let table = IndexScaleTable(scales)
    for (rank, index) in indices.enumerated() {
      #expect(table.magnitude(of: index) == Float(rank + 1))
      #expect(table.magnitude(of: index + 1) == 0)
    }
  }

  @Test func theLastRowsOfThePrefixDoNotDependOnChunks() {
    var whole = IndexScaleFitting(rows: 3)
    whole.add(ChunkMaking.chunk("1 1:1\n1 1:2\n1 1:3\n1 1:4"))
    var parts = IndexScaleFitting(rows: 3)
    for row in 1...4 { parts.add(ChunkMaking.chunk("1 1:\(row)")) }
    let (one, other) = (whole.scales(clip: 8), parts.scales(clip: 8))
    #expect(one == other && one.magnitudes == [3])
  }
}
