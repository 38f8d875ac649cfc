import Foundation
import Testing

/// Several passes, shuffling, early stop, holdout and class weights, as a person runs them.
@Suite struct EpochTests {
  private static let table = Samples.table(rows: 500)

  private func models(_ workspace: Workspace, _ runs: [[String]]) throws -> [Data] {
    try runs.enumerated().map { index, options in
      let outcome = try workspace.run(["train", "--bits", "10", "-q", "-o", "m\(index)"] + options)
      #expect(outcome.status == 0, "\(options): \(outcome.errors)")
      return try workspace.read("m\(index)")
    }
  }

  @Test func everyWayToTheSameRowsGivesTheSameModel() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    for order in [[], ["--shuffle", "64", "--seed", "9"], ["--holdout", "0.3"]] {
      let same = try models(
        workspace,
        [
          ["--epochs", "3", "t.csv"] + order,
          ["--epochs", "3", "--cache", "none", "t.csv"] + order,
          ["--epochs", "3", "--cache", "rows.cache", "t.csv"] + order,
          ["--epochs", "3", "--threads", "1", "--chunk-bytes", "64", "t.csv"] + order,
          ["--epochs", "3", "--threads", "5", "t.csv"] + order,
        ])
      #expect(Set(same).count == 1, "\(order)")
      #expect(!workspace.exists("rows.cache"))
      let piped = try workspace.run(
        ["train", "--bits", "10", "-q", "-o", "p", "--epochs", "3"] + order, input: .file("t.csv"))
      #expect(piped.status == 0, "\(piped.errors)")
      #expect(try workspace.read("p") == same[0])
    }
  }

  @Test func shuffleAutoMixesAllRows() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let same = try models(
      workspace,
      [
        ["t.csv", "--shuffle", "auto"], ["t.csv", "--shuffle", "auto", "--chunk-bytes", "64"],
        ["t.csv", "--shuffle", "auto", "--threads", "3"],
      ])
    #expect(Set(same).count == 1)
    let outcome = try workspace.run(
      "train", "--bits", "10", "--shuffle", "auto", "-o", "m.lrs", "t.csv")
    #expect(outcome.errors.contains("all 500 rows are learned in random order"))
    let shown = try workspace.run("inspect", "m.lrs")
    #expect(shown.text.contains("shuffled within 500 rows"))
  }

  /// Rows that waited, for a rate or in a window, are named like all others.
  @Test(arguments: [
    ([], "t.csv: row 3 (line 5)"), (["--alpha", "0.1"], "t.csv: row 3 (line 5)"),
    (["--alpha", "0.1", "--shuffle", "100"], "t.csv: row 3"),
    (["--shuffle", "auto", "--race-rows", "100"], "t.csv: row 3"),
  ])
  func aRowThatCannotBeLearnedIsNamed(_ options: [String], _ place: String) throws {
    let workspace = try Workspace()
    let rows = (0..<300).map { $0 == 2 ? "\n1,3e38,5\n" : "\($0 % 2),1,\($0 % 3)\n" }
    try workspace.write("t.csv", "label,w,x\n" + rows.joined())
    let outcome = try workspace.run(
      [
        "train", "--bits", "10", "-q", "-o", "m.lrs", "t.csv", "--weight", "w",
        "--numeric-transform", "raw",
      ] + options)
    #expect(outcome.status == 65 && outcome.errors.contains(place), "\(outcome.errors)")
    #expect(outcome.errors.contains("is not finite") && !workspace.exists("m.lrs"))
  }

  @Test func epochsSeedsAndShufflingMatter() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let different = try models(
      workspace,
      [
        ["t.csv"], ["--epochs", "2", "t.csv"], ["--shuffle", "500", "t.csv"],
        ["--shuffle", "500", "--seed", "2", "t.csv"], ["--holdout", "0.3", "t.csv"],
        ["--holdout", "0.3", "--seed", "2", "t.csv"], ["--class-weight", "positive=3", "t.csv"],
        ["--class-weight", "negative=0.5", "t.csv"],
      ])
    #expect(Set(different).count == different.count)
  }

  @Test func anEarlyStopKeepsTheBestEpoch() throws {
    let workspace = try Workspace()
    // Labels that nothing explains: more epochs only fit noise.
    let rows = (0..<400).map { "\(($0 * 7919) % 13 % 2),u\($0 % 97),v\($0 % 89)\n" }
    try workspace.write("t.csv", "label,a,b\n" + rows.joined())
    let options = ["--early-stop", "2", "--holdout", "0.3"]
    let stopped = try workspace.trained(list: ["t.csv", "--epochs", "50"] + options)
    let epochs = try #require(stopped["epochs"] as? Int)
    let best = try #require(stopped["best_epoch"] as? Int)
    #expect(epochs < 50 && best == epochs - 2)
    let holdout = try #require(stopped["holdout"] as? [String: Any])
    let early = try workspace.run("inspect", "--weights", "m.lrs").text
    // The weights are those of that many epochs.
    let plain = try workspace.run(
      ["train", "-q", "--bits", "10", "-o", "plain.lrs", "t.csv", "--holdout", "0.3"]
        + (best > 1 ? ["--epochs", "\(best)"] : []))
    #expect(plain.status == 0)
    #expect(try workspace.run("inspect", "--weights", "plain.lrs").text == early)
    #expect((holdout["rows"] as? Int ?? 0) > 30 && holdout["log_loss"] is Double)
  }

  @Test func heldOutRowsAreNotLearned() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let all = try workspace.trained(list: ["t.csv"])
    let most = try workspace.trained(list: ["t.csv", "--holdout", "0.4"])
    let learned = try #require(most["features"] as? Int)
    let total = try #require(all["features"] as? Int)
    #expect(abs(Double(learned) / Double(total) - 0.6) < 0.1)
    #expect(all["holdout"] is NSNull)
    #expect(most["rows"] as? Int == 500)
  }

  @Test func classWeightsAreRowWeights() throws {
    let workspace = try Workspace()
    let rows = (0..<200).map { ($0 % 3 == 0 ? 1 : 0, "c\($0 % 7)") }
    let text = "label,c,w\n" + rows.map { "\($0.0),\($0.1),\($0.0 == 1 ? 4 : 0.5)\n" }.joined()
    try workspace.write("t.csv", text)
    let same = ["t.csv", "--ignore", "w", "--class-weight", "1=4,0=0.5"]
    let byClass = try workspace.run(["train", "--bits", "10", "-q", "-o", "class.lrs"] + same)
    let byRow = try workspace.run([
      "train", "--bits", "10", "-q", "-o", "row.lrs", "t.csv", "--weight", "w",
    ])
    #expect(byClass.status == 0 && byRow.status == 0)
    let weights = try ["class.lrs", "row.lrs"].map {
      try workspace.run("inspect", "--weights", $0).text.split(separator: "\n").map {
        $0.split(separator: "\t").prefix(2).joined(separator: "\t")
      }
    }
    #expect(weights[0] == weights[1] && !weights[0].isEmpty)
  }

  @Test(arguments: [
    ["--epochs", "0"], ["--early-stop", "2"], ["--epochs", "3", "--early-stop", "0"],
    ["--epochs", "3", "--early-stop", "1", "--holdout", "0"], ["--cache", "none"],
    ["--cache", "x"], ["--shuffle", "1"], ["--holdout", "1"], ["--holdout=-1"],
    ["--holdout-rows", "1"], ["--class-weight", "maybe=2"], ["--class-weight", "positive"],
    ["--class-weight", "positive=-1"],
  ])
  func contradictionsAreUsageErrors(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.refusal(list: ["t.csv"] + options)
  }

  @Test func aCacheNeverReplacesAFileAndNeedsAPlace() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.write("taken", "precious")
    let taken = try workspace.run(
      "train", "--bits", "10", "-o", "m.lrs", "--epochs", "2", "--cache", "taken", "t.csv")
    #expect(taken.status == 73)
    #expect(try workspace.read("taken") == Data("precious".utf8))
    let nowhere = try workspace.run(
      "train", "--bits", "10", "-o", "m.lrs", "--epochs", "2", "t.csv",
      environment: ["TMPDIR": "/nonexistent"])
    #expect(nowhere.status == 73 && nowhere.errors.contains("TMPDIR"))
    let piped = try workspace.run(
      ["train", "--bits", "10", "-o", "m.lrs", "--epochs", "2", "--cache", "none"],
      input: .file("t.csv"))
    #expect(piped.status == 64)
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func badRowsAreCountedOnceHoweverManyEpochs() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table + "oops\n")
    for cache in [["--cache", "none"], []] {
      let summary = try workspace.trained(
        list: ["t.csv", "--epochs", "3", "--max-bad-rows", "1", "--quarantine", "bad.csv"] + cache)
      #expect(summary["rows_bad"] as? Int == 1)
      let lines = String(decoding: try workspace.read("bad.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(lines.count == 2)
    }
  }
}
