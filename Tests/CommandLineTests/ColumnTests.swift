import Foundation
import Testing

/// Which columns there are, what they hold and what part they play.
@Suite struct ColumnTests {
  /// Column name → type, as `inspect` has it.
  private func types(_ workspace: Workspace) throws -> [String: String] {
    let columns = try #require(try workspace.inspected()["columns"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: columns.compactMap { column in
        guard let name = column["name"] as? String, let type = column["type"] as? String else {
          return nil
        }
        return (name, type)
      })
  }

  private func weights(_ workspace: Workspace, _ model: String = "m.lrs") throws -> String {
    try workspace.run("inspect", "--weights", model).text
  }

  @Test func typesAreInferredOrGiven() throws {
    let workspace = try Workspace()
    try workspace.write(
      "t.csv", "label,C1,C2,amount,note,w\n1,5,6,1.5,x,1\n0,6,5,2,y,2\n1,5,5,NA,?,1\n")
    try workspace.trained("t.csv")
    #expect(
      try types(workspace) == [
        "label": "label", "C1": "numeric", "C2": "numeric", "amount": "numeric",
        "note": "categorical", "w": "numeric",
      ])
    try workspace.trained(
      "t.csv", "--categorical", "C*", "--ignore", "no?e", "--weight", "w", "--numeric", "amount")
    #expect(
      try types(workspace) == [
        "label": "label", "C1": "categorical", "C2": "categorical", "amount": "numeric",
        "note": "ignored", "w": "weight",
      ])
  }

  @Test func anIgnoredColumnChangesNothing() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a,z\n1,x,1\n0,y,2\n")
    try workspace.write("u.csv", "label,a,z\n1,x,7\n0,y,what\n")
    try workspace.trained("t.csv", "--ignore", "z")
    let first = try weights(workspace)
    try workspace.trained("u.csv", "--ignore", "z")
    #expect(try weights(workspace) == first)
    #expect(first.contains("\n"))
  }

  @Test func everyFileMayOrderItsColumnsDifferently() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", "label,amount,color\n1,2,red\n0,3,blue\n1,2,red\n")
    try workspace.write("b1.csv", "label,amount,color\n1,5,red\n0,9,blue\n0,7,grey\n")
    try workspace.write("b2.csv", "\u{FEFF}color,label,amount\nred,1,5\nblue,0,9\ngrey,0,7\n")
    try workspace.trained("a.csv", "b1.csv")
    let model = try workspace.read("m.lrs")
    try workspace.trained("a.csv", "b2.csv", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == model)
    try workspace.trained("a.csv", "b2.csv", "--chunk-bytes", "3", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == model)
    #expect(try workspace.predicted("b1.csv") == workspace.predicted("b2.csv"))
    #expect(
      try workspace.predicted("b2.csv", "a.csv")
        == workspace.predicted("b1.csv") + workspace.predicted("a.csv"))
  }

  @Test func aSecondFileThatLacksAColumnIsRefusedByName() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", "label,amount,color\n1,2,red\n0,3,blue\n")
    try workspace.write("b.csv", "label,amuont,color\n1,2,red\n")
    let said = try workspace.refusal(of: "a.csv", "b.csv")
    for name in ["b.csv", "\"amount\"", "\"amuont\""] {
      #expect(said.contains(name), "\(said)")
    }
  }

  @Test func aRepeatedHeaderIsSkippedWithAWarning() throws {
    let workspace = try Workspace()
    let text = "label,amount,color\n1,2,red\n0,3,blue\n"
    try workspace.write("twice.csv", text + text)
    try workspace.write("once.csv", text + text.drop { $0 != "\n" }.dropFirst())
    let outcome = try workspace.train("twice.csv")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("repeat the header"), "\(outcome.errors)")
    #expect(try outcome.json()["rows"] as? Int == 4)
    try workspace.trained("once.csv", model: "n.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("n.lrs"))
    #expect(try workspace.predicted("twice.csv").count == 4)
  }

  @Test func rowsWithoutAHeader() throws {
    let workspace = try Workspace()
    let text = Samples.table(rows: 40, header: false)
    try workspace.write("t.csv", text)
    try workspace.trained("t.csv", "--no-header")
    #expect(try types(workspace) == ["c0": "label", "c1": "numeric", "c2": "categorical"])
    let predictions = try workspace.predicted("t.csv")
    #expect(predictions.count == 40)

    try workspace.trained("t.csv", "--no-header", "--columns", "y,amount,color", "--label", "y")
    #expect(try types(workspace) == ["y": "label", "amount": "numeric", "color": "categorical"])

    // The label is the last column, as adult has it.
    let turned = text.split(separator: "\n").map { line in
      let fields = line.split(separator: ",")
      return "\(fields[1]), \(fields[2]), \(fields[0])\n"
    }
    try workspace.write("turned.csv", turned.joined())
    try workspace.trained("turned.csv", "--no-header", "--label", "c2")
    #expect(try types(workspace) == ["c0": "numeric", "c1": "categorical", "c2": "label"])
  }

  @Test func theSameNamesWithAndWithoutAHeaderGiveTheSameWeights() throws {
    let workspace = try Workspace()
    try workspace.write("with.csv", Samples.table(rows: 40))
    try workspace.write("without.csv", Samples.table(rows: 40, header: false))
    try workspace.trained("with.csv")
    let expected = try weights(workspace)
    try workspace.trained(
      "without.csv", "--no-header", "--columns", "label,amount,color", "--label", "label")
    #expect(try weights(workspace) == expected)
  }

  @Test func missingTokens() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,x\n1,3\n0,-\n1,4\n0,none\n")
    #expect(try workspace.refusal(of: "t.csv", "--numeric", "x", status: 65).contains("row 2"))
    #expect(try workspace.trained("t.csv", "--missing", "-,none")["rows_bad"] as? Int == 0)
    #expect(try types(workspace)["x"] == "numeric")
    let named = try weights(workspace)
    #expect(named.contains("x=(missing)"), "\(named)")
    // Every default token means the same as an empty field.
    let tokens = [
      "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NULL", "null", "(null)", "None",
      "\\N",
      "?",
    ]
    for token in tokens {
      try workspace.write("a.csv", "label,x,c\n1,3,\(token)\n0,\(token),q\n1,4,r\n")
      try workspace.write("b.csv", "label,x,c\n1,3,\n0,,q\n1,4,r\n")
      try workspace.trained("a.csv", model: "a.lrs")
      try workspace.trained("b.csv", model: "b.lrs")
      #expect(try weights(workspace, "a.lrs") == weights(workspace, "b.lrs"), "\(token)")
    }
  }

  @Test func importanceWeights() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a,w\n1,x,1\n0,q,0\n0,y,1\n1,q,0.0\n1,x,2.5\n")
    try workspace.write("u.csv", "label,a,w\n1,x,1\n0,y,1\n1,x,2.5\n")
    let figures = try workspace.trained("t.csv", "--weight", "w")
    #expect(figures["rows"] as? Int == 5)
    let zero = try weights(workspace)
    try workspace.trained("u.csv", "--weight", "w")
    #expect(try weights(workspace) == zero, "a weight of 0 teaches nothing")
    #expect(try workspace.inspected()["weight"] as? Double == 4.5)
    for bad in ["-1", "inf", "nan", "x", "", "1e999"] {
      try workspace.write("bad.csv", "label,a,w\n1,x,\(bad)\n0,y,1\n")
      let outcome = try workspace.train("bad.csv", "--weight", "w", "--max-bad-rows", "1")
      #expect(
        try outcome.json()["bad_rows_by_reason"] as? [String: Int] == ["bad_weight": 1], "\(bad)")
    }
    // Nothing but rows without weight: no loss is defined, and nothing is not a number.
    try workspace.write("zero.csv", "label,a,w\n1,x,0\n0,y,0\n")
    #expect(
      try workspace.trained("zero.csv", "--weight", "w")["progressive_log_loss"] is NSNull)
    #expect(try workspace.predicted("zero.csv") == ["0.5", "0.5"])
  }

  @Test func hugeNumbersStayFinite() throws {
    let workspace = try Workspace()
    let numbers = ["1e308", "-1e308", "1e-320", "1.7976931348623157e308", "0", "-0", "3"]
    let rows = (0..<70).map { "\($0 % 2),\(numbers[$0 % 7])\n" }
    try workspace.write("t.csv", "label,x\n" + rows.joined())
    for options in [["--clip", "8"], ["--clip", "1e300"], ["--alpha", "1000"]] {
      let outcome = try workspace.train("t.csv", options[0], options[1])
      if outcome.status == 65 {
        #expect(outcome.errors.contains("finite"))
        continue
      }
      #expect(outcome.status == 0, "\(outcome.errors)")
      let loss = try #require(try outcome.json()["progressive_log_loss"] as? Double)
      #expect(loss.isFinite)
      #expect(
        try workspace.predicted("t.csv").compactMap(Double.init).allSatisfy(\.isFinite))
    }
  }
}
