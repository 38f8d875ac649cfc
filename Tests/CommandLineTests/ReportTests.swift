import Foundation
import Testing

/// The page of `--report`, read as a browser would.
@Suite struct ReportTests {
  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 800))
    return workspace
  }

  private func page(_ workspace: Workspace, _ name: String = "r.html") throws -> String {
    String(decoding: try workspace.read(name), as: UTF8.self)
  }

  /// The JSON block of a page.
  private func figures(_ html: String) throws -> [String: Any] {
    let start = try #require(html.range(of: "<pre id=\"figures\">"))
    let end = try #require(html.range(of: "</pre>", range: start.upperBound..<html.endIndex))
    let text = html[start.upperBound..<end.lowerBound]
      .replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
      .replacingOccurrences(of: "&quot;", with: "\"").replacingOccurrences(of: "&#39;", with: "'")
      .replacingOccurrences(of: "&amp;", with: "&")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Elements that are opened and not closed, or closed and not open.
  private func unbalanced(_ html: String) -> [String] {
    let void: Set<String> = ["meta", "!doctype", "br", "hr"]
    var open: [String] = []
    for piece in html.split(separator: "<").dropFirst() {
      guard let end = piece.firstIndex(of: ">") else { return ["<\(piece)"] }
      let tag = piece[..<end]
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber || $0 == "!" }
        .lowercased()
      if void.contains(name) || tag.hasSuffix("/") { continue }
      if !tag.hasPrefix("/") {
        open.append(name)
      } else if open.last == name {
        open.removeLast()
      } else {
        return ["/\(name) inside \(open.last ?? "nothing")"]
      }
    }
    return open
  }

  @Test(arguments: [
    [], ["--holdout", "0.3", "--epochs", "3"], ["--optimizer", "lbfgs", "--l2", "1"],
    ["--loss", "probit"], ["--loss", "softmax", "--label", "color", "--holdout", "0.2"],
    ["--loss", "squared", "--label", "amount", "--holdout", "0.2"],
    ["--keep-negatives", "0.5", "--holdout", "0.4"],
  ])
  func thePageOfATrainingIsWholeAndHoldsItsFigures(options: [String]) throws {
    let workspace = try workspace()
    let trained = try workspace.trained(list: ["t.csv", "--report", "r.html"] + options)
    let html = try page(workspace)
    #expect(unbalanced(html).isEmpty)
    for other in ["<script", "http://", "https://", "src=", "href=", "url(", "@import", "<link"] {
      #expect(!html.contains(other), "\(other)")
    }
    let json = try #require(try figures(html)["figures"] as? [String: Any])
    let timed: Set<String> = [
      "seconds", "rows_per_second", "peak_rss_bytes", "inputs_known", "inputs_new", "rows_new",
    ]
    let untimed = trained.filter { !timed.contains($0.key) }
    #expect(NSDictionary(dictionary: json) == NSDictionary(dictionary: untimed))
    // Every plot says what it shows to those who cannot see it.
    let plots = html.components(separatedBy: "<svg").dropFirst()
    #expect(!plots.isEmpty)
    #expect(
      plots.allSatisfy {
        $0.contains("aria-hidden") || $0.contains("<title") && $0.contains("role=\"img\"")
      })
  }

  @Test func numericColumnsAreDrawnOverTheirValues() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv", "--bits", "22", "--report", "r.html")
    let html = try page(workspace)
    #expect(html.contains("<h2>Numeric columns</h2>") && html.contains(">amount</title>"))
    let plots = try #require(try figures(html)["plots"] as? [String: Any])
    let columns = try #require(plots["numeric_columns"] as? [[String: Any]])
    #expect(columns.count == 1 && columns[0]["column"] as? String == "amount")
    let corners = try #require(columns[0]["steps"] as? [[Double]])
    #expect(corners.count > 60 && corners.map { $0[0] } == corners.map { $0[0] }.sorted())
    // Large amounts are positive.
    #expect(try #require(corners.last)[1] > #require(corners.first)[1])
  }

  /// Beside its plots: nothing is drawn of what a loss does not have.
  @Test func everyLossHasItsOwnPictures() throws {
    let workspace = try workspace()
    let cases: [(options: [String], there: [String], absent: [String])] = [
      (
        ["--calibrator", "platt"],
        ["ROC curve", "before calibration", "negative rows", "odds ratio", "95 % interval"],
        ["Confusions", "Residuals"]
      ),
      (
        ["--loss", "softmax", "--label", "color"],
        ["Confusions", "Figures by class", "Reliability of the predicted class"],
        ["ROC curve", "Residuals", "95 % interval<"]
      ),
      (
        ["--loss", "squared", "--label", "amount"], ["Predicted and actual", "Residuals"],
        ["ROC curve", "Confusions", "odds ratio", "95 % interval<"]
      ),
    ]
    for (options, there, absent) in cases {
      try workspace.trained(list: ["t.csv", "--holdout", "0.4", "--report", "r.html"] + options)
      let outcome = try workspace.run("evaluate", "-m", "m.lrs", "t.csv", "--report", "e.html")
      #expect(outcome.status == 0, "\(outcome.errors)")
      for name in ["r.html", "e.html"] {
        let html = try page(workspace, name)
        #expect(unbalanced(html).isEmpty)
        for words in there where name == "r.html" || words != "before calibration" {
          #expect(html.contains(words), "\(name) \(options): \(words)")
        }
        for words in absent { #expect(!html.contains(words), "\(name) \(options): \(words)") }
      }
    }
  }

  @Test func theFiguresOfClassesAreThoseOfTheEvaluation() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv", "--loss", "softmax", "--label", "color")
    let outcome = try workspace.run(
      "evaluate", "--json", "-m", "m.lrs", "t.csv", "--report", "e.html")
    let accuracy = try #require(try outcome.json()["accuracy"] as? Double)
    let plots = try #require(try figures(page(workspace, "e.html"))["plots"] as? [String: Any])
    let confusions = try #require(plots["confusions"] as? [[Double]])
    let right = confusions.indices.map { confusions[$0][$0] }.reduce(0, +)
    #expect(confusions.count == 4 && confusions.joined().reduce(0, +) == 800)
    #expect(abs(right / 800 - accuracy) < 1e-12)
    let classes = try #require(plots["classes"] as? [[String: Double]])
    #expect(abs(classes.compactMap { $0["probabilities"] }.reduce(0, +) - 800) < 1e-9)
  }

  /// Scores lie below the reliability, in one drawing with one axis; signs are as the marks are.
  @Test func scoresStandBelowTheReliability() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv", "--report", "r.html", "--holdout", "0.4")
    let html = try page(workspace)
    let plot = try #require(
      html.components(separatedBy: "<svg").first { $0.contains("perfect calibration") }?
        .components(separatedBy: "</svg>").first)
    func height(of words: String) throws -> Double {
      let line = try #require(plot.split(separator: "\n").first { $0.contains(">\(words)<") })
      let text = try #require(line.components(separatedBy: " y=\"").last)
      return try #require(Double(text.prefix { $0 != "\"" }))
    }
    let above = try height(of: "perfect calibration")
    let below = try height(of: "negative rows")
    #expect(below > above + 300)
    #expect(try height(of: "predicted probability") > below)
    #expect(plot.components(separatedBy: ">predicted probability<").count == 2)
    // The line before the words of a legend is its sign.
    let lines = plot.split(separator: "\n")
    for words in ["negative rows", "positive rows"] {
      let place = try #require(lines.firstIndex { $0.contains(">\(words)<") })
      #expect(lines[place - 1].hasPrefix("<rect class=\"bar"))
    }
  }

  private static let gaps = [
    "label,amount,color,note",
    (0..<300).map { row in
      "\(row % 2),\(row % 10 == 0 ? "NA" : "\(row)"),\(row % 3 == 0 ? "" : "red"),x\(row % 5)"
    }.joined(separator: "\n"), "1,nothing,,x1\n",
  ].joined(separator: "\n")

  @Test func missingValuesAreCountedByColumn() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.gaps)
    var pages: [Data] = []
    for (threads, chunk) in [("1", "100"), ("3", "1000")] {
      let outcome = try workspace.run(
        "train", "--bits", "10", "-q", "-o", "m.lrs", "t.csv", "--max-bad-rows", "1",
        "--numeric", "amount", "--threads", threads, "--chunk-bytes", chunk, "--report", "r.html")
      #expect(outcome.status == 0, "\(outcome.errors)")
      pages.append(try workspace.read("r.html"))
    }
    #expect(pages[0] == pages[1])
    let evaluated = try workspace.run(
      "evaluate", "-m", "m.lrs", "t.csv", "--max-bad-rows", "1", "--report", "e.html")
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    for name in ["r.html", "e.html"] {
      let html = try page(workspace, name)
      #expect(html.contains("Missing values in the 300 rows that were used"))
      #expect(html.contains("<th scope=\"row\">color</th><td>100</td><td>33.33 %</td>"))
      let missing = try #require(try figures(html)["missing_values"] as? NSDictionary)
      let columns = [["column": "amount", "missing": 30], ["column": "color", "missing": 100]]
      #expect(missing == ["rows": 300, "columns": columns] as NSDictionary)
    }
    try workspace.write("full.csv", Samples.table(rows: 100))
    try workspace.trained("full.csv", "--report", "r.html")
    #expect(
      try page(workspace).contains("No value was missing in the 100 rows that were used."))
  }

  /// Whether the first run was asked for a report or not.
  @Test(arguments: [
    ([], true), ([], false), (["--holdout", "0.2", "--epochs", "4", "--shuffle", "50"], true),
    (["--optimizer", "lbfgs", "--l2", "1"], true),
    (["--loss", "softmax", "--label", "color", "--holdout", "0.2"], true),
    (["--keep-negatives", "0.5", "--optimizer", "sgd", "--batch-size", "7"], true),
  ])
  func aResumedRunHasTheReportOfOneThatWasNot(_ options: [String], isAsked: Bool) throws {
    let workspace = try Workspace()
    var files = try Checkpointing.writeParts(in: workspace, rows: 2000)
    try workspace.write("d.csv", "label,amount,color,key\n0,5,red,\n1,5,blue,NA\n")
    files.append("d.csv")
    let report = ["--report", "r.html"]
    let plain = try workspace.resumable(options + files + report, state: nil)
    try #require(plain.status == 0, "\(plain.errors)")
    let whole = try page(workspace)
    let stopped = try workspace.interrupted(options + files + (isAsked ? report : []))
    // Reading for an exact solver is soon over: then there is nothing to go on with, but the end.
    let mayBeOver = options.contains("lbfgs") && stopped.status == 0
    #expect(stopped.status == 128 + 15 || mayBeOver, "\(stopped.errors)")
    let resumed = try workspace.resumable(options + files + report)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try page(workspace) == whole)
    // Everything was learned by now: the page is made from what the directory holds.
    let again = try workspace.resumable(options + files + ["--report", "again.html"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(try page(workspace, "again.html") == whole)
  }

  @Test func theReportChangesNoByteOfTheModelAndNoThreadAByteOfTheReport() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv", "--holdout", "0.2")
    let plain = try workspace.read("m.lrs")
    var pages: Set<Data> = []
    for (threads, chunk) in [("1", "100"), ("4", "1000"), ("2", "1MiB")] {
      let outcome = try workspace.run(
        "train", "--bits", "10", "-q", "-o", "m.lrs", "t.csv", "--holdout", "0.2", "--threads",
        threads, "--chunk-bytes", chunk, "--report", "r.html")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try workspace.read("m.lrs") == plain)
      pages.insert(try workspace.read("r.html"))
    }
    #expect(pages.count == 1)
  }

  @Test func thePageOfAnEvaluationHoldsItsFigures() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv")
    let outcome = try workspace.run(
      "evaluate", "--json", "-m", "m.lrs", "t.csv", "--by", "color", "--report", "e.html")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let html = try page(workspace, "e.html")
    #expect(unbalanced(html).isEmpty && html.contains("<svg"))
    let json = try #require(try figures(html)["figures"] as? NSDictionary)
    #expect(json.isEqual(to: try outcome.json()))
  }

  @Test func textOfTheDataIsTextOfThePage() throws {
    let workspace = try Workspace()
    let hostile = "<script>alert(1)</script>&\u{1B}[31m\u{202E}"
    try workspace.write(
      "t.csv",
      "label,\"\(hostile)\"\n"
        + (0..<200).map { "\($0 % 2),\($0 % 3 == 0 ? hostile : "b\($0 % 2)")\n" }.joined())
    try workspace.trained("t.csv", "--report", "r.html", "--holdout", "0.3")
    let html = try page(workspace)
    #expect(unbalanced(html).isEmpty)
    #expect(!html.contains("<script") && !html.contains("\u{1B}") && !html.contains("\u{202E}"))
    #expect(html.contains("&lt;script&gt;"))
  }

  @Test func whatCannotBeWrittenIsRefusedBeforeTheRun() throws {
    let workspace = try workspace()
    for (path, status) in [("-", 64), ("t.csv", 64), ("m.lrs", 64), ("none/r.html", 73)] {
      let outcome = try workspace.train("t.csv", "--report", path)
      #expect(outcome.status == status, "\(path): \(outcome.errors)")
      #expect(!workspace.exists("m.lrs"))
    }
    try workspace.trained("t.csv")
    for (path, status) in [("-", 64), ("m.lrs", 64), ("none/r.html", 73)] {
      let outcome = try workspace.run("evaluate", "-m", "m.lrs", "t.csv", "--report", path)
      #expect(outcome.status == status, "\(path): \(outcome.errors)")
    }
    #expect(try workspace.read("t.csv") == Data(Samples.table(rows: 800).utf8))
  }

  private static let browser = ["chromium", "chromium-browser", "google-chrome"]
    .flatMap { name in ["/usr/bin/\(name)", "/usr/local/bin/\(name)"] }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(.enabled(if: browser != nil, "no Chromium is installed"))
  func aBrowserRendersThePage() throws {
    let workspace = try workspace()
    try workspace.trained("t.csv", "--report", "r.html", "--holdout", "0.3")
    let browser = try #require(Self.browser)
    for width in [500, 1200] {
      let outcome = try Program.run(
        browser,
        Self.headless + [
          "--window-size=\(width),900", "--screenshot=\(workspace.path)/\(width).png",
          "file://\(workspace.path)/r.html",
        ], in: workspace.path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try workspace.read("\(width).png").count > 10_000)
    }
  }

  private static let headless = ["--headless", "--no-sandbox", "--disable-gpu"]

  /// As a frame of another page, which may be narrower than a window and can be measured.
  @Test(.enabled(if: browser != nil, "no Chromium is installed"))
  func noWidthNeedsScrollingSideways() throws {
    let workspace = try workspace()
    let browser = try #require(Self.browser)
    for (name, options) in [
      ("binary", []), ("classes", ["--loss", "softmax", "--label", "color"]),
      ("number", ["--loss", "squared", "--label", "amount"]),
    ] {
      try workspace.trained(
        list: ["t.csv", "--holdout", "0.3", "--report", "\(name).html"] + options)
    }
    let frames = ["binary", "classes", "number"].flatMap { name in
      [320, 360, 500, 800, 1280].map { width in
        "<iframe src=\"\(name).html\" width=\"\(width)\" height=\"600\"></iframe>"
      }
    }
    try workspace.write(
      "frames.html",
      """
      <!DOCTYPE html><body>\(frames.joined())<p></p><script>
      onload = () => {
        document.querySelector("p").textContent = [...document.querySelectorAll("iframe")].map(f => {
          const page = f.contentDocument.documentElement;
          return page.scrollWidth - page.clientWidth;
        }).join(" ");
      };
      </script></body>
      """)
    let outcome = try Program.run(
      browser,
      Self.headless + [
        "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1400,900",
        "--dump-dom", "file://\(workspace.path)/frames.html",
      ], in: workspace.path)
    let measured = outcome.text.components(separatedBy: "<p>").last?.components(separatedBy: "</p>")
    #expect(measured?.first == Array(repeating: "0", count: 15).joined(separator: " "))
  }
}
