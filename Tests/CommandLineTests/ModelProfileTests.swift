import Foundation
import Testing

/// What a model keeps of its training rows.
@Suite struct ModelProfileTests {
  private func profile(_ workspace: Workspace, _ model: String = "m.lrs") throws -> [String: Any] {
    try #require(try workspace.inspected(model)["profile"] as? [String: Any])
  }

  private func column(_ profile: [String: Any], _ name: String) throws -> [String: Any] {
    let columns = try #require(profile["columns"] as? [[String: Any]])
    return try #require(columns.first { $0["name"] as? String == name })
  }

  private func count(_ object: [String: Any], _ key: String, _ part: String = "all") -> Int {
    ((object[key] as? [String: Any])?[part] as? Int) ?? -1
  }

  @Test func saysWhatTheRowsWere() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 1)
    var late = MonitoredRows.Shift()
    late.missing = 0.5
    try workspace.write(
      "t.csv", MonitoredRows.header() + rows.lines(4500) + rows.lines(500, late))
    try workspace.trained("t.csv")
    let profile = try profile(workspace)
    #expect(profile["rows"] as? Int == 5000)
    // All rows of a short stream are looked at.
    #expect(count(profile, "rows_looked_at") == 5000)
    #expect(count(profile, "rows_looked_at", "last_tenth") == 500)
    let site = try column(profile, "site")
    #expect((220...420).contains(count(site, "missing")))
    #expect((200...300).contains(count(site, "missing", "last_tenth")))
    #expect(count(site, "missing", "first_tenth") < 30)
    let values = try #require(site["values"] as? [[String: Any]])
    #expect(values.map { $0["text"] as? String } == ["a", "b", "c", "d"])
    #expect((values[0]["rows"] as? [String: Any])?["all"] as? Int ?? 0 > 1700)
    let amount = try column(profile, "amount")
    #expect((amount["edges"] as? [Double])?.count == 11)
    let bins = try #require(amount["bins"] as? [[String: Any]])
    #expect(bins.compactMap { $0["all"] as? Int }.reduce(0, +) == 5000)
    #expect(count(profile, "positives") > 1500 && count(profile, "labelled") == 5000)
    // Of so few rows, the finished model is another one than that which predicted them.
    let predictions = try #require(profile["predictions"] as? [String: Any])
    #expect(predictions["before_learning"] as? Bool == false)
    let text = try workspace.run("inspect", "m.lrs").text
    #expect(text.contains("profile of the rows trained on"))
    #expect(text.contains("drifts: distance") == false)
    #expect(
      text.contains("missing 6.") || text.contains("missing 7.") || text.contains("missing 5"))
  }

  @Test func noThreadCountOrChunkChangesIt() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 2)
    try workspace.write("t.csv", rows.table(20_000))
    try workspace.trained("t.csv", model: "one.lrs")
    let whole = try workspace.read("one.lrs")
    for arguments in [["--threads", "4", "--chunk-bytes", "1KiB"], ["--threads", "3"]] {
      try workspace.trained(list: ["t.csv"] + arguments, model: "other.lrs")
      #expect(try workspace.read("other.lrs") == whole)
    }
    let sampled = try profile(workspace, "one.lrs")
    #expect((4096...8192).contains(count(sampled, "rows_looked_at")))
    let predictions = try #require(sampled["predictions"] as? [String: Any])
    #expect(predictions["before_learning"] as? Bool == true)
    let late = try #require(predictions["last_quarter"] as? [Double])
    #expect(abs(late.reduce(0, +) - 1) < 1e-9 && late.count > 5)
  }

  /// Sampled, shuffled, in epochs, exactly: all of it is there after a stop as without one.
  @Test(arguments: [
    [], ["--keep-negatives", "0.3"], ["--shuffle", "300"], ["--epochs", "2"],
    ["--optimizer", "lbfgs", "--l2", "1", "--max-iterations", "3"],
  ]) func aStoppedRunKeepsTheSame(_ options: [String]) throws {
    let workspace = try Workspace()
    let parts = try Checkpointing.writeParts(in: workspace, rows: 3000)
    _ = try workspace.resumedLikeUnstopped(options + parts)
    let profile = try profile(workspace)
    #expect(profile["rows"] as? Int == 9000)
    #expect(count(profile, "rows_looked_at") > 4000)
    // Rows that sampling leaves out are looked at, too.
    let positives = count(profile, "positives")
    #expect(Double(positives) < 0.7 * Double(count(profile, "labelled")))
    #expect(profile["predictions"] is [String: Any])
  }

  @Test func offKeepsNone() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 3)
    try workspace.write("t.csv", rows.table(2000))
    try workspace.trained("t.csv")
    try workspace.trained("t.csv", "--profile", "off", model: "off.lrs")
    #expect(try workspace.inspected("off.lrs")["profile"] is NSNull)
    let (with, without) = (try workspace.read("m.lrs"), try workspace.read("off.lrs"))
    #expect(without.count < with.count)
    #expect(try workspace.predicted("t.csv") == workspace.predicted("t.csv", model: "off.lrs"))
    let text = try workspace.run("inspect", "off.lrs").text
    #expect(text.contains("profile     none kept"))
    #expect(try workspace.refusal(of: "t.csv", "--profile", "maybe").contains("profile"))
  }

  @Test func configFilesHaveTheOption() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 4)
    try workspace.write("t.csv", rows.table(500))
    try workspace.write("c.yaml", "profile: off\n")
    try workspace.trained("t.csv", "--config", "c.yaml")
    #expect(try workspace.inspected()["profile"] is NSNull)
  }

  /// Where names are off, values are known by their hashes alone.
  @Test func namesOffKeepsHashes() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 5)
    try workspace.write("t.csv", rows.table(1000))
    try workspace.trained("t.csv", "--names", "off")
    let site = try column(profile(workspace), "site")
    let values = try #require(site["values"] as? [[String: Any]])
    #expect(values.count == 4 && values.allSatisfy { $0["text"] is NSNull })
    #expect(values.allSatisfy { ($0["hash"] as? String)?.hasPrefix("#") == true })
    #expect(
      !(String(data: try workspace.read("m.lrs"), encoding: .isoLatin1) ?? "").contains("site=a"))
  }

  /// Forty columns take at most 64 kB, however long their values are.
  @Test func itsSizeHasABound() throws {
    let workspace = try Workspace()
    let header = (0..<40).map { "column_\($0)" }.joined(separator: ",")
    var text = "label,\(header)\n"
    var random = PlantedNumbers(seed: 9)
    for row in 0..<3000 {
      let fields = (0..<40).map { column in
        column < 15
          ? "\(random.uniform())"
          : String(repeating: "v", count: 60) + "\(Int(40 * random.uniform() * random.uniform()))"
      }
      text += "\(row % 3 == 0 ? 1 : 0),\(fields.joined(separator: ","))\n"
    }
    try workspace.write("t.csv", text)
    try workspace.trained("t.csv")
    try workspace.trained("t.csv", "--profile", "off", model: "off.lrs")
    let size = try workspace.read("m.lrs").count - workspace.read("off.lrs").count
    #expect(size > 10_000 && size < 64_000, "\(size)")
  }

  @Test func manyColumnsAreCutAndSaid() throws {
    let workspace = try Workspace()
    let header = (0..<300).map { "n\($0)" }.joined(separator: ",")
    let row = (0..<300).map { "\($0)" }.joined(separator: ",")
    let rows = (0..<50).map { "\($0 % 2),\(row)\n" }.joined()
    try workspace.write("t.csv", "label,\(header)\n\(rows)")
    try workspace.trained("t.csv")
    let profile = try profile(workspace)
    #expect((profile["columns"] as? [Any])?.count == 256)
    #expect(profile["columns_left_out"] as? Int == 44)
  }

  @Test func everyLossAndFormatHasOne() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 6)
    try workspace.write("t.csv", rows.table(600))
    for options in [["--loss", "squared"], ["--loss", "softmax"], ["--loss", "probit"]] {
      try workspace.trained(list: ["t.csv"] + options)
      let profile = try profile(workspace)
      #expect(profile["predictions"] is NSNull == options.contains("softmax"))
    }
    try workspace.write(
      "t.svm", (0..<500).map { "\($0 % 2) \(1 + $0 % 7):0.5 \(20 + $0 % 3):2\n" }.joined())
    try workspace.trained("t.svm")
    let sparse = try profile(workspace)
    #expect((sparse["columns"] as? [[String: Any]])?.count == 2)
    #expect((sparse["unseen_share_expected"] as? Double).map { $0 < 0.05 } == true)
    try workspace.write("t.vw", (0..<500).map { "\($0 % 2) |a x\($0 % 7) y:2\n" }.joined())
    try workspace.trained("t.vw")
    #expect((try profile(workspace)["columns"] as? [[String: Any]])?.count == 2)
  }

  /// Columns that come alive late keep a profile of their final kind.
  @Test func aColumnThatComesAliveLateHasAProfile() throws {
    let workspace = try Workspace()
    let text =
      "label,x\n"
      + (0..<3000).map { "\($0 % 2),\($0 < 1500 ? 0 : $0 % 97)\n" }.joined()
    try workspace.write("t.csv", text)
    try workspace.trained("t.csv", "--sniff-rows", "1000")
    let x = try column(profile(workspace), "x")
    #expect(x["kind"] as? String == "numbers")
    #expect(x["psi_first_to_last_tenth"] as? Double ?? 0 > 1)
  }

  @Test func sweptModelsHaveThatOfTheirOwnRun() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 8)
    try workspace.write("t.csv", rows.table(3000))
    let outcome = try workspace.run(
      "sweep", "--bits", "10", "--grid", "l2=0,1", "-o", "best.lrs", "--models", "all", "t.csv")
    try #require(outcome.status == 0, "\(outcome.errors)")
    for (index, penalty) in ["0", "1"].enumerated() {
      try workspace.trained("t.csv", "--l2", penalty)
      let name = try #require(try workspace.names(in: "all").sorted().dropFirst(index).first)
      #expect(try workspace.read("all/\(name)") == workspace.read("m.lrs"))
    }
  }

  /// `calibrate` writes another model of the same rows.
  @Test func calibratingKeepsIt() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 9)
    try workspace.write("t.csv", rows.table(3000))
    try workspace.trained("t.csv")
    let outcome = try workspace.run(
      "calibrate", "-m", "m.lrs", "-o", "c.lrs", "--calibrator", "platt", "t.csv")
    try #require(outcome.status == 0, "\(outcome.errors)")
    let before = try profile(workspace) as NSDictionary
    #expect(try profile(workspace, "c.lrs") as NSDictionary == before)
  }

  @Test func theReportShowsIt() throws {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 10)
    try workspace.write("t.csv", rows.table(1000))
    try workspace.trained("t.csv", "--report", "r.html")
    let page = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    #expect(page.contains("Profile of the rows") && page.contains("What columns held"))
    try workspace.trained("t.csv", "--profile", "off", "--report", "r.html")
    let bare = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    #expect(!bare.contains("Profile of the rows"))
  }
}
