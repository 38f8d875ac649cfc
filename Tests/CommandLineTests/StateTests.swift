import Foundation
import Testing

/// `train --save-state` and `--start-from`.
@Suite struct StateTests {
  /// Every online optimizer, and what of its options changes the state.
  static let learners: [[String]] = [
    ["--optimizer", "ftrl", "--alpha", "0.1"],
    ["--optimizer", "ftrl", "--alpha", "0.1", "--average", "tail"],
    ["--optimizer", "ftrl", "--alpha", "0.1", "--l1", "0.5", "--l2", "1", "--batch-size", "8"],
    ["--optimizer", "adagrad", "--learning-rate", "0.1", "--l2", "0.001"],
    ["--optimizer", "sgd", "--learning-rate", "0.1", "--l1", "0.0001", "--warmup", "100"],
  ]
  static let losses = ["logistic", "squared", "probit", "softmax"]

  private static func parts(in workspace: Workspace, rows: Int) throws -> (String, String) {
    (
      try workspace.write("a.csv", Checkpointing.table(part: 1, rows: rows)),
      try workspace.write("b.csv", Checkpointing.table(part: 2, rows: rows / 2))
    )
  }

  @Test(arguments: learners, losses)
  func goesOnAsIfAllRowsHadBeenOneStream(_ learner: [String], loss: String) throws {
    let workspace = try Workspace()
    // The unit of numbers is that of the first 5,000 rows.
    let (a, b) = try Self.parts(in: workspace, rows: loss == "squared" ? 5000 : 800)
    let last = learner.contains("--average") ? [] : ["--average", "none"]
    let options = learner + ["--loss", loss, "--sniff-rows", "500"] + last
    let whole = try workspace.trained(list: options + [a, b], model: "whole.lrs")
    try workspace.trained(list: options + ["--save-state", "s", a])
    let onTop = try workspace.trained(
      list: learner + last + ["--loss", loss, "--start-from", "s", b],
      model: "top.lrs")
    #expect(try workspace.read("top.lrs") == workspace.read("whole.lrs"))
    for key in ["rows", "features", "nonzero_weights"] {
      #expect(onTop[key] as? Int == whole[key] as? Int, "\(key)")
    }
  }

  @Test(arguments: [
    ["--keep-negatives", "0.5"], ["--class-weight", "positive=3"], ["--names", "40"],
    ["--keep-negatives", "0.5", "--correction", "weight", "--seed", "7"],
    ["--holdout", "0.2", "--calibrate-on", "holdout", "--calibrator", "platt"],
  ])
  func countsGoOnToo(_ options: [String]) throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 2000)
    let all = options + ["--alpha", "0.1", "--average", "none", "--sniff-rows", "500"]
    try workspace.trained(list: all + [a, b], model: "whole.lrs")
    try workspace.trained(list: all + ["--save-state", "s", a])
    try workspace.trained(list: all + ["--start-from", "s", b], model: "top.lrs")
    #expect(try workspace.read("top.lrs") == workspace.read("whole.lrs"))
  }

  @Test func aRateThatWasFoundIsTakenOver() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 2000)
    let found = try workspace.trained(a, "--save-state", "s", "--average", "none")
    let onTop = try workspace.trained(b, "--start-from", "s", "--average", "none")
    #expect(onTop["rate"] as? Double == found["rate"] as? Double)
    #expect(onTop["race"] is [[String: Any]])
    let other = try workspace.trained(b, "--start-from", "s", "--alpha", "0.07")
    #expect(other["rate"] as? Double == 0.07)
  }

  /// Slow enough that no row moves a weight by as much as a Float holds.
  private static let still: [[String]] = [
    ["--optimizer", "ftrl", "--alpha", "1e-12"],
    ["--optimizer", "ftrl", "--alpha", "1e-12", "--l1", "0.5", "--l2", "2"],
    ["--optimizer", "adagrad", "--learning-rate", "1e-14"],
    ["--optimizer", "sgd", "--learning-rate", "1e-14"],
  ]

  /// By slot, and class where there are some.
  private static func weights(
    _ model: String, in workspace: Workspace, hasClasses: Bool = false
  ) throws -> [String: Double] {
    let lines = try workspace.run("inspect", "--weights", model).lines
    var weights: [String: Double] = [:]
    for line in lines {
      let words = line.split(separator: "\t").map(String.init)
      weights[words[0] + (hasClasses ? " " + words[2] : "")] = Double(words[1])
    }
    return weights
  }

  /// A weight without its z would be lost at the first row.
  @Test(arguments: losses, ["m.lrs", "s", "exact.lrs"])
  func everyOptimizerBeginsAtTheWeightsOfAModelOrAState(loss: String, start: String) throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 800)
    let common = ["--loss", loss, "--average", "none"]
    if start == "exact.lrs" {
      try workspace.trained(
        list: ["--loss", loss, "--optimizer", "lbfgs", "--l2", "1", a], model: start)
    } else {
      try workspace.trained(list: common + ["--alpha", "0.1", "--save-state", "s", a])
    }
    let model = start == "s" ? "m.lrs" : start
    let hasClasses = loss == "softmax"
    let expected = try Self.weights(model, in: workspace, hasClasses: hasClasses)
    #expect(expected.count > 5)
    for learner in Self.still {
      try workspace.trained(
        list: common + learner + ["--start-from", start, b], model: "still.lrs")
      let found = try Self.weights("still.lrs", in: workspace, hasClasses: hasClasses)
      for (name, weight) in expected {
        let other = try #require(found[name], "\(learner): \(name)")
        // Float states are rounded up or down at random, a few hundred times.
        #expect(abs(other - weight) <= 3e-5 * max(abs(weight), 1e-3), "\(learner): \(name)")
      }
      // Features that only the new rows have.
      #expect(found.allSatisfy { expected[$0.key] != nil || abs($0.value) < 1e-9 }, "\(learner)")
    }
  }

  /// z of a weight that L1 holds at 0 is evidence too: rows to come add to it.
  @Test func anotherRateKeepsWhatL1HoldsAtZero() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 800)
    let common = ["--l1", "3", "--average", "none"]
    try workspace.trained(list: common + [a, "--alpha", "0.1", "--save-state", "s"])
    try workspace.trained(list: common + [b, "--alpha", "0.1", "--start-from", "s"])
    let same = try Self.weights("m.lrs", in: workspace)
    try workspace.trained(list: common + [b, "--alpha", "0.1000001", "--start-from", "s"])
    let near = try Self.weights("m.lrs", in: workspace)
    try workspace.trained(list: common + [b, "--alpha", "0.1"])
    let alone = try Self.weights("m.lrs", in: workspace)
    #expect(same.count > alone.count && Set(near.keys) == Set(same.keys))
    for (slot, weight) in same { #expect(abs(try #require(near[slot]) - weight) < 1e-3) }
  }

  @Test func contradictionsAreListed() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 300)
    try workspace.trained(
      a, "--bits", "12", "--hash-seed", "3", "--categorical", "key", "--save-state", "s")
    for (options, words) in [
      (["--bits", "13"], "--bits is 13 and was 12"),
      (["--bits", "22"], "--bits is 22 and was 12"),
      (["--hash-seed", "0"], "--hash-seed is 0 and was 3"),
      (["--loss", "probit"], "--loss is probit and was logistic"),
      (["--categorical", "amount"], "--categorical is amount and was key"),
      (["--label", "color"], "--label is color and was label"),
      (["--clip", "7"], "--clip is 7 and was 8"),
      (["--cross", "color*key"], "--cross is color*key and was not given"),
      (["--class-weight", "positive=2"], "--class-weight is positive=2 and was not given"),
      (["--keep-negatives", "0.5"], "--keep-negatives is 0.5 and was 1"),
      (["--positive", "1"], "--positive is 1 and was not given"),
      (["--delimiter", ";"], "--delimiter is ; and was ,"),
    ] {
      let outcome = try workspace.run(
        ["train", "--start-from", "s", "-o", "n", "--save-state", "t", b] + options)
      #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
    }
    let several = try workspace.run(
      "train", "--start-from", "s", "-o", "n", b, "--bits", "13", "--hash-seed", "1", "--clip", "2")
    for words in ["--bits is 13", "--hash-seed is 1", "--clip is 2"] {
      #expect(several.errors.contains(words), "\(several.errors)")
    }
    let model = try workspace.run(
      "train", "--start-from", "m.lrs", "-o", "n", b, "--bits", "11", "--categorical", "key")
    #expect(model.status == 64 && model.errors.contains("--bits is 11 and was 12"))
    #expect(model.errors.contains("--categorical is key, and a model does not say"))
    #expect(!workspace.exists("n") && !workspace.exists("t"))
    // What was said then may be said again.
    try workspace.trained(
      b, "--start-from", "s", "--bits", "12", "--hash-seed", "3", "--categorical", "key", "--label",
      "label")
  }

  @Test func outputsFallOnNothingThatIsRead() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 300)
    try workspace.trained(a, "--save-state", "s")
    let state = try workspace.read("s")
    for options in [
      ["-o", "s", "--start-from", "s"], ["-o", "n", "--save-state", "s", "--start-from", "s"],
      ["-o", "n", "--save-state", "n"], ["-o", "n", "--save-state", b],
      ["-o", "n", "--save-state", "-"], ["-o", "n", "--start-from", "-"],
      ["-o", "n", "--optimizer", "lbfgs", "--save-state", "t"],
      ["-o", "n", "--optimizer", "newton", "--start-from", "s"],
      ["-o", "n", "--epochs", "2", "--checkpoint", "c", "--save-state", "t"],
    ] {
      let outcome = try workspace.run(["train", "--bits", "10", b] + options)
      #expect(outcome.status == 64, "\(options): \(outcome.errors)")
    }
    #expect(try workspace.read("s") == state && !workspace.exists("n"))
    let missing = try workspace.run("train", "--start-from", "none", "-o", "n", b)
    #expect(missing.status == 66, "\(missing.errors)")
    let rows = try workspace.run("train", "--start-from", b, "-o", "n", b)
    #expect(rows.status == 65, "\(rows.errors)")
    let nowhere = try workspace.run("train", "--save-state", "no/s", "-o", "n", b)
    #expect(nowhere.status == 73 && !workspace.exists("n"), "\(nowhere.errors)")
    try workspace.write("empty.csv", "label,amount,color,key\n")
    let empty = try workspace.run("train", "--start-from", "s", "-o", "n", "empty.csv")
    #expect(empty.status == 65 && empty.errors.contains("no rows"), "\(empty.errors)")
    let served = try workspace.run("predict", "-m", "s", b)
    #expect(served.status == 65 && served.errors.contains("is a state"), "\(served.errors)")
  }

  @Test func stateBytesDependOnRowsAndOptionsAlone() throws {
    let workspace = try Workspace()
    let (a, _) = try Self.parts(in: workspace, rows: 800)
    try workspace.trained(a, "--save-state", "s")
    let packed = try workspace.shell("mkdir -p elsewhere; gzip -c a.csv > elsewhere/z.csv.gz")
    try #require(packed.status == 0)
    for (file, more) in [
      (a, ["--threads", "2", "--chunk-bytes", "700"]), ("elsewhere/z.csv.gz", []),
      (a, ["--checkpoint", "c", "--checkpoint-every", "100rows"]),
    ] {
      try workspace.trained(list: [file, "--save-state", "t"] + more)
      #expect(try workspace.read("t") == workspace.read("s"), "\(file) \(more)")
    }
  }

  @Test func inspectKnowsAState() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 800)
    try workspace.trained(a, "--save-state", "s")
    let first = try workspace.inspected("s")
    #expect(first["kind"] as? String == "state" && first["started_from"] is NSNull)
    try workspace.trained(b, "--start-from", "s", "--save-state", "t")
    let second = try workspace.inspected("t")
    #expect(second["rows"] as? Int == 1200 && second["merged"] as? Bool == false)
    let started = try #require(second["started_from"] as? [String: Any])
    #expect(started["kind"] as? String == "state" && started["rows"] as? Int == 800)
    #expect(
      NSDictionary(dictionary: try #require(started["identity"] as? [String: Any]))
        == NSDictionary(dictionary: try #require(first["identity"] as? [String: Any])))
    let inputs = try #require(second["inputs"] as? [[String: Any]])
    #expect(inputs.count == 1 && inputs[0]["rows"] as? Int == 400)
    let text = try workspace.run("inspect", "t").text
    #expect(text.contains("started     from a state of 800 rows"), "\(text)")
    #expect(try workspace.run("inspect", "--schema", "t").text.contains("amount"))
    for option in [["--weights"], ["--top", "3"]] {
      #expect(try workspace.run(["inspect", "t"] + option).status == 64)
    }
  }

  @Test func anInputLearnedTwiceIsWarnedOf() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 300)
    try workspace.trained(a, "--save-state", "s")
    let again = try workspace.train(a, "--start-from", "s", "--save-state", "t")
    #expect(again.status == 0 && again.errors.contains("count twice"), "\(again.errors)")
    let other = try workspace.train(b, "--start-from", "s", "--save-state", "t")
    #expect(!other.errors.contains("count twice"), "\(other.errors)")
  }

  @Test func namesOfAModelAreKept() throws {
    let workspace = try Workspace()
    let (a, _) = try Self.parts(in: workspace, rows: 300)
    try workspace.trained(a, model: "first.lrs")
    try workspace.write("one.csv", "label,amount,color,key\n1,5,red,new\n0,7,blue,new\n")
    try workspace.trained("one.csv", "--start-from", "first.lrs")
    let names = try ["first.lrs", "m.lrs"].map { try workspace.inspected($0)["names"] as? Int ?? 0 }
    #expect(names[0] > 100 && names[1] == names[0] + 1, "\(names)")
    try workspace.trained("one.csv", "--start-from", "first.lrs", "--names", "off")
    #expect(try workspace.inspected()["names"] as? Int == 0)
  }

  @Test func aConfigFileNamesStates() throws {
    let workspace = try Workspace()
    let (a, b) = try Self.parts(in: workspace, rows: 300)
    try workspace.trained(a, "--save-state", "s")
    try workspace.write("c.yaml", "start-from: s\nsave-state: t\n")
    try workspace.trained(b, "--config", "c.yaml")
    #expect(workspace.exists("t"))
  }
}
