import Foundation
import Testing

/// What `inspect` says of a model.
@Suite struct InspectTests {
  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 100))
    try workspace.trained("t.csv", "--l1", "0.5", "--weight=amount")
    return workspace
  }

  @Test func everyOptionAndColumnIsTold() throws {
    let workspace = try prepared()
    let outcome = try workspace.run("inspect", "m.lrs")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    for part in [
      "alpha 0.3", "beta 1", "averaged weights", "l1 0.5", "l2 0", "2^10", "hash seed 0", "label",
      "amount", "color",
      "100", "categorical", "bias",
    ] { #expect(outcome.text.contains(part), "\(part)") }
    let figures = try workspace.inspected()
    for (key, value) in [("rows", 100), ("rows_bad", 0), ("bits", 10), ("hash_seed", 0)] {
      #expect(figures[key] as? Int == value, "\(key)")
    }
    #expect(figures["schema"] as? Int == 1)
    #expect(figures["command"] as? String == "inspect")
    #expect(figures["kind"] as? String == "model")
    #expect(figures["optimizer"] as? String == "ftrl")
    #expect(figures["loss"] as? String == "logistic")
    #expect(figures["weight_column"] as? String == "amount")
  }

  @Test func weightsAreTabSeparatedBySlot() throws {
    let workspace = try prepared()
    let outcome = try workspace.run("inspect", "--weights", "m.lrs")
    let figures = try workspace.inspected()
    #expect(outcome.lines.count == figures["nonzero_weights"] as? Int)
    var slots: [Int] = []
    for line in outcome.lines {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      #expect((2...3).contains(cells.count))
      slots.append(try #require(Int(cells[0])))
      let weight = try #require(Double(cells[1]))
      #expect(weight.isFinite && weight != 0)
    }
    #expect(slots == slots.sorted() && Set(slots).count == slots.count)
    #expect(slots.allSatisfy { $0 < 1024 })
  }

  @Test func theLargestWeightsComeFirst() throws {
    let workspace = try prepared()
    let outcome = try workspace.run("inspect", "--json", "--top", "3", "m.lrs")
    let top = try #require(try outcome.json()["top_weights"] as? [[String: Any]])
    #expect(top.count == 3)
    let weights = top.compactMap { $0["weight"] as? Double }
    #expect(weights.map(abs) == weights.map(abs).sorted(by: >))
    for entry in top {
      let weight = try #require(entry["weight"] as? Double)
      let odds = try #require(entry["odds_ratio"] as? Double)
      #expect(abs(odds / exp(weight) - 1) < 1e-12)
    }
    let all = try workspace.run("inspect", "--weights", "m.lrs").lines
      .compactMap { Double($0.split(separator: "\t")[1]) }.map(abs).max()
    #expect(abs((weights.first.map(abs) ?? 0) - (all ?? 1)) < 1e-7)
    #expect(try workspace.run("inspect", "--top", "3", "m.lrs").text.contains("odds ratio"))
    #expect(
      try workspace.run("inspect", "--top", "99", "m.lrs", "--json").status == 0, "fewer will do")
  }

  @Test(arguments: [["--top", "0"], ["--weights", "--json"], ["--weights", "--top", "2"]])
  func contradictionsAreRefused(_ options: [String]) throws {
    let workspace = try prepared()
    #expect(try workspace.run(["inspect", "m.lrs"] + options).status == 64)
  }

  @Test func aModelFromAPipe() throws {
    let workspace = try prepared()
    let piped = try workspace.shell("cat m.lrs | logreg-stream inspect -")
    #expect(piped.text == (try workspace.run("inspect", "m.lrs").text))
  }
}
