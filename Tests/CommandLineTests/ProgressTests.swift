import Foundation
import Testing

/// What is said while a run goes on, and to whom.
@Suite struct ProgressTests {
  private func prepared() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 5000))
    return workspace
  }

  private func train(
    _ workspace: Workspace, _ options: String..., terminal: Bool = false,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let outcome = try workspace.run(
      ["train", "--bits=10", "-o", "m.lrs", "--chunk-bytes", "4096", "t.csv"] + options,
      terminalErrors: terminal, environment: environment)
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty, "standard output carries data only")
    return outcome
  }

  @Test func linesOutsideATerminal() throws {
    let workspace = try prepared()
    for outcome in [try train(workspace), try train(workspace, "--progress", "lines")] {
      #expect(outcome.errors.contains("rows/s"))
      #expect(outcome.errors.contains(#/\n +0\.\d{5} +0\.\d{5} +[\d,]+ +[\d,]+ +\S+\n/#))
      #expect(!outcome.errors.contains("\r") && !outcome.errors.contains("\u{1B}"))
    }
  }

  @Test func aBarOnATerminal() throws {
    let workspace = try prepared()
    let environment = ["TERM": "xterm"]
    let auto = try train(workspace, terminal: true, environment: environment)
    let bar = try train(workspace, "--progress", "bar", environment: environment)
    for outcome in [auto, bar] where outcome.errors.contains("\u{1B}") {
      #expect(outcome.errors.contains("\r"))
    }
    #expect(!auto.errors.contains("time left"), "no table of lines")
    #expect(auto.errors.contains("learned 5,000 rows"))
  }

  @Test func noBarOnADumbTerminal() throws {
    let workspace = try prepared()
    let outcome = try train(workspace, terminal: true, environment: ["TERM": "dumb"])
    #expect(outcome.errors.contains("time left"))
    #expect(!outcome.errors.contains("\u{1B}"))
  }

  @Test func noColorEver() throws {
    let workspace = try prepared()
    for environment in [["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "xterm-256color"]] {
      let outcome = try train(workspace, terminal: true, environment: environment)
      #expect(!outcome.errors.contains(#/\x1B\[[0-9;]*m/#))
    }
  }

  @Test func jsonLines() throws {
    let workspace = try prepared()
    let outcome = try train(workspace, "--progress", "json")
    let objects = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
    #expect(!objects.isEmpty)
    for object in objects {
      let parsed = try #require(
        try JSONSerialization.jsonObject(with: Data(object.utf8)) as? [String: Any])
      #expect(parsed["rows"] is Int && parsed["rows_per_second"] is Double)
      #expect(parsed["average_loss"] is Double)
    }
  }

  @Test func noneLeavesNoticesAlone() throws {
    let workspace = try prepared()
    let outcome = try train(workspace, "--progress", "none")
    #expect(!outcome.errors.contains("time left"))
    #expect(outcome.errors.contains("reading t.csv as csv"))
    #expect(outcome.errors.contains("learned 5,000 rows"))
  }

  @Test func quietSaysNothing() throws {
    let workspace = try prepared()
    for environment in [[:], ["TERM": "xterm"]] {
      for option in ["-q", "--quiet"] {
        let outcome = try train(
          workspace, option, terminal: !environment.isEmpty, environment: environment)
        #expect(outcome.errors.isEmpty)
      }
    }
    for command in [["predict"], ["evaluate"]] {
      #expect(try workspace.run(command + ["-q", "-m", "m.lrs", "t.csv"]).errors.isEmpty)
    }
    let failed = try workspace.run("train", "-q", "-o", "m.lrs", "gone.csv")
    #expect(failed.errors.contains("gone.csv"), "errors are said all the same")
  }

  @Test func verboseTellsTheColumnsAndWhy() throws {
    let workspace = try prepared()
    let outcome = try train(workspace, "--verbose")
    #expect(outcome.errors.contains("amount: numeric") && outcome.errors.contains("thread 1"))
    #expect(try workspace.run("predict", "-v", "-m", "m.lrs", "t.csv").errors.contains("5,000"))
  }

  @Test func dataGoToStandardOutputAlone() throws {
    let workspace = try prepared()
    let outcome = try workspace.run(
      "train", "--bits=10", "-o", "m.lrs", "--json", "t.csv", "--verbose")
    #expect(outcome.lines.count == 1)
    #expect(try outcome.json()["rows"] as? Int == 5000)
  }
}
