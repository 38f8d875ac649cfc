import Foundation
import Testing

/// Labels that come late: every impression is a negative at once, and a positive once more when it
/// turns out to be one.
@Suite struct FakeNegativesTests {
  private func evaluated(_ workspace: Workspace, _ options: String...) throws -> Double {
    let outcome = try workspace.run(
      ["evaluate", "-q", "--json", "-m", "m.lrs", "test.csv"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try #require(outcome.json()["calibration_ratio"] as? Double)
  }

  private func workspace(
    impressions: Int = 4000, _ link: DelayedRows.Link = .logistic
  ) throws -> Workspace {
    let workspace = try Workspace()
    try DelayedRows(seed: 5, impressions: impressions, link: link)
      .write(to: workspace, testRows: 2000)
    return workspace
  }

  private func numbers(_ workspace: Workspace, _ options: String...) throws -> [Double] {
    let outcome = try workspace.run(["predict", "-q", "-m", "m.lrs", "test.csv"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.lines.compactMap(Double.init)
  }

  // MARK: - What it is for

  /// Σp / Σy on fresh rows with their true labels.
  @Test(arguments: [DelayedRows.Link.logarithm, .logistic])
  fileprivate func predictionsSumToWhatComesTrue(_ link: DelayedRows.Link) throws {
    let workspace = try Workspace()
    let counts = try DelayedRows(seed: 5, impressions: 60_000, link: link)
      .write(to: workspace, testRows: 20_000)
    // What is in flight at the end is lost, but it is little.
    #expect(counts.lost > 0 && Double(counts.lost) < 0.01 * Double(counts.arrived))
    let options = ["train.csv", "--weight", "w"]
    try workspace.trained(list: options)
    let plain = try evaluated(workspace)
    try workspace.trained(list: options + ["--correction", "fake-negatives"])
    let corrected = try evaluated(workspace)
    try workspace.trained(
      list: options + ["--correction", "fake-negatives", "--keep-negatives", "0.3"])
    let sampled = try evaluated(workspace)
    // As it is: Σ p / (1 + p) beside Σ p.
    #expect(plain < 0.7, "\(plain)")
    #expect(abs(corrected - 1) < 0.02, "\(corrected)")
    #expect(abs(sampled - 1) < 0.02, "\(sampled)")
  }

  // MARK: - What is served

  @Test func theOddsOfTheStreamAreServed() throws {
    let workspace = try workspace()
    try workspace.trained("train.csv", "--weight", "w", "--calibrator", "none")
    let stream = try numbers(workspace)
    let options = ["train.csv", "--weight", "w", "--correction", "fake-negatives"]
    try workspace.trained(list: options + ["--calibrator", "none"])
    let served = try numbers(workspace)
    #expect(served.count == 4000 && stream.count == 4000)
    for (served, stream) in zip(served, stream) {
      let odds = min(stream / (1 - stream), 1 - 1e-9)
      #expect(abs(served - odds) < 1e-8 * max(1, odds))
    }
    #expect(served.contains { $0 > 0.6 } && served.contains { $0 < 0.4 })
    // Every form says the same.
    let margins = try numbers(workspace, "--output", "margin")
    for (served, margin) in zip(served, margins) {
      #expect(abs(served - 1 / (1 + exp(-margin))) < 1e-8)
    }
    let classes = try workspace.predicted("--output", "class", "test.csv")
    #expect(zip(served, classes).allSatisfy { ($0 >= 0.5) == ($1 == "1") })
    let cells = try workspace.predicted("--output", "csv", "--explain", "2", "test.csv")
      .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(cells.map { Double($0[0]) } == served && cells.map { Double($0[1]) } == margins)
    // As evaluate takes them.
    let table = String(decoding: try workspace.read("test.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    var (weights, sums) = (0.0, 0.0)
    for (line, served) in zip(table, served) {
      let row = line.split(separator: ",")
      let weight = try #require(Double(row[4]))
      weights += row[0] == "1" ? weight : 0
      sums += weight * served
    }
    #expect(abs(try evaluated(workspace) - sums / weights) < 1e-7)
  }

  /// Sampling is taken back from the odds of the stream, then they are served.
  @Test func sampledNegativesShiftBeforeOddsAreTaken() throws {
    let workspace = try workspace()
    for rate in [["--keep-negatives", "0.5"], ["--negatives-kept", "0.8"]] {
      let options = ["train.csv", "--weight", "w", "--calibrator", "none"] + rate
      let prior = try workspace.trained(list: options)
      let stream = try numbers(workspace)
      let summary = try workspace.trained(list: options + ["--correction", "fake-negatives"])
      #expect(summary["prior_shift"] as? Double == prior["prior_shift"] as? Double)
      for (served, stream) in zip(try numbers(workspace), stream) {
        #expect(abs(served - min(stream / (1 - stream), 1 - 1e-9)) < 1e-8)
      }
    }
  }

  /// Its rows have the stream's labels, so that the stream is what calibrators and figures are of.
  @Test(arguments: [
    ["--calibrator", "platt"], ["--calibrator", "isotonic", "--calibrate-on", "holdout"],
    ["--calibrator", "platt", "--holdout", "0.2", "--calibrate-on", "stream"],
    ["--holdout", "0.2", "--calibrator", "none"], ["--epochs", "3", "--early-stop", "1"],
  ])
  func calibratorsAreThoseOfTheStream(_ options: [String]) throws {
    let workspace = try workspace()
    let train = ["train.csv", "--weight", "w"] + options
    let plain = try workspace.trained(list: train)
    let uncalibrated = try numbers(workspace, "--uncalibrated")
    let stream = try numbers(workspace)
    let corrected = try workspace.trained(list: train + ["--correction", "fake-negatives"])
    for key in ["calibrator", "stream", "stream_uncalibrated", "holdout", "holdout_uncalibrated"] {
      #expect(plain[key] as? NSObject == corrected[key] as? NSObject, "\(key)")
    }
    for (served, stream) in zip(try numbers(workspace), stream) {
      #expect(abs(served - min(stream / (1 - stream), 1 - 1e-9)) < 1e-8)
    }
    for (served, stream) in zip(try numbers(workspace, "--uncalibrated"), uncalibrated) {
      #expect(abs(served - min(stream / (1 - stream), 1 - 1e-9)) < 1e-8)
    }
  }

  @Test func inspectSaysSo() throws {
    let workspace = try workspace()
    try workspace.trained("train.csv", "--weight", "w", "--correction", "fake-negatives")
    let sampling = try #require(workspace.inspected()["sampling"] as? [String: Any])
    #expect(sampling["correction"] as? String == "fake-negatives")
    let text = try workspace.run("inspect", "m.lrs").text
    #expect(
      text.contains(
        "sampling    correction fake-negatives, probabilities are the odds of the stream\n"))
  }

  // MARK: - What is refused

  @Test(arguments: [
    (["--loss", "squared"], "neither negatives nor odds"),
    (["--loss", "softmax"], "no negative class"),
    (["--loss", "probit"], "a probit margin is none"),
    (["--population-rate", "0.1"], "no use with --correction fake-negatives"),
    (["--class-weight", "positive=0"], "the weight 0"),
  ])
  func contradictionsAreUsageErrors(options: [String], words: String) throws {
    let workspace = try workspace(impressions: 50)
    let said = try workspace.refusal(
      list: ["train.csv", "--correction", "fake-negatives"] + options)
    #expect(said.contains(words), "\(said)")
  }

  @Test func calibrateRefusesIt() throws {
    let workspace = try workspace()
    try workspace.trained("train.csv", "--weight", "w", "--correction", "fake-negatives")
    let outcome = try workspace.run(
      "calibrate", "-m", "m.lrs", "-o", "n.lrs", "--calibrator", "platt", "test.csv")
    #expect(outcome.status == 64 && outcome.errors.contains("stream of fake negatives"))
    #expect(!workspace.exists("n.lrs"))
  }

  // MARK: - The same bytes

  @Test func threadsAndChunksChangeNoByte() throws {
    let workspace = try workspace()
    let options = ["train.csv", "--weight", "w", "--correction", "fake-negatives"]
    try workspace.trained(list: options, model: "a.lrs")
    let first = try workspace.read("a.lrs")
    let lines = try workspace.run("predict", "-m", "a.lrs", "test.csv").text
    for more in [["--threads", "3"], ["--threads", "2", "--chunk-bytes", "100"]] {
      try workspace.trained(list: options + more)
      #expect(try workspace.read("m.lrs") == first, "\(more)")
      let other = try workspace.run(["predict", "-m", "m.lrs", "test.csv"] + more)
      #expect(other.text == lines && !lines.isEmpty, "\(more)")
    }
  }

  @Test func aResumedRunIsTheSame() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 2000)
    let options = ["--correction", "fake-negatives", "--sniff-rows", "100"]
    _ = try workspace.resumedLikeUnstopped(options + files)
    let other = try workspace.resumable(["--sniff-rows", "100"] + files)
    #expect(other.status == 64 && other.errors.contains("--correction is prior and was"))
  }
}

/// Impressions whose true probabilities are known, in the order in which a stream tells of them.
private struct DelayedRows {
  /// In what the effects of features add up.
  enum Link: CaseIterable {
    /// ln p, which the log-odds of the stream are.
    case logarithm
    /// Log-odds, which no sum of effects in the stream is exactly.
    case logistic
  }

  private var random: PlantedNumbers
  private let impressions: Int
  private let link: Link

  init(seed: UInt64, impressions: Int, link: Link) {
    random = PlantedNumbers(seed: seed)
    self.impressions = impressions
    self.link = link
  }

  private mutating func normal() -> Double {
    (-2 * log(1 - random.uniform())).squareRoot() * cos(2 * Double.pi * random.uniform())
  }

  private mutating func row() -> (text: String, probability: Double) {
    let (site, size, hour) = (
      Int(8 * random.uniform()), Int(5 * random.uniform()), Int(4 * random.uniform())
    )
    let effect = 0.3 * Double(site) / 7 + 0.3 * Double(size) / 4 + 0.2 * Double(hour) / 3
    let text = "site\(site),size\(size),hour\(hour)"
    return switch link {
    case .logarithm: (text, exp(1.8 * (effect - 0.85)))
    case .logistic: (text, 1 / (1 + exp(-(4 * (effect - 0.4)))))
    }
  }

  /// `train.csv`: over 30 days each impression as a negative at once, and each positive once more
  /// after a delay of e^(1.5 z) hours, z normal; the end of the 30 days ends the stream. `test.csv`:
  /// true labels, each row as a positive weighted by its probability and a negative weighted by the
  /// rest.
  ///
  /// - Returns: how many positives there are, and how many were on their way at the end.
  @discardableResult
  func write(
    to workspace: Workspace, testRows: Int
  ) throws -> (arrived: Int, lost: Int) {
    var source = self
    let hours = 720.0
    var (arrived, lost) = (0, 0)
    var events: [(hour: Double, line: String)] = []
    for _ in 0..<impressions {
      let (text, probability) = source.row()
      let hour = hours * source.random.uniform()
      events.append((hour, "0,\(text),1\n"))
      guard source.random.uniform() < probability else { continue }
      let arrival = hour + exp(1.5 * source.normal())
      if arrival < hours {
        arrived += 1
        events.append((arrival, "1,\(text),1\n"))
      } else {
        lost += 1
      }
    }
    events.sort { $0.hour < $1.hour }
    let header = "label,site,size,hour,w\n"
    try workspace.write("train.csv", header + events.map(\.line).joined())
    var test = header
    for _ in 0..<testRows {
      let (text, probability) = source.row()
      test += "1,\(text),\(probability)\n0,\(text),\(1 - probability)\n"
    }
    try workspace.write("test.csv", test)
    return (arrived, lost)
  }
}
