import Foundation
import Testing

/// sgd and adagrad with their schedules, as a person runs them.
@Suite struct OptimizerTests {
  private static let table = Samples.table(rows: 400)

  private static let choices: [[String]] = [
    ["--optimizer", "sgd"], ["--optimizer", "adagrad"],
    ["--optimizer", "sgd", "--schedule", "cosine", "--decay-rows", "300", "--warmup", "50"],
    ["--optimizer", "sgd", "--schedule", "optimal", "--l2", "0.001"],
    ["--optimizer", "adagrad", "--schedule", "exponential", "--decay", "0.9", "--l1", "0.001"],
    ["--optimizer", "adagrad", "--schedule", "step", "--decay-rows", "100", "--batch-size", "7"],
    [
      "--optimizer", "sgd", "--schedule", "invscaling", "--power", "0.25", "--learning-rate", "0.2",
    ],
  ]

  @Test(arguments: choices)
  func theModelIsTheSameForAnyThreadsAndPipes(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let train = ["train", "--bits", "10", "-q"] + options
    for (name, more) in [
      ("a", ["--threads", "1", "t.csv"]),
      ("b", ["--threads", "4", "--chunk-bytes", "50", "t.csv"]),
    ] {
      let outcome = try workspace.run(train + ["-o", name] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let piped = try workspace.run(train + ["-o", "c"], input: .file("t.csv"))
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(try workspace.read("a") == workspace.read("b"))
    #expect(try workspace.read("a") == workspace.read("c"))
    let inspected = try workspace.inspected("a")
    #expect(inspected["optimizer"] as? String == options[1])
    #expect(inspected["learning_rate"] is [String: Any] && inspected["alpha"] is NSNull)
  }

  @Test func everyChoiceIsAnotherModel() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let models = try (Self.choices + [[]]).map { options in
      let outcome = try workspace.run(
        ["train", "--bits", "10", "-q", "-o", "m.lrs", "t.csv"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try workspace.run("inspect", "--weights", "m.lrs").output
    }
    #expect(Set(models).count == models.count)
  }

  @Test func whatIsLearnedIsWorthSomething() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    for optimizer in ["sgd", "adagrad"] {
      _ = try workspace.trained("t.csv", "--optimizer", optimizer, "--epochs", "20")
      let outcome = try workspace.run("evaluate", "--json", "-m", "m.lrs", "t.csv")
      let auc = try #require(try outcome.json()["auc"] as? Double)
      #expect(auc > 0.95)
    }
  }

  @Test(arguments: [
    ["--schedule", "step"], ["--learning-rate", "0.1"], ["--warmup", "5"], ["--power", "1"],
    ["--decay", "0.5"], ["--decay-rows", "10"], ["--optimizer", "newton", "--schedule", "step"],
    ["--optimizer", "sgd", "--alpha", "1"], ["--optimizer", "adagrad", "--beta", "1"],
    ["--optimizer", "sgd", "--schedule", "optimal"],
    ["--optimizer", "sgd", "--schedule", "constant", "--power", "1"],
    ["--optimizer", "sgd", "--learning-rate", "0"], ["--optimizer", "sgd", "--decay-rows", "0"],
    ["--optimizer", "sgd", "--tolerance", "0.1"], ["--optimizer", "sgd", "--schedule", "linear"],
    ["--optimizer", "adagrad", "--l1=-1"],
  ])
  func contradictionsAreUsageErrors(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let outcome = try workspace.run(
      ["train", "--bits", "10", "-o", "m.lrs", "t.csv"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(!workspace.exists("m.lrs"))
  }
}
