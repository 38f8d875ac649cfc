import SparseBatches
import Testing

@testable import Featurizing

/// Missing values by column.
@Suite struct MissingValueTests {
  private let schema = ChunkMaking.schema([
    ("label", .label), ("a", .numeric(ChunkMaking.unscaled)), ("b", .categorical),
    ("c", .ignored), ("d", .text), ("e", .numeric(ChunkMaking.unscaled)),
  ])

  private func take(
    _ text: String, _ featurizer: inout ChunkFeaturizer, _ values: inout MissingValues
  ) throws -> Int {
    var batch = SparseBatch()
    _ = try featurizer.featurize(
      ChunkMaking.chunk(text, header: "label,a,b,c,d,e"), .undecided, into: &batch)
    values.take(&featurizer, rows: batch.rowCount)
    return batch.issues.count
  }

  @Test func everyKindOfColumnIsCountedAndIgnoredOnesAreNot() throws {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var values = MissingValues()
    _ = try take("1,,x,,some words,2\n0,NA,?, ,,3\n1, null ,,y,NaN,4\n", &featurizer, &values)
    #expect(values.rows == 3 && values.byColumn == [0, 3, 2, 0, 2, 0])
    // A featurizer is used for chunk after chunk.
    _ = try take("1,1,x,,w,\n", &featurizer, &values)
    #expect(values.rows == 4 && values.byColumn == [0, 3, 2, 0, 2, 1])
  }

  @Test(arguments: ["1,NA,,,,nothing", "maybe,NA,,,,", "1,NA,,,"])
  func aBadRowCountsNowhere(_ bad: String) throws {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var values = MissingValues()
    let issues = try take("1,2,x,y,z,3\n\(bad)\n0,4,NA,y,z,5\n", &featurizer, &values)
    #expect(issues == 1)
    #expect(values.rows == 2 && values.byColumn == [0, 0, 1, 0, 0, 0])
  }

  @Test func rowsWithoutColumnsHaveNone() throws {
    let schema = FeatureSchema(
      source: .vw, hashing: FeatureHashing(bits: 10), labels: .convention)
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var values = MissingValues()
    var batch = SparseBatch()
    _ = try featurizer.featurize(ChunkMaking.chunk("1 | a\n"), .undecided, into: &batch)
    values.take(&featurizer, rows: batch.rowCount)
    #expect(values.rows == 1 && values.byColumn.isEmpty)
    #expect(values.defect(rows: 1, schema: schema) == nil)
  }

  @Test func storedCountsMustFitTheRowsAndTheColumns() throws {
    var featurizer = ChunkFeaturizer(schema: schema, purpose: .learn)
    var values = MissingValues()
    _ = try take("1,,x,,some words,2\n", &featurizer, &values)
    #expect(values.defect(rows: 1, schema: schema) == nil)
    #expect(values.defect(rows: 0, schema: schema) != nil)
    #expect(values.defect(rows: -5, schema: schema) != nil)
    let other = ChunkMaking.schema([("label", .label), ("a", .categorical)])
    #expect(values.defect(rows: 1, schema: other) != nil)
    #expect(MissingValues().defect(rows: 0, schema: schema) == nil)
  }
}
