import Foundation
import Testing

/// Numbers as people write them: `--decimal`, `--number-marks`, and `default` in `--missing`.
@Suite struct NumberFormTests {
  private func table(_ number: (Double) -> String) -> String {
    "label;v;c\n"
      + (0..<300).map { row in
        "\(row % 3 == 0 ? 1 : 0);\(number(Double(row * 37 % 1000) * 4.5));\("abc".prefix(row % 3 + 1))\n"
      }.joined()
  }

  private func weights(_ workspace: Workspace, _ model: String) throws -> Data {
    let outcome = try workspace.run("inspect", "--weights", model)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test func theSameNumbersMakeTheSameModel() throws {
    let workspace = try Workspace()
    try workspace.write("p.csv", table { "\($0)" })
    try workspace.write("c.csv", table { "\($0) €".replacingOccurrences(of: ".", with: ",") })
    try workspace.trained("p.csv", "--cross", "v*c", model: "p.lrs")
    let options = ["--decimal", "comma", "--number-marks", " €"]
    try workspace.trained(list: ["c.csv", "--cross", "v*c"] + options, model: "c.lrs")
    #expect(try weights(workspace, "c.lrs") == weights(workspace, "p.lrs"))
    // The model knows how the numbers of its rows are written.
    #expect(
      try workspace.predicted("c.csv", model: "c.lrs")
        == workspace.predicted("p.csv", model: "p.lrs"))
    let inspected = try workspace.inspected("c.lrs")
    #expect(inspected["decimal"] as? String == "comma")
    #expect(inspected["number_marks"] as? String == " €")
    let schema = try workspace.run("inspect", "--schema", "c.lrs")
    try workspace.write("s.yaml", schema.text)
    try workspace.trained("c.csv", "--schema", "s.yaml", model: "s.lrs")
    #expect(try workspace.read("s.lrs") == workspace.read("c.lrs"))
  }

  @Test func aBadNumberNamesTheOption() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table { $0 == 1800 ? "1800,5" : "\($0)" })
    let said = try workspace.refusal(of: "t.csv", status: 65)
    #expect(said.contains("--decimal comma"), "\(said)")
    #expect(try workspace.refusal(of: "t.csv", "--number-marks", "1").contains("--number-marks"))
  }

  @Test func regressionLabelsAreNumbersToo() throws {
    let workspace = try Workspace()
    try workspace.write("p.csv", "label;v\n1.5;2\n2.5;3\n")
    try workspace.write("c.csv", "label;v\n1,5;2\n2,5;3\n")
    try workspace.trained("p.csv", "--loss", "squared", model: "p.lrs")
    try workspace.trained("c.csv", "--loss", "squared", "--decimal", "comma", model: "c.lrs")
    #expect(try weights(workspace, "c.lrs") == weights(workspace, "p.lrs"))
  }

  @Test func defaultStandsForTheDefaultTokens() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label;v\n1;2\n0;-\n1;NA\n0;\n1;4\n")
    let figures = try workspace.trained(
      "t.csv", "--missing", "default,-", "--numeric", "v")
    #expect(figures["rows_bad"] as? Int == 0)
    let tokens = try #require(try workspace.inspected()["missing"] as? [String])
    #expect(tokens.contains("-") && tokens.contains("(null)") && !tokens.contains("default"))
  }
}
