import Foundation
import Testing

/// Transforms, text and crosses, as a program: the same in every way of reading the same rows.
@Suite struct FeatureTests {
  private struct Row {
    let label: Int
    let amount: Int
    let color: String
    let note: String

    init(_ row: Int) {
      label = (row &* 7919) % 5 < 2 ? 1 : 0
      amount = row % 150 == 149 ? 900_000 : (row &* 31) % 97
      color = ["red", "green", "NA"][row % 3]
      note = "Note \(row) says: \(["yes", "No"][row % 2]) sir"
    }
  }

  private static let rows = (0..<300).map(Row.init)
  private static let options = [
    "--text", "note", "--ngrams", "3", "--cross", "color*amount", "--numeric-transform", "symlog",
  ]

  private func columns(_ workspace: Workspace) throws -> [[String: Any]] {
    try #require(try workspace.inspected()["columns"] as? [[String: Any]])
  }

  @Test func everyPathGivesTheSameBytes() throws {
    let workspace = try Workspace()
    try workspace.write(
      "t.csv",
      "label,amount,color,note\n"
        + Self.rows.map { "\($0.label),\($0.amount),\($0.color),\($0.note)\n" }.joined())
    try workspace.write(
      "u.csv",
      "note,color,label,amount\n"
        + Self.rows.map { "\"\($0.note)\",\($0.color),\($0.label), \($0.amount)\n" }.joined())
    for extra in [
      [], ["--numeric-transform", "amount=quantile"], ["--numeric-transform", "amount=raw"],
      ["--numeric-transform", "amount=bins+slope"],
    ] {
      try workspace.trained(list: ["t.csv"] + Self.options + extra)
      let model = try workspace.read("m.lrs")
      let predictions = try workspace.predicted("t.csv")
      #expect(Set(predictions).count > 100)
      for path in [
        ["--chunk-bytes", "7"], ["--threads", "3"], ["--chunk-bytes", "100", "--threads", "2"],
      ] {
        try workspace.trained(list: ["t.csv"] + Self.options + extra + path, model: "n.lrs")
        #expect(try workspace.read("n.lrs") == model, "\(path)")
        let again = try workspace.run(["predict", "-m", "m.lrs", "u.csv"] + path)
        #expect(again.lines == predictions, "\(path)")
      }
      let piped = try workspace.run("predict", "-m", "m.lrs", input: .file("t.csv"))
      #expect(piped.lines == predictions)
    }
  }

  @Test func transformsAreShown() throws {
    let workspace = try Workspace()
    let table =
      "label,a,b,c,d\n"
      + Self.rows.map { "\($0.label),\($0.amount),\($0.amount),\($0.amount),1.5\n" }.joined()
    try workspace.write("t.csv", table)
    try workspace.trained("t.csv", "--numeric-transform", "b=quantile,c=raw")
    let shown = try columns(workspace).map { $0["transform"] as? String }
    #expect(shown == [nil, "bins+slope", "quantile", "raw", "standardize"])
    let edges = try #require(try columns(workspace)[2]["edges"] as? [Double])
    #expect(edges.count > 20 && edges == edges.sorted())
    let text = try workspace.run("inspect", "m.lrs").text
    #expect(text.contains("numeric, bins+slope, mean") && text.contains("numeric, raw"))
    #expect(text.contains("symlog, ") && text.contains(" bins (") && text.contains("; slope "))
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text.contains("\tb in ["))
    let verbose = try workspace.run("train", "-v", "--bits", "10", "-o", "n.lrs", "t.csv")
    #expect(verbose.errors.contains("a: numeric, bins+slope"))
    #expect(verbose.errors.contains("all 300 values in the prefix are numbers"))
  }

  @Test func aConfigurationFileMayListThem() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 40))
    try workspace.write(
      "c.yaml", "cross: ['amount*color']\nnumeric-transform: [raw, a*=quantile]\n")
    try workspace.trained("t.csv", "--config", "c.yaml")
    try workspace.trained(
      "t.csv", "--cross", "amount*color", "--numeric-transform", "raw", "--numeric-transform",
      "a*=quantile", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == workspace.read("m.lrs"))
  }

  @Test(arguments: [
    ["--clip", "8"], ["--missing", "x"], ["--quote", "none"], ["--sniff-rows", "10"],
    ["--text", "a"], ["--cross", "a*b"], ["--numeric-transform", "raw"], ["--ngrams", "1"],
    ["--columns", "c0,b", "--no-header"], ["--scale", "none", "--clip", "8"],
  ])
  func optionsForColumnsMeanNothingInLibSVM(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 1:2\n0 2:3\n")
    let outcome = try workspace.run(["train", "-o", "m.lrs", "--bits", "10", "t.svm"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("is about columns"), "\(outcome.errors)")
  }

  @Test func scaledIndicesPredictAsTheyWereTrained() throws {
    let workspace = try Workspace()
    let rows = (0..<200).map { row in
      "\(row % 3 == 0 ? 1 : -1) 1:\((row &* 37) % 1000 - 500) \(row % 20 + 2):0.001\n"
    }
    try workspace.write("t.svm", rows.joined())
    try workspace.trained("t.svm", "--scale", "maxabs", "--sniff-rows", "100")
    let model = try workspace.read("m.lrs")
    let predictions = try workspace.predicted("t.svm")
    for path in [["--chunk-bytes", "5"], ["--threads", "3"]] {
      try workspace.trained(
        list: ["t.svm", "--scale", "maxabs", "--sniff-rows", "100"] + path, model: "n.lrs")
      #expect(try workspace.read("n.lrs") == model)
      #expect(try workspace.run(["predict", "-m", "m.lrs", "t.svm"] + path).lines == predictions)
    }
    let magnitudes = try #require(
      try workspace.inspected()["maximum_magnitudes"] as? [String: Double])
    #expect(magnitudes.count == 21 && magnitudes["1"] == 500)
    #expect(try workspace.run("inspect", "m.lrs").text.contains("largest magnitudes of 21 indices"))
  }

  @Test func aGlobToIgnoreMayFitNothingToday() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    let outcome = try workspace.train("t.csv", "--ignore", "tmp_*")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("--ignore tmp_* fits no column"), "\(outcome.errors)")
  }

  @Test func adviceIsGivenOnceAndCanBeFollowed() throws {
    let workspace = try Workspace()
    let rows = (0..<300).map { "\($0 % 2),\(1000 + $0 * 3),\($0 % 2 == 1 ? "win" : "loss")\n" }
    try workspace.write("t.csv", "label,id,outcome\n" + rows.joined())
    let outcome = try workspace.train("t.csv")
    #expect(outcome.errors.contains("\"id\" looks like an identifier"))
    #expect(outcome.errors.contains("\"outcome\" alone predicts the label"))
    let followed = try workspace.train("t.csv", "--ignore", "id,outcome")
    #expect(!followed.errors.contains("identifier") && !followed.errors.contains("predicts"))
  }

  @Test func otherEncodingsAreNamed() throws {
    let workspace = try Workspace()
    let text = "label,x\n1,2\n0,3\n"
    let cases: [(Data, String)] = [
      (Data(text.replacingOccurrences(of: "\n", with: "\r").utf8), "tr '"),
      (try #require(text.data(using: .utf16)), "iconv"),
      (try #require(text.data(using: .utf16LittleEndian)), "iconv"),
      (try #require(text.data(using: .utf16BigEndian)), "iconv"),
    ]
    try workspace.write("good.csv", text)
    try workspace.trained("good.csv", model: "g.lrs")
    for (data, cure) in cases {
      try workspace.write("t.csv", data)
      for command in [["train", "-o", "m.lrs"], ["predict", "-m", "g.lrs"]] {
        let outcome = try workspace.run(command + ["t.csv"])
        #expect(outcome.status == 65)
        #expect(
          outcome.errors.contains("t.csv") && outcome.errors.contains(cure), "\(outcome.errors)")
      }
    }
  }

  @Test func columnsMayNameTheLabelOfRowsWithoutAHeader() throws {
    let workspace = try Workspace()
    try workspace.write("t.tsv", "hello there\t1\n\"oh no\t0\nhello you\t1\n")
    try workspace.trained(
      "t.tsv", "--no-header", "--columns", "text,label", "--text", "text", "--quote", "none")
    #expect(try columns(workspace).map { $0["type"] as? String } == ["text", "label"])
  }
}
