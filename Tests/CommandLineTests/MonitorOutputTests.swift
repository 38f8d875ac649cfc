import Foundation
import Testing

/// What `monitor` takes and gives beside its tables: thresholds, errors, the page, Prometheus.
@Suite struct MonitorOutputTests: MonitorTesting {
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
