import Foundation
import Testing

/// `train --gate`: a model is published only if it is what was asked for.
@Suite struct GateTests {
  private func rows(_ seed: UInt64, _ count: Int = 6000) -> String {
    var rows = MonitoredRows(seed: seed)
    return rows.table(count)
  }

  /// The same rows, labels drawn by lot.
  private func withoutSense(_ seed: UInt64) -> String {
    rows(seed).split(separator: "\n").enumerated().map { index, line in
      index == 0 ? "\(line)\n" : "\(index * 7 % 3 == 0 ? 1 : 0)\(line.dropFirst())\n"
    }.joined()
  }

  private func train(_ workspace: Workspace, _ options: String...) throws -> Outcome {
    try workspace.run(
      ["train", "--bits", "10", "--threads", "1", "--json", "-o", "m.lrs"] + options)
  }

  @Test func anOpenGatePublishes() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(1))
    try workspace.trained("t.csv", model: "plain.lrs")
    let gate = "calibration_ratio in 0.8..1.2,auc>0.6 , log_loss <= 1.05 * previous"
    let first = try train(workspace, "t.csv", "--gate", gate)
    #expect(first.status == 0, "\(first.errors)")
    #expect(try workspace.read("m.lrs") == workspace.read("plain.lrs"))
    let verdict = try #require(try first.json()["gate"] as? [String: Any])
    #expect(verdict["open"] as? Bool == true)
    let conditions = try #require(verdict["conditions"] as? [[String: Any]])
    #expect(
      conditions.map { $0["condition"] as? String }
        == ["calibration_ratio in 0.8..1.2", "auc>0.6", "log_loss <= 1.05 * previous"])
    #expect(conditions[2]["previous"] is NSNull)
    // Now there is a model before.
    try workspace.write("u.csv", rows(2))
    let second = try train(workspace, "u.csv", "--gate", gate)
    #expect(second.status == 0, "\(second.errors)")
    let later = try #require(try second.json()["gate"] as? [String: Any])
    let compared = try #require((later["conditions"] as? [[String: Any]])?[2])
    let before = try #require(compared["previous"] as? Double)
    let stream = try #require(try first.json()["stream"] as? [String: Any])
    #expect(stream["log_loss"] as? Double == before)
    #expect(try first.json()["model"] as? String == "m.lrs")
  }

  @Test func aClosedGateKeepsTheOldModel() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(3))
    try workspace.trained("t.csv")
    let old = try workspace.read("m.lrs")
    try workspace.write("bad.csv", withoutSense(4))
    try workspace.write("r.html", "old page")
    let outcome = try train(
      workspace, "bad.csv", "--report", "r.html", "--gate",
      "auc >= 0.6, log_loss <= 1.02 * previous")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("--gate is closed: auc is 0."), "\(outcome.errors)")
    #expect(outcome.errors.contains("not >= 0.6; log_loss is 0."))
    #expect(outcome.errors.contains("m.lrs is as it was"))
    #expect(try workspace.read("m.lrs") == old)
    #expect(String(decoding: try workspace.read("r.html"), as: UTF8.self) == "old page")
    #expect(try workspace.names() == ["bad.csv", "m.lrs", "r.html", "t.csv"])
    let json = try outcome.json()
    #expect(json["model"] is NSNull && json["rows"] as? Int == 6000)
    #expect((json["gate"] as? [String: Any])?["open"] as? Bool == false)
  }

  /// What is learned stays learned: the same command asks the gate again, and learns nothing twice.
  @Test func aClosedGateLeavesTheCheckpointUsable() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(5))
    let options = ["t.csv", "--checkpoint", "state"]
    let closed = try workspace.run(
      ["train", "--bits", "10", "-q", "-o", "m.lrs", "--gate", "auc >= 0.99"] + options)
    #expect(closed.status == 3 && !workspace.exists("m.lrs"))
    let again = try workspace.run(
      ["train", "--bits", "10", "-q", "-o", "m.lrs", "--gate", "auc >= 0.99"] + options)
    #expect(again.status == 3 && !workspace.exists("m.lrs"))
    let open = try workspace.run(
      ["train", "--bits", "10", "-q", "-o", "m.lrs", "--gate", "auc >= 0.5"] + options)
    #expect(open.status == 0, "\(open.errors)")
    try workspace.trained("t.csv", model: "plain.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("plain.lrs"))
  }

  @Test func figuresOfEveryLossCanBeAsked() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(6))
    let cases: [([String], String, Int32)] = [
      (["--loss", "squared"], "progressive_mse < 0.25", 0),
      (["--loss", "squared", "--holdout", "0.2"], "rmse in 0.1..0.5", 0),
      (["--loss", "squared"], "progressive_mse < 0.01", 3),
      (["--loss", "softmax", "--holdout", "0.2"], "accuracy > 0.5, log_loss < 0.69", 0),
      (["--holdout", "0.2"], "ece < 0.2, progressive_log_loss<=1*previous", 0),
      (["--optimizer", "lbfgs", "--l2", "1", "--holdout", "0.2"], "log_loss < 0.1", 3),
    ]
    for (options, gate, status) in cases {
      let outcome = try workspace.run(
        ["train", "--bits", "10", "-q", "-o", "g.lrs", "--gate", gate, "t.csv"] + options)
      #expect(outcome.status == status, "\(options) \(gate): \(outcome.errors)")
    }
  }

  @Test(arguments: [
    ("", "begins with no figure"), ("auc", "is no condition"), ("auc >", "is no condition"),
    ("auc >= 0.6,", "begins with no figure"), ("aucc > 0.5", "did you mean auc?"),
    ("weather > 0.5", "figures are"), ("auc in 0.9", "is no condition"),
    ("auc in 0.9..0.8", "is no condition"), ("auc in 1..1", "leaves no room"),
    ("auc = 0.5", "is no condition"), ("auc >= nan", "is no condition"),
    ("auc >= 2 * 0.5", "is no condition"), ("auc >= -1 * previous", "is no condition"),
    ("auc >= previous previous", "is no condition"), ("auc >= 0x10", "is no condition"),
    ("rmse < 1", "--loss logistic has no rmse"),
  ]) func whatIsNoGateIsRefusedBeforeReading(_ gate: String, _ words: String) throws {
    let workspace = try Workspace()
    // A pipe that never says anything: it is not waited for.
    let outcome = try workspace.shell(
      "mkfifo idle; timeout 20 logreg-stream train -o m.lrs --gate '\(gate)' idle || exit $?")
    #expect(outcome.status == 64, "\(gate): \(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(gate): \(outcome.errors)")
  }

  @Test func gatesThatCannotBeAskedAreRefused() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(7, 500))
    let held = try workspace.refusal(of: "t.csv", "--calibrator", "none", "--gate", "auc > 0.5")
    #expect(held.contains("rows held out, and none are"))
    let exact = try workspace.refusal(
      of: "t.csv", "--optimizer", "lbfgs", "--gate", "progressive_log_loss < 1")
    #expect(exact.contains("an exact solver has no"))
    let stdout = try workspace.run(
      "train", "--gate", "log_loss <= previous", "-o", "-", "t.csv")
    #expect(stdout.status == 64 && stdout.errors.contains("there is no file"))
    // The model before must be one.
    try workspace.write("m.lrs", "no model")
    let damaged = try workspace.run(
      "train", "--gate", "log_loss <= previous", "-o", "m.lrs", "t.csv")
    #expect(damaged.status == 65)
    #expect(String(decoding: try workspace.read("m.lrs"), as: UTF8.self) == "no model")
  }

  @Test func aConfigFileMayHoldTheGate() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", rows(8, 1000))
    try workspace.write("c.yaml", "gate: \"auc > 0.99\"\n")
    let outcome = try train(workspace, "t.csv", "--config", "c.yaml")
    #expect(outcome.status == 3 && !workspace.exists("m.lrs"))
  }
}
