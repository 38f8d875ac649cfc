import Foundation
import SparseBatches
import Testing

@testable import Featurizing

@Suite struct SchemaCodingTests {
  private let schema = FeatureSchema(
    source: .csv(
      CSVSchema(
        delimiter: 9, quote: nil, hasHeader: false, label: ByteText(bytes: [0xFF, 0x5C]),
        weight: ByteText("w"), missing: MissingTokens([[], [0x00, 0x41]]), clip: 3.5, ngrams: 2,
        columns: [
          Column(name: ByteText(bytes: [0xFF, 0x5C]), role: .label, reason: .recorded("a")),
          Column(name: ByteText("w"), role: .weight, reason: .recorded("b")),
          Column(
            name: ByteText("x"),
            role: .numeric(
              NumericScale(transform: .standardize, mean: 1.0 / 3, standardDeviation: 0.1)),
            reason: .recorded("c")),
          Column(name: ByteText("c\tolumn"), role: .categorical, reason: .texts(3, of: 4)),
          Column(name: ByteText("i"), role: .ignored, reason: .recorded("in\tother words")),
          Column(name: ByteText("t"), role: .text, reason: .words(90, of: 100)),
          Column(
            name: ByteText("q"), role: .binned(QuantileBins(edges: [-1.5, 1.0 / 3, 1e300])),
            reason: .numbers(9, of: 10)),
          Column(
            name: ByteText("s"),
            role: .numeric(
              NumericScale(transform: .symlog, mean: 1e-300, standardDeviation: 1e308)),
            reason: .noRows),
          Column(name: ByteText("r"), role: .numeric(.raw), reason: .option("--numeric")),
          Column(
            name: ByteText("n"),
            role: .binsAndSlope(
              BinsAndSlope(
                slope: NumericScale(
                  transform: .standardize, mean: -1e-7, standardDeviation: 2.0 / 3),
                logarithm: NumericScale(
                  transform: .symlog, mean: 0.1, standardDeviation: 1e-300),
                bins: QuantileBins(edges: [-1.5, 1.0 / 3, 1e300]))), reason: .numbers(9, of: 10)),
        ], crosses: [ColumnCross(columns: [3, 2]), ColumnCross(columns: [2, 6, 8])])),
    hashing: FeatureHashing(bits: 18, seed: 7), labels: .positive(ByteText(">50K")))

  @Test func everySchemaComesBack() throws {
    let libsvm = FeatureSchema(
      source: .libsvm(nil), hashing: FeatureHashing(), labels: .convention)
    let vw = FeatureSchema(source: .vw, hashing: FeatureHashing(), labels: .convention)
    var scaled = libsvm
    scaled.source = .libsvm(
      IndexScales(indices: [0, 7, .max], magnitudes: [1.5e-38, 0.1, 3.4e38], clip: 0.1))
    for original in [schema, libsvm, scaled, vw] {
      let data = try JSONEncoder().encode(original)
      #expect(try JSONDecoder().decode(FeatureSchema.self, from: data) == original)
    }
    for convention in [LabelConvention.undecided, .zeroOne, .plusMinusOne, .trueFalse] {
      let data = try JSONEncoder().encode([convention])
      #expect(try JSONDecoder().decode([LabelConvention].self, from: data) == [convention])
    }
  }

  /// As models had columns before they were one text each.
  @Test func columnsAsObjectsAreRead() throws {
    let text = #"""
      [{"name":"x","reason":"all 3 values in the prefix are numbers",
      "scale":{"mean":0.5,"standardDeviation":2,"transform":"standardize"},"type":"numeric"},
      {"name":"\\xFF","reason":"--label","type":"label"}]
      """#
    let scale = NumericScale(transform: .standardize, mean: 0.5, standardDeviation: 2)
    #expect(
      try JSONDecoder().decode([Column].self, from: Data(text.utf8)) == [
        Column(
          name: ByteText("x"), role: .numeric(scale),
          reason: .recorded("all 3 values in the prefix are numbers")),
        Column(name: ByteText(bytes: [0xFF]), role: .label, reason: .recorded("--label")),
      ])
    for (word, other) in [("numeric", "complex"), ("standardize", "magic"), ("label\"", "x\"")] {
      let changed = text.replacingOccurrences(of: "\"" + word, with: "\"" + other)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode([Column].self, from: Data(changed.utf8))
      }
    }
  }

  @Test(arguments: [
    "x", "x\tnumeric", "x\tnumeric\t\t", "x\tnumeric\tstandardize 1\t",
    "x\tnumeric\tstandardize 1 2 3\t", "x\tnumeric\tmagic 1 2\t", "x\tcomplex\t\t",
    "x\tcategorical\tstandardize 1 2\t", "x\tnumeric\tquantile 1 b\t", "\\q\ttext\t\t",
  ])
  func malformedColumnsAreRefused(line: String) throws {
    let data = try JSONEncoder().encode([line])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Column].self, from: data) }
  }

  @Test(arguments: ["3", "3:", ":3", "a:1", "-1:2", "1:x", "18446744073709551616:1", "1:2:3"])
  func malformedScalesAreRefused(text: String) {
    #expect(IndexScales.pairs("1:2 " + text) == nil)
  }

  @Test func everyReasonComesBack() {
    let reasons: [Column.Reason] = [
      .option("--text"), .numbers(1, of: 2), .texts(3, of: 4), .words(5, of: 6), .noValue, .noRows,
      .schemaFile, .recorded("numbers of another kind"), .recorded(""),
    ]
    for reason in reasons {
      #expect(Column.Reason(code: reason.code) == reason)
    }
    #expect(Set(reasons.map(\.text)).count == reasons.count)
  }

  @Test(arguments: [
    ("\"csv\"", "\"xml\""), ("\"positive\"", "\"negative\""), ("\\\\xFF", "\\\\xZZ"),
  ])
  func unknownWordsAreRefused(word: String, replacement: String) throws {
    let text = String(decoding: try JSONEncoder().encode(schema), as: UTF8.self)
    let changed = text.replacingOccurrences(of: word, with: replacement)
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
    #expect(defect { _, csv in csv.weight = nil } != nil)
    for ngrams in [0, 4, -1] { #expect(defect { _, csv in csv.ngrams = ngrams } != nil) }
    for edges in [[1, 1], [2, 1], [.nan], [.infinity], Array(stride(from: 0.0, to: 32, by: 1))] {
      #expect(
        defect { _, csv in csv.columns[6].role = .binned(QuantileBins(edges: edges)) } != nil)
    }
    // A label, a weight, text, what is not there, the same twice, too few, too many.
    let crosses = [
      [0, 2], [1, 2], [4, 2], [5, 2], [2, 99], [2, -1], [2, 2], [2], [2, 3, 6, 7], [],
    ]
    for cross in crosses {
      #expect(
        defect { _, csv in csv.crosses.append(ColumnCross(columns: cross)) } != nil, "\(cross)")
    }
    #expect(
      defect { _, csv in
        csv.crosses = Array(
          repeating: ColumnCross(columns: [2, 3]), count: ColumnCross.maximumCount + 1)
      } != nil)
    for deviation in [0, -1, Double.infinity, .nan] {
      #expect(
        defect { _, csv in
          csv.columns[2].role = .numeric(
            NumericScale(transform: .standardize, mean: 0, standardDeviation: deviation))
        } != nil)
    }
  }

  @Test(arguments: [
    IndexScales(indices: [2, 1], magnitudes: [1, 1], clip: 8),
    IndexScales(indices: [1, 1], magnitudes: [1, 1], clip: 8),
    IndexScales(indices: [1], magnitudes: [0], clip: 8),
    IndexScales(indices: [1], magnitudes: [.infinity], clip: 8),
    IndexScales(indices: [1], magnitudes: [-1], clip: 8),
    IndexScales(indices: [1], magnitudes: [1], clip: 0),
    IndexScales(indices: [1], magnitudes: [1], clip: .nan),
  ])
  func hostileIndexScalesAreDefects(scales: IndexScales) {
    let schema = FeatureSchema(
      source: .libsvm(scales), hashing: FeatureHashing(), labels: .convention)
    #expect(schema.defect != nil)
  }
}
