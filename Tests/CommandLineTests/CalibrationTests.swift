import Foundation
import Testing

/// Calibrators: fitted while training or by `calibrate`, stored, applied, and left out on request.
@Suite struct CalibrationTests {
  private func workspace(rows: Int = 20_000, bias: Double = -2) throws -> Workspace {
    let workspace = try Workspace()
    try PlantedRows(seed: 5, rows: rows, bias: bias).write(to: workspace, testRows: 2000)
    return workspace
  }

  private func evaluated(_ workspace: Workspace, _ options: String...) throws -> [String: Any] {
    let outcome = try workspace.run(["evaluate", "-q", "--json"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  private func method(_ summary: [String: Any]) -> String? {
    (summary["calibrator"] as? [String: Any])?["method"] as? String
  }

  @Test func autoCalibratesWhatIsDownsampledOnAHoldout() throws {
    let workspace = try workspace()
    let holdout = ["train.csv", "--calibrate-on", "holdout"]
    let all = try workspace.trained(list: holdout)
    #expect(all["calibrator"] is NSNull && all["rows_held_out"] as? Int == 0)
    #expect(all["stream"] is NSNull)
    for options in [
      ["--keep-negatives", "0.5"], ["--negatives-kept", "0.5"], ["--population-rate", "0.05"],
      ["--keep-negatives", "0.5", "--optimizer", "newton"],
      ["--keep-negatives", "0.5", "--epochs", "3", "--early-stop", "1"],
    ] {
      let summary = try workspace.trained(list: holdout + options)
      #expect(method(summary) == "platt")
      let heldOut = try #require(summary["rows_held_out"] as? Int)
      #expect(abs(heldOut - 2000) < 200)
      #expect(method(try workspace.inspected()) == "platt")
    }
    let plain = try workspace.trained(
      "train.csv", "--keep-negatives", "0.5", "--calibrator", "none")
    #expect(plain["calibrator"] is NSNull && plain["rows_held_out"] as? Int == 0)
    // Said outright, there is no holdout to calibrate on.
    let none = try workspace.trained(
      list: holdout + ["--keep-negatives", "0.5", "--holdout", "0"])
    #expect(none["calibrator"] is NSNull && none["holdout"] is NSNull)
  }

  @Test(arguments: ["intercept", "platt", "isotonic", "beta", "blend"])
  func theCalibratorIsAppliedAndCanBeLeftOut(kind: String) throws {
    let workspace = try workspace()
    let options = ["train.csv", "--keep-negatives", "0.3", "--holdout", "0.3", "--calibrator"]
    let summary = try workspace.trained(list: options + [kind])
    #expect(method(summary) == kind)
    let calibrated = try workspace.predicted("test.csv")
    let margins = try workspace.predicted("--uncalibrated", "test.csv")
    #expect(calibrated != margins && calibrated.count == margins.count)
    let numbers = calibrated.compactMap(Double.init)
    #expect(numbers.count == 4000 && numbers.allSatisfy { $0 > 0 && $0 < 1 })
    // Increasing: rows of a larger margin are not less probable.
    let pairs = zip(margins.compactMap(Double.init), numbers).sorted { $0 < $1 }
    #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.1 <= $1.1 + 1e-9 })
    // What is left is the same model without it.
    try workspace.trained(list: options + ["none"], model: "plain.lrs")
    #expect(try workspace.predicted("test.csv", model: "plain.lrs") == margins)
    let evaluations = try [[], ["--uncalibrated"]].map {
      try workspace.run(["evaluate", "-q", "-m", "m.lrs", "test.csv"] + $0).text
    }
    #expect(evaluations[0] != evaluations[1])
    #expect(
      try workspace.run("evaluate", "-q", "-m", "plain.lrs", "test.csv").text == evaluations[1])
  }

  @Test func figuresBeforeAndAfterAreStored() throws {
    let workspace = try workspace()
    let summary = try workspace.trained(
      "train.csv", "--keep-negatives", "0.3", "--calibrate-on", "holdout")
    let after = try #require(summary["holdout"] as? [String: Any])
    let before = try #require(summary["holdout_uncalibrated"] as? [String: Any])
    #expect(after["rows"] as? Int == before["rows"] as? Int)
    #expect(after["log_loss"] as? Double != before["log_loss"] as? Double)
    let inspected = try workspace.inspected()
    for (key, figures) in [("holdout", after), ("holdout_uncalibrated", before)] {
      let stored = try #require(inspected[key] as? [String: Any])
      for figure in ["log_loss", "ece", "calibration_ratio", "auc"] {
        #expect(stored[figure] as? Double == figures[figure] as? Double, "\(key) \(figure)")
      }
    }
    let text = try workspace.run("inspect", "m.lrs").text
    for words in ["prior shift -1.2", "calibrator  platt, slope", "before calibration"] {
      #expect(text.contains(words), "\(words)")
    }
  }

  /// Half of the rows that were held out fit the calibrator, the others are reported on.
  @Test func halvesAreDisjoint() throws {
    let workspace = try workspace()
    let summary = try workspace.trained(
      "train.csv", "--keep-negatives", "0.3", "--calibrate-on", "holdout")
    let fitted = try #require((summary["calibrator"] as? [String: Any])?["rows"] as? Int)
    let reported = try #require((summary["holdout"] as? [String: Any])?["rows"] as? Int)
    #expect(fitted + reported == summary["rows_held_out"] as? Int)
    #expect(abs(fitted - reported) < 250)
  }

  // MARK: - Too few rows

  @Test func autoGoesOnWithoutWhenPositivesAreFew() throws {
    let workspace = try workspace(rows: 2000, bias: -5)
    let outcome = try workspace.train(
      "train.csv", "--keep-negatives", "0.5", "--calibrate-on", "holdout")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("warning: the model is not calibrated"))
    #expect(outcome.errors.contains("needs at least 20 positive"))
    let summary = try outcome.json()
    #expect(summary["calibrator"] is NSNull && summary["holdout"] is [String: Any])
    #expect(abs((summary["prior_shift"] as? Double ?? 0) - log(0.5)) < 0.1)
  }

  @Test func aCalibratorAskedForIsNotLeftOutInSilence() throws {
    let workspace = try workspace(rows: 2000, bias: -5)
    let outcome = try workspace.train(
      "train.csv", "--keep-negatives", "0.5", "--calibrator", "isotonic")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("needs at least 100 positive"))
    #expect(outcome.errors.contains("--calibrator auto"))
    #expect(!workspace.exists("m.lrs"))
    // The same from calibrate, which leaves what was there.
    try workspace.trained("train.csv")
    try workspace.write("n.lrs", "precious")
    let again = try workspace.run(
      "calibrate", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "platt", "train.csv")
    #expect(again.status == 65 && again.errors.contains("needs at least 20 positive"))
    #expect(try workspace.read("n.lrs") == Data("precious".utf8))
  }

  // MARK: - calibrate

  @Test func calibrateMendsAModelThatIsOff() throws {
    let workspace = try workspace()
    try workspace.trained(
      "train.csv", "--keep-negatives", "0.2", "--correction", "none", "--calibrator", "none",
      "--weight", "w")
    let off = try evaluated(workspace, "-m", "m.lrs", "test.csv", "--uncalibrated")
    let model = try workspace.read("m.lrs")
    for kind in ["intercept", "platt", "isotonic", "beta", "blend"] {
      let outcome = try workspace.run(
        "calibrate", "-q", "--json", "-m", "m.lrs", "-o", "\(kind).lrs", "--calibrator", kind,
        "train.csv")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let summary = try outcome.json()
      #expect(method(summary) == kind && summary["command"] as? String == "calibrate")
      #expect(summary["rows"] as? Int == 20_000 && summary["model"] as? String == "\(kind).lrs")
      let rows = try #require((summary["calibrator"] as? [String: Any])?["rows"] as? Int)
      #expect(abs(rows - 10_000) < 400)
      let mended = try evaluated(workspace, "-m", "\(kind).lrs", "test.csv")
      #expect(try #require(off["calibration_ratio"] as? Double) > 2)
      #expect(abs(try #require(mended["calibration_ratio"] as? Double) - 1) < 0.06)
      // The weights are the same; only what maps margins has changed.
      let plain = try evaluated(workspace, "-m", "\(kind).lrs", "test.csv", "--uncalibrated")
      #expect(plain["log_loss"] as? Double == off["log_loss"] as? Double)
    }
    #expect(try workspace.read("m.lrs") == model)
    // In place, and once more: a calibrator is replaced, not stacked.
    let again = try workspace.run(
      "calibrate", "-q", "-m", "platt.lrs", "-o", "platt.lrs", "--calibrator", "beta", "train.csv")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try workspace.read("platt.lrs") == workspace.read("beta.lrs"))
  }

  @Test func calibrateOnASampleIsToldItsRate() throws {
    let workspace = try workspace(rows: 40_000)
    try workspace.trained("train.csv", "--weight", "w")
    // Every fourth negative only.
    let outcome = try workspace.shell(
      "awk -F, 'NR == 1 || $1 == 1 || ++n % 4 == 0' train.csv > sample.csv")
    try #require(outcome.status == 0)
    func ratio(_ options: [String]) throws -> Double {
      let calibrated = try workspace.run(
        ["calibrate", "-q", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "platt", "sample.csv"]
          + options)
      try #require(calibrated.status == 0, "\(calibrated.errors)")
      return try #require(
        evaluated(workspace, "-m", "n.lrs", "test.csv")["calibration_ratio"] as? Double)
    }
    #expect(abs(try ratio(["--negatives-kept", "0.25"]) - 1) < 0.06)
    #expect(try ratio([]) > 1.5)
  }

  @Test func calibrateKeepsABoundedSample() throws {
    let workspace = try workspace()
    try workspace.trained("train.csv")
    let outcome = try workspace.run(
      "calibrate", "-q", "--json", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "platt",
      "--holdout-rows", "1000", "--threads", "3", "--chunk-bytes", "999", "train.csv")
    let summary = try outcome.json()
    let rows = try #require((summary["calibrator"] as? [String: Any])?["rows"] as? Int)
    #expect(abs(rows - 500) < 100)
    let same = try workspace.run(
      ["calibrate", "-q", "-m", "m.lrs", "-o", "o.lrs", "--calibrator", "platt"]
        + ["--holdout-rows", "1000", "--threads", "1"], input: .file("train.csv"))
    #expect(same.status == 0, "\(same.errors)")
    #expect(try workspace.read("o.lrs") == workspace.read("n.lrs"))
  }

  @Test func softmaxHasATemperature() throws {
    let workspace = try workspace()
    let summary = try workspace.trained(
      "train.csv", "--loss", "softmax", "--calibrator", "temperature", "--learning-rate", "5",
      "--optimizer", "sgd")
    #expect(method(summary) == "temperature")
    let before = try #require(summary["holdout_uncalibrated"] as? [String: Any])
    let after = try #require(summary["holdout"] as? [String: Any])
    #expect(
      try #require(after["log_loss"] as? Double) < #require(before["log_loss"] as? Double))
    #expect(after["accuracy"] as? Double == before["accuracy"] as? Double)
    #expect(
      try workspace.predicted("test.csv") != workspace.predicted("--uncalibrated", "test.csv"))
    let again = try workspace.run(
      "calibrate", "-q", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "temperature", "train.csv")
    #expect(again.status == 0, "\(again.errors)")
    let platt = try workspace.run(
      "calibrate", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "platt", "train.csv")
    #expect(platt.status == 64 && platt.errors.contains("temperature"))
    let kept = try workspace.run(
      "calibrate", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "temperature",
      "--negatives-kept", "0.5", "train.csv")
    #expect(kept.status == 64 && kept.errors.contains("--negatives-kept"))
  }

  @Test(arguments: [
    (["--calibrator", "auto"], "nothing to fit"), (["--calibrator", "none"], "--uncalibrated"),
    (["--calibrator", "temperature"], "several classes"),
    (["--calibrator", "platt", "--negatives-kept", "0"], "--negatives-kept"),
    (["--calibrator", "platt", "--negatives-kept", "1.1"], "--negatives-kept"),
    (["--calibrator", "platt", "--holdout-rows", "1"], "--holdout-rows"), ([], "--calibrator"),
    (["--calibrator", "platt", "-o", "train.csv"], "also an input"),
    (["--calibrator", "platt", "--quarantine", "n.lrs"], "the same file"),
    (["--calibrator", "platt", "--json", "-o", "-"], "standard output"),
  ])
  func contradictionsAreUsageErrors(options: [String], words: String) throws {
    let workspace = try workspace(rows: 200)
    try workspace.trained("train.csv")
    let output = options.contains("-o") ? [] : ["-o", "n.lrs"]
    let outcome = try workspace.run(["calibrate", "-m", "m.lrs", "train.csv"] + output + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!workspace.exists("n.lrs"))
  }

  @Test func calibrateReadsItsOutputFromAConfigFile() throws {
    let workspace = try workspace(rows: 4000)
    try workspace.trained("train.csv")
    try workspace.write("c.yaml", "model: m.lrs\noutput: ignored.lrs\ncalibrator: platt\n")
    let outcome = try workspace.run(
      "calibrate", "-q", "--config", "c.yaml", "-o", "n.lrs", "train.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(workspace.exists("n.lrs") && !workspace.exists("ignored.lrs"))
  }
}
