import Foundation
import Testing

/// Several configurations from one reading of the rows.
@Suite struct SweepTests {
  private static let shared = ["--bits", "10", "-q"]

  /// Sweeps over standard input, which cannot be read twice.
  private func sweep(
    _ arguments: [String], in workspace: Workspace, rows: String = "t.csv"
  ) throws -> Outcome {
    try workspace.run(
      ["sweep", "-o", "best.lrs", "--models", "models"] + Self.shared + arguments,
      input: .file(rows))
  }

  /// Options of `train`, and how a sweep varies them.
  private static let variations: [(options: [String], grids: [String])] = [
    ([], ["alpha=0.05,0.3,auto", "l1=0,0.5"]),
    (["--average", "none", "--batch-size", "8"], ["beta=0.5,2", "l2=0,1"]),
    (["--optimizer", "sgd", "--shuffle", "64"], ["learning-rate=0.01,0.1,auto", "l2=0,0.001"]),
    (["--optimizer", "adagrad", "--shuffle", "auto", "--seed", "7"], ["learning-rate=0.1,1"]),
    (["--holdout", "0.2", "--keep-negatives", "0.5"], ["alpha=0.1,1"]),
    (["--calibrator", "platt", "--class-weight", "positive=2"], ["alpha=0.1,auto", "l1=0,1"]),
    (["--loss", "probit"], ["alpha=0.1,1"]), (["--loss", "squared"], ["alpha=0.1,auto"]),
    (["--loss", "softmax", "--holdout", "0.2"], ["alpha=0.1,1", "l2=0,1"]),
    (["--epochs", "3", "--shuffle", "100"], ["alpha=0.1,1"]),
    (["--epochs", "5", "--early-stop", "1", "--cache", "rows.cache"], ["alpha=0.1,1"]),
    (
      ["--optimizer", "lbfgs", "--holdout", "0.2", "--select", "holdout"],
      ["l2=0.1,1", "l1=0,0.5"]
    ),
    (["--optimizer", "newton", "--holdout", "0.2", "--select", "holdout"], ["l2=0.1,1"]),
  ]

  /// The ways to choose a value of each option.
  private static func choices(_ grids: [String]) -> [[(option: String, value: String)]] {
    grids.reduce([[]]) { choices, grid in
      let parts = grid.split(separator: "=")
      return choices.flatMap { choice in
        parts[1].split(separator: ",").map { choice + [(String(parts[0]), String($0))] }
      }
    }
  }

  @Test(arguments: variations.indices)
  func everyModelIsThatOfTrain(_ index: Int) throws {
    let (options, grids) = Self.variations[index]
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 1, rows: 900))
    let swept = try sweep(
      options + grids.flatMap { ["--grid", $0] } + ["--chunk-bytes", "2000", "--json"],
      in: workspace)
    try #require(swept.status == 0, "\(swept.errors)")
    let json = try swept.json()
    let configurations = try #require(json["configurations"] as? [[String: Any]])
    let choices = Self.choices(grids)
    #expect(configurations.count == choices.count)
    let selection = options.firstIndex(of: "--select")
    var training = options
    if let selection { training.removeSubrange(selection...selection + 1) }
    var alone: [Data] = []
    for (choice, configuration) in zip(choices, configurations) {
      let outcome = try workspace.run(
        ["train", "-o", "alone.lrs", "--json"] + Self.shared + training
          + choice.flatMap { ["--\($0.option)", $0.value] } + ["t.csv"])
      try #require(outcome.status == 0, "\(outcome.errors)")
      alone.append(try workspace.read("alone.lrs"))
      let name = choice.map { "\($0.option)=\($0.value)" }.joined(separator: ",")
      #expect(try workspace.read("models/\(name).lrs") == alone.last, "\(name)")
      #expect(configuration["model"] as? String == "models/\(name).lrs")
      let figures = try outcome.json()
      for key in ["progressive_log_loss", "progressive_mse", "nonzero_weights", "holdout", "rate"] {
        #expect(
          configuration[key] as? NSObject == figures[key] as? NSObject, "\(key) of \(name)")
      }
    }
    let best = try #require((json["best"] as? [String: Any])?["index"] as? Int)
    #expect(try workspace.read("best.lrs") == alone[best])
    // Different configurations, not one model many times.
    #expect(Set(alone).count == alone.count)
    let losses = try configurations.map { try #require($0["selection_loss"] as? Double) }
    #expect(losses[best] == losses.min())
    #expect(!workspace.exists("rows.cache"))
    #expect(try workspace.names().isSubset(of: ["t.csv", "best.lrs", "models", "alone.lrs"]))
  }

  @Test func theTableIsSortedAndTheBestIsFirst() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 2, rows: 500))
    let outcome = try workspace.run(
      "sweep", "--bits", "10", "-o", "b.lrs", "--grid", "alpha=0.001,10,0.3", "--grid", "l1=0",
      "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let cells = outcome.lines.map { $0.split(separator: " ").map(String.init) }
    #expect(cells.first?.joined(separator: " ") == "alpha l1 progressive log loss non-zero weights")
    #expect(cells.count == 4)
    let losses = try cells.dropFirst().map { try #require(Double($0[2])) }
    #expect(losses == losses.sorted() && Set(losses).count == 3)
    #expect(cells[1][0] == "0.3" && cells[1][1] == "0")
    #expect(
      outcome.errors.contains("read 500 rows once for 3 configurations")
        && outcome.errors.contains("best by progressive log loss: alpha 0.3, l1 0"))
    let inspected = try workspace.run("inspect", "b.lrs")
    #expect(inspected.text.contains("alpha 0.3"))
    // Nothing but what was asked for.
    #expect(try workspace.names() == ["t.csv", "b.lrs"])
  }

  @Test(arguments: [
    ("ftrl", "alpha", [0.03, 0.1, 0.3, 1, 3, 10]),
    ("sgd", "learning-rate", [0.005, 0.015, 0.05, 0.15, 0.5, 1.5]),
  ])
  func withoutAGridRatesAreTried(_ optimizer: String, _ option: String, _ rates: [Double]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 3, rows: 200))
    let outcome = try workspace.run(
      "sweep", "--optimizer", optimizer, "--bits", "10", "--json", "-o", "b.lrs", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let configurations = try #require(try outcome.json()["configurations"] as? [[String: Any]])
    #expect(
      configurations.map { $0["options"] as? [String: Double] } == rates.map { [option: $0] })
  }

  @Test func theKeysAreThoseOfTheDocumentation() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 4, rows: 200))
    let json = try workspace.run(
      "sweep", "--bits", "10", "--json", "--holdout", "0.3", "--select", "holdout", "--grid",
      "alpha=0.1,auto", "-o", "b.lrs", "t.csv"
    ).json()
    #expect(json["schema"] as? Int == 1 && json["command"] as? String == "sweep")
    #expect(json["rows"] as? Int == 200 && json["model"] as? String == "b.lrs")
    #expect(json["select"] as? String == "holdout" && json["seconds"] is Double)
    let configurations = try #require(json["configurations"] as? [[String: Any]])
    #expect((configurations[1]["options"] as? [String: Any])?["alpha"] as? String == "auto")
    let holdout = try #require(configurations[0]["holdout"] as? [String: Any])
    #expect(holdout["log_loss"] is Double)
    // Chosen on one half, measured on the other.
    #expect(holdout["log_loss"] as? Double != configurations[0]["selection_loss"] as? Double)
    let best = try #require(json["best"] as? [String: Any])
    let index = try #require(best["index"] as? Int)
    #expect(best["options"] as? NSObject == configurations[index]["options"] as? NSObject)
  }

  /// The page draws the progressive loss of each configuration and marks the best; it changes no model.
  @Test func theReportMarksTheBest() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 9, rows: 600))
    let options = ["sweep", "--bits", "10", "-q", "--grid", "alpha=0.01,0.1,1,10", "t.csv"]
    let plain = try workspace.run(options + ["-o", "a.lrs"])
    let drawn = try workspace.run(options + ["-o", "b.lrs", "--report", "r.html"])
    try #require(plain.status == 0 && drawn.status == 0, "\(drawn.errors)")
    #expect(try workspace.read("a.lrs") == workspace.read("b.lrs"))
    let page = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    let best = try #require(drawn.lines.dropFirst().first?.split(separator: " ").first)
    #expect(page.components(separatedBy: "alpha=\(best) (chosen)").count == 3)
    #expect(page.components(separatedBy: "(chosen)").count == 3)
    #expect(page.contains("Loss over rows") && page.contains(">the others<"))
    #expect(page.components(separatedBy: "<polyline class=\"line ").count == 5)
    // The course ends where the progressive loss does.
    let start = try #require(page.range(of: "<pre id=\"figures\">"))
    let end = try #require(page.range(of: "</pre>", range: start.upperBound..<page.endIndex))
    let text = page[start.upperBound..<end.lowerBound].replacing("&quot;", with: "\"")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
    let courses = try #require(json["plots"]?["courses"] as? [String: [[Double]]])
    let rows = try #require(json["figures"]?["configurations"] as? [[String: Any]])
    #expect(courses.count == 4)
    for row in rows {
      let alpha = try #require((row["options"] as? [String: Double])?["alpha"])
      let course = try #require(courses["alpha=\(alpha < 1 ? "\(alpha)" : "\(Int(alpha))")"])
      let loss = try #require(row["progressive_log_loss"] as? Double)
      #expect(course.last?[0] == 600 && abs((course.last?[1] ?? 0) - loss) < 1e-12)
    }
    let exact = try workspace.run(
      "sweep", "--bits", "10", "-q", "--optimizer", "lbfgs", "--holdout", "0.2", "--select",
      "holdout", "--grid", "l2=1,10", "-o", "c.lrs", "--report", "e.html", "t.csv")
    #expect(exact.status == 0, "\(exact.errors)")
    let exactPage = String(decoding: try workspace.read("e.html"), as: UTF8.self)
    #expect(!exactPage.contains("Loss over rows") && exactPage.contains("(chosen)"))
  }

  @Test func threadsAndChunksChangeNothing() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 5, rows: 700))
    var models: [[Data]] = []
    for (index, options) in [["--threads", "1"], ["--threads", "3", "--chunk-bytes", "500"]]
      .enumerated()
    {
      let outcome = try workspace.run(
        ["sweep", "--bits", "10", "-q", "-o", "b.lrs", "--models", "d\(index)", "--grid"]
          + ["alpha=0.1,auto,l2=0,1", "t.csv"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let names = try workspace.names(in: "d\(index)").sorted()
      #expect(names.count == 4)
      models.append(
        try names.map { try workspace.read("d\(index)/\($0)") } + [try workspace.read("b.lrs")])
    }
    #expect(models[0] == models[1])
  }

  /// Numbers that run out of range end one configuration, as they end its training, and no other.
  @Test func aConfigurationThatCannotLearnIsLeftOut() throws {
    let workspace = try Workspace()
    let rows = (0..<300).map { "\($0 % 2),1e10\n" }.joined()
    try workspace.write("t.csv", "label,a\n" + rows)
    let options = ["--bits", "10", "--clip", "1e38", "--numeric-transform", "raw"]
    let alone = try workspace.run(
      ["train", "-o", "m.lrs", "--alpha", "1e30", "t.csv"] + options)
    try #require(alone.status == 65, "\(alone.errors)")
    let outcome = try workspace.run(
      ["sweep", "--json", "--models", "d", "-o", "b.lrs", "t.csv", "--grid"]
        + ["alpha=1e30,0.1"] + options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let configurations = try #require(try outcome.json()["configurations"] as? [[String: Any]])
    #expect((configurations[0]["failure"] as? String)?.contains("is not finite") == true)
    #expect(outcome.errors.contains("warning: alpha=1e+30 has no model: "))
    #expect(configurations[0]["nonzero_weights"] is NSNull && configurations[0]["model"] is NSNull)
    #expect(try workspace.names(in: "d") == ["alpha=0.1.lrs"])
    let none = try workspace.run(
      ["sweep", "-o", "c.lrs", "t.csv", "--grid", "alpha=1e30,1e29"] + options)
    #expect(none.status == 65 && none.errors.contains("is not finite"), "\(none.errors)")
    #expect(!workspace.exists("c.lrs"))
  }

  @Test func nothingIsPublishedOfADamagedInput() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 6, rows: 400) + "oops\n")
    try workspace.write("best.lrs", "old")
    let outcome = try sweep(["--grid", "alpha=0.1,1"], in: workspace)
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(try workspace.read("best.lrs") == Data("old".utf8))
    #expect(try workspace.names() == ["t.csv", "best.lrs"])
  }

  /// Of the best all that `train` says; of the others only with -v, with their names.
  @Test func notEveryConfigurationIsTalkedOf() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 8, rows: 600))
    let options = ["sweep", "--bits", "10", "-o", "b.lrs", "--grid", "alpha=0.1,1000", "t.csv"]
    let quiet = try workspace.run(options)
    #expect(quiet.errors.contains("logreg-stream: calibrator: "), "\(quiet.errors)")
    #expect(!quiet.errors.contains("diverges") && !quiet.errors.contains("alpha=1000"))
    let verbose = try workspace.run(options + ["-v"])
    #expect(verbose.errors.contains("alpha=1000: warning: the progressive"), "\(verbose.errors)")
  }

  @Test func noOutputFallsOnAnother() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 6, rows: 100))
    try FileManager.default.createDirectory(
      atPath: workspace.path + "/d", withIntermediateDirectories: true)
    let same = try workspace.run(
      "sweep", "--models", "d", "-o", "d/alpha=1.lrs", "--grid", "alpha=0.1,1", "t.csv")
    #expect(same.status == 64 && same.errors.contains("name the same file"), "\(same.errors)")
    let place = try workspace.run(
      "sweep", "--models", "no/where", "-o", "b.lrs", "--grid", "alpha=0.1,1", "t.csv")
    #expect(place.status == 73 && place.errors.contains("directory of models"), "\(place.errors)")
  }

  /// What no input could satisfy is said before a byte is read.
  @Test(arguments: [
    (["--grid", "gamma=1"], "no option that a sweep can vary"),
    (["--grid", "alpa=1"], "did you mean alpha?"), (["--grid", "0.1,0.2"], "names no option"),
    (["--grid", "alpha=0.1,x"], "\"x\" is no value of it"),
    (["--grid", "alpha="], "\"\" is no value of it"), (["--grid", "l1=auto"], "is no value of it"),
    (["--grid", "alpha=nan"], "is no value of it"), (["--grid", "alpha=0.1,-1"], "alpha"),
    (["--grid", "alpha=0.1,1e-1"], "has the value 0.1 twice"),
    (["--grid", "alpha=1", "--grid", "alpha=2"], "names alpha twice"),
    (["--grid", "alpha=1", "--optimizer", "sgd"], "alpha belongs to ftrl"),
    (["--grid", "learning-rate=1"], "learning-rate belongs to sgd and adagrad"),
    (["--grid", "alpha=1,2", "--alpha", "3"], "add its value to --grid alpha="),
    (["--grid", "l1=1,2", "--l1", "3"], "--l1 is given"),
    (["--alpha", "0.1"], "or name another option with --grid"),
    (["--optimizer", "lbfgs", "--select", "holdout", "--holdout", "0.1"], "has no rate to sweep"),
    (["--optimizer", "lbfgs", "--grid", "l2=1"], "has no progressive loss to choose by"),
    (["--select", "holdout"], "--select holdout needs held-out rows"),
    (["--epochs", "2", "--cache", "none", "x.csv"], "a sweep reads it once"),
    (
      ["--grid", "alpha=1,2,3,4,5,6,7,8,9", "--grid", "l1=1,2,3,4,5,6,7,8"],
      "more than 64 configurations"
    ),
    (["--select", "best"], "--select"), (["--checkpoint", "d"], "--checkpoint"),
    (["--report", "-"], "--report needs the name of a file"),
  ])
  func whatCannotBeIsRefused(_ options: [String], _ words: String) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(["sweep", "-o", "b.lrs"] + options, input: .silent)
    #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try workspace.names().isEmpty)
  }

  @Test func theBestNeedsAFile() throws {
    let workspace = try Workspace()
    for (options, words) in [
      ([], "Missing --model"), (["-o", "-"], "would share standard output"),
      (["-o", "/dev/stdout"], "would share standard output"),
    ] {
      let outcome = try workspace.run(["sweep"] + options, input: .silent)
      #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
    }
  }

  @Test func aConfigFileNamesGrids() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 7, rows: 200))
    try workspace.write("c.yaml", "bits: 10\ngrid: [alpha=0.1, 1, l1=0, 2]\nmodel: b.lrs\n")
    let outcome = try workspace.run("sweep", "--config", "c.yaml", "--json", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let configurations = try #require(try outcome.json()["configurations"] as? [[String: Any]])
    #expect(configurations.count == 4)
    #expect(configurations[3]["options"] as? [String: Double] == ["alpha": 1, "l1": 2])
  }
}
