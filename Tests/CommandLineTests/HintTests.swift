import Foundation
import Testing

/// What is said to somebody whose words come from another program, or are mistyped.
@Suite struct HintTests {
  @Test(arguments: [
    ("tarin", "did you mean train?"), ("predcit", "did you mean predict?"),
    ("fit", "did you mean train?"), ("Eval", "did you mean evaluate?"),
    ("show", "did you mean inspect?"), ("tune", "did you mean sweep?"),
    ("test", "evaluate measures a model"), ("score", "predict writes"),
    ("version", "say --version"),
  ])
  func aWordThatLooksLikeACommandIsNoFile(_ word: String, _ cure: String) throws {
    let outcome = try Workspace().run(word, "-o", "m.lrs")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("neither a command nor a file called \"\(word)\""))
    #expect(outcome.errors.contains(cure), "\(outcome.errors)")
  }

  @Test(arguments: ["fit.csv", "./fit", "days/eval"])
  func aPathIsAFile(_ path: String) throws {
    let outcome = try Workspace().run(path, "-o", "m.lrs")
    #expect(outcome.status == 66 && outcome.errors.contains("\(path): cannot open"))
  }

  @Test func aFileOfThatNameIsRead() throws {
    let workspace = try Workspace()
    try workspace.write("fit", Samples.table(rows: 4))
    #expect(try workspace.run("fit", "-o", "m.lrs").status == 0)
  }

  @Test(arguments: [
    ("-d", "name files"), ("-f", "-o FILE"), ("-i", "--start-from"), ("-b", "--bits"),
    ("-l", "--learning-rate"), ("-t", "predict -m"), ("-c", "--cache"), ("-p", "predict -m"),
    ("--passes", "--epochs"), ("--lr", "--learning-rate"), ("--num_round", "--epochs"),
    ("--bit_precision", "--bits"), ("--n-jobs", "--threads"), ("--random_state", "--seed"),
    ("--scale_pos_weight", "--class-weight"), ("--Lambda", "--l2"), ("--target", "--label"),
    ("--uncalibrated", "is an option of"), ("--top", "is an option of inspect"),
  ])
  func anOptionOfAnotherProgramIsAnswered(_ option: String, _ cure: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    let outcome = try workspace.run("train", "-o", "m.lrs", option, "t.csv")
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("logreg-stream: error: train has no option \(option)\n"))
    #expect(outcome.errors.contains(cure), "\(outcome.errors)")
    #expect(outcome.errors.contains("Usage: logreg-stream train"))
    #expect(try workspace.names() == ["t.csv"])
  }

  /// What is refused in the middle of a command names that command.
  @Test func theUsageShownIsThatOfTheCommand() throws {
    let workspace = try Workspace()
    let predict = try workspace.run("predict", "-m", "m.lrs", "--json", "t.csv")
    #expect(predict.errors.contains("Usage: logreg-stream predict"), "\(predict.errors)")
    #expect(predict.errors.contains("See 'logreg-stream predict --help'"))
    #expect(!predict.errors.contains("Error:"))
    let inspect = try workspace.run(["inspect", "-"], input: .terminal)
    #expect(inspect.status == 64 && inspect.errors.contains("Usage: logreg-stream inspect"))
  }

  @Test(arguments: ["--l1", "--alpha", "--bits", "--max-bad-rows"])
  func aNegativeValueIsAValue(_ option: String) throws {
    let outcome = try Workspace().run("train", "-o", "m.lrs", option, "-1", "t.csv")
    #expect(outcome.status == 64)
    #expect(!outcome.errors.contains("Missing value"), "\(outcome.errors)")
    #expect(outcome.errors.contains("-1"), "\(outcome.errors)")
  }

  @Test func whatAConfigFileSaysIsFoundThere() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    try workspace.write("c.yaml", "bits: 20\n\nalpha: -1\n")
    let range = try workspace.run("train", "-o", "m", "--config", "c.yaml", "t.csv")
    #expect(range.status == 64)
    #expect(range.errors.contains("config file c.yaml line 3, alpha: --alpha is -1"))
    try workspace.write("c.yaml", "alpha: high\n")
    let text = try workspace.run("train", "-o", "m", "--config", "c.yaml", "t.csv")
    #expect(text.errors.contains("config file c.yaml line 1, alpha: The value 'high'"))
    // A word of the command line takes its place, and is at fault itself.
    let typed = try workspace.run(
      "train", "-o", "m", "--config", "c.yaml", "--alpha", "-2", "t.csv")
    #expect(typed.status == 64 && !typed.errors.contains("c.yaml"), "\(typed.errors)")
  }

  // MARK: - Help

  @Test func helpOfTrainFitsOneScreen() throws {
    let workspace = try Workspace()
    let short = try workspace.run("train", "--help")
    #expect(short.status == 0 && short.errors.isEmpty)
    let lines = short.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 45 && lines.allSatisfy { $0.count <= 100 })
    let all = try workspace.run("train", "--help-all").text
    #expect(try workspace.run("--help-all").text == all)
    #expect(all.split(separator: "\n").count > 150)
    // Every option that is named there exists.
    let named = short.text.split(whereSeparator: { " ,[]\n".contains($0) }).filter {
      $0.hasPrefix("--") && $0 != "--help-all"
    }
    #expect(named.count > 20)
    for option in named { #expect(all.contains(option), "\(option)") }
  }

  @Test func aCommandsOwnOptionsComeFirst() throws {
    let workspace = try Workspace()
    for command in ["predict", "evaluate", "calibrate", "inspect", "export", "sweep"] {
      let text = try workspace.run(command, "--help").text
      let own = try #require(text.range(of: "\nOPTIONS:"), "\(command)")
      for other in ["\nINPUT:", "\nOUTPUT:"] {
        if let range = text.range(of: other) { #expect(own.lowerBound < range.lowerBound) }
      }
      #expect(try workspace.run(command, "-h").text == text)
    }
    #expect(try workspace.run("--help").text.contains("SUBCOMMANDS:"))
    #expect(try workspace.run("-V").text == workspace.run("--version").text)
  }

  @Test func aTerminalWithoutAWordSeesTheFirstThreeCommands() throws {
    let outcome = try Workspace().run([], input: .terminal)
    #expect(outcome.status == 64)
    for word in ["-o m.lrs", "evaluate -m", "predict -m"] { #expect(outcome.errors.contains(word)) }
    #expect(outcome.errors.split(separator: "\n").count < 12)
  }
}
