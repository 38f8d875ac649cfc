import Testing

@testable import Featurizing

/// Advice on numbers that are written for people, and on texts that are all different.
@Suite struct WrittenAdviceTests {
  private func advice(
    _ change: (inout ReadingOptions) -> Void = { _ in }, _ value: (Int) -> String
  ) throws -> [String] {
    var options = ReadingOptions()
    options.delimiter = UInt8(ascii: ";")
    change(&options)
    let header = "label;v"
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ";"), firstLine: Array(header.utf8))
    let rows = (0..<400).map { "\(MurmurHash3.hash(decimal: $0, seed: 3) % 2);\(value($0))\n" }
    inference.add(ChunkMaking.chunk(rows.joined(), header: header))
    return inference.advice(on: try inference.schema())
  }

  private func number(_ row: Int) -> Int { Int(MurmurHash3.hash(decimal: row, seed: 9) % 100_000) }

  @Test func numbersWrittenForPeopleAreNamed() throws {
    let comma = try advice { "\(number($0)),\(number($0) % 10)" }
    #expect(comma.count == 1)
    #expect(comma[0].contains("400 of 400 values are numbers with a decimal comma"))
    #expect(comma[0].contains("use --decimal comma, or --categorical 'v'"))
    // A fraction of three digits is one where others have fewer.
    let mixed = try advice { $0 % 2 == 0 ? "1,234" : "2,5\(number($0))" }
    #expect(mixed[0].contains("use --decimal comma,"))
    #expect(try advice { _ in "1,234" }[0].contains("use --number-marks ','"))
    let cured = try advice({ $0.numbers = NumberForm(decimal: .comma) }) {
      "\(number($0)),\(number($0) % 10)"
    }
    #expect(cured.isEmpty, "\(cured)")
  }

  @Test func marksForNoValueAreNamed() throws {
    for mark in ["-", "nil", "#DIV/0!", "Missing", "k.A.", "s.d."] {
      let found = try advice { $0 % 3 == 0 ? mark : "\(number($0)).5" }
      #expect(found.count == 1 && found[0].contains("--missing 'default,\(mark)'"), "\(found)")
    }
    let own = try advice({ $0.missing = MissingTokens(list: ["", "x"]) }) {
      $0 % 3 == 0 ? "-" : "\(number($0)).5"
    }
    #expect(own[0].contains("--missing ',x,-'"), "\(own)")
  }

  @Test func ordinaryColumnsMakeNoNoise() throws {
    let values: [(Int) -> String] = [
      { _ in "same" }, { _ in "0" }, { _ in "" }, { "A\(number($0) % 50)" },
      { $0 % 2 == 0 ? "" : "\(number($0)).5" }, { ["S", "M", "1", "2"][$0 % 4] },
      { $0 % 4 == 0 ? "n/a" : "\(number($0)).5" },
    ]
    for (index, value) in values.enumerated() {
      let found = try advice({ _ in }, value)
      #expect(found.isEmpty, "\(index): \(found)")
    }
  }

  @Test func textsThatNeverComeAgainAreNamed() throws {
    let identifiers = try advice { "u\(number($0))-\($0)" }
    #expect(identifiers.count == 1 && identifiers[0].contains("identifier"), "\(identifiers)")
    let times = try advice { "2024-01-01 10:\($0 / 2 % 60):0\($0 / 120)" }
    #expect(times.count == 1 && times[0].contains("time stamp"), "\(times)")
    let named = try advice({ $0.categorical = [ByteText("v")] }) { "u\($0)" }
    #expect(named.isEmpty)
  }
}
