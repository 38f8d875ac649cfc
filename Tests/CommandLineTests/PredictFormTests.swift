import Foundation
import Testing

/// The forms of a prediction, and what may stand beside it.
@Suite struct PredictFormTests {
  private static let rows = 60

  private static func table(header: String = "label,amount,color,id") -> String {
    header + "\n"
      + (0..<rows).map { row in
        let cells = Samples.table(rows: row + 1).split(separator: "\n")[row + 1]
        return "\(cells),\(id(row))\n"
      }.joined()
  }

  /// Identifiers that need quotes, and some that do not.
  private static func id(_ row: Int) -> String {
    switch row % 4 {
    case 0: "\"x, \"\"\(row)\"\"\""
    case 1: " \(row) "
    case 2: "\"line\n\(row)\""
    default: "r\(row)"
    }
  }

  private func prepared(_ more: String...) throws -> (Workspace, probabilities: [String]) {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table())
    try workspace.trained(list: ["t.csv", "--ignore", "id"] + more)
    return (workspace, try workspace.predicted("t.csv"))
  }

  @Test func theMarginIsTheLogOddsOfTheProbability() throws {
    let (workspace, probabilities) = try prepared()
    let margins = try workspace.predicted("t.csv", "--output", "margin")
    #expect(margins.count == Self.rows)
    for (margin, probability) in zip(margins, probabilities) {
      let (margin, probability) = (try #require(Double(margin)), try #require(Double(probability)))
      #expect(abs(1 / (1 + exp(-margin)) - probability) < 1e-8)
    }
    #expect(try workspace.predicted("t.csv", "--output", "probability") == probabilities)
  }

  @Test(arguments: [
    (["0", "1"], [], "0", "1"), (["-1", "1"], [], "-1", "1"), (["-1", "+1"], [], "-1", "1"),
    (["false", "true"], [], "false", "true"),
    (["no", "y\u{1B}es"], ["--positive", "y\u{1B}es"], "not y\\x1Bes", "y\\x1Bes"),
    (["1", "1"], [], "0", "1"),
  ])
  func theClassIsWrittenAsItsLabel(
    labels: [String], options: [String], negative: String, positive: String
  ) throws {
    let workspace = try Workspace()
    let rows = (0..<80).map { "\(labels[$0 % 2]),\($0 % 2 == 1 ? "a" : "b")\n" }
    try workspace.write("t.csv", "label,v\n" + rows.joined())
    try workspace.trained(list: ["t.csv"] + options)
    let classes = try workspace.predicted("t.csv", "--output", "class")
    let allPositive = labels[0] == labels[1]
    #expect(
      classes == (0..<80).map { $0 % 2 == 1 || allPositive ? positive : negative }, "\(classes)")
  }

  @Test func everyClassHasItsProbability() throws {
    let workspace = try Workspace()
    let rows = (0..<90).map { "\(["a", "\"b,c\"", "d"][$0 % 3]),v\($0 % 3),\($0 % 7)\n" }
    try workspace.write("t.csv", "label,v,n\n" + rows.joined() + "d,v2\n")
    try workspace.trained("t.csv", "--loss", "softmax", "--max-bad-rows", "1")
    func lines(_ options: String...) throws -> [String] {
      let outcome = try workspace.run(
        ["predict", "-q", "-m", "m.lrs", "t.csv", "--max-bad-rows", "1"] + options)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return outcome.lines
    }
    let probabilities = try lines()
    let margins = try lines("--output", "margin")
    let classes = try lines("--output", "class")
    #expect(classes == (0..<90).map { ["a", "b,c", "d"][$0 % 3] } + ["nan"])
    for (margin, probability) in zip(margins.dropLast(), probabilities.dropLast()) {
      let odds = margin.split(separator: ",").compactMap { Double($0) }.map(exp)
      let given = probability.split(separator: ",").compactMap { Double($0) }
      #expect(odds.count == 3 && given.count == 3)
      for (one, other) in zip(odds, given) { #expect(abs(one / odds.reduce(0, +) - other) < 1e-7) }
    }
    #expect(margins.last == "nan,nan,nan")
    let csv = try lines("--output", "csv", "--explain", "1")
    #expect(
      csv[0] == "probability_a,\"probability_b,c\",probability_d,class,feature_1,contribution_1")
    #expect(csv[2].hasPrefix(probabilities[1] + ",\"b,c\",v=v1,"))
    #expect(csv.last == "nan,nan,nan,nan,,")
    // What is taken apart is the margin of the class that is predicted.
    let first = try #require(csv[1].split(separator: ",").last.flatMap { Double($0) })
    #expect(first > 0)
  }

  @Test func aNumberIsPredictedAsANumber() throws {
    let workspace = try Workspace()
    let rows = (0..<90).map { "\($0 % 9),v\($0 % 9)\n" }
    try workspace.write("t.csv", "label,v\n" + rows.joined())
    try workspace.trained("t.csv", "--loss", "squared")
    let plain = try workspace.predicted("t.csv")
    #expect(try workspace.predicted("t.csv", "--output", "margin") == plain)
    #expect(try workspace.predicted("t.csv", "--output", "csv") == ["prediction"] + plain)
    let refused = try workspace.run("predict", "-m", "m.lrs", "t.csv", "--output", "class")
    #expect(refused.status == 64 && refused.errors.contains("squared"))
  }

  @Test func csvHasAHeaderAndIdentifiersFirst() throws {
    let (workspace, probabilities) = try prepared()
    let margins = try workspace.predicted("t.csv", "--output", "margin")
    let classes = try workspace.predicted("t.csv", "--output", "class")
    #expect(
      try workspace.predicted("t.csv", "--output", "csv")
        == ["probability,margin,class"]
        + (0..<Self.rows).map { "\(probabilities[$0]),\(margins[$0]),\(classes[$0])" })
    let expected =
      "id,color,probability,margin,class\n"
      + (0..<Self.rows).map { row in
        let color = ["red", "green", "blue", "grey"][row % 4]
        return "\(Self.id(row)),\(color),\(probabilities[row]),\(margins[row]),\(classes[row])\n"
      }.joined()
    for options in [
      ["--id", "id,color"], ["--id", "id,color", "--output", "csv"],
      ["--id", "id,color", "--chunk-bytes", "3", "--threads", "4"],
    ] {
      let outcome = try workspace.run(["predict", "-q", "-m", "m.lrs", "t.csv"] + options)
      #expect(outcome.text == expected, "\(options): \(outcome.errors)")
    }
  }

  @Test func identifiersMayBeColumnsThatTheModelDoesNotKnow() throws {
    let (workspace, probabilities) = try prepared()
    try workspace.write("t2.csv", Self.table(header: "label,amount,color,\"new, id\""))
    let outcome = try workspace.run("predict", "-m", "m.lrs", "t2.csv", "--id", "new")
    #expect(outcome.status == 64 && outcome.errors.contains("column \"new\" is missing"))
    #expect(outcome.output.isEmpty)
    try workspace.write("t3.csv", Self.table(header: "label,amount,color,new"))
    let found = try workspace.run(
      "predict", "-m", "m.lrs", "t3.csv", "--id", "new,label", "--progress", "none")
    #expect(found.status == 0)
    #expect(found.errors.isEmpty, "a column that is used is not ignored: \(found.errors)")
    #expect(found.lines[0] == "new,label,probability,margin,class")
    #expect(found.text.contains("\nr3,1,\(probabilities[3]),"), "\(found.text)")
  }

  @Test(arguments: [
    ["--output", "margin", "--id", "id"], ["--output", "table"], ["--explain", "0"],
    ["--explain", "1001"], ["--explain", "x"], ["--id", "id,id"], ["--id", ""], ["--json"],
  ])
  func impossibleFormsAreRefused(_ options: [String]) throws {
    let (workspace, _) = try prepared()
    let outcome = try workspace.run(["predict", "-m", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func libSVMRowsHaveNoColumnsToName() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 5:1\n-1 12:1\n")
    try workspace.trained("t.svm")
    let outcome = try workspace.run("predict", "-m", "m.lrs", "t.svm", "--id", "5")
    #expect(outcome.status == 64 && outcome.errors.contains("--id"))
    let explained = try workspace.predicted("t.svm", "--explain", "1")
    #expect(explained.map { $0.split(separator: "\t")[1] } == ["5", "12"])
  }

  @Test func anExplanationAddsUpToTheMargin() throws {
    let (workspace, probabilities) = try prepared()
    let bias = try #require(try workspace.inspected()["bias"] as? Double)
    let lines = try workspace.predicted("t.csv", "--output", "margin", "--explain", "6")
    for line in lines {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      #expect(cells.count == 13)
      let contributions = [2, 4, 6, 8, 10, 12].map { Double(cells[$0]) ?? 0 }
      let margin = try #require(Double(cells[0]))
      #expect(abs(contributions.reduce(bias, +) - margin) < 1e-7)
      #expect(contributions.map(abs) == contributions.map(abs).sorted(by: >))
      let names = [cells[1], cells[3], cells[5], cells[7]]
      #expect(names.contains("amount") && names.contains("amount (symlog)"), "\(line)")
      #expect(names.contains { $0.hasPrefix("color=") }, "\(line)")
      let isBin = { (name: String) in
        ["amount in [", "amount <", "amount >="].contains { name.hasPrefix($0) }
      }
      #expect(names.contains(where: isBin), "\(line)")
      #expect(cells[9...].allSatisfy { $0.isEmpty })
    }
    let plain = try workspace.predicted("t.csv", "--explain", "1")
    #expect(plain.map { String($0.split(separator: "\t")[0]) } == probabilities)
    let csv = try workspace.predicted("t.csv", "--explain", "2", "--output", "csv")
    #expect(
      csv[0]
        == "probability,margin,class,feature_1,contribution_1,feature_2,contribution_2")
    #expect(csv.allSatisfy { $0.split(separator: ",").count == 7 })
  }

  @Test func anExplanationNeedsNoNamesInTheModel() throws {
    let (workspace, _) = try prepared()
    let expected = try workspace.predicted("t.csv", "--explain", "3")
    try workspace.trained("t.csv", "--ignore", "id", "--names", "off", model: "off.lrs")
    #expect(try workspace.predicted("t.csv", "--explain", "3", model: "off.lrs") == expected)
  }

  @Test func featuresThatShareASlotAreNamedTogether() throws {
    let workspace = try Workspace()
    let columns = (0..<400).map { "c\($0)" }
    let values = columns.map { _ in "v" }.joined(separator: ",")
    let rows = (0..<20).map { row in "\(row % 2),\(values)\n" }
    try workspace.write(
      "t.csv", "label," + columns.joined(separator: ",") + "\n" + rows.joined())
    try workspace.trained("t.csv")
    let cells = try workspace.predicted("t.csv", "--explain", "400")[0]
      .split(separator: "\t").map(String.init)
    let names = stride(from: 1, to: cells.count, by: 2).flatMap {
      cells[$0].split(separator: " + ").map(String.init)
    }
    #expect(Set(names) == Set(columns.map { "\($0)=v" }))
    #expect(cells.contains { $0.contains(" + ") })
  }

  @Test func badRowsStayAlignedInEveryForm() throws {
    let (workspace, _) = try prepared()
    try workspace.write(
      "t2.csv", "label,amount,color,id\n1,2,red,a\n1,x,red,b\n1,2,red\n1,3,red,d\n")
    let forms: [([String], String)] = [
      ([], "nan"), (["--output", "margin"], "nan"), (["--output", "class"], "nan"),
      (["--output", "csv"], "nan,nan,nan"), (["--id", "id"], "b,nan,nan,nan"),
      (["--explain", "1"], "nan\t\t"), (["--explain", "1", "--output", "csv"], "nan,nan,nan,,"),
    ]
    for (options, bad) in forms {
      let outcome = try workspace.run(
        ["predict", "-q", "-m", "m.lrs", "t2.csv", "--max-bad-rows", "2"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.suffix(4)
      #expect(lines[lines.startIndex + 1] == bad, "\(options)")
      let short = options == ["--id", "id"] ? ",nan,nan,nan" : bad
      #expect(lines[lines.startIndex + 2] == short, "a row that lacks a field, \(options)")
      for good in [0, 3] { #expect(!lines[lines.startIndex + good].contains("nan")) }
    }
  }

  @Test func noRowsLeaveTheHeader() throws {
    let (workspace, _) = try prepared()
    try workspace.write("head.csv", "label,amount,color,id\n")
    let outcome = try workspace.run("predict", "-q", "-m", "m.lrs", "head.csv", "--id", "id")
    #expect(outcome.text == "id,probability,margin,class\n")
  }

  @Test func aTerminalIsNotActedUpon() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,v,id\n1,a,\u{1B}[31m\n0,b,x\n")
    try workspace.trained("t.csv", "--ignore", "id")
    // Data as it came into a file, escaped on a terminal.
    #expect(try workspace.predicted("t.csv", "--id", "id")[1].hasPrefix("\u{1B}[31m,"))
    let shown = try workspace.shell(
      "script -qec 'logreg-stream predict -q -m m.lrs --id id t.csv' /dev/null < /dev/null")
    guard shown.status == 0 else { return }
    #expect(!shown.text.contains("\u{1B}") && shown.text.contains("x1B[31m,"), "\(shown.text)")
  }
}
