import Foundation
import Testing

/// The rows that a model was trained on, predicted by every way in: the same bytes.
@Suite struct ParityTests {
  /// Numbers with gaps, categories, quotes, missing tokens, and a column that is ignored.
  private static func cells(_ row: Int) -> [String] {
    [
      row % 3 == 0 ? "yes" : "no", "\(Double((row * 7919) % 1013) / 8)",
      row % 11 == 0 ? "NA" : ["red", "\"a, \"\"b\"\"\"", "Grün", ""][row % 4], "u\(row % 97)",
      "\((row * 31) % 17 - 8)",
    ]
  }
  private static let columns = ["label", "amount", "color", "user", "step"]

  private static func table(_ order: [Int], rows: Range<Int> = 0..<900) -> String {
    ([order.map { columns[$0] }] + rows.map { row in order.map { cells(row)[$0] } })
      .map { $0.joined(separator: ",") + "\n" }.joined()
  }

  @Test(arguments: [["--output", "probability"], ["--explain", "3"], ["--id", "user,color"]])
  func everyWayInGivesTheSameBytes(_ form: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table([0, 1, 2, 3, 4]))
    try workspace.write("turned.csv", Self.table([4, 2, 0, 3, 1]))
    try workspace.write("bare.csv", Self.table([3, 1, 4, 2]))
    try workspace.write("a.csv", Self.table([0, 1, 2, 3, 4], rows: 0..<333))
    try workspace.write("b.csv", Self.table([1, 0, 4, 3, 2], rows: 333..<900))
    _ = try workspace.shell("gzip -k t.csv; sed 's/$/\\r/' t.csv > crlf.csv")
    try workspace.trained("t.csv", "--positive", "yes", "--bits", "12")
    func predict(_ arguments: [String], input: Stream = .null) throws -> Data {
      let outcome = try workspace.run(
        ["predict", "-q", "-m", "m.lrs"] + form + arguments, input: input)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      return outcome.output
    }
    let expected = try predict(["t.csv", "--threads", "1"])
    #expect(expected.split(separator: UInt8(ascii: "\n")).count >= 900)
    for arguments in [
      ["t.csv", "--threads", "2"], ["t.csv", "--threads", "7", "--chunk-bytes", "99"],
      ["t.csv.gz"], ["t.csv.gz", "--inflate", "zlib", "--chunk-bytes", "1"], ["turned.csv"],
      ["turned.csv", "--threads", "3", "--chunk-bytes", "500"], ["bare.csv"], ["a.csv", "b.csv"],
      ["crlf.csv"],
    ] { #expect(try predict(arguments) == expected, "\(arguments)") }
    for name in ["t.csv", "t.csv.gz", "turned.csv"] {
      #expect(try predict([], input: .file(name)) == expected, "\(name) on standard input")
      #expect(try predict(["-"], input: .file(name)) == expected)
    }
  }
}
