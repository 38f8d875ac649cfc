import Foundation
import Testing

/// `export`, checked by the runtime of each target.
@Suite struct ExportTests {
  /// Rows that a model reads, and the options that it is trained with.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var rows: String
    var options: [String]

    var testDescription: String { name }
  }

  /// Columns of numbers and categories, missing values, and what readers disagree about.
  static func table(rows: Int) -> String {
    let colors = ["red", "green", " blue ", "", "NA", "é", "a longer value"]
    let odd = [
      "1e3", "-0.5", "", "+7", ".25", "12345678901234567890", "4.9e-324", "5.", "1e30", " 3 ",
    ]
    var text = "label,amount,size,color,kind,words\n"
    for row in 0..<rows {
      let amount = row % 11 == 3 ? odd[row / 11 % odd.count] : String((row &* 7919) % 101)
      let label = (row &* 7919) % 101 + row % 7 * 10 > 80 ? 1 : 0
      let words = "Word\(row % 5) the_end, \(row % 3 == 0 ? "again again" : "é-x")"
      text += "\(label),\(amount),\(Double(row % 17) / 3),\(colors[row % 7]),k\(row % 30),"
      text += "\"\(words)\"\n"
    }
    return text
  }

  static let plain = ["--ignore", "words", "--bits", "12"]
  static let cases: [Case] =
    ["none", "platt", "isotonic", "beta", "blend", "intercept"].map {
      Case(
        name: $0, rows: "t.csv",
        options: plain + ["--calibrator", $0, "--calibrate-on", "holdout", "--holdout", "0.3"])
    }
    + ["standardize", "symlog", "quantile", "bins+slope", "raw"].map {
      Case(
        name: $0, rows: "t.csv",
        options: plain + ["--numeric-transform", $0, "--alpha", "0.001", "--calibrator", "none"])
    } + [
      Case(name: "probit", rows: "t.csv", options: plain + ["--loss", "probit"]),
      Case(
        name: "fake negatives", rows: "t.csv",
        options: plain + ["--correction", "fake-negatives"]),
      Case(
        name: "squared", rows: "t.csv",
        options: plain + ["--loss", "squared", "--label", "size", "--ignore", "label"]),
      Case(
        name: "softmax", rows: "t.csv",
        options: plain + ["--loss", "softmax", "--label", "kind", "--ignore", "label"]),
      Case(
        name: "few slots", rows: "t.csv", options: ["--ignore", "words", "--bits", "10"]),
      Case(name: "prior shift", rows: "t.csv", options: plain + ["--keep-negatives", "0.5"]),
    ]

  /// Features whose hashes go on from other hashes, and LibSVM rows.
  static let open: [Case] = [
    Case(
      name: "crosses", rows: "t.csv",
      options: plain + ["--cross", "color*kind", "--cross", "amount*color"]),
    Case(
      name: "words", rows: "t.csv",
      options: ["--text", "words", "--ngrams", "3", "--bits", "12"]),
    Case(
      name: "words and numbers in few slots", rows: "t.csv",
      options: ["--text", "words", "--ngrams", "2", "--bits", "10"] + numbers),
    Case(
      name: "crosses of numbers", rows: "t.csv",
      options: ["--ignore", "words", "--cross", "color*kind", "--bits", "10"] + numbers),
    Case(
      name: "crosses of classes", rows: "t.csv",
      options: ["--loss", "softmax", "--label", "kind", "--text", "words", "--bits", "10"]
        + ["--ignore", "label"] + numbers),
  ]

  private static let numbers = [
    "--numeric-transform", "standardize", "--cross", "size*color", "--cross", "amount*size*color",
  ]

  static let sparse: [Case] = [
    Case(name: "LibSVM", rows: "t.svm", options: ["--format", "libsvm", "--bits", "12"]),
    Case(
      name: "LibSVM, scaled, hashed", rows: "t.svm",
      options: ["--format", "libsvm", "--bits", "10", "--scale", "maxabs"]),
    Case(
      name: "LibSVM, softmax", rows: "classes.svm",
      options: ["--format", "libsvm", "--loss", "softmax", "--bits", "10"]),
  ]

  /// Rows with indices that collide, and of all sizes.
  private static func indices(rows: Int, labels: Int) -> String {
    (0..<rows).map { row in
      let values = ["1", "-0.25", "1e-2", "1e-30", "0", "7"]
      var text = "\(row % labels) \(row % 9):\(row % 5) qid:3 17:\(values[row % 6])"
      for place in 0..<row % 40 {
        text += " \((row &* 7919 &+ place &* 104_729) % 3000 + 1000 * place):0.\(place)7"
      }
      return text + (row % 7 == 0 ? " 18446744073709551615:1" : " 9223372036854775808:2") + "\n"
    }.joined()
  }

  static func workspace(_ model: Case) throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", table(rows: 1600))
    try workspace.write("t.svm", indices(rows: 400, labels: 2) + "1\n")
    try workspace.write("classes.svm", indices(rows: 400, labels: 4) + "1\n")
    try workspace.write("odd.csv", "y,margin\n" + String(repeating: "1,a\n0,b\n", count: 50))
    try workspace.write("commas.csv", "y;a\n" + String(repeating: "1;1,5\n0;2\n", count: 50))
    // Rows to score: bad ones too, and values that training never saw.
    try workspace.write(
      "check.csv",
      table(rows: 300)
        + "1,1e400,1,red,k1,x\n1,inf,1,red,k1,x\n0,x,2,red,k2,x\n0,1_0,2,red,k2,x\n1,0x10,1,?,new,x\n"
        + "0,-1e300,1e-400,NULL,\u{1F600},x\n1,2.2250738585072011e-308,9007199254740993,a,b,x\n")
    let outcome = try workspace.run(
      ["train", "--threads", "1", "-q", "-o", "m.lrs"] + model.options + [model.rows])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return workspace
  }

  /// Exports and checks.
  ///
  /// - Returns: nil where the runtime is not installed.
  static func check(
    _ workspace: Workspace, _ words: [String], rows: String = "check.csv"
  ) throws -> [String: Any]? {
    let outcome = try workspace.run(
      ["export", "-m", "m.lrs", "-q", "--json", "--check", rows] + words)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let check = try #require(try outcome.json()["check"] as? [String: Any])
    if let missing = check["missing"] as? String {
      print("skipped: \(missing) is not installed")
      return nil
    }
    return check
  }

  @Test(arguments: cases + open) func theSourceInCHasTheBitsOfPredict(_ model: Case) throws {
    let workspace = try Self.workspace(model)
    guard let check = try Self.check(workspace, ["--to", "c", "-o", "model.c"]) else { return }
    // A source may have any name.
    #expect(try Self.check(workspace, ["--to", "c", "-o", "source"])?["rows"] as? Int == 307)
    #expect(check["largest_probability_difference"] as? Double == 0)
    #expect(check["largest_margin_difference"] as? Double == 0)
    #expect(check["rows"] as? Int == 307)
    for compiler in ["gcc", "clang"] {
      let compiled = try workspace.shell(
        "command -v \(compiler) > found || exit 0; \(compiler) -std=c99 -Wall -Wextra -Wpedantic "
          + "-Werror -fsanitize=undefined -c model.c -o model.o")
      #expect(compiled.status == 0, "\(compiled.errors)")
    }
  }

  @Test func cppCallsTheSource() throws {
    let workspace = try Self.workspace(Self.cases[0])
    let compilers = try workspace.shell("command -v c++ && command -v cc || true").lines
    guard compilers.count == 2 else { return print("skipped: no C++ compiler is installed") }
    try workspace.write(
      "main.cpp",
      """
      #include <cstdio>
      #include <cstring>
      #include "model.h"
      int main() {
        const char *fields[] = {"5", nullptr, "red", "k3"};
        size_t lengths[] = {1, 0, 3, 2};
        if (lrs_column_count != 4 || std::strcmp(lrs_columns[2], "color") != 0) return 1;
        std::printf("%.9g\\n", lrs_probability(fields, lengths));
      }

      """)
    try workspace.write("row.csv", "amount,size,color,kind\n5,,red,k3\n")
    let built = try workspace.shell(
      "logreg-stream export -q -m m.lrs --to c -o model.c && cc -std=c99 -c model.c && "
        + "c++ main.cpp model.o -o main && ./main")
    #expect(built.status == 0, "\(built.errors)")
    #expect(built.lines == (try workspace.predicted("row.csv")))
  }

  @Test(arguments: cases + open) func theReaderInPythonScoresAsPredict(_ model: Case) throws {
    let workspace = try Self.workspace(model)
    let words = ["--to", "json", "-o", "model.json"]
    guard let check = try Self.check(workspace, words) else { return }
    #expect(try #require(check["largest_probability_difference"] as? Double) < 1e-13)
    #expect(try #require(check["largest_margin_difference"] as? Double) < 1e-11)
  }

  @Test func whatATargetCannotSayIsRefusedByName() throws {
    let sql = ["--to", "sql", "--dialect"]
    for (model, target, words) in [
      (Self.cases[11], sql + ["clickhouse"], "probit"),
      (
        Case(name: "", rows: "commas.csv", options: ["--label", "y", "--decimal", "comma"]),
        sql + ["duckdb"], "a decimal comma"
      ),
      (
        Case(name: "", rows: "odd.csv", options: ["--label", "y"]), ["--to", "onnx"],
        "column \"margin\" has the name of one of the graph's outputs"
      ),
    ] {
      let workspace = try Self.workspace(model)
      let refused = try workspace.run(["export", "-m", "m.lrs", "-o", "no"] + target)
      #expect(refused.status == 64 && refused.errors.contains(words), "\(refused.errors)")
      #expect(!workspace.exists("no"))
    }
  }

  @Test func combinationsThatMeanNothingAreRefused() throws {
    let workspace = try Self.workspace(Self.cases[0])
    for (options, words) in [
      (["--to", "sql", "-o", "x"], "--to sql needs a --dialect"),
      (["--to", "c", "-o", "x.c", "--dialect", "duckdb"], "--dialect is for --to sql"),
      (["--to", "c", "-o", "x.c", "--table", "t"], "--table is for --to sql"),
      (["--to", "c", "-o", "-", "--check", "check.csv"], "standard output cannot be read again"),
      (["--to", "c", "-o", "x.c", "--check", "-"], "--check needs the name of a file"),
      (["--to", "c", "-o", "m.lrs"], "is also an input"),
      (["--to", "sql", "--dialect", "duckdb", "--table", "", "-o", "x"], "--table must be"),
    ] {
      let refused = try workspace.run(["export", "-m", "m.lrs"] + options)
      #expect(refused.status == 64 && refused.errors.contains(words), "\(refused.errors)")
    }
    #expect(!workspace.exists("x") && !workspace.exists("x.c"))
    let missing = try workspace.run("export", "-m", "none.lrs", "--to", "c", "-o", "x.c")
    #expect(missing.status == 66)
  }

  @Test func standardOutputTakesTheSourceAlone() throws {
    let workspace = try Self.workspace(Self.cases[0])
    let source = try workspace.run("export", "-q", "-m", "m.lrs", "--to", "c", "-o", "-")
    #expect(source.status == 0 && source.text.contains("double lrs_margin("))
    #expect(source.text.contains("The model m.lrs, CRC-32 "))
  }

  /// Where nothing can run it, that is said, and the artefact is there.
  @Test func aRuntimeThatIsMissingIsNamed() throws {
    let workspace = try Self.workspace(Self.cases[0])
    for (words, missing) in [
      (["--to", "c", "-o", "m.c"], "a C compiler (cc)"),
      (["--to", "json", "-o", "m.json"], "Python (python3)"),
    ] {
      let outcome = try workspace.run(
        ["export", "-m", "m.lrs", "--check", "check.csv"] + words,
        environment: ["PATH": workspace.path])
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("not checked: \(missing) is not installed"))
      #expect(workspace.exists(words[3]))
    }
  }

  /// The article shows the reader that `--check` runs.
  @Test func theArticleShowsTheReader() throws {
    let article = try String(
      contentsOf: Samples.packageRoot.appendingPathComponent(
        "Sources/LogRegStream/LogRegStream.docc/Serving.md"), encoding: .utf8)
    let reader = try String(
      contentsOf: Samples.packageRoot.appendingPathComponent(
        "Sources/Export/JSON/PythonReader.swift"), encoding: .utf8)
    let source = try #require(reader.components(separatedBy: "#\"\"\"\n").last)
      .components(separatedBy: "\n    \"\"\"#")[0]
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0) }
    #expect(lines.count > 150)
    #expect(article.contains("```python\n" + lines.joined(separator: "\n") + "\n```"))
  }
}
