import Foundation
import Testing

/// Losses beside logistic, as a person runs them.
@Suite struct LossTests {
  /// Three colours that a size and a shape tell, and a price that they give.
  private static let table =
    "color,price,size,shape\n"
    + (0..<600).map { row in
      let size = (row &* 7919) % 100
      let shape = ["round", "flat"][row % 2]
      let color = size < 30 ? "red" : shape == "flat" ? "deep blue" : "green"
      return "\(color),\(Double(size) * 0.3 + (row % 2 == 0 ? 5 : 1)),\(size),\(shape)\n"
    }.joined()

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    return workspace
  }

  private static let softmax = ["--loss", "softmax", "--label", "color", "--ignore", "price"]
  private static let squared = ["--loss", "squared", "--label", "price", "--ignore", "color"]

  @Test(arguments: ["ftrl", "sgd", "adagrad", "lbfgs", "newton"])
  func softmaxLearnsEveryClass(optimizer: String) throws {
    let workspace = try workspace()
    let passes = ["lbfgs", "newton"].contains(optimizer) ? ["--l2", "0.01"] : ["--epochs", "40"]
    let trained = try workspace.trained(
      list: Self.softmax + passes + ["--optimizer", optimizer, "t.csv"])
    #expect(trained["rows"] as? Int == 600)
    let outcome = try workspace.run("evaluate", "--json", "-m", "m.lrs", "t.csv")
    let figures = try outcome.json()
    #expect(
      Set(figures.keys) == [
        "schema", "command", "rows", "rows_bad", "log_loss", "accuracy", "unseen",
      ])
    #expect(try #require(figures["accuracy"] as? Double) > 0.95)
    let inspected = try workspace.inspected()
    #expect(inspected["classes"] as? [String] == ["deep blue", "green", "red"])
    #expect((inspected["biases"] as? [Double])?.count == 3 && inspected["bias"] is NSNull)
    let lines = try workspace.predicted("t.csv")
    #expect(lines.count == 600)
    for line in lines {
      let shares = line.split(separator: ",").compactMap { Double($0) }
      #expect(shares.count == 3 && abs(shares.reduce(0, +) - 1) < 1e-8)
    }
    let weights = try workspace.run("inspect", "--weights", "m.lrs").lines
    #expect(weights.contains { $0.hasSuffix("\tdeep blue\tsize") })
  }

  @Test func softmaxIsTheSameForAnyThreadsAndPipes() throws {
    let workspace = try workspace()
    let train =
      ["train", "--bits", "10", "-q"] + Self.softmax + ["--epochs", "3", "--shuffle", "50"]
    for (name, more) in [
      ("a", ["--threads", "1"]), ("b", ["--threads", "4", "--chunk-bytes", "50"]),
    ] {
      let outcome = try workspace.run(train + ["-o", name, "t.csv"] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try workspace.run(train + ["-o", "c"], input: .file("t.csv")).status == 0)
    #expect(try workspace.read("a") == workspace.read("b"))
    #expect(try workspace.read("a") == workspace.read("c"))
  }

  @Test func aClassThatCameLateIsABadRow() throws {
    let workspace = try workspace()
    try workspace.write("late.csv", Self.table + "violet,1,2,flat\nred,1,2,flat\n")
    let outcome = try workspace.train(
      "--loss", "softmax", "--label", "color", "--sniff-rows", "600", "late.csv")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("\"violet\"") && outcome.errors.contains("row 601"))
    #expect(outcome.errors.contains("--classes") && !workspace.exists("m.lrs"))
    let given = try workspace.trained(
      "--loss", "softmax", "--label", "color", "--classes", "red,violet,green,deep blue,pink",
      "late.csv")
    #expect(given["rows_bad"] as? Int == 0)
    #expect(
      try workspace.inspected()["classes"] as? [String]
        == ["red", "violet", "green", "deep blue", "pink"])
    // Held against a model, an unknown class is bad too.
    try workspace.write("odd.csv", "color,price,size,shape\nred,1,2,flat\nmauve,1,2,flat\n")
    let evaluated = try workspace.run(
      "evaluate", "--json", "--max-bad-rows", "1", "-m", "m.lrs", "odd.csv")
    #expect(try evaluated.json()["rows_bad"] as? Int == 1)
  }

  @Test func badRowsKeepLinesAlignedAndAsWide() throws {
    let workspace = try workspace()
    try workspace.trained(list: Self.softmax + ["t.csv"])
    try workspace.write("p.csv", "size,shape\n1,flat\nx,flat\n99,round\n")
    let lines = try workspace.predicted("--max-bad-rows", "1", "p.csv")
    #expect(lines.count == 3 && lines[1] == "nan,nan,nan")
  }

  @Test func classWeightsShiftTheClasses() throws {
    let workspace = try workspace()
    func meanOfRed(_ options: [String]) throws -> Double {
      // Not so fast that every row is certain, whatever its weight.
      try workspace.trained(
        list: Self.softmax + ["t.csv", "--alpha", "0.1", "--average", "none"] + options)
      return try workspace.predicted("t.csv")
        .compactMap { Double($0.split(separator: ",")[2]) }.reduce(0, +) / 600
    }
    let plain = try meanOfRed([])
    let (more, less) = (["--class-weight", "red=5"], ["--class-weight", "red=0.1,green=2"])
    let shiftedUp = try meanOfRed(more + ["--correction", "none"])
    let shiftedDown = try meanOfRed(less + ["--correction", "none"])
    #expect(shiftedUp > plain + 0.02 && shiftedDown < plain - 0.02)
    // Unless told otherwise, the shift is taken back.
    #expect(try meanOfRed(more) < shiftedUp - 0.02)
    #expect(try meanOfRed(less) > shiftedDown + 0.02)
    let outcome = try workspace.run(
      ["train", "-o", "x", "t.csv", "--class-weight", "positive=2"] + Self.softmax)
    #expect(outcome.status == 64 && outcome.errors.contains("deep blue"))
  }

  @Test(arguments: ["ftrl", "sgd", "adagrad", "lbfgs", "newton"])
  func squaredLearnsTheNumber(optimizer: String) throws {
    let workspace = try workspace()
    let options =
      ["lbfgs", "newton"].contains(optimizer)
      ? [] : optimizer == "ftrl" ? ["--alpha", "2", "--epochs", "30"] : ["--epochs", "30"]
    let trained = try workspace.trained(
      list: Self.squared + options
        + ["--optimizer", optimizer, "--numeric-transform", "standardize", "t.csv"])
    #expect(trained.keys.contains("progressive_mse"))
    #expect(!trained.keys.contains("progressive_log_loss"))
    let figures = try workspace.run("evaluate", "--json", "-m", "m.lrs", "t.csv").json()
    #expect(
      Set(figures.keys) == ["schema", "command", "rows", "rows_bad", "rmse", "mae", "r2", "unseen"])
    #expect(try #require(figures["r2"] as? Double) > 0.99)
    let lines = try workspace.predicted("t.csv")
    #expect(abs(try #require(Double(lines[1])) - 0.3 * 19 - 1) < 1)
  }

  @Test func aLabelThatIsNoNumberIsABadRow() throws {
    let workspace = try workspace()
    try workspace.write("n.csv", "label,a\n1.5,x\nmany,y\n2,x\n")
    let outcome = try workspace.train("--loss", "squared", "n.csv")
    #expect(outcome.status == 65 && outcome.errors.contains("row 2"))
    #expect(outcome.errors.contains("finite number"))
  }

  @Test func probitIsAProbabilityLikeLogistic() throws {
    let workspace = try Workspace()
    try workspace.write("b.csv", Samples.table(rows: 400))
    for loss in ["logistic", "probit"] {
      try workspace.trained("b.csv", "--loss", loss, "--optimizer", "newton", "--l2", "0.1")
      let figures = try workspace.run("evaluate", "--json", "-m", "m.lrs", "b.csv").json()
      #expect(try #require(figures["auc"] as? Double) > 0.95)
      #expect(abs(try #require(figures["calibration_ratio"] as? Double) - 1) < 0.02)
      #expect(try workspace.inspected()["loss"] as? String == loss)
    }
  }

  @Test func theHoldoutAndTheEarlyStopKnowTheLoss() throws {
    let workspace = try workspace()
    let options = ["--epochs", "4", "--early-stop", "3", "--holdout", "0.3", "t.csv"]
    let softmax = try workspace.trained(list: Self.softmax + options)
    let classes = try #require(softmax["holdout"] as? [String: Any])
    #expect(Set(classes.keys) == ["rows", "log_loss", "accuracy"])
    let squared = try workspace.trained(list: Self.squared + options)
    let numbers = try #require(squared["holdout"] as? [String: Any])
    #expect(Set(numbers.keys) == ["rows", "rmse", "mae", "r2"])
    #expect((numbers["rows"] as? Int ?? 0) > 40)
  }

  @Test(arguments: [
    softmax, squared, ["--loss", "probit", "--label", "color", "--positive", "red"],
  ])
  func derivativesAreRight(options: [String]) throws {
    let workspace = try workspace()
    let outcome = try workspace.run(
      ["check-gradient", "--json", "--bits", "10", "--l2", "0.5", "t.csv"] + options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["passes"] as? Bool == true)
  }

  @Test(arguments: [
    (["--loss", "softmax", "--positive", "red"], "--positive"),
    (["--loss", "squared", "--positive", "red"], "--positive"),
    (["--classes", "a,b"], "--classes"), (["--loss", "softmax", "--classes", "a"], "--classes"),
    (["--loss", "softmax", "--classes", "a,b,a"], "twice"),
    (["--loss", "squared", "--class-weight", "positive=2"], "--class-weight"),
    (["--loss", "softmax", "--label", "price", "--sniff-rows", "1"], "--sniff-rows"),
    (["--loss", "hinge"], "softmax"),
  ])
  func contradictionsAreUsageErrors(options: [String], word: String) throws {
    let workspace = try workspace()
    let label = options.contains("--label") ? [] : ["--label", "color"]
    let outcome = try workspace.run(["train", "-o", "m.lrs", "t.csv"] + label + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains(word) && !workspace.exists("m.lrs"))
  }
}
