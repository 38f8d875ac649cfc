import Foundation
import Testing

/// Input that is not what it seems, as the program meets it: refused or repaired, and said.
@Suite struct StrangeInputTests {
  private static let table =
    "label,amount,color\n1,2.5,red\n0,3,blue\n1,4,red\n0,2,grey\n1,5,red\n0,1,blue\n"

  private static func utf16(_ text: String) -> Data {
    Data(text.utf8.flatMap { [$0, 0] })
  }

  @Test func everyInputIsLookedAt() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.write("wide.csv", Self.utf16(Self.table))
    try workspace.write("returns.csv", Self.table.replacing("\n", with: "\r"))
    try workspace.trained("t.csv")
    for (file, word) in [("wide.csv", "UTF-16LE"), ("returns.csv", "carriage return alone")] {
      for command in [["train", "-o", "n.lrs"], ["predict", "-m", "m.lrs"]] {
        for files in [[file], ["t.csv", file]] {
          let outcome = try workspace.run(command + files)
          #expect(outcome.status == 65)
          #expect(outcome.errors.contains("\(file): ") && outcome.errors.contains(word))
        }
      }
    }
    #expect(!workspace.exists("n.lrs"))
  }

  @Test func doubledReturnsChangeNoPrediction() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.write("r.csv", Self.table.replacing("\n", with: "\r\r\n"))
    try workspace.trained("t.csv")
    #expect(try workspace.predicted("r.csv") == workspace.predicted("t.csv"))
    let outcome = try workspace.run("predict", "-q", "-m", "m.lrs", "r.csv")
    #expect(outcome.errors.contains("warning: r.csv: lines that end with more than one"))
  }

  @Test func aReturnInsideAFieldIsABadRow() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table + "1,2,x\r0,3,y\n")
    let said = try workspace.refusal(of: "t.csv", status: 65)
    #expect(said.contains("row 7 (line 8): a carriage return that ends no line"))
    let found = try workspace.trained("t.csv", "--max-bad-rows", "1")
    #expect((found["bad_rows_by_reason"] as? [String: Int])?["carriage_return"] == 1)
  }

  @Test func aRepeatedHeaderAfterAByteOrderMarkIsNoRow() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table + "\u{FEFF}" + Self.table)
    let outcome = try workspace.train("--categorical", "amount", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["rows"] as? Int == 12)
    #expect(outcome.errors.contains("skipped lines that repeat the header: 1"))
  }

  @Test func aStrayQuoteIsSaidAlsoWhenQuiet() throws {
    let workspace = try Workspace()
    var rows = (0..<300).map { "\($0 % 2),item,\($0)" }
    rows[4] = "1,\"big item,3"
    rows[199] = "0,item 24\",4"
    try workspace.write("t.csv", "label,title,n\n" + rows.joined(separator: "\n") + "\n")
    let outcome = try workspace.train("-q", "t.csv")
    #expect(outcome.errors.contains("warning: t.csv: row 5 (line 6) holds 196 lines"))
    let found = try workspace.trained("t.csv", "--max-field-lines", "5", "--max-bad-rows", "1")
    #expect(found["rows"] as? Int == 300)
    #expect((found["bad_rows_by_reason"] as? [String: Int])?["field_of_many_lines"] == 1)
    // The model knows the bound.
    #expect(try workspace.run("predict", "-q", "-m", "m.lrs", "t.csv").status == 65)
    #expect(
      try workspace.run("predict", "-q", "-m", "m.lrs", "--max-bad-rows", "1", "t.csv").status == 0)
    let shown = try workspace.run("inspect", "m.lrs").text
    #expect(shown.contains("at most 5 lines a field"))
  }

  @Test func logsOfTheWorldWideWebConsortiumAreRead() throws {
    let workspace = try Workspace()
    let rows = (0..<200).map {
      "2024-03-01\tFRA\($0 % 3)\t\($0 * 37 % 999)\t\($0 % 3 == 0 ? 1 : 0)\n"
    }
    let log = "#Version: 1.0\n#Fields: date x-edge-location sc-bytes click\n" + rows.joined()
    try workspace.write("E2ABC.log", log)
    for options in [[], ["--format", "csv"]] {
      let found = try workspace.trained(list: ["--label", "click", "E2ABC.log"] + options)
      #expect(found["rows"] as? Int == 200)
    }
    #expect(try workspace.predicted("E2ABC.log").count == 200)
    // Columns of another order, and a field less: found by name.
    try workspace.write(
      "other.log", "#Fields: x-edge-location date sc-bytes\nFRA1\t2024-03-01\t-\n")
    #expect(try workspace.predicted("other.log").count == 1)
    let shown = try workspace.run("inspect", "--schema", "m.lrs").text
    #expect(shown.contains("comment: \"#\""))
    try workspace.write("s.yaml", shown)
    #expect(try workspace.trained("--schema", "s.yaml", "E2ABC.log")["rows"] as? Int == 200)
  }

  @Test func titlesAndRemarksAreSkippedAsTold() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let expected = try { () throws in
      try workspace.trained("t.csv")
      return try workspace.run("inspect", "--weights", "m.lrs").text
    }()
    try workspace.write("title.csv", "a title, \"and more\n" + Self.table)
    try workspace.trained("--skip-lines", "1", "title.csv")
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text == expected)
    #expect(try workspace.predicted("title.csv").count == 6)
    try workspace.write("remarks.csv", "% made \"today\n" + Self.table + "%1,2,red\n")
    try workspace.trained("--comment", "%", "remarks.csv")
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text == expected)
    #expect(try workspace.predicted("remarks.csv").count == 6)
    let refused = try workspace.refusal(of: "--label", "amount", "title.csv", status: 64)
    #expect(refused.contains("--skip-lines 1"))
  }

  @Test func theDelimiterIsJudgedFromSeveralLines() throws {
    let workspace = try Workspace()
    let rows = (0..<30).map { "\($0), Private, \($0 % 2 == 0 ? "<=50K." : ">50K.")\n" }
    try workspace.write("adult.test", "|1x3 Cross validator\n" + rows.joined())
    let found = try workspace.trained(
      "--no-header", "--label", "c2", "--positive", ">50K.", "--max-bad-rows", "1", "adult.test")
    #expect(found["rows"] as? Int == 31 && found["rows_bad"] as? Int == 1)
  }

  @Test func columnsAreBounded() throws {
    let workspace = try Workspace()
    let commas = String(repeating: ",", count: 70_000)
    try workspace.write("t.csv", "\(commas)\n1\n")
    let said = try workspace.refusal(of: "--label", "c0", "t.csv", status: 65)
    #expect(said.contains("70001 columns, more than --max-columns 65536 allows"))
    #expect(said.contains("--max-columns"))
    try workspace.write("few.csv", "label,a,b\n1,2,3\n0,1,2\n")
    try workspace.refusal(of: "--max-columns", "2", "few.csv", status: 65)
    try workspace.trained("--max-columns", "3", "few.csv")
    // A later file may have as many as the schema allows.
    try workspace.write("more.csv", "label,a,b,c\n1,2,3,4\n")
    #expect(try workspace.run("predict", "-m", "m.lrs", "more.csv").status == 65)
    #expect(try workspace.run("inspect", "m.lrs").text.contains("at most 3 columns"))
  }

  @Test(arguments: [
    ["--comment", ","], ["--comment", "\""], ["--skip-lines", "-1"], ["--max-field-lines", "0"],
    ["--max-columns", "0"], ["--comment", "ab"],
  ])
  func impossibleValuesAreRefused(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.refusal(list: ["--delimiter", ",", "t.csv"] + options)
  }
}
