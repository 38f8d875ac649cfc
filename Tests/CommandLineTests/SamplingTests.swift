import Foundation
import Testing

/// Sampling of negatives, prior correction and class weights, from the command line.
@Suite struct SamplingTests {
  /// One row in five is positive, more so for red ones; every tenth row has a weight of 2.
  private static let table: String = {
    let colors = ["red", "green", "blue", "grey"]
    let lines = (0..<6000).map { row in
      let amount = (row &* 7919) % 101
      let color = (row &* 31) % 4
      let label = (row &* 7907) % 1000 < (color == 0 ? 400 : 100) + amount ? 1 : 0
      return "\(label),\(amount),\(colors[color]),\(row % 10 == 0 ? 2 : 1)\n"
    }
    return "label,amount,color,w\n" + lines.joined()
  }()

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    return workspace
  }

  private func number(_ object: [String: Any], _ key: String) throws -> Double {
    try #require(object[key] as? Double, "\(key)")
  }

  @Test func rowsAreCountedAndTheRestIsTrainedOn() throws {
    let workspace = try workspace()
    let all = try workspace.trained("t.csv", "--holdout", "0.1")
    let sampled = try workspace.trained(
      "t.csv", "--keep-negatives", "0.2", "--calibrate-on", "holdout")
    #expect(all["rows_sampled_out"] as? Int == 0)
    let leftOut = try #require(sampled["rows_sampled_out"] as? Int)
    let positives = try #require(workspace.inspected()["positives"] as? Int)
    let heldOut = try #require(sampled["rows_held_out"] as? Int)
    // The holdout of a tenth is the same, and nobody was left out of it.
    #expect(heldOut == all["rows_held_out"] as? Int)
    let negatives = Double(6000 - heldOut - positives)
    #expect(abs(Double(leftOut) / negatives - 0.8) < 0.03)
    let features = try #require(sampled["features"] as? Int)
    let whole = try #require(all["features"] as? Int)
    let kept = Double(6000 - heldOut - leftOut)
    #expect(abs(Double(features) / Double(whole) - kept / Double(6000 - heldOut)) < 0.01)
    #expect(sampled["rows"] as? Int == 6000)
  }

  @Test func theShiftIsStoredBesideTheWeights() throws {
    let workspace = try workspace()
    let options = ["t.csv", "--keep-negatives", "0.1", "--calibrator", "none"]
    let corrected = try workspace.trained(list: options)
    let bias = try number(workspace.inspected(), "bias")
    let lines = try workspace.predicted("t.csv").compactMap(Double.init)
    let plain = try workspace.trained(list: options + ["--correction", "none"])
    // As counted: of the negatives that there are, those that were kept.
    let leftOut = try #require(corrected["rows_sampled_out"] as? Int)
    let positives = try #require(workspace.inspected()["positives"] as? Int)
    let rate = Double(6000 - leftOut - positives) / Double(6000 - positives)
    #expect(abs(rate - 0.1) < 0.015 && rate != 0.1)
    #expect(abs(try number(corrected, "prior_shift") - log(rate)) < 1e-12)
    #expect(try number(plain, "prior_shift") == 0)
    #expect(try number(workspace.inspected(), "bias") == bias)
    let raw = try workspace.predicted("t.csv").compactMap(Double.init)
    #expect(lines.count == 6000 && raw.count == 6000)
    for (corrected, sampled) in zip(lines, raw) {
      let expected = sampled / (sampled + (1 - sampled) / rate)
      #expect(abs(corrected - expected) < 1e-8)
    }
    let text = try workspace.run("inspect", "m.lrs").text
    #expect(text.contains("0.1 of the negatives trained on, correction none"))
  }

  @Test func weightedNegativesAreWeightedRows() throws {
    let workspace = try workspace()
    let options = ["t.csv", "--negatives-kept", "0.25", "--calibrator", "none"]
    let summary = try workspace.trained(list: options + ["--correction", "weight"])
    #expect(try number(summary, "prior_shift") == 0)
    let weighted = try workspace.run("inspect", "--weights", "m.lrs").text
    try workspace.trained("t.csv", "--class-weight", "negative=4")
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text == weighted)
  }

  @Test func aKnownBaseRateIsWhatIsPredictedOnAverage() throws {
    let workspace = try workspace()
    try workspace.trained(
      "t.csv", "--population-rate", "0.02", "--optimizer", "newton", "--calibrator", "none")
    let inspected = try workspace.inspected()
    let positive = try number(inspected, "positive_weight")
    let share = positive / (try number(inspected, "weight"))
    let shift = -log((0.98 / 0.02) * (share / (1 - share)))
    #expect(abs(try number(inspected, "prior_shift") - shift) < 1e-9)
    let sampling = try #require(inspected["sampling"] as? [String: Any])
    #expect(sampling["population_rate"] as? Double == 0.02)
    let mean = try workspace.predicted("t.csv").compactMap(Double.init).reduce(0, +) / 6000
    // The rows predicted are the sample, whose negatives are those of the population.
    #expect(mean > 0.02 && mean < 0.03)
  }

  @Test func classWeightsNoLongerShiftPredictions() throws {
    let workspace = try workspace()
    func mean(_ options: String...) throws -> Double {
      try workspace.trained(list: ["t.csv", "--optimizer", "newton"] + options)
      return try workspace.predicted("t.csv").compactMap(Double.init).reduce(0, +) / 6000
    }
    let plain = try mean()
    #expect(abs(try mean("--class-weight", "positive=4") / plain - 1) < 0.01)
    #expect(try mean("--class-weight", "positive=4", "--correction", "none") > 1.5 * plain)
    let softmax = ["--loss", "softmax"]
    try workspace.trained(
      list: ["t.csv", "--optimizer", "newton", "--class-weight", "1=4"] + softmax)
    let shifts = try #require(workspace.inspected()["prior_shifts"] as? [Double])
    #expect(shifts.count == 2 && shifts.contains(0) && shifts.contains { abs($0 + log(4)) < 1e-12 })
    let lines = try workspace.predicted("t.csv")
    let classes = try #require(workspace.inspected()["classes"] as? [String])
    let column = try #require(classes.firstIndex(of: "1"))
    let served =
      lines.compactMap { Double($0.split(separator: ",")[column]) }.reduce(0, +) / 6000
    #expect(abs(served / plain - 1) < 0.01)
  }

  /// With an exact solver and no penalty, both corrections estimate the same coefficients.
  @Test func priorAndWeightAgreeWithinTheirErrors() throws {
    let workspace = try Workspace()
    try PlantedRows(seed: 11, rows: 60_000).write(to: workspace)
    func weights(_ correction: String) throws -> [Double] {
      try workspace.trained(
        "train.csv", "--optimizer", "newton", "--keep-negatives", "0.1", "--calibrator", "none",
        "--correction", correction, "--holdout", "0", "--numeric-transform", "standardize")
      let inspected = try workspace.inspected()
      let bias = try number(inspected, "bias") + number(inspected, "prior_shift")
      let text = try workspace.run("inspect", "--weights", "m.lrs").text
      return [bias]
        + text.split(separator: "\n").compactMap { Double($0.split(separator: "\t")[1]) }
    }
    let (prior, weight) = (try weights("prior"), try weights("weight"))
    #expect(prior.count == 3 && weight.count == 3)
    // About 3,900 positives and as many kept negatives, columns of variance 1: standard errors of
    // the case-control fit near (1/3900 + 1/5600)^½ = 0.021.
    for (one, other) in zip(prior, weight) { #expect(abs(one - other) < 3 * 0.021) }
  }

  @Test func samplingChangesNoByteByThreadsChunksOrEpochCaches() throws {
    let workspace = try workspace()
    let options = ["--bits", "10", "-q", "--keep-negatives", "0.3", "--epochs", "2", "-o"]
    func model(_ name: String, _ more: [String], _ input: Stream = .null) throws -> Data {
      let outcome = try workspace.run(["train"] + options + [name] + more, input: input)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try workspace.read(name)
    }
    let first = try model("a", ["t.csv", "--threads", "1"])
    for more in [
      ["t.csv", "--threads", "3"], ["t.csv", "--threads", "8", "--chunk-bytes", "100"],
      ["t.csv", "--threads", "2", "--chunk-bytes", "1MiB"], ["t.csv", "--cache", "none"],
      ["t.csv", "--sniff-rows", "10000"],
    ] {
      #expect(try model("b", more) == first, "\(more)")
    }
    #expect(try model("b", ["--format", "csv"], .file("t.csv")) == first)
    #expect(try model("b", ["t.csv", "--seed", "2"]) != first)
    // Predictions of a calibrated model too.
    let lines = try workspace.run("predict", "-m", "a", "--threads", "1", "t.csv").text
    let other = try workspace.run(
      "predict", "-m", "a", "--threads", "4", "--chunk-bytes", "77", "t.csv")
    #expect(other.text == lines && !lines.isEmpty)
  }

  @Test func aSampleWithoutNegativesIsWarnedOf() throws {
    let workspace = try workspace()
    let outcome = try workspace.train("t.csv", "--keep-negatives", "1e-9", "--calibrator", "none")
    #expect(outcome.status == 0 && outcome.errors.contains("no negative was kept"))
  }

  @Test(arguments: [
    (["--keep-negatives", "0"], "--keep-negatives"), (["--keep-negatives", "1.5"], "1e-9 to 1"),
    (["--keep-negatives", "1e-10"], "1e-9 to 1"),
    (["--keep-negatives", "nan"], "--keep-negatives"),
    (["--negatives-kept=-1"], "--negatives-kept"), (["--population-rate", "1"], "1 - 1e-9"),
    (["--population-rate", "0"], "1e-9"),
    (["--correction", "other"], "'prior', 'weight'"),
    (["--population-rate", "0.1", "--negatives-kept", "0.5"], "--negatives-kept"),
    (["--population-rate", "0.1", "--correction", "weight"], "--correction weight"),
    (["--population-rate", "0.1", "--correction", "none"], "--correction none"),
    (["--correction", "prior"], "nothing to correct"),
    (["--correction", "weight", "--class-weight", "1=2"], "--correction weight"),
    (["--class-weight", "positive=0"], "--correction none"),
    (["--loss", "probit", "--keep-negatives", "0.5"], "probit"),
    (["--loss", "probit", "--class-weight", "1=2"], "probit"),
    (["--loss", "probit", "--correction", "prior"], "probit"),
    (["--loss", "probit", "--population-rate", "0.5"], "probit"),
    (
      ["--loss", "probit", "--keep-negatives", "0.5", "--correction", "weight"]
        + ["--class-weight", "1=2"], "probit"
    ),
    (["--loss", "squared", "--keep-negatives", "0.5"], "neither negatives nor odds"),
    (["--loss", "squared", "--correction", "none"], "neither negatives nor odds"),
    (["--loss", "squared", "--calibrator", "platt"], "not probabilities"),
    (["--loss", "softmax", "--keep-negatives", "0.5"], "no negative class"),
    (["--loss", "softmax", "--negatives-kept", "0.5"], "no negative class"),
    (
      ["--loss", "softmax", "--class-weight", "1=2", "--correction", "weight"],
      "no negative class"
    ),
    (["--loss", "softmax", "--calibrator", "beta"], "--calibrator temperature"),
    (["--calibrator", "temperature"], "--calibrator platt"),
    (["--calibrator", "best"], "isotonic"),
    (
      ["--calibrator", "platt", "--holdout", "0", "--calibrate-on", "holdout"], "needs a holdout"
    ),
    (["--calibrator", "platt", "--holdout", "0", "--epochs", "2"], "needs a holdout"),
    (["--calibrate-on", "stream", "--epochs", "2"], "have been learned before"),
    (["--calibrate-on", "stream", "--optimizer", "lbfgs"], "an exact solver"),
    (["--calibrate-on", "stream", "--optimizer", "newton"], "an exact solver"),
    (["--calibrate-on", "stream", "--loss", "squared"], "not probabilities"),
    (["--calibrate-on", "stream", "--loss", "probit"], "--calibrate-on holdout"),
    (
      ["--calibrate-on", "stream", "--loss", "softmax", "--calibrator", "temperature"],
      "--calibrate-on holdout"
    ),
    (["--calibrate-on", "rows"], "'holdout' and 'stream'"),
  ])
  func contradictionsAreUsageErrors(options: [String], words: String) throws {
    let workspace = try workspace()
    let outcome = try workspace.run(["train", "--bits", "10", "-o", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func probitHasItsOwnWays() throws {
    let workspace = try workspace()
    for correction in ["weight", "none"] {
      let summary = try workspace.trained(
        "t.csv", "--loss", "probit", "--keep-negatives", "0.5", "--correction", correction)
      let calibrator = try #require(summary["calibrator"] as? [String: Any])
      #expect(calibrator["method"] as? String == "platt")
      #expect(summary["prior_shift"] as? Double == 0)
    }
  }

  @Test func aPopulationRateNeedsBothClasses() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,x\n" + String(repeating: "1,2\n", count: 50))
    let outcome = try workspace.train("t.csv", "--population-rate", "0.1")
    #expect(outcome.status == 65 && outcome.errors.contains("found none negative"))
    #expect(!workspace.exists("m.lrs"))
  }
}
