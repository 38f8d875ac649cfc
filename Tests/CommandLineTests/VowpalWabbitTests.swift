import Foundation
import Testing

/// Rows of Vowpal Wabbit's text format through the whole program.
@Suite struct VowpalWabbitTests {
  private static let rows = 300

  /// Learnable rows.
  private func text(label: Bool = true, tag: Bool = false) -> String {
    (0..<Self.rows).map { row in
      let positive = (row * 7919) % 101 > 50
      let head = (label ? (positive ? "1" : "-1") : "") + (tag ? " 'r\(row)" : label ? " " : "")
      return head + "|color c\(row * 7919 % 101 / 10) |size s\(row % 3) t:\(row % 5).5\n"
    }.joined()
  }

  @Test func predictAndEvaluateTakeRowsWithAndWithoutLabel() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", text())
    try workspace.write("bare.vw", text(label: false))
    try workspace.write("tagged.txt", text(label: false, tag: true))
    try workspace.trained("t.vw")
    let expected = try workspace.predicted("t.vw")
    #expect(expected.count == Self.rows && Set(expected).count > 10)
    #expect(try workspace.predicted("bare.vw") == expected)
    #expect(try workspace.predicted("tagged.txt") == expected, "the model knows the format")
    #expect(try workspace.predicted("tagged.txt", "--chunk-bytes", "1") == expected)
    let figures = try workspace.run("evaluate", "-m", "m.lrs", "--json", "t.vw").json()
    #expect(try #require(figures["auc"] as? Double) > 0.9)
    let unlabelled = try workspace.run("evaluate", "-m", "m.lrs", "--json", "bare.vw")
    #expect(unlabelled.status == 65)
    #expect(unlabelled.errors.contains("no label"), "\(unlabelled.errors)")
  }

  @Test func aTableAndItsTextTrainTheSameWeights() throws {
    let workspace = try Workspace()
    let colors = ["red", "green", "blue/7", "14"]
    var table = "label,color,kind,w\n"
    var text = ""
    for row in 0..<200 {
      let label = row % 3 == 0 ? 1 : 0
      table += "\(label),\(colors[row % 4]),v\(row % 7),\(row % 2 + 1)\n"
      text += "\(label) \(row % 2 + 1) |color \(colors[row % 4]) |kind v\(row % 7)\n"
    }
    try workspace.write("t.csv", table)
    try workspace.write("t.vw", text)
    let options = ["--hash-seed", "5"]
    _ = try workspace.trained(list: options + ["t.csv", "--weight", "w"], model: "csv.lrs")
    _ = try workspace.trained(list: options + ["t.vw"], model: "vw.lrs")
    #expect(try workspace.inspected("csv.lrs")["weight"] as? Double == 300)
    func weights(_ model: String) throws -> [[Substring]] {
      try workspace.run("inspect", "--weights", model).lines.map {
        Array($0.split(separator: "\t").prefix(2))
      }
    }
    #expect(try weights("csv.lrs").count > 8)
    #expect(try weights("csv.lrs") == weights("vw.lrs"))
    #expect(
      try workspace.predicted("t.csv", model: "csv.lrs")
        == workspace.predicted("t.vw", model: "vw.lrs"))
  }

  @Test(arguments: [
    ("1|a x", "put a space between the label and the |"), ("|a x", "no label"),
    ("1 1 0.5 |a x", "\"0.5\""), ("0:1:0.5 |a x", "contextual bandits"),
    ("1 |a x:red", "\"x:red\""), ("1 -1 |a x", "weight"), ("1 |a x:nan", "finite"),
  ])
  func aBadRowStopsTheRunAndIsExplained(_ row: String, _ words: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", "1 |a x\n\n-1 |a y\n\(row)\n")
    let said = try workspace.refusal(of: "t.vw", status: 65)
    #expect(said.contains("t.vw: row 3 (line 4)") && said.contains(words), "\(said)")
  }

  @Test(arguments: ["1", "3"], ["1", "7", "100000"])
  func badRowsAreCountedAndKept(_ threads: String, _ chunk: String) throws {
    let workspace = try Workspace()
    try workspace.write(
      "t.vw", "1 |a x\r\n-1 1 9 |a x\n#no comment\n-1 |a x\n-1 x |a x\n-1 |a y:z\n-1 |a:2 y")
    let outcome = try workspace.run(
      "train", "--bits=10", "-o", "m.lrs", "--json", "t.vw", "--max-bad-rows", "4", "--quarantine",
      "q.csv", "--threads", threads, "--chunk-bytes", chunk)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try outcome.json()["bad_rows_by_reason"] as? [String: Int] == [
        "bad_label": 1, "malformed_feature": 2, "bad_weight": 1,
      ])
    let kept = String(decoding: try workspace.read("q.csv"), as: UTF8.self)
    #expect(kept.contains("\"t.vw\",2,2,\"\",bad_label,\"-1 1 9 |a x\"\n"), "\(kept)")
  }

  @Test func aRowInPredictStaysAligned() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", text())
    try workspace.trained("t.vw")
    try workspace.write("p.vw", "|color c1\n1 |color c1:\n|color c1\n")
    let lines = try workspace.predicted("p.vw", "--max-bad-rows", "1")
    #expect(lines.count == 3 && lines[1] == "nan" && lines[0] == lines[2])
  }

  @Test func inspectSaysWhatTheRowsAre() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", text())
    try workspace.trained("t.vw")
    #expect(try workspace.run("inspect", "m.lrs").text.contains("vw rows"))
    #expect(try workspace.inspected()["format"] as? String == "vw")
    let verbose = try workspace.train("--verbose", "t.vw")
    #expect(verbose.errors.contains("vw rows, 2^10 slots"), "\(verbose.errors)")
  }

  @Test func aBlankInputHoldsNoRows() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", "\n  \n\r\n")
    try workspace.refusal(of: "t.vw", status: 65)
  }

  /// A public set of VW's own tests.
  @Test func reutersIsLearned() throws {
    guard let train = Samples.shared("vw_reference/train-sets/rcv1_small.dat"),
      let test = Samples.shared("vw_reference/test-sets/rcv1_small_test.data")
    else {
      print("skipped: no public data set beside the package")
      return
    }
    let workspace = try Workspace()
    let trained = try workspace.run(
      "train", "-o", "m.lrs", "--json", "--format", "vw", "--bits", "18", train)
    #expect(try trained.json()["rows"] as? Int == 1000, "\(trained.errors)")
    let figures = try workspace.run("evaluate", "-m", "m.lrs", "--json", test).json()
    // Vowpal Wabbit's one pass with its defaults has 0.945.
    #expect(try #require(figures["auc"] as? Double) > 0.94)
  }
}
