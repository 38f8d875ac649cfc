import Foundation
import Testing

/// `--average auto`: averages, or the last weights where they predict rows to come clearly better.
@Suite struct AverageChoiceTests {
  /// Rows of one feature, in LibSVM text; what it says of the label turns over at row 48,000, when
  /// `turns`.
  private static func rows(_ count: Int, turns: Bool) -> String {
    var random = SplitMix(seed: 4)
    let lines = (0..<16).map { "\($0 & 1) \(1 + $0 >> 1 & 1):1 \(3 + $0 >> 2):1\n" }
    var text = ""
    for row in 0..<count {
      let bits = random.next()
      let isOn = bits % 2 == 0
      let isPositive = ((bits >> 8) % 10 < 8) == (isOn != (turns && row >= 48_000))
      text += lines[(isPositive ? 1 : 0) + (isOn ? 0 : 2) + Int(bits >> 16 & 3) << 2]
    }
    return text
  }

  private struct SplitMix {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }
  }

  private static let turned = rows(81_000, turns: true)
  private static let plain = ["--bits", "10", "--alpha", "0.3", "--names", "off"]

  private func workspace(_ text: String = turned) throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.svm", text)
    return workspace
  }

  private func train(
    _ workspace: Workspace, _ model: String, _ options: [String]
  ) throws -> Outcome {
    let outcome = try workspace.run(
      ["train", "--json", "-o", model] + Self.plain + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome
  }

  @Test func theLastWeightsAreServedWhereTheRowsTurned() throws {
    let workspace = try workspace()
    let outcome = try train(workspace, "m.lrs", ["t.svm", "--report", "r.html"])
    let summary = try outcome.json()
    #expect(summary["average"] as? String == "none")
    let frozen = try #require(summary["frozen_blocks"] as? [String: Any])
    #expect(frozen["rows"] as? Int == 12_875 && frozen["blocks"] as? Int == 3)
    #expect(frozen["blocks_won_by_last"] as? Int == 3)
    let averaged = try #require(frozen["averaged_log_loss"] as? Double)
    let last = try #require(frozen["last_log_loss"] as? Double)
    let error = try #require(frozen["standard_error"] as? Double)
    #expect(averaged - last > 3 * error && error > 0)
    #expect(outcome.errors.contains("warning: the rows drift: on 12,875 rows that waited"))
    #expect(outcome.errors.contains("served weights: the last ones; log loss "))
    // The calibrator and the figures are of the margins that these weights gave.
    #expect(outcome.errors.contains("on 12,875 rows of frozen blocks, "), "\(outcome.errors)")
    let stream = try #require(summary["stream"] as? [String: Any])
    #expect(stream["rows"] as? Int == 12_875)
    let inspected = try workspace.inspected("m.lrs")
    #expect(inspected["average"] as? String == "none")
    #expect((inspected["frozen_blocks"] as? [String: Any])?["rows"] as? Int == 12_875)
    #expect(try workspace.run("inspect", "m.lrs").text.contains("the last ones won 3 of 3 blocks"))
    let page = String(decoding: try workspace.read("r.html"), as: UTF8.self)
    #expect(page.contains("served weights"))
    // They are the weights of a run without averages.
    _ = try train(workspace, "none.lrs", ["t.svm", "--average", "none", "--calibrator", "none"])
    let raw = { (model: String) in
      try workspace.run("predict", "-m", model, "--uncalibrated", "t.svm").text
    }
    #expect(try raw("m.lrs") == raw("none.lrs"))
  }

  @Test func threadsChunksAndResumingChangeNothing() throws {
    let workspace = try workspace()
    _ = try train(workspace, "m.lrs", ["t.svm"])
    let model = try workspace.read("m.lrs")
    _ = try train(workspace, "n.lrs", ["t.svm", "--threads", "4", "--chunk-bytes", "99"])
    #expect(try workspace.read("n.lrs") == model)
    // Cut inside a block, between two, and behind the last one.
    let lines = Self.turned.split(separator: "\n", omittingEmptySubsequences: false)
    var files: [String] = []
    for (index, range) in [0..<51_234, 51_234..<60_000, 60_000..<80_500, 80_500..<81_000]
      .enumerated()
    {
      files.append("part\(index).svm")
      try workspace.write(files[index], lines[range].joined(separator: "\n") + "\n")
      _ = try train(workspace, "p.lrs", files + ["--checkpoint", "state"])
    }
    #expect(try workspace.read("p.lrs") == model)
    let other = try workspace.run(
      ["train", "-o", "p.lrs", "--checkpoint", "state", "--average", "tail"] + Self.plain + files)
    #expect(other.status == 64)
    #expect(other.errors.contains("--average is tail and was auto"), "\(other.errors)")
  }

  @Test func averagesStayWhereTheRowsDoNotDrift() throws {
    let workspace = try workspace(Self.rows(81_000, turns: false))
    let outcome = try train(workspace, "m.lrs", ["t.svm"])
    let summary = try outcome.json()
    #expect(summary["average"] as? String == "tail")
    #expect((summary["frozen_blocks"] as? [String: Any])?["blocks"] as? Int == 3)
    #expect(!outcome.errors.contains("drift"), "\(outcome.errors)")
    #expect(outcome.errors.contains("served weights: averages; log loss "))
    // But for what it says of the blocks, the model is that of --average tail.
    let tail = try train(workspace, "tail.lrs", ["t.svm", "--average", "tail"]).json()
    #expect(tail["frozen_blocks"] is NSNull && tail["average"] as? String == "tail")
    for option in [[], ["--uncalibrated"]] {
      let predicted = { (model: String) in
        try workspace.run(["predict", "-m", model, "t.svm"] + option).text
      }
      #expect(try predicted("m.lrs") == predicted("tail.lrs"))
    }
  }

  /// Where nothing is compared, the model is that of `--average tail`, byte for byte.
  @Test(arguments: [[], ["--shuffle", "200"], ["--epochs", "2"]])
  func shortShuffledAndRepeatedStreamsHaveAverages(_ options: [String]) throws {
    let workspace = try workspace(Self.rows(3000, turns: false))
    let summary = try train(workspace, "m.lrs", ["t.svm"] + options).json()
    #expect(summary["average"] as? String == "tail" && summary["frozen_blocks"] is NSNull)
    _ = try train(workspace, "tail.lrs", ["t.svm", "--average", "tail"] + options)
    #expect(try workspace.read("m.lrs") == workspace.read("tail.lrs"))
  }

  @Test func sweepWritesTheSameModels() throws {
    let workspace = try workspace()
    let outcome = try workspace.run(
      ["sweep", "-o", "best.lrs", "--models", "all", "--grid", "l2=0,1", "t.svm"] + Self.plain)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for (number, l2) in ["0", "1"].enumerated() {
      _ = try train(workspace, "m.lrs", ["t.svm", "--l2", l2])
      let names = try workspace.names(in: "all").sorted()
      #expect(try workspace.read("m.lrs") == workspace.read("all/\(names[number])"), "\(names)")
    }
  }
}
