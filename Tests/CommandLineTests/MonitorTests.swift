import Foundation
import Testing

/// `monitor`: what is found in later rows, and what is not.
@Suite struct MonitorTests: MonitorTesting {
  static let keys: Set<String> = [
    "schema", "command", "window", "value", "first_row", "last_row", "rows", "rows_bad", "crossed",
    "crossings", "columns", "unseen_share", "unseen_share_expected", "predictions", "labels",
  ]

  // MARK: Calm

  @Test func rowsOfTheSameKindAreCalm() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 200)
    let found = try monitored(workspace, rows.table(20_000), "--window", "5000rows")
    #expect(found.status == 0, "\(found.windows.flatMap(crossings))")
    #expect(found.windows.count == 4)
    for (index, window) in found.windows.enumerated() {
      #expect(Set(window.keys) == Self.keys)
      #expect(window["schema"] as? Int == 1 && window["command"] as? String == "monitor")
      #expect(window["window"] as? Int == index + 1)
      #expect(window["first_row"] as? Int == 5000 * index + 1)
      #expect(window["last_row"] as? Int == 5000 * (index + 1))
      #expect(window["rows"] as? Int == 5000 && window["rows_bad"] as? Int == 0)
      #expect(window["crossed"] as? Bool == false)
      let columns = try #require(window["columns"] as? [[String: Any]])
      #expect(
        Set(columns.compactMap { $0["name"] as? String }) == ["site", "device", "amount", "clicks"])
      for column in columns {
        #expect(try #require(column["psi"] as? Double) < 0.05)
        #expect(try #require(column["js_distance"] as? Double) < 0.15)
      }
      let labels = try #require(window["labels"] as? [String: Any])
      #expect(try #require(labels["auc"] as? Double) > 0.6)
      #expect(abs(try #require(labels["calibration_ratio"] as? Double) - 1) < 0.15)
    }
  }

  /// Two hundred windows of 200 rows each: that would be two false alarms at one in a hundred.
  @Test func smallWindowsDoNotCry() throws {
    let workspace = try trained()
    var crossed = 0
    for seed: UInt64 in 300..<302 {
      var rows = MonitoredRows(seed: seed)
      let found = try monitored(workspace, rows.table(20_000), "--window", "200rows")
      #expect(found.windows.count == 100)
      crossed += found.windows.count { $0["crossed"] as? Bool == true }
    }
    #expect(crossed == 0)
  }

  @Test func noThreadCountOrChunkChangesAByte() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 400)
    var shift = MonitoredRows.Shift()
    shift.newDevice = 0.2
    try workspace.write("new.csv", rows.table(3000) + rows.lines(3000, shift))
    let options = ["monitor", "-m", "m.lrs", "-q", "--window", "1700rows", "new.csv"]
    let one = try workspace.run(options + ["--threads", "1"])
    let many = try workspace.run(options + ["--threads", "4", "--chunk-bytes", "1KiB"])
    #expect(one.status == 3 && many.status == 3)
    #expect(one.output == many.output && one.lines.count > 20)
  }

  // MARK: Drift

  @Test func aColumnThatGoesEmptyIsNamed() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 500)
    var shift = MonitoredRows.Shift()
    shift.missing = 0.41
    let found = try monitored(workspace, rows.table(4000, shift))
    #expect(found.status == 3)
    let first = try #require(crossings(found.windows[0]).first)
    #expect(first.figure == "missing" && first.column == "site")
    let words = try Regex(
      "^`site` is missing in 4[0-3] % of rows, (1\\.[5-9]|2|2\\.[0-5]) % in training$")
    #expect(try words.wholeMatch(in: first.words) != nil, "\(first.words)")
    let columns = try #require(found.windows[0]["columns"] as? [[String: Any]])
    #expect(columns[0]["name"] as? String == "site")
    #expect(columns[0]["crossed"] as? [String] == ["missing"])
  }

  @Test func aSpellingThatChangesIsFoundWithItsValue() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 600)
    var shift = MonitoredRows.Shift()
    shift.siteA = "A"
    let found = try monitored(workspace, rows.table(2000, shift))
    #expect(found.status == 3)
    let all = crossings(found.windows[0])
    #expect(
      all.contains { $0.figure == "unseen" && $0.column == "site" && $0.words.contains("\"A\"") })
    #expect(all.contains { ["psi", "js"].contains($0.figure) && $0.column == "site" })
    #expect(all.filter { $0.column != nil }.allSatisfy { $0.column == "site" })
  }

  @Test func aNewValueAmongManyIsFound() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 700)
    var shift = MonitoredRows.Shift()
    shift.newDevice = 0.15
    let found = try monitored(workspace, rows.table(3000, shift))
    let all = crossings(found.windows[0])
    #expect(
      all.contains {
        $0.figure == "unseen" && $0.column == "device" && $0.words.contains("\"fresh\"")
      },
      "\(all)")
  }

  @Test func numbersThatMoveAreFound() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 800)
    var shift = MonitoredRows.Shift()
    shift.added = 1
    let moved = try monitored(workspace, rows.table(1500, shift), "--threshold", "predictions=off")
    #expect(
      crossings(moved.windows[0]).contains {
        ["psi", "js"].contains($0.figure) && $0.column == "amount"
      })
    shift.added = 0
    shift.times = 100
    let clipped = try monitored(workspace, rows.table(1500, shift))
    let all = crossings(clipped.windows[0])
    #expect(all.contains { $0.figure == "clipped" && $0.column == "amount" }, "\(all)")
    #expect(all.contains { $0.figure == "predictions" && $0.column == nil })
  }

  @Test func labelsTellOfAModelThatIsWrong() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 900)
    var shift = MonitoredRows.Shift()
    shift.bias = -1
    let found = try monitored(workspace, rows.table(8000, shift))
    let figures = Set(crossings(found.windows[0]).map(\.figure))
    #expect(figures.isSuperset(of: ["label_rate", "calibration"]), "\(figures)")
    #expect(crossings(found.windows[0]).allSatisfy { $0.column == nil })
    let labels = try #require(found.windows[0]["labels"] as? [String: Any])
    let interval = try #require(labels["calibration_ratio_interval"] as? [String: Any])
    let ratio = try #require(labels["calibration_ratio"] as? Double)
    #expect(
      ratio > 1.2 && (interval["low"] as? Double ?? 9) < ratio
        && (interval["high"] as? Double ?? 0) > ratio)
    // Labels that have nothing to do with the row.
    let text =
      rows.table(8000).split(separator: "\n").enumerated().map { index, line in
        index == 0 ? String(line) : "\(index % 2)" + line.dropFirst()
      }.joined(separator: "\n") + "\n"
    let wrong = try monitored(workspace, text)
    let all = Set(crossings(wrong.windows[0]).map(\.figure))
    #expect(all.isSuperset(of: ["log_loss", "auc"]), "\(all)")
  }

  /// The worst comes first, and the text says the same as the JSON.
  @Test func textNamesTheWorstFirst() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 1000)
    var shift = MonitoredRows.Shift()
    shift.missing = 0.9
    shift.added = 0.6
    let found = try monitored(workspace, rows.table(3000, shift))
    let outcome = try workspace.run("monitor", "-m", "m.lrs", "new.csv", "-q")
    #expect(outcome.status == 3 && outcome.errors.isEmpty)
    let marked = outcome.lines.filter { $0.hasPrefix("  ! ") }
    let words = crossings(found.windows[0]).map(\.words)
    #expect(marked.count == words.count && words.count >= 2)
    for (line, words) in zip(marked, words) { #expect(line.hasPrefix("  ! \(words) (")) }
    #expect(words[0].hasPrefix("`site` is missing in 9"))
    #expect(outcome.lines[0].hasPrefix("window 1, rows 1 to 3,000: "))
    #expect(outcome.text.contains("column  missing  training"))
  }

  // MARK: Windows

  @Test func aColumnMakesWindows() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1100)
    try workspace.write(
      "t.csv",
      MonitoredRows.header(hasHour: true) + (0..<10).map { rows.lines(1000, hour: $0) }.joined())
    try workspace.trained("t.csv", "--ignore", "hour")
    var shift = MonitoredRows.Shift()
    shift.missing = 0.5
    let text =
      MonitoredRows.header(hasHour: true) + rows.lines(700, hour: 10)
      + rows.lines(900, shift, hour: 11) + rows.lines(400, hour: 12)
    let found = try monitored(workspace, text, "--window", "hour", "--chunk-bytes", "3KiB")
    #expect(found.windows.compactMap { $0["value"] as? String } == ["10", "11", "12"])
    #expect(found.windows.compactMap { $0["rows"] as? Int } == [700, 900, 400])
    #expect(found.windows.compactMap { $0["first_row"] as? Int } == [1, 701, 1601])
    #expect(found.windows.map { $0["crossed"] as? Bool } == [false, true, false])
    let text2 = try workspace.run("monitor", "-m", "m.lrs", "--window", "hour", "new.csv", "-q")
      .text
    #expect(text2.contains("window 2 \"11\", rows 701 to 1,600: "))
  }

  @Test func badRowsAreCountedWhereTheyAre() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 1200)
    let text = rows.table(150) + "1,a\n1,b\n" + rows.lines(148) + "1,a\n"
    let found = try monitored(workspace, text, "--window", "100rows", "--max-bad-rows", "5")
    #expect(found.status == 0, "\(found.errors)")
    #expect(found.windows.compactMap { $0["rows"] as? Int } == [100, 98, 100, 0])
    #expect(found.windows.compactMap { $0["rows_bad"] as? Int } == [0, 2, 0, 1])
    #expect(found.windows.compactMap { $0["last_row"] as? Int } == [100, 200, 300, 301])
    let refused = try workspace.run("monitor", "-m", "m.lrs", "new.csv")
    #expect(refused.status == 65)
  }

  // MARK: Labels

  @Test func labelsMayBeMissing() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 1300)
    var shift = MonitoredRows.Shift()
    shift.hasLabels = false
    let without = try monitored(workspace, rows.table(500, shift))
    #expect(without.status == 0, "\(without.errors)")
    #expect(without.windows[0]["labels"] is NSNull)
    shift.hasLabels = true
    shift.withoutLabel = 0.5
    let some = try monitored(workspace, rows.table(600, shift))
    let labels = try #require(some.windows[0]["labels"] as? [String: Any])
    #expect((250...350).contains(labels["rows"] as? Int ?? 0))
    #expect(some.windows[0]["rows"] as? Int == 600)
    // A text that is no label is still a bad row.
    try workspace.write("bad.csv", MonitoredRows.header() + "maybe,a,m1,3,1\n")
    #expect(try workspace.run("monitor", "-m", "m.lrs", "bad.csv").status == 65)
  }

  @Test func rowsWithoutHeaderMayLackTheLabel() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1400)
    try workspace.write("t.csv", rows.lines(2000))
    try workspace.trained("t.csv", "--no-header")
    let with = try monitored(workspace, rows.lines(500))
    #expect((with.windows[0]["labels"] as? [String: Any])?["rows"] as? Int == 500)
    var shift = MonitoredRows.Shift()
    shift.hasLabels = false
    let without = try monitored(workspace, rows.lines(500, shift))
    #expect(without.status == 0 && without.windows[0]["labels"] is NSNull, "\(without.errors)")
  }

  @Test(arguments: ["squared", "softmax", "probit"]) func otherLossesAreMonitored(_ loss: String)
    throws
  {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1500)
    try workspace.write("t.csv", rows.table(4000))
    try workspace.trained("t.csv", "--loss", loss)
    let calm = try monitored(workspace, rows.table(1000))
    #expect(calm.status == 0, "\(calm.windows.flatMap(crossings))")
    #expect((calm.windows[0]["labels"] is NSNull) == (loss != "probit"))
    #expect((calm.windows[0]["predictions"] is NSNull) == (loss == "softmax"))
    var shift = MonitoredRows.Shift()
    shift.missing = 0.5
    #expect(try monitored(workspace, rows.table(1000, shift)).status == 3)
  }

  /// What was predicted in training were rows that had been learned: shown, not judged.
  @Test func predictionsOfLearnedRowsAreNotJudged() throws {
    let workspace = try trained("--epochs", "2")
    var rows = MonitoredRows(seed: 1600)
    var shift = MonitoredRows.Shift()
    shift.added = 3
    let found = try monitored(workspace, rows.table(2000, shift))
    let predictions = try #require(found.windows[0]["predictions"] as? [String: Any])
    #expect(predictions["judged"] as? Bool == false)
    #expect(predictions["psi"] as? Double ?? 0 > 1)
    #expect(!crossings(found.windows[0]).contains { $0.figure == "predictions" })
    #expect(
      try workspace.run("monitor", "-m", "m.lrs", "-q", "new.csv").text.contains("not judged"))
  }

  // MARK: Rows that name their own features

  @Test func sparseRowsAreMonitored() throws {
    func libsvm(_ rows: Range<Int>, shift: Int, extra: Bool = false) -> String {
      rows.map { row in
        let bits = row &* 2_654_435_761 % 1000
        return "\(bits % 2) \(shift + 1 + bits % 7):1 \(shift + 20 + bits % 31):0.5"
          + (extra ? " \(shift + 60 + row % 3):1" : "") + "\n"
      }.joined()
    }
    func vw(_ rows: Range<Int>, word: String) -> String {
      rows.map { row in "\(row % 2) |a \(word)\(row &* 2_654_435_761 % 17) |b n:0.5\n" }.joined()
    }
    let cases = [
      (
        "t.svm", libsvm(0..<4000, shift: 0), libsvm(5000..<6000, shift: 0),
        libsvm(0..<1000, shift: 100)
      ),
      ("t.vw", vw(0..<4000, word: "w"), vw(5000..<6000, word: "w"), vw(0..<1000, word: "z")),
    ]
    for (name, training, same, other) in cases {
      let workspace = try Workspace()
      try workspace.write(name, training)
      try workspace.trained(name)
      let calm = try monitored(workspace, same, name: "new-" + name)
      #expect(calm.status == 0, "\(name): \(calm.windows.flatMap(crossings)) \(calm.errors)")
      #expect((calm.windows[0]["labels"] as? [String: Any])?["rows"] as? Int == 1000)
      let shifted = try monitored(workspace, other, name: "other-" + name)
      #expect(shifted.status == 3)
      #expect(crossings(shifted.windows[0]).contains { $0.figure == "unseen" && $0.column == nil })
    }
    // Rows that have one feature more.
    let workspace = try Workspace()
    try workspace.write("t.svm", libsvm(0..<4000, shift: 0))
    try workspace.trained("t.svm")
    let longer = try monitored(workspace, libsvm(0..<1000, shift: 0, extra: true), name: "n.svm")
    #expect(
      crossings(longer.windows[0]).contains { $0.column == "(features of a row)" },
      "\(longer.windows.flatMap(crossings))")
    // Rows without labels.
    let bare = libsvm(0..<500, shift: 0).split(separator: "\n").map { $0.dropFirst(2) + "\n" }
      .joined()
    let unlabelled = try monitored(workspace, bare, name: "b.svm")
    #expect(
      unlabelled.status == 0 && unlabelled.windows[0]["labels"] is NSNull, "\(unlabelled.errors)")
  }
}
