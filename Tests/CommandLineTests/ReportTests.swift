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
    #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
    let json = try #require(try figures(html)["figures"] as? [String: Any])
    let timed: Set<String> = ["seconds", "rows_per_second", "peak_rss_bytes"]
    #expect(Set(json.keys) == Set(trained.keys).subtracting(timed))
    #expect(json["rows"] as? Int == trained["rows"] as? Int)
    #expect(
      json["progressive_log_loss"] as? Double == trained["progressive_log_loss"] as? Double)
    // Every plot says what it shows to those who cannot see it.
    let plots = html.components(separatedBy: "<svg").dropFirst()
    #expect(!plots.isEmpty)
    #expect(
      plots.allSatisfy {
        $0.contains("aria-hidden") || $0.contains("<title") && $0.contains("role=\"img\"")
      })
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
    for width in [420, 1200] {
      let outcome = try Program.run(
        browser,
        [
          "--headless", "--no-sandbox", "--disable-gpu", "--window-size=\(width),900",
          "--screenshot=\(workspace.path)/\(width).png", "file://\(workspace.path)/r.html",
        ], in: workspace.path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try workspace.read("\(width).png").count > 10_000)
    }
  }
}
