import Foundation
import SparseBatches
import Testing

@testable import Featurizing

/// Rows of LibSVM that begin with `label:weight`.
@Suite struct LabelWeightTests {
  private func carries(
    _ text: String, _ labels: LabelRule = .convention, needsLabel: Bool = true
  ) -> Bool {
    LabelWeightSniffer.carriesWeights(Array(text.utf8), labels: labels, needsLabel: needsLabel)
  }

  @Test func theFirstRowsDecide() {
    #expect(carries("1:2 1:0.5 2:1\n0:0.5 1:3\n"))
    // Both labels, though each is below the index after it.
    #expect(carries("1:2 2:0.5\n0:1 2:3\n"))
    #expect(carries("-1:2 2:0.5\n", needsLabel: false))
    #expect(carries("# a comment\n\n1:2 1:0.5\n", needsLabel: false))
    #expect(carries("3:2 1:0.5\n2:1 7:3\n", .number))
    #expect(carries("3:2 1:0.5\n", .classes([ByteText("3"), ByteText("4")])))
  }

  @Test func rowsThatMayBeginWithAFeatureDoNot() {
    // Without labels, one after the other.
    #expect(!carries("1:0.5 2:1\n1:0.1 2:3\n"))
    #expect(!carries("0:0.5 2:1\n1:0.1 2:3\n", needsLabel: false))
    #expect(!carries("1:0.5 2:1 3:4\n2:1\n", .number))
    // One row that has a label alone.
    #expect(!carries("1:2 1:0.5\n0 1:3\n1 2:3\n"))
    #expect(!carries("1 1:0.5\n0 1:3\n") && !carries(""))
    #expect(!carries("1:-2 1:0.5\n0:1 1:3\n"))
    #expect(!carries("7:2 1:0.5\n0:1 1:3\n"))
    #expect(!carries("5:2 1:0.5\n", .classes([ByteText("3"), ByteText("4")])))
  }

  private var schema: FeatureSchema {
    FeatureSchema(
      source: .libsvm(nil), hashing: FeatureHashing(bits: 10), labels: .convention,
      labelsCarryWeights: true)
  }

  @Test func theNumberAfterTheColonIsTheWeight() throws {
    let batch = try PlainBatch(
      schema, ChunkMaking.chunk("1:2.5 3:1\n0:0 qid:1 3:2\n-1:x 3:1\n1 3:1"))
    #expect(
      batch.rows == [
        .init(label: 1, weight: 2.5, features: [3: 1]),
        .init(label: 0, weight: 0, features: [3: 2]),
      ])
    #expect(batch.issues.map(\.reason) == [.badLabel, .badLabel])
  }

  @Test(arguments: ["1:-1 3:1", "1:nan 3:1", "1: 3:1", "1:1e39 3:1"])
  func badWeightsAreIssues(row: String) throws {
    let batch = try PlainBatch(schema, ChunkMaking.chunk(row))
    #expect(batch.issues.map(\.reason) == [.badWeight])
  }

  @Test func theSchemaKeepsIt() throws {
    let data = try JSONEncoder().encode(schema)
    #expect(try JSONDecoder().decode(FeatureSchema.self, from: data) == schema)
    var plain = schema
    plain.labelsCarryWeights = false
    let text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
    #expect(!text.contains("labelWeights"))
  }
}
