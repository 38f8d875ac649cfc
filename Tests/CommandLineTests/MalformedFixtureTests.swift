import Foundation
import Testing

/// Every file of Fixtures/malformed does what `expected.json` says of it.
@Suite struct MalformedFixtureTests {
  struct Expectation: Decodable, Sendable, CustomTestStringConvertible {
    var file: String
    var options: [String]
    var exit: Int32
    var good_rows: Int
    var bad_rows: [String: Int]

    var testDescription: String { file }
    var bad: Int { bad_rows.values.reduce(0, +) }
    /// What no budget for bad rows can mend.
    var isHopeless: Bool { exit != 0 && bad_rows.isEmpty }
  }

  static let expectations: [Expectation] = {
    let url = URL(fileURLWithPath: Samples.fixture("malformed/expected.json"))
    guard let bytes = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode([Expectation].self, from: bytes)) ?? []
  }()

  @Test func everyFileHasAnExpectation() throws {
    let folder = Samples.fixture("malformed")
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    #expect(Set(Self.expectations.map(\.file)) == names.subtracting(["expected.json"]))
  }

  @Test(arguments: expectations)
  func withoutABudget(_ expected: Expectation) throws {
    let workspace = try Workspace()
    let old = Data("an old model".utf8)
    try workspace.write("m.lrs", old)
    let path = Samples.fixture("malformed/\(expected.file)")
    let outcome = try workspace.run(
      ["train", "--bits", "10", "-o", "m.lrs", "--json", path] + expected.options)
    #expect(outcome.status == expected.exit, "\(outcome.errors)")
    #expect(try workspace.names() == ["m.lrs"], "no temporary is left")
    if expected.exit == 0 {
      #expect(try outcome.json()["rows"] as? Int == expected.good_rows)
      #expect(try workspace.read("m.lrs") != old)
    } else {
      #expect(try workspace.read("m.lrs") == old, "the old model is intact")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(expected.file), "the message names the file")
    }
  }

  @Test(arguments: expectations)
  func noModelIsMadeOfIt(_ expected: Expectation) throws {
    let workspace = try Workspace()
    let path = Samples.fixture("malformed/\(expected.file)")
    let piped = try workspace.run(
      ["train", "--bits", "10", "-o", "-", "--quiet"] + Self.reading(expected) + expected.options,
      input: .file(path))
    #expect(piped.status == expected.exit)
    // Rows that are well may still be told of: one of the columns is the label in other words.
    #expect(piped.errors.contains("error: ") == (expected.exit != 0), "\(piped.errors)")
    #expect(piped.output.isEmpty == (expected.exit != 0), "not a byte of a model")
  }

  /// A pipe has no name that says what it holds.
  private static func reading(_ expected: Expectation) -> [String] {
    ["--format", expected.file.contains("libsvm") ? "libsvm" : "csv"]
  }

  @Test(arguments: expectations)
  func withABudget(_ expected: Expectation) throws {
    let workspace = try Workspace()
    let path = Samples.fixture("malformed/\(expected.file)")
    let outcome = try workspace.run(
      [
        "train", "--bits", "10", "-o", "m.lrs", "--json", "--quarantine", "q.csv",
        "--max-bad-rows", String(expected.bad), path,
      ] + expected.options)
    guard !expected.isHopeless else {
      #expect(outcome.status == 65)
      #expect(!workspace.exists("m.lrs"))
      return
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let figures = try outcome.json()
    #expect(figures["rows_bad"] as? Int == expected.bad)
    #expect(figures["rows"] as? Int == expected.good_rows + expected.bad)
    #expect(figures["bad_rows_by_reason"] as? [String: Int] == expected.bad_rows)
    let records = try workspace.read("q.csv").split(separator: UInt8(ascii: "\n"))
    #expect(records.count - 1 >= expected.bad)
  }

  @Test(arguments: expectations.filter { $0.bad > 0 })
  func oneMoreThanTheBudgetIsTooMany(_ expected: Expectation) throws {
    let workspace = try Workspace()
    let path = Samples.fixture("malformed/\(expected.file)")
    let outcome = try workspace.run(
      [
        "train", "--bits", "10", "-o", "m.lrs", "--max-bad-rows", String(expected.bad - 1), path,
      ] + expected.options)
    #expect(outcome.status == 65)
    #expect(!workspace.exists("m.lrs"))
    #expect(outcome.errors.contains(#/row \d+ \(line \d+\)/#), "\(outcome.errors)")
  }
}
