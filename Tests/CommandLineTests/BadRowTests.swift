import Foundation
import Testing

/// The budget of bad rows, and what is kept of them.
@Suite struct BadRowTests {
  /// A table with a bad label in the given rows (from 1).
  private func table(rows: Int, bad: Set<Int>) -> String {
    let lines = (1...rows).map { bad.contains($0) ? "what,\($0)\n" : "\($0 % 2),\($0)\n" }
    return "label,amount\n" + lines.joined()
  }

  @Test func quarantineKeepsPlaceReasonAndRawBytes() throws {
    let workspace = try Workspace()
    var bytes = Data("label,amount,color\n1,2,red\n\n2,3,\"a \"\"b\"\"\nc\"\n0,x,".utf8)
    bytes.append(contentsOf: [0xFF, 0x00, 0x1B])
    bytes.append(contentsOf: "\n0,3\n1,5,green\n".utf8)
    try workspace.write("t.csv", bytes)
    let figures = try workspace.trained(
      "--numeric", "amount", "--max-bad-rows", "3", "--quarantine", "q.csv", "t.csv")
    #expect(figures["rows_bad"] as? Int == 3)
    var expected = Data("file,row,line,column,reason,raw\n".utf8)
    expected.append(
      contentsOf: "\"t.csv\",2,4,\"label\",bad_label,\"2,3,\"\"a \"\"\"\"b\"\"\"\"\nc\"\"\"\n".utf8)
    expected.append(contentsOf: "\"t.csv\",3,6,\"amount\",not_a_number,\"0,x,".utf8)
    expected.append(contentsOf: [0xFF, 0x00, 0x1B])
    expected.append(contentsOf: "\"\n\"t.csv\",4,7,\"\",wrong_field_count,\"0,3\"\n".utf8)
    #expect(try workspace.read("q.csv") == expected)
  }

  @Test func quarantineOfSeveralFilesNamesEach() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", table(rows: 3, bad: [2]))
    try workspace.write("b.csv", table(rows: 3, bad: [1, 3]))
    let figures = try workspace.trained(
      "--max-bad-rows", "3", "--quarantine", "q.csv", "a.csv", "b.csv")
    #expect(figures["bad_rows_by_reason"] as? [String: Int] == ["bad_label": 3])
    let lines = String(decoding: try workspace.read("q.csv"), as: UTF8.self).split(separator: "\n")
    #expect(
      lines.dropFirst() == [
        "\"a.csv\",2,3,\"label\",bad_label,\"what,2\"",
        "\"b.csv\",1,2,\"label\",bad_label,\"what,1\"",
        "\"b.csv\",3,4,\"label\",bad_label,\"what,3\"",
      ])
  }

  @Test func quarantineIsWrittenEvenWhenTheRunIsStopped() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table(rows: 9, bad: [2, 5]))
    let outcome = try workspace.train("--max-bad-rows", "1", "--quarantine", "q.csv", "t.csv")
    #expect(outcome.status == 65)
    let lines = String(decoding: try workspace.read("q.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
  }

  @Test func quarantineThatCannotBeWritten() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table(rows: 9, bad: [2]))
    let missing = try workspace.train("--quarantine", "no/q.csv", "t.csv")
    #expect(missing.status == 73)
    let full = try workspace.train("--max-bad-rows", "1", "--quarantine", "/dev/full", "t.csv")
    #expect(full.status == 74)
    #expect(full.errors.contains("/dev/full"))
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func badRowsChangeNothingThatIsLearned() throws {
    let workspace = try Workspace()
    let good = Samples.table(rows: 60)
    var lines = good.split(separator: "\n").map(String.init)
    for place in [50, 30, 1] { lines.insert("5,99999,violet", at: place) }
    try workspace.write("good.csv", good)
    try workspace.write("mixed.csv", lines.joined(separator: "\n") + "\n")
    try workspace.trained("--sniff-rows", "20", "--numeric", "amount", "good.csv")
    let clean = try workspace.run("inspect", "--weights", "m.lrs").text
    // The scale is fitted on the prefix, in which no bad row stands here.
    var late = good.split(separator: "\n").map(String.init)
    late.insert("5,99999,violet", at: 40)
    try workspace.write("late.csv", late.joined(separator: "\n") + "\n")
    try workspace.trained(
      "--sniff-rows", "20", "--numeric", "amount", "--max-bad-rows", "1", "late.csv")
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text == clean)
  }

  /// (rows, bad rows, limit, exit code)
  @Test(arguments: [
    (100, Set(1...2), "2%", Int32(0)), (100, Set(1...3), "2%", 65),
    // 2 of the first 10 are 20 %, but nothing is judged before row 1,000.
    (1500, Set(1...10), "1%", 0), (1500, Set(1...16), "1%", 65),
    // At row 1,000 it is 11 of 1,000: too many, although the whole file would do.
    (3000, Set(Array(1...10) + [1000]), "1%", 65), (3000, Set(1...10), "1%", 0),
    (40, Set([1]), "0%", 65), (40, Set(1...40), "100%", 0), (1000, Set(1...5), "0.5%", 0),
  ])
  func percentage(_ rows: Int, _ bad: Set<Int>, _ limit: String, _ status: Int32) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table(rows: rows, bad: bad))
    let outcome = try workspace.train(
      "--categorical", "amount", "--max-bad-rows", limit, "t.csv")
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(workspace.exists("m.lrs") == (status == 0))
  }

  @Test func aMessageNamesPlaceFindingAndCure() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,color,amount\n1,a,2\n0,\"b\nb\",3\n0,a,4x\n")
    let outcome = try workspace.train("--numeric", "amount", "t.csv")
    #expect(outcome.status == 65)
    for part in ["t.csv", "row 3", "line 5", "\"amount\"", "4x", "--max-bad-rows", "--categorical"]
    {
      #expect(outcome.errors.contains(part), "\(part) in: \(outcome.errors)")
    }
  }

  @Test func aLongRowIsABadRow() throws {
    let workspace = try Workspace()
    let long = "1," + String(repeating: "x", count: 5000)
    try workspace.write("t.csv", "label,a\n1,b\n\(long)\n0,c\n")
    let refused = try workspace.train("--max-line-bytes", "4KiB", "t.csv")
    #expect(refused.status == 65)
    #expect(refused.errors.contains("row 2 (line 3)"))
    let figures = try workspace.trained(
      "--max-line-bytes", "4KiB", "--max-bad-rows", "1", "t.csv")
    #expect(figures["bad_rows_by_reason"] as? [String: Int] == ["row_too_long": 1])
    #expect(figures["rows"] as? Int == 3)
    #expect(try workspace.trained("--max-line-bytes", "8KiB", "t.csv")["rows_bad"] as? Int == 0)
    let predictions = try workspace.predicted(
      "--max-line-bytes", "4KiB", "--max-bad-rows", "1", "t.csv")
    #expect(predictions.map { $0 == "nan" } == [false, true, false])
  }

  @Test func anEndlessRowTakesNoMemory() throws {
    let workspace = try Workspace()
    let outcome = try workspace.shell(
      """
      { printf 'label,a\\n1,b\\n1,'; head -c 200000000 /dev/zero | tr '\\0' x; printf '\\n0,c\\n'; } |
        logreg-stream --bits 10 -o m.lrs --json --max-bad-rows 1 --max-line-bytes 1MiB -q
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let figures = try outcome.json()
    #expect(figures["bad_rows_by_reason"] as? [String: Int] == ["row_too_long": 1])
    #expect(figures["rows"] as? Int == 3)
    let peak = try #require(figures["peak_rss_bytes"] as? Int)
    #expect(peak < 100_000_000)
  }
}
