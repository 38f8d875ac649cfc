import Foundation
import SparseBatches
import Testing

@testable import Featurizing

@Suite struct SchemaCodingTests {
  private let schema = FeatureSchema(
    source: .csv(
      CSVSchema(
        delimiter: 9, quote: nil, hasHeader: false, label: ByteText(bytes: [0xFF, 0x5C]),
        weight: ByteText("w"), missing: MissingTokens([[], [0x00, 0x41]]), clip: 3.5,
        columns: [
          Column(name: ByteText(bytes: [0xFF, 0x5C]), role: .label, reason: "a"),
          Column(name: ByteText("w"), role: .weight, reason: "b"),
          Column(
            name: ByteText("x"),
            role: .numeric(
              NumericScale(transform: .standardize, mean: 1.0 / 3, standardDeviation: 0.1)),
            reason: "c"),
          Column(name: ByteText("c"), role: .categorical, reason: "d"),
          Column(name: ByteText("i"), role: .ignored, reason: "e"),
        ])), hashing: FeatureHashing(bits: 18, seed: 7), labels: .positive(ByteText(">50K")))

  @Test func everySchemaComesBack() throws {
    let libsvm = FeatureSchema(source: .libsvm, hashing: FeatureHashing(), labels: .convention)
    let vw = FeatureSchema(source: .vw, hashing: FeatureHashing(), labels: .convention)
    for original in [schema, libsvm, vw] {
      let data = try JSONEncoder().encode(original)
      #expect(try JSONDecoder().decode(FeatureSchema.self, from: data) == original)
    }
    for convention in [LabelConvention.undecided, .zeroOne, .plusMinusOne, .trueFalse] {
      let data = try JSONEncoder().encode([convention])
      #expect(try JSONDecoder().decode([LabelConvention].self, from: data) == [convention])
    }
  }

  @Test(arguments: [
    ("\"csv\"", "\"xml\""), ("\"numeric\"", "\"complex\""), ("\"positive\"", "\"negative\""),
    ("\"standardize\"", "\"magic\""), ("\\\\xFF", "\\\\xZZ"),
  ])
  func unknownWordsAreRefused(word: String, replacement: String) throws {
    let text = String(decoding: try JSONEncoder().encode(schema), as: UTF8.self)
    let changed = text.replacingOccurrences(of: ":" + word, with: ":" + replacement)
      .replacingOccurrences(of: word + "\\\\", with: replacement + "\\\\")
    #expect(changed != text)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(FeatureSchema.self, from: Data(changed.utf8))
    }
  }

  @Test func hostileNumbersAreDefects() {
    #expect(schema.defect == nil)
    func defect(_ change: (inout FeatureSchema, inout CSVSchema) -> Void) -> String? {
      var changed = schema
      guard case .csv(var csv) = changed.source else { return nil }
      change(&changed, &csv)
      changed.source = .csv(csv)
      return changed.defect
    }
    #expect(defect { schema, _ in schema.hashing.bits = 31 } != nil)
    #expect(defect { schema, _ in schema.hashing.bits = -1 } != nil)
    let hashing = FeatureHashing(bits: 31, seed: 0)
    #expect(FeatureSchema(source: .vw, hashing: hashing, labels: .convention).defect != nil)
    #expect(defect { _, csv in csv.clip = .nan } != nil)
    #expect(defect { _, csv in csv.quote = 9 } != nil)
    #expect(defect { _, csv in csv.quote = 10 } != nil)
    #expect(defect { _, csv in csv.label = ByteText("other") } != nil)
    #expect(defect { _, csv in csv.columns[1].role = .label } != nil)
    #expect(defect { _, csv in csv.columns.append(csv.columns[2]) } != nil)
    for deviation in [0, -1, Double.infinity, .nan] {
      #expect(
        defect { _, csv in
          csv.columns[2].role = .numeric(
            NumericScale(transform: .standardize, mean: 0, standardDeviation: deviation))
        } != nil)
    }
  }
}
