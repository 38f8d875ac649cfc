import Foundation
import Testing

/// `evaluate --predictions`: probabilities of any tool.
@Suite struct EvaluatePredictionsTests {
  private static let rowCount = 200

  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    let lines = (0..<Self.rowCount).map { row in
      "\((row * 31) % 7 < 3 ? 1 : 0),v\(row % 11),\(row % 5),\(Double(row % 4) / 2)\n"
    }
    try workspace.write("t.csv", "label,a,x,w\n" + lines.joined())
    try workspace.trained("t.csv", "--weight", "w")
    let outcome = try workspace.run("predict", "-m", "m.lrs", "t.csv")
    try #require(outcome.status == 0)
    try workspace.write("p.txt", outcome.output)
    return workspace
  }

  private func evaluate(
    _ workspace: Workspace, _ arguments: String..., input: Stream = .null
  ) throws -> [String: Any] {
    let outcome = try workspace.run(["evaluate", "--json"] + arguments, input: input)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  private func expectSame(_ found: [String: Any], _ expected: [String: Any]) throws {
    for key in [
      "rows", "rows_bad", "positives", "log_loss", "brier", "auc", "average_precision", "ece",
      "ece_if_perfect", "calibration_ratio", "accuracy",
    ] {
      let (a, b) = (try #require(found[key] as? Double), try #require(expected[key] as? Double))
      // Nine digits were written.
      #expect(abs(a - b) < 1e-8, "\(key)")
    }
  }

  @Test func ownPredictionsGiveTheModelsFigures() throws {
    let workspace = try prepared()
    let expected = try evaluate(workspace, "-m", "m.lrs", "t.csv")
    try expectSame(
      evaluate(workspace, "--predictions", "p.txt", "--weight", "w", "t.csv"), expected)
    try expectSame(
      evaluate(
        workspace, "--predictions", "-", "--label", "label", "--weight", "w", "t.csv",
        input: .file("p.txt")), expected)
    // Without the weights, other figures.
    let unweighted = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    #expect(unweighted["log_loss"] as? Double != expected["log_loss"] as? Double)
    let segments = try evaluate(
      workspace, "--predictions", "p.txt", "t.csv", "--by", "a", "--group", "x")
    #expect((segments["segments"] as? [Any])?.count == 11)
    #expect((segments["ranking"] as? [String: Any])?["groups"] as? Int == 5)
  }

  /// Margins from −745 to 745: probabilities that round to 1 keep the digits of what is missing.
  @Test func ownPredictionsFarOutGiveTheModelsFigures() throws {
    let workspace = try Workspace()
    let signs = (0..<40).map { $0 % 2 * 2 - 1 }
    try workspace.write("a.vw", signs.map { "\($0) |n x:\($0)\n" }.joined())
    try workspace.trained(
      "a.vw", "--optimizer", "newton", "--l2", "1", "--loss", "logistic", "--holdout", "0")
    let one = try workspace.run("predict", "--output", "margin", "-m", "m.lrs", "a.vw")
    let unit = try #require(one.lines.last.flatMap { Double($0) })
    let rows = (-298...298).map { step in
      "\(step % 3 == 0 ? 1 : -1) |n x:\(Double(step) * 2.5 / unit)\n"
    }
    try workspace.write("far.vw", rows.joined())
    let outcome = try workspace.run("predict", "-m", "m.lrs", "far.vw")
    try workspace.write("p.txt", outcome.output)
    let margins = try workspace.run("predict", "--output", "margin", "-m", "m.lrs", "far.vw")
      .lines.compactMap { Double($0) }
    #expect(try #require(margins.max()) > 740 && #require(margins.min()) < -740)
    let texts = outcome.lines
    // The order of the decimals is that of the margins, and no probability below 1 is 1.
    for (index, next) in texts.indices.dropFirst().enumerated() where margins[next] > 0 {
      #expect(margins[index] <= 0 || texts[index] <= texts[next], "\(texts[next])")
      #expect(margins[index] <= 0 || margins[next] > 700 || texts[index] < texts[next])
      #expect(texts[next] != "1")
    }
    let same = try workspace.run("predict", "--output", "csv", "-m", "m.lrs", "far.vw")
    #expect(
      same.lines.dropFirst().map { $0.split(separator: ",").first.map(String.init) } == texts)
    // Beyond ±708 a Double has fewer than nine digits of the smaller side.
    let within = margins.indices.filter { abs(margins[$0]) < 700 }
    try workspace.write("far.vw", within.map { rows[$0] }.joined())
    try workspace.write("p.txt", within.map { texts[$0] + "\n" }.joined())
    let expected = try evaluate(workspace, "-m", "m.lrs", "far.vw")
    let found = try evaluate(workspace, "--predictions", "p.txt", "far.vw")
    for key in [
      "log_loss", "normalized_entropy", "brier", "auc", "average_precision", "ece", "mce",
      "ece_if_perfect", "calibration_ratio", "accuracy", "mean_prediction",
    ] {
      let (a, b) = (try #require(found[key] as? Double), try #require(expected[key] as? Double))
      #expect(abs(a - b) <= 1e-9 * max(1, abs(b)), "\(key): \(a) and \(b)")
    }
  }

  /// However the digits are written.
  @Test func digitsNearOneAreRead() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,x\n0,1\n1,2\n")
    for text in [
      "0.99999999999999999975", ".99999999999999999975", "+0.99999999999999999975",
      "9.9999999999999999975e-01", "99.999999999999999975E-2", "0.9999999999999999997500",
    ] {
      try workspace.write("p.txt", "\(text)\n0.5\n")
      let found = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
      let loss = try #require(found["log_loss"] as? Double)
      #expect(abs(loss - (log(2) - log(2.5e-19)) / 2) < 1e-9, "\(text): \(loss)")
    }
    for (text, complement) in [("0.99999994", 6e-8), ("9.990000000000000000e-01", 1e-3)] {
      try workspace.write("p.txt", "\(text)\n0.5\n")
      let found = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
      let loss = try #require(found["log_loss"] as? Double)
      #expect(abs(loss - (log(2) - log(complement)) / 2) < 1e-12, "\(text): \(loss)")
    }
    try workspace.write("p.txt", "1.0\n0.5\n")
    let infinite = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    #expect(infinite["log_loss"] is NSNull)
  }

  @Test func aColumnOfATableWillDo() throws {
    let workspace = try prepared()
    let expected = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    let scores = String(decoding: try workspace.read("p.txt"), as: UTF8.self)
      .split(separator: "\n")
    try workspace.write("one.csv", "score\n" + scores.joined(separator: "\n") + "\n")
    try expectSame(evaluate(workspace, "--predictions", "one.csv", "t.csv"), expected)
    let table = scores.enumerated().map { "\"row; \($0)\";\($1)\n" }.joined()
    try workspace.write("two.csv", "id;p\n" + table)
    try expectSame(
      evaluate(workspace, "--predictions", "two.csv", "--prediction-column", "p", "t.csv"),
      expected)
  }

  @Test func rowsAreReadAsToldAndFeaturesNotAtAll() throws {
    let workspace = try prepared()
    let expected = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    let rows = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst().enumerated()
    // A column of numbers that is none later on: no matter, it is no feature.
    let lines = rows.map { "\($0 < 150 ? "1" : "text")|\($1.hasPrefix("1") ? "yes" : "-no")\n" }
    try workspace.write("r.txt", lines.joined())
    try expectSame(
      evaluate(
        workspace, "--predictions", "p.txt", "--no-header", "--columns", "n,y", "--label", "y",
        "--delimiter", "|", "--positive", "yes", "--format", "csv", "--quote", "none", "r.txt"),
      expected)
    let sparse = rows.map { "\($1.hasPrefix("1") ? 1 : -1) 3:1\n" }
    try workspace.write("r.svm", sparse.joined())
    try expectSame(evaluate(workspace, "--predictions", "p.txt", "r.svm"), expected)
  }

  @Test func badRowsTakeTheirPredictionsWithThem() throws {
    let workspace = try prepared()
    let text = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
    let scores = String(decoding: try workspace.read("p.txt"), as: UTF8.self)
    let expected = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    try workspace.write("bad.csv", text.replacing("label,a,x,w\n", with: "label,a,x,w\n7,v,1,1\n"))
    try workspace.write("bad.txt", "nan\n" + scores)
    let found = try evaluate(
      workspace, "--predictions", "bad.txt", "--max-bad-rows", "1", "bad.csv")
    #expect(found["rows_bad"] as? Int == 1)
    #expect(found["log_loss"] as? Double == expected["log_loss"] as? Double)
  }

  @Test(arguments: [
    ("0.5\n1.5\n", 65, "row 2 (line 2): \"1.5\" is not a probability"),
    ("0.5\n-0.1\n", 65, "not a probability"), ("p\n0.5\nx\n", 65, "row 2 (line 3): \"x\""),
    ("0.5\ninf\n", 65, "not a probability"),
    ("0.5\nnan\n", 65, "no prediction (nan) for t.csv: row 2"),
    ("0.5\n0.25,1\n", 65, "2 fields instead of 1"),
    ("0.5\n0.25\n", 65, "ends after 2 predictions, before t.csv: row 3 (line 4)"),
    ("", 65, "ends after 0"),
    ("a,b\n0,1\n", 64, "--prediction-column"), ("\"0.5\n", 65, "unterminated quote"),
  ])
  func unfitPredictionsAreRefused(_ text: String, _ status: Int32, _ message: String) throws {
    let workspace = try prepared()
    try workspace.write("s.csv", text)
    let outcome = try workspace.run("evaluate", "--predictions", "s.csv", "--json", "t.csv")
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func tooManyPredictionsAreRefused() throws {
    let workspace = try prepared()
    let scores = String(decoding: try workspace.read("p.txt"), as: UTF8.self)
    try workspace.write("more.txt", scores + "0.5\n0.5\n")
    let outcome = try workspace.run("evaluate", "--predictions", "more.txt", "t.csv")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("202 predictions for 200 rows"), "\(outcome.errors)")
  }

  @Test func impossibleCombinationsAreRefused() throws {
    let workspace = try prepared()
    func expect(_ status: Int32, _ message: String, _ arguments: String...) throws {
      let outcome = try workspace.run(["evaluate"] + arguments)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
    try expect(64, "contradict", "-m", "m.lrs", "--predictions", "p.txt", "t.csv")
    try expect(64, "standard input", "--predictions", "-", "-")
    try expect(66, "none.txt", "--predictions", "none.txt", "t.csv")
    try expect(64, "\"lable\"", "--predictions", "p.txt", "--label", "lable", "t.csv")
    try workspace.write("two.csv", "id,p\n1,0.5\n")
    try expect(
      64, "did you mean \"p\"", "--predictions", "two.csv", "--prediction-column", "P", "t.csv")
    try expect(64, "p.txt", "--predictions", "p.txt", "--quarantine", "p.txt", "t.csv")
  }

  @Test func certaintyThatWasWrongHasNoLogLoss() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label\n1\n0\n1\n")
    try workspace.write("p.txt", "0\n0.5\n1\n")
    let found = try evaluate(workspace, "--predictions", "p.txt", "t.csv")
    #expect(found["log_loss"] is NSNull)
    #expect(found["auc"] as? Double == 0.5)
  }
}
