import Foundation
import Testing

/// What the learner's options and those of the hash do.
@Suite struct LearnerOptionTests {
  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 400))
    return workspace
  }

  private func count(_ workspace: Workspace, _ options: String...) throws -> Int {
    let outcome = try workspace.run(
      ["train", "--bits=10", "-o", "m.lrs", "--json", "-q", "t.csv"] + options)
    return try #require(try outcome.json()["nonzero_weights"] as? Int)
  }

  @Test func lassoMakesWeightsZero() throws {
    let workspace = try prepared()
    let all = try count(workspace)
    let few = try count(workspace, "--l1", "15")
    #expect(few < all)
    #expect(try count(workspace, "--l1", "1e6") == 0)
    // The bias has no penalty: the base rate is still learned.
    let probability = try #require(Double(try workspace.predicted("t.csv")[0]))
    let positives = try #require(try workspace.inspected()["positives"] as? Int)
    #expect(abs(probability - Double(positives) / 400) < 0.1)
  }

  @Test func ridgeShrinksWeights() throws {
    let workspace = try prepared()
    func largest(_ options: String...) throws -> Double {
      _ = try workspace.run(
        ["train", "--bits=10", "-o", "m.lrs", "t.csv", "--numeric-transform", "standardize"]
          + options)
      let lines = try workspace.run("inspect", "--weights", "m.lrs").lines
      return lines.compactMap { Double($0.split(separator: "\t")[1]) }.map(abs).max() ?? 0
    }
    let free = try largest()
    let shrunk = try largest("--l2", "100")
    #expect(shrunk < free / 2 && shrunk > 0)
  }

  @Test(arguments: [
    ["--alpha", "0.5"], ["--beta", "3"], ["--l1", "1"], ["--l2", "5"], ["--batch-size", "16"],
    ["--bits", "12"], ["--hash-seed", "7"], ["--sniff-rows", "5"], ["--clip", "0.5"],
    ["--categorical", "amount"],
  ])
  func everyOptionHasAnEffectAndIsStored(_ options: [String]) throws {
    let workspace = try prepared()
    func weights() throws -> String { try workspace.run("inspect", "--weights", "m.lrs").text }
    try workspace.trained("t.csv")
    let plain = try weights()
    // The last of two values counts.
    try workspace.trained("t.csv", options[0], options[1])
    #expect(try weights() != plain)
    let model = try workspace.inspected()
    let key = String(options[0].dropFirst(2)).replacing("-", with: "_")
    if let stored = model[key] as? Double { #expect(stored == Double(options[1])) }
  }

  @Test func aBatchOfOneIsTheDefault() throws {
    let workspace = try prepared()
    try workspace.trained("t.csv")
    let model = try workspace.read("m.lrs")
    try workspace.trained("t.csv", "--batch-size", "1")
    #expect(try workspace.read("m.lrs") == model)
  }

  @Test func theRowsOfTheSniffedPrefixAreLearnedToo() throws {
    let workspace = try prepared()
    let figures = try workspace.trained("t.csv", "--sniff-rows", "399")
    #expect(figures["rows"] as? Int == 400)
    #expect(figures["features"] as? Int == (try workspace.inspected()["features"] as? Int))
  }

  @Test func figuresOfTrainingHaveTheirKeys() throws {
    let workspace = try prepared()
    try workspace.write("u.csv", Samples.table(rows: 20))
    let figures = try workspace.trained("t.csv", "u.csv")
    #expect(
      Set(figures.keys).isSuperset(of: [
        "schema", "command", "rows", "rows_bad", "rows_sampled_out", "features",
        "nonzero_weights", "progressive_log_loss", "holdout", "bad_rows_by_reason", "inputs",
        "seconds", "rows_per_second", "peak_rss_bytes", "model",
      ]))
    #expect(figures["schema"] as? Int == 1)
    #expect(figures["command"] as? String == "train")
    #expect(figures["rows"] as? Int == 420)
    #expect(figures["holdout"] is NSNull)
    let inputs = try #require(figures["inputs"] as? [[String: Any]])
    #expect(inputs.compactMap { $0["path"] as? String } == ["t.csv", "u.csv"])
    #expect(inputs.compactMap { $0["rows"] as? Int } == [400, 20])
    let size = try workspace.read("t.csv").count
    #expect(inputs[0]["bytes"] as? Int == size)
    #expect(inputs[0]["bytes_uncompressed"] as? Int == size)
    let packed = try workspace.shell("gzip -k t.csv; logreg-stream --bits 10 -o p --json t.csv.gz")
    let input = try #require(try (packed.json()["inputs"] as? [[String: Any]])?.first)
    #expect(input["bytes"] as? Int == (try workspace.read("t.csv.gz").count))
    #expect(input["bytes_uncompressed"] as? Int == size)
  }

  /// The progressive loss is that of each row before it was learned.
  @Test func progressiveLossOfTheFirstRowIsOfAnEmptyModel() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,x\n1,a\n")
    let loss = try #require(try workspace.trained("t.csv")["progressive_log_loss"] as? Double)
    #expect(abs(loss - log(2)) < 1e-12)
  }
}
