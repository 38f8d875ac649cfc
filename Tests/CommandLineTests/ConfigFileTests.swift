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
    #expect(model["alpha"] as? Double == 0.3, "too few rows for a race")
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
    "config: other.yaml\n", "alpha: 1\nalpha: 1\n", "alpha: [0.1]\n", "alpha:\n", "json: maybe\n",
    "json: [true]\n", "quiet: 1\n", "numeric: [[a]]\n", "numeric: [\"a,b\"]\n", "numeric: []\n",
    "numeric: [a, ]\nignore: [ , b]\n", "help: true\n", "version: true\n", "files: t.csv\n",
    "label: &l clicked\n", "label: |\n  clicked\n", "--label: clicked\n",
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

  /// The key's kind decides what a value means, not its look.
  @Test func wordsThatLookLikeTruthsAreTexts() throws {
    let workspace = try Workspace()
    let rows = (0..<40).map { "\($0 % 2 == 0),\($0 % 2 == 0 ? 9 : 1),x\n" }.joined()
    try workspace.write("t.csv", "true,no,yes\n" + rows)
    func weight(_ config: String) throws -> (positive: String?, sign: Double) {
      try workspace.write("c.yaml", config + "bits: 10\nmodel: m.lrs\nnumeric-transform: raw\n")
      let outcome = try workspace.run("train", "--config", "c.yaml", "t.csv")
      try #require(outcome.status == 0, "\(outcome.errors)")
      let inspected = try workspace.run("inspect", "--json", "--top", "1", "m.lrs").json()
      let top = try #require(inspected["top_weights"] as? [[String: Any]])
      return (inspected["labels"] as? String, top.first?["weight"] as? Double ?? 0)
    }
    let inverse = try weight("label: true\npositive: false\nignore: yes\n")
    #expect(inverse.positive?.contains("false") == true && inverse.sign < 0)
    let right = try weight("label: \"true\"\npositive: true\nignore: [yes]\n")
    #expect(right.positive?.contains("true") == true && right.sign > 0)
    try workspace.write("p.csv", "1,2\n0,1\n1,3\n")
    try workspace.write(
      "c.yaml",
      "columns: [no, yes]\nno-header: true\nlabel: no\nmodel: m.lrs\nbits: 10\njson: false\n")
    let outcome = try workspace.run("train", "--config", "c.yaml", "p.csv")
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    let columns = try #require(try workspace.inspected()["columns"] as? [[String: Any]])
    #expect(columns.compactMap { $0["name"] as? String } == ["no", "yes"])
  }

  @Test(arguments: [
    ("label: clicked\nalhpa: 0.5\n", "c.yaml line 2: \"alhpa\" is no option of train"),
    ("label: clicked\nalpha: {a: 1}\n", "c.yaml line 2: alpha holds a map"),
    ("label: clicked\n\nlabel: clicked\n", "c.yaml line 3: \"label\" stands there twice"),
    ("numeric:\n- a\n- [b]\n", "c.yaml line 3: numeric holds a list of more than texts"),
    ("uncalibrated: true\n", "c.yaml line 1: \"uncalibrated\" is no option of train"),
    ("bits: 10\nlabel: *x\n", "c.yaml line 2: aliases"),
  ])
  func complaintsNameFileLineAndKey(_ config: String, _ complaint: String) throws {
    let workspace = try prepared(config)
    let outcome = try workspace.run("train", "--config", "c.yaml", "-o", "m.lrs", "t.csv")
    #expect(outcome.status == 64 && outcome.errors.contains(complaint), "\(outcome.errors)")
  }

  /// Short options and values that look like options are told apart.
  @Test func theCommandLineTakesPrecedence() throws {
    let workspace = try prepared(
      "label: nope\nquiet: true\nmodel: other.lrs\npositive: x\nbits: 10\n")
    let outcome = try workspace.run(
      "--config", "c.yaml", "-o", "m.lrs", "--label", "clicked", "--positive", "--quiet", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    // Quiet by the config file: a warning that nothing is positive, and nothing else.
    #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.contains("warning: ") })
    #expect(workspace.exists("m.lrs") && !workspace.exists("other.lrs"))
    #expect((try workspace.inspected()["labels"] as? String)?.contains("--quiet") == true)
  }

  @Test func aMissingConfigIsAMissingInput() throws {
    let workspace = try prepared("")
    let outcome = try workspace.run("train", "--config", "gone.yaml", "t.csv")
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("gone.yaml"))
    #expect(try workspace.run("train", "t.csv", "--config").status == 64)
    let twice = try workspace.run("train", "t.csv", "--config", "c.yaml", "--config=c.yaml")
    #expect(twice.status == 64 && twice.errors.contains("twice"))
  }
}
