import Foundation
import Testing

/// `merge`: one model from states that started from the same one.
@Suite struct MergeTests {
  /// A base, and states of as many parts that started from it.
  static func states(
    in workspace: Workspace, parts: Int, rows: Int = 300, base: Bool = true,
    _ options: [String] = ["--alpha", "0.1"]
  ) throws -> [String] {
    let common = options + ["--average", "none", "--sniff-rows", "200"]
    try workspace.write("base.csv", Checkpointing.table(part: 99, rows: rows))
    if base { try workspace.trained(list: common + ["base.csv", "--save-state", "base"]) }
    return try (0..<parts).map { part in
      try workspace.write("\(part).csv", Checkpointing.table(part: part + 1, rows: rows))
      let start = base ? ["--start-from", "base"] : ["--schema", "columns.yaml"]
      if !base, part == 0 {
        try workspace.trained(list: common + ["base.csv"])
        try workspace.write("columns.yaml", workspace.run("inspect", "--schema", "m.lrs").text)
      }
      let more = base ? [] : Self.without("--sniff-rows", common)
      let learner = base ? Self.without("--sniff-rows", common) : []
      try workspace.trained(
        list: start + more + learner + ["\(part).csv", "--save-state", "s\(part)"])
      return "s\(part)"
    }
  }

  private static func without(_ option: String, _ words: [String]) -> [String] {
    guard let index = words.firstIndex(of: option) else { return words }
    return Array(words[..<index] + words[(index + 2)...])
  }

  @discardableResult
  static func merge(
    _ states: [String], in workspace: Workspace, base: String? = "base", model: String = "merged",
    state: String? = nil, _ more: [String] = []
  ) throws -> [String: Any] {
    let outcome = try workspace.run(
      ["merge", "--json", "-o", model] + (base.map { ["--base", $0] } ?? [])
        + (state.map { ["--save-state", $0] } ?? []) + more + states)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  /// What differs in how states are put together.
  static let kinds: [[String]] = [
    ["--alpha", "0.1"], ["--alpha", "0.1", "--l1", "1", "--l2", "2"],
    ["--alpha", "0.1", "--loss", "softmax"], ["--alpha", "0.1", "--loss", "squared"],
    ["--alpha", "0.1", "--keep-negatives", "0.6", "--names", "60"],
    ["--optimizer", "adagrad", "--learning-rate", "0.1"],
  ]

  @Test(arguments: kinds)
  func everyTreeAndOrderGivesTheSameBytes(_ options: [String]) throws {
    let workspace = try Workspace()
    let states = try Self.states(in: workspace, parts: 6, options)
    try Self.merge(states, in: workspace, state: "whole")
    let model = try workspace.read("merged")
    let state = try workspace.read("whole")
    var random = PlantedNumbers(seed: 5)
    for tree in 0..<3 {
      var open = states
      while open.count > 1 {
        let first = open.remove(at: Int(random.uniform() * Double(open.count)))
        let second = open.remove(at: Int(random.uniform() * Double(open.count)))
        let name = "tree\(tree)-\(open.count)"
        try Self.merge(
          random.uniform() < 0.5 ? [first, second] : [second, first], in: workspace,
          model: "tree.lrs", state: name)
        open.append(name)
      }
      #expect(try workspace.read("tree.lrs") == model, "\(options)")
      #expect(try workspace.read(open[0]) == state, "\(options)")
    }
    try Self.merge(states.reversed(), in: workspace, model: "other", state: "otherstate")
    #expect(try workspace.read("other") == model && workspace.read("otherstate") == state)
  }

  @Test(arguments: [["--alpha", "0.1"], ["--optimizer", "adagrad", "--learning-rate", "0.1"]])
  func oneStateIsItself(_ options: [String]) throws {
    let workspace = try Workspace()
    let states = try Self.states(in: workspace, parts: 1, options)
    try Self.merge(states, in: workspace, ["--shards", "calendar"])
    let own = try workspace.run("inspect", "--weights", "m.lrs").lines
    let merged = try workspace.run("inspect", "--weights", "merged").lines
    #expect(own.count == merged.count && own.count > 5)
    for (one, other) in zip(own, merged) {
      let (one, other) = (one.split(separator: "\t"), other.split(separator: "\t"))
      #expect(one[0] == other[0] && one.last == other.last)
      let (weight, found) = (Double(one[1]) ?? .nan, Double(other[1]) ?? .nan)
      #expect(abs(weight - found) <= 1e-6 * abs(weight) + 1e-9)
    }
  }

  /// The formula, on a feature that each of two learners has seen and one that only one has.
  @Test func thePriorCountsOnce() throws {
    let workspace = try Workspace()
    try workspace.write("base.svm", "1 1:1\n0 2:1\n1 1:1\n0 1:1\n")
    try workspace.write("a.svm", "1 1:1 3:1\n0 1:1\n1 3:1\n")
    try workspace.write("b.svm", "1 1:1\n1 1:1\n0 2:1\n0 1:1\n")
    let own = ["--alpha", "0.5", "--beta", "2", "--l2", "1", "--average", "none"]
    try workspace.trained(list: own + ["base.svm", "--save-state", "base"], model: "base.lrs")
    for name in ["a", "b"] {
      try workspace.trained(
        list: own + ["--start-from", "base", "\(name).svm", "--save-state", "s\(name)"],
        model: "\(name).lrs")
    }
    try Self.merge(["sa", "sb"], in: workspace)
    // What each learner knows, from an independent run of the same rows.
    func known(_ files: [String]) -> Reference {
      var reference = Reference(alpha: 0.5, beta: 2, l2: 1)
      for file in files { reference.learn(file) }
      return reference
    }
    let base = known(["1 1:1\n0 2:1\n1 1:1\n0 1:1\n"])
    var (one, other) = (base, base)
    one.learn("1 1:1 3:1\n0 1:1\n1 3:1\n")
    other.learn("1 1:1\n1 1:1\n0 2:1\n0 1:1\n")
    let lines = try workspace.run("inspect", "--weights", "merged").lines
    var found: [Int: Double] = [:]
    for line in lines {
      let words = line.split(separator: "\t")
      found[Int(words[0]) ?? -1] = Double(words[1])
    }
    for index in 1...3 {
      let expected = Reference.merged(base, [one, other], index, prior: 2 / 0.5 + 1)
      #expect(abs((found[index] ?? 0) - expected) < 1e-5, "\(index)")
    }
    let bias = try #require(try workspace.inspected("merged")["bias"] as? Double)
    #expect(abs(bias - Reference.merged(base, [one, other], 0, prior: 2 / 0.5)) < 1e-6)
  }

  @Test func countsAndNamesAreThoseOfAllRows() throws {
    let workspace = try Workspace()
    let states = try Self.states(in: workspace, parts: 3)
    let json = try Self.merge(states, in: workspace, state: "all")
    #expect(json["command"] as? String == "merge" && json["states"] as? Int == 3)
    #expect(json["rows"] as? Int == 1200 && json["rows_of_base"] as? Int == 300)
    try workspace.trained(
      "base.csv", "0.csv", "1.csv", "2.csv", "--alpha", "0.1", "--average", "none", "--sniff-rows",
      "200", model: "whole")
    let (merged, whole) = (try workspace.inspected("merged"), try workspace.inspected("whole"))
    for key in ["rows", "positives", "features", "names", "weight", "positive_weight"] {
      #expect(merged[key] as? Double == whole[key] as? Double, "\(key)")
    }
    #expect(
      NSDictionary(dictionary: try #require(merged["collisions"] as? [String: Any]))
        == NSDictionary(dictionary: try #require(whole["collisions"] as? [String: Any])))
    // Of each learner's rows before it learned them, the base once: between those of the states.
    let progressive = try #require(json["progressive_log_loss"] as? Double)
    let losses = try states.map { state in
      try #require(try workspace.inspected(state)["progressive_log_loss"] as? Double)
    }
    #expect(progressive > (losses.min() ?? 0) - 0.05 && progressive < (losses.max() ?? 0) + 0.05)
    #expect(merged["calibrator"] is NSNull && merged["average"] as? String == "none")
  }

  @Test func theShiftIsThatOfAllCounts() throws {
    let workspace = try Workspace()
    let states = try Self.states(
      in: workspace, parts: 3, ["--alpha", "0.1", "--keep-negatives", "0.5"])
    let json = try Self.merge(states, in: workspace)
    let merged = try workspace.inspected("merged")
    let out = Double(try #require(json["rows_sampled_out"] as? Int))
    let kept = 1200 - out - Double(try #require(merged["positives"] as? Int))
    let shift = try #require(merged["prior_shift"] as? Double)
    #expect(out > 100 && abs(shift - log(kept / (kept + out))) < 1e-12)
  }

  @Test func roundsGoOnFromAMergedState() throws {
    let workspace = try Workspace()
    let states = try Self.states(in: workspace, parts: 2)
    try Self.merge(states, in: workspace, state: "round1")
    try workspace.write("more.csv", Checkpointing.table(part: 40, rows: 200))
    let json = try workspace.trained(
      "more.csv", "--start-from", "round1", "--average", "none", "--alpha", "0.1", "--save-state",
      "s9")
    #expect(json["rows"] as? Int == 1100)
    let next = try Self.merge(["s9"], in: workspace, base: "round1")
    #expect(next["rows"] as? Int == 1100 && next["rows_of_base"] as? Int == 900)
    let inspected = try workspace.inspected("round1")
    #expect(inspected["merged"] as? Bool == true && inspected["shards"] as? Int == 2)
    #expect(inspected["evidence"] as? String == "mixed")
    // Calendar shards leave more evidence: what comes moves the weights less.
    try Self.merge(
      states, in: workspace, model: "c.lrs", state: "calendar", ["--shards", "calendar"])
    #expect(try workspace.read("calendar") != workspace.read("round1"))
  }
}

/// ftrl of one margin in plain Doubles; index 0 is the bias.
private struct Reference {
  var alpha: Double
  var beta: Double
  var l2: Double
  var z = [Double](repeating: 0, count: 4)
  var n = [Double](repeating: 0, count: 4)

  init(alpha: Double, beta: Double, l2: Double) {
    (self.alpha, self.beta, self.l2) = (alpha, beta, l2)
  }

  func weight(_ index: Int) -> Double {
    -z[index] / ((beta + n[index].squareRoot()) / alpha + (index == 0 ? 0 : l2))
  }

  mutating func learn(_ text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let label = Double(words[0]) ?? 0
      let indices =
        [0] + words.dropFirst().compactMap { Int($0.prefix { character in character != ":" }) }
      let margin = indices.reduce(0) { $0 + weight($1) }
      let gradient = 1 / (1 + exp(-margin)) - label
      for index in indices {
        let weight = weight(index)
        let grown = n[index] + gradient * gradient
        z[index] += gradient - (grown.squareRoot() - n[index].squareRoot()) / alpha * weight
        n[index] = grown
      }
    }
  }

  static func merged(
    _ base: Reference, _ learners: [Reference], _ index: Int, prior: Double
  ) -> Double {
    let start = base.weight(index)
    let squares = learners.map { $0.n[index] - base.n[index] }
    let moves = zip(learners, squares).reduce(0) {
      $0 + ($1.1 + prior) * ($1.0.weight(index) - start)
    }
    return start + moves / (squares.reduce(0, +) + prior)
  }
}
