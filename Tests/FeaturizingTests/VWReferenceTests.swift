import Foundation
import SparseBatches
import Testing

@testable import Featurizing

/// Slots, values, labels and weights as Vowpal Wabbit reads them from the same lines.
@Suite struct VWReferenceTests {
  /// A line of tools/references/vw_slots.tsv.
  struct Line {
    var schema: FeatureSchema
    var text: String
    var label: Float?
    var weight: Float
    var features: [UInt32: Float]

    init(_ stored: Substring) throws {
      let fields = stored.split(separator: "\t", omittingEmptySubsequences: false)
      let hashing = FeatureHashing(
        bits: try #require(Int(fields[0])), seed: try #require(UInt32(fields[1])))
      schema = FeatureSchema(source: .vw, hashing: hashing, labels: .convention)
      text = fields[2].replacingOccurrences(of: "\\t", with: "\t")
      label = Float(fields[3])
      weight = try #require(Float(fields[4]))
      features = [:]
      for pair in fields[5].split(separator: ",") {
        let parts = pair.split(separator: ":")
        features[try #require(UInt32(parts[0])), default: 0] += try #require(Float(parts[1]))
      }
    }
  }

  private func stored() throws -> [Line] {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../tools/references/vw_slots.tsv")
    return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(Line.init)
  }

  @Test func everyLineHasTheFeaturesOfVowpalWabbit() throws {
    let lines = try stored()
    #expect(lines.count > 250)
    for line in lines {
      // VW takes any number for a label.
      let known = line.label.map { [-1, 0, 1].contains($0) } ?? false
      let batch = try PlainBatch(
        line.schema, ChunkMaking.chunk(line.text), purpose: known ? .learn : .predict)
      #expect(batch.issues.isEmpty, "\(line.text): \(batch.issues)")
      let row = try #require(batch.rows.first)
      #expect(row.features.keys.sorted() == line.features.keys.sorted(), "\(line.text)")
      for (slot, value) in row.features {
        let expected = try #require(line.features[slot])
        // VW reads decimals to about seven digits; ours are correctly rounded.
        #expect(abs(value - expected) <= 1e-6 * abs(expected), "\(line.text)")
      }
      #expect(row.weight == line.weight, "\(line.text)")
      if known { #expect(row.label == (line.label == 1 ? 1 : 0), "\(line.text)") }
    }
  }

  @Test func whatVowpalWabbitTakesForUnlabelledIsNotLearned() throws {
    let unlabelled = try stored().filter { $0.label == nil }
    #expect(unlabelled.count > 10)
    for line in unlabelled {
      let batch = try PlainBatch(line.schema, ChunkMaking.chunk(line.text))
      #expect(batch.issues.map(\.reason) == [.badLabel], "\(line.text)")
    }
  }
}
