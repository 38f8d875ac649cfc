import Foundation
import InputBytes
import SparseBatches
import Testing

/// The fast framer against the slow one, at buffer sizes that cut every row everywhere.
@Suite struct FramingTests {
  static let chunkSizes = [1, 2, 3, 4, 5, 6, 7, 13, 64, 65, 200, 1 << 16]

  static let alphabets: [String] = [
    "a,\n", "a,\"\n", "a,\"\"\"\n\r", "ab,\"\n\n\n\r", "\",\n", "a# \t\n\r", "\n\r\"",
  ]

  static func syntaxes(maximumRowBytes: Int) -> [RowSyntax] {
    let comma = UInt8(ascii: ",")
    let quote = UInt8(ascii: "\"")
    return [
      .delimited(delimiter: comma, quote: quote, hasHeader: false),
      .delimited(delimiter: comma, quote: quote, hasHeader: true),
      .delimited(delimiter: comma, quote: nil, hasHeader: true),
      .lines(comment: UInt8(ascii: "#")), .lines(comment: nil),
    ].map { RowSyntax(kind: $0, maximumRowBytes: maximumRowBytes) } + remarks(maximumRowBytes)
  }

  /// With lines that are no rows, and a bound for the lines of a field.
  private static func remarks(_ maximumRowBytes: Int) -> [RowSyntax] {
    [(true, 1), (false, 2), (true, 3)].map { hasHeader, number in
      var syntax = RowSyntax(
        kind: .delimited(
          delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: hasHeader),
        maximumRowBytes: maximumRowBytes)
      syntax.comment = number == 1 ? UInt8(ascii: "a") : UInt8(ascii: "#")
      syntax.skippedLines = number - 1
      syntax.maximumFieldLines = number
      return syntax
    }
  }

  @Test(arguments: alphabets)
  func agreesWithTheOracleOnRandomBytes(alphabet: String) throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: UInt64(alphabet.utf8.count))
    let letters = Array(alphabet.utf8)
    for round in 0..<80 {
      let length = Int.random(in: 0...(round % 5 == 0 ? 400 : 40), using: &generator)
      var bytes = (0..<length).map { _ in
        letters[Int.random(in: letters.indices, using: &generator)]
      }
      if round % 7 == 0 { bytes = [0xEF, 0xBB, 0xBF] + bytes }
      for maximum in [1, 5, 17, 1 << 20] {
        for syntax in Self.syntaxes(maximumRowBytes: maximum) {
          try expectAgreement(bytes, syntax, chunkSize(&generator), folder)
        }
      }
    }
  }

  /// What a long row leaves over can be more than the next chunk asks for: there must be room for the
  /// block after it all the same.
  @Test(arguments: [1, 100, 777, 4000])
  func rowsOfVeryDifferentLengthsLeaveRoomForABlock(chunkBytes: Int) throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 3)
    var bytes = Array("label,a\n".utf8)
    for row in 0..<200 {
      let length = [3, 40, 900, 3000].randomElement(using: &generator) ?? 3
      bytes += Array("\(row % 2),\(String(repeating: "x", count: length))\n".utf8)
    }
    for syntax in Self.syntaxes(maximumRowBytes: 1 << 20) {
      try expectAgreement(bytes, syntax, chunkBytes, folder)
    }
  }

  private func chunkSize(_ generator: inout SeededGenerator) -> Int {
    Self.chunkSizes[Int.random(in: Self.chunkSizes.indices, using: &generator)]
  }

  private func expectAgreement(
    _ bytes: [UInt8], _ syntax: RowSyntax, _ chunkBytes: Int, _ folder: TemporaryFolder
  ) throws {
    let source = try folder.file("random.csv", bytes)
    let shown = "\(DisplayText.escape(bytes)) \(syntax) \(chunkBytes)"
    do {
      let expected = try FramingOracle(bytes, syntax)
      let reading = try read([source], syntax, chunkBytes: chunkBytes)
      #expect(reading.rows == expected.rows, "\(shown)")
      #expect(reading.headers[0] == expected.header, "\(shown)")
      #expect(reading.repeatedHeaders == expected.repeatedHeaders, "\(shown)")
    } catch is FramingOracle.Failure {
      let failure = failure { try read([source], syntax, chunkBytes: chunkBytes) }
      #expect(failure?.kind == .badData, "\(shown)")
    }
  }
}
