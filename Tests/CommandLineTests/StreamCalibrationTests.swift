import Foundation
import Testing

/// Calibrators from the margins of rows before they were learned: nothing is held out.
@Suite struct StreamCalibrationTests {
  private func workspace(rows: Int = 20_000, bias: Double = -2) throws -> Workspace {
    let workspace = try Workspace()
    try PlantedRows(seed: 5, rows: rows, bias: bias).write(to: workspace, testRows: 2000)
    return workspace
  }

  private func method(_ summary: [String: Any]) -> String? {
    (summary["calibrator"] as? [String: Any])?["method"] as? String
  }

  private func evaluated(_ workspace: Workspace, _ options: String...) throws -> [String: Any] {
    let outcome = try workspace.run(["evaluate", "-q", "--json", "-m", "m.lrs"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  @Test func noRowIsLostAndNothingIsSampled() throws {
    let workspace = try workspace()
    let outcome = try workspace.train("train.csv")
    let summary = try outcome.json()
    #expect(summary["rows_held_out"] as? Int == 0 && summary["holdout"] is NSNull)
    let stream = try #require(summary["stream"] as? [String: Any])
    let rows = try #require(stream["rows"] as? Int)
    #expect(rows >= 10_000 && rows <= 10_700)
    for key in ["log_loss", "auc", "ece", "calibration_ratio"] { #expect(stream[key] is Double) }
    #expect(outcome.errors.contains("calibrator: "), "\(outcome.errors)")
    #expect(outcome.errors.contains("rows of the stream, "))
    let inspected = try #require(workspace.inspected()["stream"] as? [String: Any])
    #expect(inspected["log_loss"] as? Double == stream["log_loss"] as? Double)
    // Nothing is said or kept on request.
    let none = try workspace.train("train.csv", "--calibrator", "none")
    #expect(try none.json()["stream"] is NSNull)
    #expect(try none.json()["stream_uncalibrated"] is NSNull)
    #expect(!none.errors.contains("calibrator: "))
  }

  @Test(arguments: ["intercept", "platt", "isotonic", "beta", "blend"])
  func everyKindIsFittedAndServed(kind: String) throws {
    let workspace = try workspace()
    let options = ["train.csv", "--weight", "w", "--keep-negatives", "0.3", "--calibrator"]
    let summary = try workspace.trained(list: options + [kind])
    #expect(method(summary) == kind && summary["rows_held_out"] as? Int == 0)
    let calibrator = try #require(summary["calibrator"] as? [String: Any])
    #expect(["intercept", "platt", "blend"].contains(kind) == (calibrator["intercept"] != nil))
    #expect(["isotonic", "blend"].contains(kind) == (calibrator["knots"] != nil))
    #expect(summary["stream_uncalibrated"] is [String: Any])
    let served = try evaluated(workspace, "test.csv")
    #expect(abs(try #require(served["calibration_ratio"] as? Double) - 1) < 0.1)
    // The weights are those of a run without.
    let plain = try workspace.predicted("--uncalibrated", "test.csv")
    try workspace.trained(list: options + ["none"])
    #expect(try workspace.predicted("test.csv") == plain)
    let inspected = try workspace.run("inspect", "m.lrs")
    #expect(inspected.status == 0)
  }

  @Test func blendIsShownWithItsKnots() throws {
    let workspace = try workspace()
    try workspace.trained("train.csv", "--calibrator", "blend")
    let calibrator = try #require(workspace.inspected()["calibrator"] as? [String: Any])
    let knots = try #require(calibrator["knots"] as? [[Double]])
    #expect(knots.count > 3 && zip(knots, knots.dropFirst()).allSatisfy { $0[0] < $1[0] })
    let text = try workspace.run("inspect", "m.lrs").text
    #expect(text.contains("calibrator  blend, slope ") && text.contains(" \(knots.count) knots"))
    #expect(text.contains("stream      before calibration: log loss"))
    #expect(text.contains("stream      after calibration:  log loss"))
  }

  @Test func sampledRowsAreShiftedAndWeighted() throws {
    let workspace = try workspace(rows: 40_000)
    for options in [
      [], ["--correction", "weight"], ["--correction", "none"],
      ["--class-weight", "positive=5"],
    ] {
      let summary = try workspace.trained(
        list: ["train.csv", "--weight", "w", "--keep-negatives", "0.2"] + options)
      #expect(method(summary) != nil && summary["rows_held_out"] as? Int == 0)
      let stream = try #require(summary["stream"] as? [String: Any])
      #expect(abs(try #require(stream["calibration_ratio"] as? Double) - 1) < 0.02)
      let served = try evaluated(workspace, "test.csv")
      #expect(abs(try #require(served["calibration_ratio"] as? Double) - 1) < 0.1, "\(options)")
    }
  }

  @Test func fewPositivesLeaveThePriorCorrection() throws {
    let workspace = try workspace(rows: 2000, bias: -5)
    let outcome = try workspace.train("train.csv", "--keep-negatives", "0.5")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("warning: calibrator: none on "), "\(outcome.errors)")
    #expect(outcome.errors.contains("50 are needed, the prior correction stands"))
    #expect(try outcome.json()["calibrator"] is NSNull)
    let named = try workspace.refusal(
      of: "train.csv", "--keep-negatives", "0.5", "--calibrator", "isotonic", status: 65)
    #expect(named.contains("on the last half of the rows learned"), "\(named)")
    #expect(named.contains("--calibrator auto"))
  }

  @Test func aHoldoutMeasuresWhatTheStreamFits() throws {
    let workspace = try workspace()
    let both = try workspace.trained(
      "train.csv", "--holdout", "0.2", "--calibrate-on", "stream", "--calibrator", "platt")
    #expect(method(both) == "platt" && both["stream"] is [String: Any])
    let after = try #require(both["holdout"] as? [String: Any])
    let before = try #require(both["holdout_uncalibrated"] as? [String: Any])
    #expect(after["log_loss"] as? Double != before["log_loss"] as? Double)
    #expect(after["rows"] as? Int == before["rows"] as? Int)
    // Said alone, a holdout is what is calibrated on.
    let holdout = try workspace.trained("train.csv", "--holdout", "0.2", "--calibrator", "platt")
    #expect(holdout["stream"] is NSNull && method(holdout) == "platt")
  }

  @Test func softmaxHasNoneUnlessItIsHeldOut() throws {
    let workspace = try workspace(rows: 2000)
    let auto = try workspace.trained(
      "train.csv", "--loss", "softmax", "--calibrate-on", "stream")
    #expect(auto["calibrator"] is NSNull && auto["stream"] is NSNull)
  }

  @Test func thePageHasASectionOfTheStream() throws {
    let workspace = try workspace(rows: 4000)
    try workspace.trained("train.csv", "--report", "r.html")
    let page = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    #expect(page.contains("Figures of the stream") && !page.contains("No rows were held out"))
  }

  // MARK: - The same bytes

  @Test(arguments: [[], ["--shuffle", "300", "--batch-size", "5"], ["--keep-negatives", "0.4"]])
  func threadsAndChunksChangeNothing(_ options: [String]) throws {
    let workspace = try workspace(rows: 3000, bias: -1)
    func model(_ more: [String]) throws -> Data {
      let outcome = try workspace.run(
        ["train", "-q", "--bits", "10", "-o", "n.lrs", "train.csv"] + options + more)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try workspace.read("n.lrs")
    }
    let first = try model(["--threads", "1"])
    for more in [
      ["--threads", "4"], ["--threads", "4", "--chunk-bytes", "60"],
      ["--threads", "1", "--chunk-bytes", "7"], ["--report", "r.html"],
    ] { #expect(try model(more) == first, "\(more)") }
    #expect(try workspace.inspected("n.lrs")["stream"] is [String: Any])
  }

  @Test(arguments: [[], ["--shuffle", "300", "--batch-size", "5"], ["--keep-negatives", "0.4"]])
  func aResumedRunHasTheSameCalibrator(_ options: [String]) throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 2000)
    let (plain, resumed) = try workspace.resumedLikeUnstopped(options + files)
    #expect(try Checkpointing.figures(resumed) == Checkpointing.figures(plain))
    #expect(try workspace.inspected()["stream"] is [String: Any])
    // Learned file by file, the same.
    for count in 1...files.count {
      let run = try workspace.resumable(
        options + ["--sniff-rows", "100"] + Array(files.prefix(count)), state: "other")
      #expect(run.status == 0, "\(run.errors)")
    }
    let few = try workspace.resumable(
      options + ["--sniff-rows", "100"] + files, state: nil, model: "few.lrs")
    #expect(few.status == 0)
    #expect(try workspace.read("few.lrs") == workspace.read("m.lrs"))
  }

  /// A directory that kept no margins, as it was made without a calibrator.
  @Test func aDirectoryWithoutMarginsGoesOnWithThoseToCome() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 600)
    try #require(
      try workspace.resumable([files[0], "--calibrate-on", "holdout"]).status == 0)
    let other = try workspace.resumable(files)
    #expect(other.status == 64, "\(other.errors)")
    #expect(other.errors.contains("--calibrate-on is stream and was holdout"))
    let same = try workspace.resumable(files + ["--calibrate-on", "holdout"])
    #expect(same.status == 0, "\(same.errors)")
  }
}
