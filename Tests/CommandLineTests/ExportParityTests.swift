import Foundation
import Testing

/// How far what was exported is from `predict`, in the runtimes of ONNX and of databases.
///
/// With PARITY_FILE, all targets take all models, and the figures are added to that file:
/// `tools/parity-table` makes the table of the article Serving of them.
@Suite struct ExportParityTests {
  typealias Case = ExportTests.Case

  private static let file = ProcessInfo.processInfo.environment["PARITY_FILE"]
  private static let lock = NSLock()

  /// A line of the file.
  private static func note(_ target: String, _ model: Case, _ check: [String: Any]) throws {
    guard let file else { return }
    let figures = ["largest_probability_difference", "largest_margin_difference", "rows"].map {
      "\(check[$0] ?? "")"
    }
    let line = ([target, model.name] + figures).joined(separator: "\t") + "\n"
    try lock.withLock {
      let old = (try? Data(contentsOf: URL(fileURLWithPath: file))) ?? Data()
      try (old + Data(line.utf8)).write(to: URL(fileURLWithPath: file))
    }
  }

  private static func compare(_ target: String, _ model: Case, _ words: [String]) throws {
    let workspace = try ExportTests.workspace(model)
    let rows = model.rows.hasSuffix(".svm") ? model.rows : "check.csv"
    guard let check = try ExportTests.check(workspace, words, rows: rows) else { return }
    try note(target, model, check)
    #expect(try #require(check["largest_probability_difference"] as? Double) < 1e-12)
    #expect(try #require(check["largest_margin_difference"] as? Double) < 1e-10)
    guard target == "ONNX" else { return }
    let size = try workspace.read("model").count
    #expect(size < 300_000, "a graph is as large as its weights")
  }

  private static let all = ExportTests.cases + ExportTests.open + ExportTests.sparse

  @Test(arguments: all) func theGraphScoresAsPredict(_ model: Case) throws {
    try Self.compare("ONNX", model, ["--to", "onnx", "-o", "model"])
  }

  @Test(arguments: file == nil ? [] : all, ["c", "json"])
  func sourceAndReaderScoreAsPredict(_ model: Case, _ target: String) throws {
    try Self.compare(target, model, ["--to", target, "-o", "model"])
  }

  /// One of each kind where nobody asks for all.
  private static let some =
    [0, 2, 13, 15].map { ExportTests.cases[$0] } + [1, 3, 4].map { ExportTests.open[$0] }
    + [ExportTests.sparse[1], ExportTests.sparse[2]]

  @Test(arguments: ["duckdb", "clickhouse", "postgres", "spark"], file == nil ? some : all)
  func theScriptScoresAsPredict(_ dialect: String, _ model: Case) throws {
    guard dialect != "clickhouse" || model.name != "probit" else { return }
    // A table of Spark's own catalog has a plain name.
    let table = dialect == "spark" ? "my_rows" : "my \"rows\""
    try Self.compare(
      dialect, model,
      ["--to", "sql", "--dialect", dialect, "--table", table, "-o", "model"])
  }

  /// ONNX has no bytes of texts, so that each character is found by its hash: of a cross whose second
  /// value has it.
  @Test func everyCharacterIsHashedAsPredictDoes() throws {
    let workspace = try Workspace()
    var text = "label,a,b\n"
    var row = 0
    // Those that no file of texts begins with come last.
    let starts = Array(stride(from: 0x20, to: 0x11_0000, by: 1024)) + [1]
    for start in starts {
      let end = start == 1 ? 0x20 : min(start + 1024, 0x11_0000)
      let characters = (start..<end).compactMap(Unicode.Scalar.init)
      guard !characters.isEmpty else { continue }
      var field = String.UnicodeScalarView()
      field.append(contentsOf: characters.flatMap { $0 == "\"" ? [$0, $0] : [$0] })
      text += "\(row % 2),x\(row % 3),\"\(String(field))\"\n"
      row += 1
    }
    try workspace.write("t.csv", text)
    let trained = try workspace.run(
      [
        "-q", "-o", "m.lrs", "--cross", "a*b", "--bits", "12", "--calibrator", "none", "--epochs",
        "2", "--average", "none", "t.csv",
      ])
    try #require(trained.status == 0, "\(trained.errors)")
    let words = ["--to", "onnx", "-o", "model"]
    guard let check = try ExportTests.check(workspace, words, rows: "t.csv") else { return }
    #expect(check["rows"] as? Int == row && check["rows_skipped"] as? Int == 0)
    #expect(try #require(check["largest_margin_difference"] as? Double) < 1e-10)
  }

  @Test func badRowsOfLibSVMAreScoredInCAndPython() throws {
    let workspace = try ExportTests.workspace(ExportTests.sparse[0])
    try workspace.write("bad.svm", "1 3:x\n0 4:1\n1 -1:2\n1 5:1e39\n")
    for (words, rows) in [
      (["--to", "c", "-o", "m.c"], 4), (["--to", "json", "-o", "m.json"], 4),
      (["--to", "onnx", "-o", "m.onnx"], 1),
      (["--to", "sql", "--dialect", "duckdb", "-o", "m.sql"], 1),
    ] {
      guard let check = try ExportTests.check(workspace, words, rows: "bad.svm") else { continue }
      #expect(try #require(check["largest_margin_difference"] as? Double) < 1e-12)
      // Tensors and tables of numbers cannot hold the others.
      #expect(check["rows"] as? Int == rows && check["rows_skipped"] as? Int == 4 - rows)
    }
  }
}
