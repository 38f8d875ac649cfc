import Foundation
import Testing

/// `--config`: YAML under the flags, over the defaults.
@Suite struct ConfigFileTests {
  private func prepared(_ config: String) throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 30).replacing("label", with: "clicked"))
    try workspace.write("c.yaml", config)
    return workspace
  }

  @Test func flagThenConfigThenDefault() throws {
    let workspace = try prepared("label: clicked\nbits: 11\nl1: 0.25\nmodel: from-config.lrs\n")
    #expect(try workspace.run("train", "--config", "c.yaml", "t.csv").status == 0)
    var model = try workspace.inspected("from-config.lrs")
    #expect(model["bits"] as? Int == 11)
    #expect(model["l1"] as? Double == 0.25)
    #expect(model["alpha"] as? Double == 0.1)
    let outcome = try workspace.run(
      "--config=c.yaml", "--l1=0.5", "-o", "flag.lrs", "--bits", "12", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    model = try workspace.inspected("flag.lrs")
    #expect(model["bits"] as? Int == 12)
    #expect(model["l1"] as? Double == 0.5)
    #expect(model["label"] as? String == "clicked")
  }

  @Test func listsFlagsAndQuotedTexts() throws {
    let workspace = try prepared(
      "label: clicked\nbits: 10\nignore: [color]\nnumeric:\n  - amount\nquiet: true\n"
        + "positive: \"1\"\nverbose: false\nmodel: m.lrs\n")
    let outcome = try workspace.run("train", "--config", "c.yaml", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    let columns = try #require(try workspace.inspected()["columns"] as? [[String: Any]])
    #expect(columns.compactMap { $0["type"] as? String } == ["label", "numeric", "ignored"])
  }

  @Test func everyCommandTakesIt() throws {
    let workspace = try prepared("label: clicked\nbits: 10\nmodel: m.lrs\n")
    #expect(try workspace.run("--config", "c.yaml", "t.csv").status == 0)
    try workspace.write("p.yaml", "model: m.lrs\nthreads: 2\n")
    #expect(try workspace.run("predict", "--config", "p.yaml", "t.csv").lines.count == 30)
    #expect(try workspace.run("evaluate", "--config", "p.yaml", "t.csv").status == 0)
  }

  @Test func anEmptyConfigIsNone() throws {
    let workspace = try prepared("# nothing\n")
    let outcome = try workspace.run(
      "train", "--config", "c.yaml", "--label", "clicked", "--bits=10", "-o", "m", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: [
    "alhpa: 0.5\n", "optimizer: adam\n", "- alpha\n", "alpha\n", "alpha: [0.1, {a: b}]\n",
    "alpha: {a: 1}\n", "a: [\n", "\tb: 1\n:", "alpha: fast\n", "? [a]\n: 1\n", "bits: true\n",
    "config: other.yaml\n",
  ])
  func whatIsNoOptionIsWrongUsage(_ config: String) throws {
    let workspace = try prepared(config)
    let outcome = try workspace.run(
      "train", "--config", "c.yaml", "--label", "clicked", "-o", "m.lrs", "t.csv")
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(!outcome.errors.isEmpty)
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func anUnknownKeyIsAnsweredWithTheNearest() throws {
    let workspace = try prepared("alhpa: 0.5\n")
    let outcome = try workspace.run("train", "--config", "c.yaml", "t.csv")
    #expect(outcome.errors.contains("alhpa") && outcome.errors.contains("alpha"))
  }

  @Test func aMissingConfigIsAMissingInput() throws {
    let workspace = try prepared("")
    let outcome = try workspace.run("train", "--config", "gone.yaml", "t.csv")
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("gone.yaml"))
    #expect(try workspace.run("train", "t.csv", "--config").status == 64)
    let twice = try workspace.run("train", "t.csv", "--config", "c.yaml", "--config=c.yaml")
    #expect(twice.status == 64 && twice.errors.contains("2 times"))
  }
}
