import Foundation
import Testing

/// `evaluate --predictions`: the forms in which other tools write probabilities.
@Suite struct PredictionFormTests {
  private static let probabilities = (0..<40).map { Double(($0 * 29) % 97 + 1) / 100 }

  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    let rows = Self.probabilities.indices.map { "\($0 * 7 % 5 < 2 ? 1 : 0),\($0)\n" }
    try workspace.write("t.csv", "label,x\n" + rows.joined())
    return workspace
  }

  private func outcome(_ workspace: Workspace, _ text: String) throws -> Outcome {
    try workspace.write("p.txt", text)
    return try workspace.run("evaluate", "--json", "--predictions", "p.txt", "t.csv")
  }

  private func logLoss(_ workspace: Workspace, _ text: String) throws -> Double? {
    let outcome = try outcome(workspace, text)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()["log_loss"] as? Double
  }

  @Test func formsOfOtherToolsAreRead() throws {
    let workspace = try prepared()
    let numbers = Self.probabilities
    let lines = { (line: (Int, Double, Double) -> String) in
      numbers.enumerated().map { line($0, $1, 1 - $1) + "\n" }.joined()
    }
    let expected = try #require(try logLoss(workspace, lines { _, p, _ in "\(p)" }))
    let forms: [(name: String, text: String)] = [
      ("Vowpal Wabbit, tagged", lines { index, p, _ in "\(p) id\(index)" }),
      ("Vowpal Wabbit, numbers as tags", lines { index, p, _ in "\(p) \(index + 1000)" }),
      ("LibSVM", "labels 1 0\n" + lines { _, p, q in "\(p > 0.5 ? 1 : 0) \(p) \(q)" }),
      ("LIBLINEAR", "labels -1 1\n" + lines { _, p, q in "\(p > 0.5 ? 1 : -1) \(q) \(p)" }),
      ("NumPy", lines { _, p, q in "[\(q) \(p)]" }),
      (
        "NumPy, whole array",
        "[" + lines { index, p, q in (index == 0 ? "[" : " [") + "\(q) \(p)]" }.dropLast() + "]\n"
      ),
      ("NumPy, one column", lines { _, p, _ in "[\(p)]" }),
      ("savetxt", lines { _, p, q in "\(q) \(p)" }),
      ("savetxt with commas", lines { _, p, q in "\(q),\(p)" }),
    ]
    for (name, text) in forms {
      let found = try #require(try logLoss(workspace, text))
      #expect(abs(found - expected) < 1e-12, "\(name)")
    }
  }

  @Test func roundingIsTakenAndSaid() throws {
    let workspace = try prepared()
    var lines = Self.probabilities.map(\.description)
    lines[3] = "1.0000001"
    let rounded = try outcome(workspace, lines.joined(separator: "\n") + "\n")
    #expect(rounded.status == 0)
    #expect(rounded.errors.contains("1 prediction(s) lie outside 0 to 1 by rounding"))
    #expect(rounded.errors.contains("the first in row 4"))
    lines[3] = "1"
    let exact = try outcome(workspace, lines.joined(separator: "\n") + "\n")
    #expect(try rounded.json()["log_loss"] as? Double == exact.json()["log_loss"] as? Double)
  }

  @Test(arguments: [
    ("0.5\n-1\n", 65, "row 2 (line 2)", "-b 1"), ("0.5\n3.25\n", 65, "row 2", "exp(-margin)"),
    ("0.1 0.2 0.7\n", 64, "3 numbers a line", "awk"), ("0.5 0.25\n", 64, "two numbers", "awk"),
    ("labels 2 3\n2 0.5 0.5\n", 64, "no class 1", "positive class"),
    ("labels 1 0\n1 0.5 0.5\n1 0.5\n", 65, "row 2 (line 3)", "same words"),
    ("[0.5 0.5]\n...\n", 65, "row 2 (line 2)", "savetxt"),
    ("[0.1 0.2 0.7]\n", 65, "row 1", "savetxt"),
    ("0.5\n0,25\n", 65, "row 2", "same fields"),
  ])
  func othersAreRefusedWithTheirCure(
    text: String, status: Int32, place: String, cure: String
  ) throws {
    let workspace = try prepared()
    let outcome = try outcome(workspace, text)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(place), "\(outcome.errors)")
    #expect(outcome.errors.contains(cure), "\(outcome.errors)")
  }
}
