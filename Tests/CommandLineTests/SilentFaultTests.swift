import Foundation
import Testing

/// Faults of labels, of unseen features and of weak models that nobody would notice unless told.
@Suite struct SilentFaultTests {
  private struct Row {
    var label: String
    var site: String
    var code: String
    var price: String
  }

  private func rows(_ count: Int, _ seed: UInt64 = 7) -> [Row] {
    var state = seed
    func draw(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    return (0..<count).map { _ in
      let site = draw(4)
      let label = draw(100) < (site == 0 ? 70 : 10) ? "1" : "0"
      return Row(
        label: label, site: ["Åre", "bo", "cy", "dal"][site], code: "\(10 + draw(20))",
        price: "\(draw(100)).5")
    }
  }

  private func csv(
    _ rows: [Row], header: Bool = true, _ change: (Row) -> [String]
  ) -> String {
    (header ? "label,site,code,price\n" : "")
      + rows.map { change($0).joined(separator: ",") + "\n" }.joined()
  }

  private func plain(_ row: Row) -> [String] { [row.label, row.site, row.code, row.price] }

  private func said(_ workspace: Workspace, _ arguments: String...) throws -> String {
    let outcome = try workspace.run(arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.errors
  }

  private func trained(_ workspace: Workspace, _ arguments: String...) throws -> String {
    try trained(workspace, list: arguments)
  }

  private func trained(_ workspace: Workspace, list arguments: [String]) throws -> String {
    let outcome = try workspace.run(
      ["train", "-q", "--bits", "16", "-o", "m.lrs"] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.errors
  }

  // MARK: - Labels

  @Test func textsTakenAsNegativeAreShown() throws {
    let workspace = try Workspace()
    let texts = ["1": ">50K.", "0": "<=50K."]
    try workspace.write(
      "a.csv", csv(rows(500)) { [texts[$0.label] ?? "", $0.site, $0.code, $0.price] })
    let quiet = try trained(workspace, "--positive", ">50K", "a.csv")
    #expect(quiet.contains("warning: no row is positive") && quiet.contains("<=50K. "))
    #expect(quiet.contains("--positive '>50K.'"))
    #expect(try trained(workspace, "--positive", ">50K.", "a.csv").isEmpty)
    let shown = try said(
      workspace, "train", "--bits=16", "-o", "m.lrs", "--positive", ">50K.", "a.csv")
    #expect(shown.contains("labels: positive: >50K. "))
    let gradient = try said(
      workspace, "check-gradient", "-q", "--bits=10", "--positive", ">50K", "a.csv")
    #expect(gradient.contains("no row is positive"))
  }

  @Test func labelsOfAnotherSpellingAreSaidWhereAModelIsUsed() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", csv(rows(500), plain))
    try workspace.write(
      "b.csv", csv(rows(500)) { [$0.label + ".0", $0.site, $0.code, $0.price] })
    #expect(try trained(workspace, "--positive", "1", "a.csv").isEmpty)
    let evaluated = try said(workspace, "evaluate", "-q", "-m", "m.lrs", "b.csv")
    #expect(evaluated.contains("no row is positive") && evaluated.contains("the same number"))
    let refused = try workspace.run(
      "calibrate", "-q", "-m", "m.lrs", "--calibrator", "platt", "-o", "c.lrs", "b.csv")
    #expect(refused.status == 65 && refused.errors.contains("no row is positive"))
    #expect(try said(workspace, "evaluate", "-q", "-m", "m.lrs", "a.csv").isEmpty)
  }

  @Test(arguments: ["ftrl", "sgd", "adagrad", "newton", "lbfgs"])
  func weightsOfNothingAreRefused(optimizer: String) throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", csv(rows(300)) { [$0.label, $0.site, $0.code, "0"] })
    let refused = try workspace.refusal(
      of: "--optimizer", optimizer, "--weight", "price", "a.csv", status: 65)
    #expect(refused.contains("none of the 300 rows has a weight above 0"))
    try workspace.write(
      "b.csv", csv(rows(300)) { [$0.label, $0.site, $0.code, $0.label == "1" ? "0" : "1"] })
    let warned = try trained(
      workspace, "--optimizer", optimizer, "--l2", "1", "--weight", "price", "b.csv")
    #expect(warned.contains("warning: every positive row has the weight 0"))
    // A weight of 1 beside one of 1e18 is lost in the sums, but it is not 0.
    for (positive, negative) in [("1", "0"), ("1e18", "1")] {
      try workspace.write(
        "c.csv",
        csv(rows(300)) { [$0.label, $0.site, $0.code, $0.label == "1" ? positive : negative] })
      let warned = try said(
        workspace, "train", "-q", "-o", "c.lrs", "--optimizer", optimizer, "--l2", "1", "--weight",
        "price", "c.csv")
      #expect(warned.contains("warning: the negative rows weigh nothing beside the positive ones"))
    }
  }

  @Test func weightsOfNothingAreSaidByOtherCommands() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", csv(rows(300)) { [$0.label, $0.site, $0.code, "0"] })
    try workspace.write("b.csv", csv(rows(300)) { [$0.label, $0.site, $0.code, "1"] })
    #expect(try trained(workspace, "--weight", "price", "b.csv").isEmpty)
    let evaluated = try said(workspace, "evaluate", "-q", "-m", "m.lrs", "a.csv")
    #expect(evaluated.contains("every row has the weight 0"))
    let checked = try workspace.run("check-gradient", "-q", "--weight", "price", "a.csv")
    #expect(checked.status == 65)
  }

  // MARK: - Unseen features

  @Test func valuesWrittenInAnotherWayAreNamedByColumn() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", csv(rows(1500), plain))
    #expect(try trained(workspace, "--categorical", "code", "a.csv").isEmpty)
    #expect(try said(workspace, "predict", "-q", "-m", "m.lrs", "a.csv").isEmpty)
    try workspace.write(
      "codes.csv", csv(rows(1500)) { [$0.label, $0.site, $0.code + ".0", $0.price] })
    let codes = try said(workspace, "predict", "-q", "-m", "m.lrs", "codes.csv")
    #expect(codes.contains("column \"code\"") && codes.contains("with a fraction (4.0)"))
    let latin1 = try #require(csv(rows(1500), plain).data(using: .isoLatin1))
    try workspace.write("latin1.csv", latin1)
    let encoded = try said(workspace, "evaluate", "-q", "-m", "m.lrs", "latin1.csv")
    #expect(encoded.contains("column \"site\"") && encoded.contains("iconv -f LATIN1"))
    try workspace.write(
      "other.csv", csv(rows(1500)) { [$0.label, "s-" + $0.site, $0.code, $0.price] })
    let other = try workspace.run("evaluate", "-q", "--json", "-m", "m.lrs", "other.csv")
    #expect(other.errors.contains("column \"site\" brings almost nothing"))
    let unseen = try #require(try other.json()["unseen"] as? [String: Any])
    #expect(unseen["distinct_share_in_training"] as? Double == 0)
    let columns = try #require(unseen["columns"] as? [[String: Any]])
    #expect(columns.map { $0["column"] as? String } == ["site"])
    #expect(columns[0]["share"] as? Double == 1)
  }

  @Test func shiftedIndicesAreNoticedBothWays() throws {
    let workspace = try Workspace()
    func text(_ offset: Int) -> String {
      rows(600).map { row in
        let values = [row.code, row.price, row.label == "1" ? "9" : "3"]
        let features = values.enumerated().map { "\($0 + offset):0.\($1.prefix { $0 != "." })" }
        return "\(row.label) " + features.joined(separator: " ") + "\n"
      }.joined()
    }
    try workspace.write("one.svm", text(1))
    try workspace.write("zero.svm", text(0))
    for (trainedOn, other, words) in [
      ("one.svm", "zero.svm", "one more"), ("zero.svm", "one.svm", "one less"),
    ] {
      #expect(try trained(workspace, trainedOn).isEmpty)
      #expect(try said(workspace, "evaluate", "-q", "-m", "m.lrs", trainedOn).isEmpty)
      let warned = try said(workspace, "evaluate", "-q", "-m", "m.lrs", other)
      #expect(warned.contains("if every index were \(words)"), "\(warned)")
    }
  }

  @Test func indicesAndNamespacesThatAreGoneAreNoticed() throws {
    let workspace = try Workspace()
    for (name, last) in [("svm", " 3:"), ("vw", " |c z:")] {
      func text(_ isWhole: Bool) -> String {
        rows(700).map { row in
          let head = name == "vw" ? "|a x:0.\(row.code)" : "1:0.\(row.code)"
          let tail = isWhole ? last + (row.label == "1" ? "0.9" : "0.3") : ""
          return "\(row.label) \(head)\(tail)\n"
        }.joined()
      }
      try workspace.write("whole.\(name)", text(true))
      try workspace.write("cut.\(name)", text(false))
      #expect(try trained(workspace, "whole.\(name)").isEmpty)
      #expect(try said(workspace, "predict", "-q", "-m", "m.lrs", "whole.\(name)").isEmpty)
      let warned = try said(workspace, "predict", "-q", "-m", "m.lrs", "cut.\(name)")
      #expect(warned.contains(name == "vw" ? "namespace \"c\"" : "index \"3\""), "\(warned)")
    }
  }

  @Test func rowsWithoutAHeaderAreHeldAgainstTheModel() throws {
    let workspace = try Workspace()
    func text(_ row: Row) -> [String] { [row.label, row.site, "c" + row.code] }
    try workspace.write("a.csv", csv(rows(800), header: false, text))
    #expect(try trained(workspace, "--no-header", "a.csv").isEmpty)
    try workspace.write("h.csv", "label,site,code\n" + csv(rows(800), header: false, text))
    let header = try said(workspace, "predict", "-q", "-m", "m.lrs", "h.csv")
    #expect(header.contains("is it a header?"))
    try workspace.write("last.csv", csv(rows(800), header: false) { [$0.label, $0.site] })
    let last = try said(workspace, "predict", "-q", "-m", "m.lrs", "last.csv")
    #expect(last.contains("looks like that label"))
    try workspace.write("none.csv", csv(rows(800), header: false) { [$0.site, "c" + $0.code] })
    #expect(try said(workspace, "predict", "-q", "-m", "m.lrs", "none.csv").isEmpty)
  }

  // MARK: - label:weight

  @Test func weightsBesideLabelsAreReadAsXGBoostWritesThem() throws {
    let workspace = try Workspace()
    let weighted = rows(400).enumerated().map { "\($1.label):\($0 % 3) 1:0.\($1.code) 2:1\n" }
    let repeated = rows(400).enumerated().flatMap { index, row in
      Array(repeating: "\(row.label) 1:0.\(row.code) 2:1\n", count: index % 3)
    }
    try workspace.write("w.svm", weighted.joined())
    try workspace.write("r.svm", repeated.joined())
    let options = ["--optimizer", "newton", "--l2", "1"]
    for (name, model) in [("w.svm", "w.lrs"), ("r.svm", "r.lrs")] {
      let outcome = try workspace.run(["train", "-q", "-o", model, name] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try workspace.inspected("w.lrs")["label_weights"] as? Bool == true)
    #expect(try workspace.inspected("r.lrs")["label_weights"] as? Bool == false)
    #expect(try workspace.run("inspect", "w.lrs").text.contains("that begin with label:weight"))
    #expect(!(try workspace.run("inspect", "r.lrs").text.contains("label:weight")))
    // A row of weight 2 is that row twice.
    let plain = rows(400).map { "\($0.label) 1:0.\($0.code) 2:1\n" }.joined()
    try workspace.write("p.svm", plain)
    let found = try workspace.predicted("p.svm", model: "w.lrs").compactMap(Double.init)
    let wanted = try workspace.predicted("p.svm", model: "r.lrs").compactMap(Double.init)
    #expect(found.count == 400 && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
    // Rows to predict may have weights, whatever the model was trained on.
    #expect(
      try workspace.predicted("w.svm", model: "r.lrs")
        == workspace.predicted("p.svm", model: "r.lrs"))
    try workspace.write("mixed.svm", weighted.joined() + "1 1:0.5\n")
    let refused = try workspace.refusal(of: "mixed.svm", status: 65)
    #expect(refused.contains("row 401") && refused.contains("label:weight"))
  }

  // MARK: - Weak models

  /// What makes a model wrong without a word is said also when only warnings are.
  @Test func quietHidesNoWarning() throws {
    let workspace = try Workspace()
    let text = rows(300).enumerated().map { index, row in
      "\(row.label),\(row.site),\(1000 + index * 3),\(row.label == "1" ? "won" : "lost"),"
        + "\(row.code).000,5\n"
    }
    try workspace.write("a.csv", "label,site,id,outcome,amount,kind\n" + text.joined())
    let warned = try trained(workspace, "--ignore", "tmp_*", "a.csv")
    for part in [
      "column \"outcome\" alone predicts the label", "column \"id\" looks like an identifier",
      "--ignore tmp_* fits no column",
    ] {
      #expect(warned.contains("warning: \(part)"), "\(warned)")
    }
    let numbers = rows(300).map { "\($0.label),\($0.code),\($0.code)%\n" }
    try workspace.write("n.csv", "label,x,share\n" + numbers.joined())
    #expect(
      try trained(workspace, "n.csv").contains("warning: column \"share\" is learned as categories")
    )
    // All that is no warning is hidden.
    #expect(warned.split(separator: "\n").allSatisfy { $0.contains("warning: ") }, "\(warned)")
  }

  @Test(arguments: ["lbfgs", "newton"])
  func aSolverThatDidNotArriveIsSaid(optimizer: String) throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", csv(rows(500), plain))
    let options = ["--optimizer", optimizer]
    let cut = try trained(workspace, list: options + ["--max-iterations", "1", "a.csv"])
    #expect(cut.contains("warning: \(optimizer): stopped after 1 iteration"), "\(cut)")
    #expect(try trained(workspace, list: options + ["--l2", "1", "a.csv"]).isEmpty)
    try workspace.write("s.csv", "label,x\n" + (0..<40).map { "\($0 % 2),\($0 % 2)\n" }.joined())
    let separable = try trained(workspace, list: options + ["s.csv"])
    #expect(separable.contains("warning: \(optimizer): the classes can be separated perfectly"))
  }

  /// Labels are learned in units of their deviation: no target is out of reach.
  @Test(arguments: ["ftrl", "sgd", "adagrad"], [250, 600, 2000])
  func aTargetInAnyUnitIsLearned(optimizer: String, count: Int) throws {
    let workspace = try Workspace()
    let text = rows(count).map { "\(100_000 + 10 * (Int($0.code) ?? 0)),\($0.site)\n" }
    try workspace.write("a.csv", "label,site\n" + text.joined())
    let options = ["--loss", "squared", "--optimizer", optimizer]
    #expect(try trained(workspace, list: options + ["a.csv"]).isEmpty)
    let far = try workspace.run("evaluate", "-m", "m.lrs", "a.csv", "--json").json()
    let scaled = rows(count).map { "\((Double($0.code) ?? 0) / 10 - 2),\($0.site)\n" }
    try workspace.write("s.csv", "label,site\n" + scaled.joined())
    #expect(try trained(workspace, list: options + ["s.csv"]).isEmpty)
    let near = try workspace.run("evaluate", "-m", "m.lrs", "s.csv", "--json").json()
    let (farError, nearError) = (
      try #require(far["rmse"] as? Double), try #require(near["rmse"] as? Double)
    )
    #expect(abs(farError / 100 - nearError) < 0.02 * nearError)
    let exact = ["--loss", "squared", "--optimizer", "lbfgs", "--l2", "1", "a.csv"]
    #expect(try trained(workspace, list: exact).isEmpty)
  }

  /// Values of millions, as they are, in few rows.
  @Test(arguments: ["logistic", "probit", "softmax", "squared"], ["ftrl", "sgd", "adagrad"])
  func divergenceIsSaidForEveryLossAndFewRows(loss: String, optimizer: String) throws {
    let workspace = try Workspace()
    let text = rows(300).enumerated().map { index, row in
      let label = loss == "softmax" ? String(index % 3) : row.label
      return "\(label) 1:\(row.label == "1" ? "2" : "1")\(row.code)000000.0 2:0.5\n"
    }
    try workspace.write("a.svm", text.joined())
    let options = ["--loss", loss, "--optimizer", optimizer, "a.svm"]
    let warned = try workspace.run(["train", "-q", "-o", "m.lrs"] + options)
    // Numbers may also come to their end: that is refused.
    #expect(warned.status == 0 || warned.status == 65, "\(warned.errors)")
    // A step of sgd takes the row's weight into account, and goes never past its label: with the
    // squared loss that is enough, and with softmax at the rate that the race finds.
    #expect(
      warned.status == 65 || ["squared", "softmax"].contains(loss) && optimizer == "sgd"
        || warned.errors.contains("warning: the progressive"), "\(warned.errors)")
    let scaled = try trained(workspace, list: ["--scale", "maxabs"] + options)
    #expect(scaled.isEmpty, "\(scaled)")
  }

  @Test(arguments: ["ftrl", "sgd", "adagrad"])
  func divergenceIsSaidWithItsCure(optimizer: String) throws {
    let workspace = try Workspace()
    let text = rows(1500).map { row in
      "\(row.label) 1:\(row.label == "1" ? "2" : "1")\(row.code)000000.0 2:0.5\n"
    }
    try workspace.write("a.svm", text.joined())
    let warned = try trained(workspace, "--optimizer", optimizer, "a.svm")
    #expect(warned.contains("the learner diverges: scale the values with --scale maxabs"))
    #expect(
      try trained(workspace, "--optimizer", optimizer, "--scale", "maxabs", "a.svm").isEmpty)
  }

  @Test func rowsSortedByLabelAreSaidAndStaySoAfterAResume() throws {
    let workspace = try Workspace()
    let sorted = rows(1000).sorted { $0.label < $1.label }
    try workspace.write("a.csv", csv(Array(sorted[..<500]), plain))
    try workspace.write("b.csv", csv(Array(sorted[500...]), plain))
    let warned = try trained(workspace, "a.csv", "b.csv")
    #expect(warned.contains("warning: the rows are sorted by label"))
    #expect(warned.contains("--shuffle 1000 (takes about"))
    #expect(try trained(workspace, "--shuffle", "1000", "a.csv", "b.csv").isEmpty)
    #expect(try trained(workspace, "--optimizer", "newton", "--l2=1", "a.csv", "b.csv").isEmpty)
    let first = try trained(workspace, "--checkpoint", "d", "a.csv")
    #expect(!first.contains("sorted"))
    let second = try trained(workspace, "--checkpoint", "d", "a.csv", "b.csv")
    #expect(second.contains("the label changes 1 times in 1,000 rows"), "\(second)")
  }
}
