import Foundation
import Testing

/// One line for each row, in order.
@Suite struct PredictTests {
  private static let rows = 120

  private func prepared() throws -> (Workspace, expected: [String]) {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: Self.rows))
    try workspace.trained("t.csv")
    return (workspace, try workspace.predicted("t.csv"))
  }

  private func fields(_ line: Substring) -> [String] {
    line.split { $0 == "," }.map(String.init)
  }

  @Test func aProbabilityForEachRow() throws {
    let (_, expected) = try prepared()
    #expect(expected.count == Self.rows)
    for line in expected {
      #expect(line != "0" && line != "1")
      let line = line.prefix { $0 != "e" }.filter { $0 != "." }
      // Nine significant digits of the smaller of p and 1 − p.
      let (fromZero, fromOne) = (
        line.drop { $0 == "0" }, line.dropFirst().drop { $0 == "9" }
      )
      #expect(min(fromZero.count, fromOne.count) <= 9, "\(line)")
    }
    #expect(Set(expected).count > 20)
  }

  @Test func theLabelMayBeAbsentOrAnything() throws {
    let (workspace, expected) = try prepared()
    let lines = Samples.table(rows: Self.rows).split(separator: "\n").map(fields)
    try workspace.write(
      "none.csv",
      lines.map { $0.dropFirst().joined(separator: ",") + "\n" }
        .joined())
    try workspace.write(
      "odd.csv",
      lines.enumerated().map { row, cells in
        "\(row == 0 ? cells[0] : "what"),\(cells[1]),\(cells[2])\n"
      }.joined())
    for name in ["none.csv", "odd.csv"] {
      #expect(try workspace.predicted(name) == expected, "\(name)")
    }
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "none.csv")
    #expect(outcome.status == 64, "evaluate cannot do without it")
    #expect(outcome.errors.contains("\"label\""))
  }

  @Test func rowsWithoutAHeaderMayLackTheLabelField() throws {
    let workspace = try Workspace()
    let text = Samples.table(rows: 40, header: false)
    try workspace.write("t.csv", text)
    let bare = text.split(separator: "\n").map { line in
      fields(line).dropFirst().joined(separator: ",") + "\n"
    }.joined()
    try workspace.write("bare.csv", bare)
    try workspace.trained("t.csv", "--no-header")
    let expected = try workspace.predicted("t.csv")
    #expect(try workspace.predicted("bare.csv") == expected)
    #expect(try workspace.predicted("bare.csv", "--chunk-bytes", "5") == expected)
  }

  @Test func libSVMRowsMayLackTheLabel() throws {
    let workspace = try Workspace()
    let features = (0..<30).map { "1:\($0 % 5).5 \($0 + 2):1" }
    try workspace.write(
      "t.svm", features.enumerated().map { "\($0 % 2 == 0 ? "-1" : "+1") \($1)\n" }.joined())
    try workspace.write("bare.svm", features.map { $0 + "\n" }.joined())
    try workspace.trained("t.svm")
    #expect(try workspace.predicted("bare.svm") == workspace.predicted("t.svm"))
  }

  @Test func columnsMayStandInAnotherOrder() throws {
    let (workspace, expected) = try prepared()
    let lines = Samples.table(rows: Self.rows).split(separator: "\n").map(fields)
    try workspace.write(
      "turned.csv", lines.map { "\($0[2]),\($0[0]),\($0[1])\n" }.joined())
    #expect(try workspace.predicted("turned.csv") == expected)
  }

  @Test func extraColumnsAreWarnedOfOnce() throws {
    let (workspace, expected) = try prepared()
    let lines = Samples.table(rows: Self.rows).split(separator: "\n").map(fields)
    let text = lines.enumerated().map { row, cells in
      "\(row == 0 ? "id" : String(row)),\(cells.joined(separator: ","))\n"
    }.joined()
    try workspace.write("extra.csv", text)
    for threads in ["1", "4"] {
      let outcome = try workspace.run(
        "predict", "-m", "m.lrs", "extra.csv", "--chunk-bytes", "50", "--threads", threads)
      #expect(outcome.lines == expected)
      #expect(outcome.errors.ranges(of: "does not have: id").count == 1, "\(outcome.errors)")
    }
  }

  @Test func aMissingColumnIsNamedWithTheNearest() throws {
    let (workspace, _) = try prepared()
    try workspace.write("t2.csv", "label,amuont,color\n1,2,red\n")
    for command in ["predict", "evaluate"] {
      let outcome = try workspace.run(command, "-m", "m.lrs", "t2.csv")
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains("\"amount\"") && outcome.errors.contains("\"amuont\""))
      #expect(outcome.errors.contains("t2.csv"))
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func badRowsPrintNanSoThatLinesStayAligned() throws {
    let (workspace, expected) = try prepared()
    var lines = Samples.table(rows: Self.rows).split(separator: "\n").map(String.init)
    for place in [100, 50, 1] { lines.insert("1,many,red", at: place) }
    lines.append("1,2")
    try workspace.write("t2.csv", lines.joined(separator: "\n") + "\n")
    #expect(try workspace.run("predict", "-m", "m.lrs", "t2.csv").status == 65)
    for options in [["--chunk-bytes", "20"], ["--threads", "3"]] {
      let outcome = try workspace.run(
        ["predict", "-m", "m.lrs", "t2.csv", "--max-bad-rows", "4"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let bad = outcome.lines.enumerated().filter { $0.element == "nan" }.map(\.offset)
      #expect(bad == [0, 50, 101, 123])
      #expect(outcome.lines.filter { $0 != "nan" } == expected)
    }
    #expect(
      try workspace.run("predict", "-m", "m.lrs", "t2.csv", "--max-bad-rows", "3").status == 65)
  }

  @Test func aReaderThatLeavesEndsItQuietly() throws {
    let (workspace, expected) = try prepared()
    let outcome = try workspace.shell(
      """
      for i in $(seq 300); do tail -n +2 t.csv; done | sed '1i label,amount,color' > big.csv
      set +o pipefail
      logreg-stream predict -m m.lrs --progress none big.csv | head -n 1
      """)
    #expect(outcome.status == 0)
    #expect(outcome.lines == [expected[0]])
    #expect(!outcome.errors.contains("error") && !outcome.errors.contains("ipe"))
  }

  @Test func severalFilesAreOneStream() throws {
    let (workspace, expected) = try prepared()
    #expect(try workspace.predicted("t.csv", "t.csv") == expected + expected)
    let outcome = try workspace.shell(
      "cat t.csv | logreg-stream predict -q -m m.lrs t.csv - t.csv")
    #expect(outcome.lines == expected + expected + expected)
  }

  @Test func theModelMayComeFromStandardInput() throws {
    let (workspace, expected) = try prepared()
    let outcome = try workspace.run(
      "predict", "-q", "-m", "-", "t.csv", input: .file("m.lrs"))
    #expect(outcome.lines == expected)
  }

  @Test func noRowsNoLines() throws {
    let (workspace, _) = try prepared()
    try workspace.write("head.csv", "label,amount,color\n")
    let outcome = try workspace.run("predict", "-m", "m.lrs", "head.csv")
    #expect(outcome.output.isEmpty)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
