import Foundation
import Testing

/// `monitor`: what is found in later rows, and what is not.
@Suite struct MonitorTests {
  /// A model of 20,000 rows without drift.
  private func trained(_ options: String...) throws -> Workspace {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 100)
    try workspace.write("t.csv", rows.table(20_000))
    try workspace.trained(list: ["t.csv", "--bits", "14"] + options)
    return workspace
  }

  private func windows(_ outcome: Outcome) throws -> [[String: Any]] {
    try outcome.lines.map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  private func crossings(_ window: [String: Any]) -> [(
    figure: String, column: String?, words: String
  )] {
    (window["crossings"] as? [[String: Any]] ?? []).map {
      ($0["figure"] as? String ?? "", $0["column"] as? String, $0["words"] as? String ?? "")
    }
  }

  private func monitored(
    _ workspace: Workspace, _ text: String, _ options: String..., name: String = "new.csv"
  ) throws -> (status: Int32, windows: [[String: Any]], errors: String) {
    try workspace.write(name, text)
    let outcome = try workspace.run(
      ["monitor", "-m", "m.lrs", "--json", "--threads", "1", name] + options)
    return (outcome.status, try windows(outcome), outcome.errors)
  }

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

  // MARK: Thresholds

  @Test func thresholdsDecide() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 1700)
    var shift = MonitoredRows.Shift()
    shift.missing = 0.2
    let text = rows.table(3000, shift)
    #expect(try monitored(workspace, text).status == 3)
    #expect(try monitored(workspace, text, "--threshold", "missing=0.5").status == 0)
    #expect(try monitored(workspace, text, "--threshold", "missing=off").status == 0)
    try workspace.write("c.yaml", "threshold: [missing=off]\nwindow: 1000rows\n")
    let configured = try monitored(workspace, text, "--config", "c.yaml")
    #expect(configured.status == 0 && configured.windows.count == 3, "\(configured.errors)")
    // Nothing matters too little, but chance still has to be ruled out.
    let none = ["missing", "psi", "js", "clipped", "predictions", "label_rate", "calibration"]
    let options = none.flatMap { ["--threshold", "\($0)=0"] }
    try workspace.write("same.csv", rows.table(300))
    let calm = try workspace.run(["monitor", "-m", "m.lrs", "-q", "same.csv"] + options)
    #expect(calm.status == 0, "\(calm.text)")
  }

  // MARK: Errors

  @Test func modelsWithoutAProfileAreRefused() throws {
    let workspace = try trained("--profile", "off")
    let outcome = try workspace.run("monitor", "-m", "m.lrs", "t.csv")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("m.lrs: the model keeps no profile of its training rows"))
    #expect(outcome.errors.contains("without --profile off"))
  }

  @Test(arguments: [
    (["--threshold", "pso=1"], "did you mean psi?"), (["--threshold", "psi=-1"], "finite number"),
    (["--threshold", "psi=nan"], "finite number"), (["--threshold", "psi"], "threshold"),
    (["--threshold", "=3"], "threshold"), (["--threshold", "false_alarms=0"], "above 0"),
    (["--threshold", "false_alarms=off"], "above 0"),
    (["--threshold", "weather=1"], "figures are"),
    (["--window", "0rows"], "at least one row"), (["--window", "5000"], "window"),
    (["--window", ""], "window"), (["--window", "hour"], "column \"hour\" is missing"),
    (["--prometheus", "t.csv"], "also an input"), (["--prometheus", "m.lrs"], "also an input"),
    (["--prometheus", "-"], "name of a file"), (["--wndow", "3rows"], "--window"),
  ]) func impossibleOptionsAreRefused(_ options: [String], _ words: String) throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1800)
    try workspace.write("t.csv", rows.table(300))
    try workspace.trained("t.csv")
    let outcome = try workspace.run(["monitor", "-m", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(options): \(outcome.status) \(outcome.text)")
    #expect(outcome.errors.contains(words), "\(options): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func whatIsNotThereIsSaid() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1900)
    try workspace.write("t.csv", rows.table(300))
    try workspace.trained("t.csv")
    #expect(try workspace.run("monitor", "t.csv").status == 64)
    #expect(try workspace.run("monitor", "-m", "none.lrs", "t.csv").status == 66)
    #expect(try workspace.run("monitor", "-m", "m.lrs", "none.csv").status == 66)
    #expect(try workspace.run("monitor", "-m", "t.csv", "t.csv").status == 65)
    #expect(try workspace.run("monitor", "-m", "-", "-").status == 64)
    try workspace.write("empty.csv", MonitoredRows.header())
    let empty = try workspace.run("monitor", "-m", "m.lrs", "empty.csv")
    #expect(empty.status == 65 && empty.errors.contains("no rows"))
    try workspace.write("renamed.csv", "label,site,device,sum,clicks\n1,a,m1,3,4\n")
    let renamed = try workspace.run("monitor", "-m", "m.lrs", "renamed.csv")
    #expect(renamed.status == 64 && renamed.errors.contains("\"amount\" is missing"))
    #expect(
      try workspace.run("monitor", "-m", "m.lrs", "--prometheus", "no/such/p.prom", "t.csv").status
        == 73)
    try workspace.write("t.svm", "1 1:1\n0 2:1\n")
    try workspace.trained("t.svm", model: "s.lrs")
    let sparse = try workspace.run("monitor", "-m", "s.lrs", "--window", "hour", "t.svm")
    #expect(sparse.status == 64 && sparse.errors.contains("no columns"))
  }

  // MARK: The page

  @Test func thePageShowsTheCourse() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 2100)
    var shift = MonitoredRows.Shift()
    shift.missing = 0.5
    try workspace.write("new.csv", rows.table(3000) + rows.lines(2000, shift))
    let outcome = try workspace.run(
      "monitor", "-m", "m.lrs", "--window", "1000rows", "-q", "--report", "r.html", "new.csv")
    #expect(outcome.status == 3)
    let page = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    for words in [
      "<h1>Monitoring</h1>", "5,000 rows in 5 windows, 2 of them crossed a threshold",
      "What crossed", "Columns, the worst first", "Calibration and label rate",
      "`site` is missing in", "threshold newcomer",
    ] { #expect(page.contains(words), "\(words)") }
    // The worst column is the first to be drawn.
    let drawn = page.components(separatedBy: "Columns, the worst first")[1]
    let heading = drawn.components(separatedBy: "<h3>")[1]
    #expect(heading.hasPrefix("site</h3>"))
    let calm = try workspace.run(
      "monitor", "-m", "m.lrs", "-q", "--report", "r.html", "t.csv", "--window", "20000rows")
    #expect(calm.status == 0, "\(calm.text)")
    let quiet = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    #expect(quiet.contains("Nothing crossed a threshold in any window."))
    let failed = try workspace.run("monitor", "-m", "m.lrs", "--report", "no/r.html", "t.csv")
    #expect(failed.status == 73 && failed.output.isEmpty)
  }

  // MARK: Prometheus

  /// The text as `promtool` and node_exporter take it.
  @Test func prometheusTakesTheFile() throws {
    let workspace = try trained()
    var rows = MonitoredRows(seed: 2000)
    var shift = MonitoredRows.Shift()
    shift.missing = 0.5
    try workspace.write("new.csv", rows.table(2000) + rows.lines(2000, shift))
    try workspace.write("p.prom", "old\n")
    let outcome = try workspace.run(
      "monitor", "-m", "m.lrs", "--window", "2000rows", "-q", "--prometheus", "p.prom", "new.csv")
    #expect(outcome.status == 3)
    let text = String(decoding: try workspace.read("p.prom"), as: UTF8.self)
    #expect(try workspace.names() == ["m.lrs", "new.csv", "p.prom", "t.csv"])
    let lines = text.split(separator: "\n")
    #expect(lines.contains("logreg_stream_windows{model=\"m.lrs\"} 2.0"))
    #expect(lines.contains("logreg_stream_windows_crossed{model=\"m.lrs\"} 1.0"))
    #expect(
      lines.contains(
        "logreg_stream_crossed{model=\"m.lrs\",figure=\"missing\",column=\"site\"} 1.0"))
    let shape = try Regex("^logreg_stream_[a-z_]+\\{([a-z]+=\"[^\"]*\",?)+\\} [-+.e0-9]+$")
    var described: Set<Substring> = []
    for line in lines {
      if line.hasPrefix("# ") {
        described.insert(line.split(separator: " ")[2])
        continue
      }
      #expect(try shape.wholeMatch(in: line) != nil, "\(line)")
      #expect(described.contains(line.prefix { $0 != "{" }))
    }
    // Rows that end the run leave the file as it was.
    try workspace.write("bad.csv", rows.table(10) + "1,a\n")
    let failed = try workspace.run("monitor", "-m", "m.lrs", "--prometheus", "p.prom", "bad.csv")
    #expect(failed.status == 65)
    #expect(String(decoding: try workspace.read("p.prom"), as: UTF8.self) == text)
    let promtool = try workspace.shell("command -v promtool || true").text
    guard !promtool.isEmpty else {
      print("skipped: there is no promtool (Debian's package prometheus)")
      return
    }
    let checked = try workspace.shell("promtool check metrics < p.prom")
    #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked.errors)")
  }

  /// The alert rules of the article "Monitoring".
  @Test func theRulesOfTheArticleAreRules() throws {
    let article = "Sources/LogRegStream/LogRegStream.docc/Monitoring.md"
    let text = try String(
      contentsOf: Samples.packageRoot.appendingPathComponent(article), encoding: .utf8)
    let block = try #require(text.components(separatedBy: "```yaml\n").dropFirst().first)
    let workspace = try Workspace()
    try workspace.write("rules.yml", block.components(separatedBy: "```")[0])
    let checked = try workspace.shell(
      "! command -v promtool >/dev/null || promtool check rules rules.yml")
    #expect(checked.status == 0, "\(checked.text)\(checked.errors)")
    if checked.text.isEmpty { print("skipped: there is no promtool (Debian's package prometheus)") }
  }

  @Test func namesFromDataAreEscaped() throws {
    let workspace = try Workspace()
    let header = "label,\"a\\b\"\"c\",x\n"
    let rows = (0..<400).map { "\($0 % 2),v\($0 % 3),\($0 % 5)\n" }.joined()
    try workspace.write("t.csv", header + rows)
    try workspace.trained("t.csv")
    let outcome = try workspace.run(
      "monitor", "-m", "m.lrs", "--json", "--prometheus", "p.prom", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try windows(outcome).count == 1)
    let promtool = try workspace.shell("! command -v promtool || promtool check metrics < p.prom")
    #expect(promtool.status == 0, "\(promtool.errors)")
  }
}
