import Foundation
import Testing

/// Segments, groups, thresholds, costs and samples of `evaluate`.
@Suite struct EvaluateFigureTests {
  /// Labels that depend on x, in unequal groups, with a column of two values and a quoted one.
  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    var state: UInt64 = 12
    func draw() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 33) / Double(1 << 31)
    }
    let lines = (0..<900).map { row -> String in
      let x = draw() * 4 - 2
      let label = draw() < 1 / (1 + exp(1 - 1.5 * x)) ? 1 : 0
      let site = row % 3 == 0 ? "\"a, b\"" : "c"
      return "\(label),\((x * 1000).rounded() / 1000),\(site),g\(Int(draw() * draw() * 80))\n"
    }
    try workspace.write("t.csv", "label,x,site,g\n" + lines.joined())
    try workspace.trained("--ignore", "site,g", "t.csv")
    return workspace
  }

  private func figures(_ workspace: Workspace, _ arguments: String...) throws -> [String: Any] {
    let outcome = try workspace.run(["evaluate", "-m", "m.lrs", "--json"] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  private func number(_ value: Any?) throws -> Double { try #require(value as? Double) }

  @Test func optionalFiguresAreNullUntilAskedFor() throws {
    let found = try figures(prepared(), "t.csv")
    for key in ["by", "segments", "ranking", "best_cost"] {
      #expect(found[key] is NSNull, "\(key)")
    }
    let intervals = try #require(found["confidence_intervals"] as? [String: Any])
    #expect(intervals["level"] as? Double == 0.95)
    for key in ["log_loss", "auc", "calibration_ratio"] {
      let interval = try #require(intervals[key] as? [String: Double])
      let (low, high) = (try #require(interval["low"]), try #require(interval["high"]))
      let figure = try number(found[key])
      #expect(low < figure && figure < high, "\(key)")
    }
    #expect(try number(found["ece_if_perfect"]) > 0)
    let tops = try #require(found["thresholds"] as? [[String: Double]])
    #expect(tops.map { $0["top"] } == [0.01, 0.05, 0.1])
    #expect(try #require(tops[2]["share"]) == 0.1)
    let keys: Set = ["threshold", "share", "precision", "recall", "f1", "lift"]
    #expect(Set(try #require(found["best_f1"] as? [String: Double]).keys) == keys)
  }

  @Test func segmentsAreEvaluationsOfTheirRows() throws {
    let workspace = try prepared()
    let found = try figures(workspace, "--by", "site", "t.csv")
    #expect(found["by"] as? String == "site")
    let segments = try #require(found["segments"] as? [[String: Any]])
    #expect(segments.map { $0["value"] as? String } == ["c", "a, b"])
    #expect(segments.map { $0["rows"] as? Int } == [600, 300])
    let text = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
    for segment in segments {
      let value = try #require(segment["value"] as? String)
      let lines = text.split(separator: "\n").enumerated().filter {
        $0.offset == 0 || $0.element.contains(value == "c" ? ",c," : "\"a, b\"")
      }.map(\.element)
      try workspace.write("part.csv", lines.joined(separator: "\n") + "\n")
      let alone = try figures(workspace, "part.csv")
      for key in ["positives", "log_loss", "mean_prediction", "mean_label", "calibration_ratio"] {
        #expect(abs(try number(segment[key]) - number(alone[key])) < 1e-12, "\(key)")
      }
    }
    // A column that the model does not know at all may be one to look at.
    let table = try workspace.run("evaluate", "-m", "m.lrs", "--by", "site", "t.csv").text
    #expect(table.contains("\na, b"))
  }

  @Test func manySegmentsAreCappedAndTheRestIsOne() throws {
    let workspace = try prepared()
    let lines = (0..<1500).map { "\($0 % 2),0.\($0 % 7),s,v\($0)\n" }
    try workspace.write("many.csv", "label,x,site,g\n" + lines.joined())
    let segments = try #require(
      figures(workspace, "--by", "g", "many.csv")["segments"] as? [[String: Any]])
    #expect(segments.count == 1001)
    #expect(segments.last?["rows"] as? Int == 500)
    #expect(segments.last?["value"] is NSNull)
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "--by", "g", "many.csv")
    #expect(outcome.text.contains("971 more"))
  }

  @Test func groupsAreRanked() throws {
    let workspace = try prepared()
    let found = try figures(workspace, "--group", "g", "--k", "3", "t.csv")
    let ranking = try #require(found["ranking"] as? [String: Any])
    #expect(ranking["group"] as? String == "g" && ranking["k"] as? Int == 3)
    #expect(ranking["sampled"] as? Bool == false)
    let rows = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    let predictions = try workspace.predicted("t.csv").compactMap(Double.init)
    var groups: [Substring: [(Double, Bool)]] = [:]
    for (row, prediction) in zip(rows, predictions) {
      let name = try #require(row.split(separator: ",").last)
      groups[name, default: []].append((prediction, row.hasPrefix("1")))
    }
    #expect(ranking["groups"] as? Int == groups.count)
    let gains = groups.values.compactMap(Self.gain)
    let areas = groups.values.compactMap(Self.area)
    #expect(ranking["groups_with_positives"] as? Int == gains.count)
    #expect(ranking["groups_with_both_classes"] as? Int == areas.count)
    let gain = gains.reduce(0, +) / Double(gains.count)
    let area = areas.reduce(0) { $0 + $1.area * $1.rows } / areas.reduce(0) { $0 + $1.rows }
    #expect(abs(try number(ranking["ndcg"]) - gain) < 1e-9)
    #expect(abs(try number(ranking["group_auc"]) - area) < 1e-9)
    // Ten positions are the default, and both figures can be had at once with segments.
    let both = try figures(workspace, "--group", "g", "--by", "site", "t.csv")
    let other = try #require(both["ranking"] as? [String: Any])
    #expect(other["k"] as? Int == 10)
    #expect(other["group_auc"] as? Double == ranking["group_auc"] as? Double)
  }

  /// NDCG@3 without ties (x has three digits, a group few rows).
  private static func gain(_ rows: [(Double, Bool)]) -> Double? {
    let positives = rows.count { $0.1 }
    guard positives > 0 else { return nil }
    func discount(_ place: Int) -> Double { 1 / log2(Double(place + 2)) }
    let ranked = rows.sorted { $0.0 > $1.0 }.prefix(3).enumerated()
    let gain = ranked.reduce(0) { $0 + ($1.element.1 ? discount($1.offset) : 0) }
    return gain / (0..<min(positives, 3)).reduce(0) { $0 + discount($1) }
  }

  private static func area(_ rows: [(Double, Bool)]) -> (area: Double, rows: Double)? {
    let (positives, negatives) = (rows.filter(\.1), rows.filter { !$0.1 })
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let won = positives.reduce(0.0) { sum, positive in
      negatives.reduce(sum) {
        $0 + (positive.0 > $1.0 ? 1 : positive.0 == $1.0 ? 0.5 : 0)
      }
    }
    return (won / Double(positives.count * negatives.count), Double(rows.count))
  }

  @Test func costsChooseAThreshold() throws {
    let workspace = try prepared()
    let found = try figures(workspace, "--cost-fp", "1", "--cost-fn", "4", "t.csv")
    let best = try #require(found["best_cost"] as? [String: Double])
    #expect(best["calibrated_threshold"] == 0.2)
    let (cost, threshold) = (try #require(best["cost"]), try #require(best["threshold"]))
    let labels = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst().map { $0.hasPrefix("1") }
    let predictions = try workspace.predicted("t.csv").compactMap(Double.init)
    func meanCost(at threshold: Double) -> Double {
      zip(predictions, labels).reduce(0) { sum, row in
        sum + (row.0 >= threshold ? (row.1 ? 0 : 1) : (row.1 ? 4 : 0))
      } / 900
    }
    // Predictions have nine digits: a hair below the threshold.
    #expect(abs(meanCost(at: threshold - 1e-8) - cost) < 1e-12)
    let cheapest = predictions.map { meanCost(at: $0) }.min()
    #expect(abs(try #require(cheapest) - cost) < 1e-12)
    let calibrated = try #require(best["cost_at_calibrated_threshold"])
    #expect(abs(calibrated - meanCost(at: 0.2)) < 1e-12)
  }

  /// A sample of the negatives, each weighing its inverse, is the whole again.
  @Test func sampledNegativesStandForTheOthers() throws {
    let workspace = try prepared()
    let rows = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
      .split(separator: "\n")
    let positives = rows.filter { $0.hasPrefix("1") }
    let negatives = rows.filter { $0.hasPrefix("0") }
    let header = [try #require(rows.first)]
    try workspace.write("kept.csv", (header + positives + negatives).joined(separator: "\n") + "\n")
    let whole = header + positives + negatives.flatMap { [$0, $0, $0, $0] }
    try workspace.write("whole.csv", whole.joined(separator: "\n") + "\n")
    let kept = try figures(workspace, "--negatives-kept", "0.25", "kept.csv")
    let all = try figures(workspace, "whole.csv")
    for key in [
      "log_loss", "normalized_entropy", "brier", "auc", "average_precision", "mean_prediction",
      "mean_label", "calibration_ratio", "accuracy",
    ] {
      #expect(abs(try number(kept[key]) - number(all[key])) < 1e-12, "\(key)")
    }
    #expect(kept["rows"] as? Int == rows.count - 1)
  }

  @Test(arguments: [
    (["--by", "sites"], "\"site\"?"), (["--group", "nope"], "column \"nope\" is missing"),
    (["--k", "3"], "--k belongs to --group"), (["--group", "g", "--k", "0"], "--k must be"),
    (["--cost-fp", "1"], "belong together"), (["--cost-fn", "1"], "belong together"),
    (["--cost-fp", "0", "--cost-fn", "1"], "--cost-fp must be"),
    (["--cost-fp", "1", "--cost-fn", "inf"], "--cost-fn must be"),
    (["--negatives-kept", "0"], "--negatives-kept must be"),
    (["--negatives-kept", "1.5"], "--negatives-kept must be"),
    (["--negatives-kept", "nan"], "--negatives-kept must be"),
    (["--negatives-kept", "0.5", "--group", "g"], "positions"),
    (["--label", "site"], "--label belongs to --predictions"),
    (["--no-header"], "--no-header belongs to --predictions"),
    (["--prediction-column", "p"], "--prediction-column belongs to --predictions"),
  ])
  func impossibleOptionsAreRefused(_ options: [String], _ message: String) throws {
    let workspace = try prepared()
    let outcome = try workspace.run(["evaluate", "-m", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func rowsWithoutColumnsHaveNoSegments() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 1:1\n0 2:1\n1 1:2\n")
    try workspace.trained("t.svm")
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "--by", "a", "t.svm")
    #expect(outcome.status == 64 && outcome.errors.contains("no column \"a\""))
  }

  @Test(arguments: [
    ("squared", ["--by", "a"], "--by"), ("squared", ["--group", "a"], "--group"),
    ("softmax", ["--cost-fp", "1", "--cost-fn", "1"], "--cost-fp"),
    ("softmax", ["--negatives-kept", "0.5"], "--negatives-kept"),
  ])
  func otherLossesHaveNoFiguresOfTwoClasses(
    _ loss: String, _ options: [String], _ named: String
  ) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\n1,x\n0,y\n2,x\n2,y\n")
    try workspace.trained("--loss", loss, "t.csv")
    let outcome = try workspace.run(["evaluate", "-m", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains("\(named) needs predictions of two classes"))
    #expect(try workspace.run("evaluate", "-m", "m.lrs", "t.csv").status == 0)
  }

  @Test func threadsAndChunksChangeNothing() throws {
    let workspace = try prepared()
    let arguments = [
      "evaluate", "-m", "m.lrs", "--json", "--by", "site", "--group", "g", "t.csv",
    ]
    let expected = try workspace.run(arguments).output
    for options in [["--threads", "1"], ["--threads", "4", "--chunk-bytes", "50"]] {
      #expect(try workspace.run(arguments + options).output == expected)
    }
  }
}
