#if compiler(>=6.3)
  import Foundation
  import Testing

  /// The library for C, called by a C program (`C/interface.c`) and compared with the program.
  @Suite struct CInterfaceTests {
    private static let folder = URL(fileURLWithPath: Program.unoptimized)
      .deletingLastPathComponent().path
    private static let root = Samples.packageRoot.path

    /// A compiler, and how it is to look for mistakes.
    struct Build: Sendable, CustomTestStringConvertible {
      var compiler: String
      var flags: String
      var testDescription: String { "\(compiler) \(flags)" }
    }

    static let plain = Build(compiler: "cc", flags: "")
    static let builds = [
      Build(compiler: "gcc", flags: ""),
      Build(compiler: "gcc", flags: "-fsanitize=address,undefined -fno-sanitize-recover"),
      Build(compiler: "clang", flags: ""),
    ]

    /// Compiled once: each test but those about compilers runs this one.
    private static let compiled = Result { try compile(plain) }

    /// A workspace with the program `interface`.
    ///
    /// - Returns: nil where there is no compiler.
    private static func workspace() throws -> Workspace? {
      guard let compiled = try compiled.get() else { return nil }
      let workspace = try Workspace()
      _ = try workspace.shell("ln -s '\(compiled.path)/interface' interface")
      return workspace
    }

    /// A workspace where the program was compiled.
    ///
    /// - Returns: nil where the compiler is not installed.
    private static func compile(_ build: Build) throws -> Workspace? {
      let workspace = try Workspace()
      guard try workspace.shell("command -v \(build.compiler)").status == 0 else {
        print("skipped: \(build.compiler) is not installed")
        return nil
      }
      let outcome = try workspace.shell(
        """
        \(build.compiler) -std=c11 -Wall -Wextra -Wpedantic -Werror -pthread \(build.flags) \
          -I '\(root)/Sources/CInterfaceHeader/include' -o interface \
          '\(root)/Tests/CommandLineTests/C/interface.c' \
          -L '\(folder)' -llogreg_stream '-Wl,-rpath,\(folder)' -lm
        """)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return workspace
    }

    private static func train(_ workspace: Workspace, _ model: ExportTests.Case) throws {
      try workspace.write("t.csv", ExportTests.table(rows: 1600))
      try workspace.write(
        "check.csv",
        ExportTests.table(rows: 300)
          + "1,1e400,1,red,k1,x\n0,x,2,red,k2,x\n0,1,1\n1,0x10,1,?,new,x\n")
      let outcome = try workspace.run(
        ["train", "-q", "-o", "m.lrs"] + model.options + [model.rows])
      try #require(outcome.status == 0, "\(outcome.errors)")
    }

    /// What the program says of rows, a line each: `margins probabilities`.
    private static func predicted(_ workspace: Workspace, _ rows: String) throws -> [[String]] {
      let words = ["predict", "-q", "-m", "m.lrs", "--max-bad-rows", "1000", rows, "--output"]
      let margins = try workspace.run(words + ["margin"])
      let probabilities = try workspace.run(words + ["probability"])
      try #require(margins.status == 0 && probabilities.status == 0, "\(margins.errors)")
      return zip(margins.lines, probabilities.lines).map { [$0, $1] }
    }

    private static func expectSame(_ outcome: Outcome, _ predicted: [[String]]) throws {
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.prefix { !$0.hasPrefix("\t") }.filter { !$0.isEmpty }
      #expect(lines.count == predicted.count)
      for (line, expected) in zip(lines, predicted) {
        let words = line.split(separator: " ").map(String.init)
        #expect(words[0] == expected[0] || words[0] == "-nan" && expected[0] == "nan")
        let probabilities = expected[1].split(separator: ",")
        #expect(words.count == 1 + probabilities.count)
        for (word, text) in zip(words.dropFirst(), probabilities) {
          let (ours, theirs) = (try #require(Double(word)), try #require(Double(text)))
          // Nine digits, or of the complement of what is near 1.
          let isSame = abs(ours - theirs) <= 5.1e-9 * abs(theirs) || ours.isNaN && theirs.isNaN
          #expect(isSame, "\(word) \(text)")
        }
      }
    }

    private static let models =
      [0, 2, 11, 13, 14].map { ExportTests.cases[$0] } + ExportTests.open

    @Test(arguments: models) func rowsAreScoredAsTheProgramDoes(_ model: ExportTests.Case) throws {
      guard let workspace = try Self.workspace() else { return }
      try Self.train(workspace, model)
      let outcome = try workspace.shell("./interface score m.lrs check.csv")
      try Self.expectSame(outcome, try Self.predicted(workspace, "check.csv"))
      #expect(outcome.errors.contains("304 rows, "))
      try #require(try workspace.shell("gzip -k check.csv").status == 0)
      let zipped = try workspace.shell("./interface score m.lrs check.csv.gz")
      #expect(zipped.output == outcome.output)
    }

    @Test func rowsOfOtherFormatsAreScored() throws {
      guard let workspace = try Self.workspace() else { return }
      var (sparse, words) = ("", "")
      for row in 0..<300 {
        let label = row * 7919 % 101 > 50 ? 1 : 0
        sparse += "\(label) \(row % 9 + 1):\(row % 5) 20:0.5\n"
        words += "\(label == 1 ? 1 : -1) |a x\(row % 9) y:\(row % 5)\n"
      }
      for (name, rows) in [("rows.svm", sparse), ("rows.vw", words)] {
        try workspace.write(name, rows)
        let trained = try workspace.run(["-q", "-o", "m.lrs", "--bits", "12", name])
        try #require(trained.status == 0, "\(trained.errors)")
        let outcome = try workspace.shell("./interface score m.lrs \(name)")
        try Self.expectSame(outcome, try Self.predicted(workspace, name))
        try workspace.write("cells", "a\n\n1\n\n")
        let refused = try workspace.shell("./interface columns m.lrs cells")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("rows, which have no columns"))
      }
    }

    /// Cells with all that has a meaning in a file of rows.
    private static let cells: [[String]] = [
      ["color", "kind", "amount", "size"],
      ["red", "k1", "5", "1.5"],
      [",", "k2", "\\0", "2"],
      ["\"", "a\"b", "-1e3", "\\0"],
      ["\\n", "x\\ny", " 7 ", "3"],
      ["color", "kind", "amount", "size"],
      [" blue ", "\\0", "x", "1"],
      ["#", "k3", "1", "1"],
      ["\\0", "\\0", "\\0", "\\0"],
      ["{\"a\": 1}", "k4", "2", "2"],
    ]

    private static func write(cells: [[String]], to workspace: Workspace) throws {
      let texts = cells.map { $0.joined(separator: "\n") + "\n\n" }
      try workspace.write("cells", texts.joined())
      let lines = cells.enumerated().map { row, cells in
        // The row of names again would be skipped as a header: with one number, it is a bad row too.
        let isHeader = row > 0 && cells == Self.cells[0]
        return cells.map { cell in
          let text = cell == "\\0" ? "" : cell.replacingOccurrences(of: "\\n", with: "\n")
          return isHeader
            ? "x\(text)" : "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
        }.joined(separator: ",") + "\n"
      }
      try workspace.write("cells.csv", lines.joined())
    }

    @Test(arguments: [ExportTests.cases[0], ExportTests.cases[13]])
    func columnsAreTheRowsOfAFile(_ model: ExportTests.Case) throws {
      guard let workspace = try Self.workspace() else { return }
      try Self.train(workspace, model)
      try Self.write(cells: Self.cells, to: workspace)
      let outcome = try workspace.shell("./interface columns m.lrs cells")
      try Self.expectSame(outcome, try Self.predicted(workspace, "cells.csv"))
      #expect(outcome.errors.contains("9 rows, 2 bad"), "\(outcome.errors)")
    }

    @Test func columnsWithoutAHeaderFindTheirPlaces() throws {
      guard let workspace = try Self.workspace() else { return }
      let rows = ExportTests.table(rows: 600).split(separator: "\n").dropFirst()
      // Without the words, which begin at the first quote.
      try workspace.write("t.csv", rows.map { $0.prefix { $0 != "\"" }.dropLast() + "\n" }.joined())
      let trained = try workspace.run(
        [
          "-q", "-o", "m.lrs", "--bits", "12", "--no-header", "--columns",
          "label,amount,size,color,kind", "t.csv",
        ])
      try #require(trained.status == 0, "\(trained.errors)")
      try Self.write(cells: Self.cells, to: workspace)
      let outcome = try workspace.shell("./interface columns m.lrs cells")
      try #require(outcome.status == 0, "\(outcome.errors)")
      // Names are no numbers, so that the fifth row is bad here as well.
      #expect(outcome.errors.contains("9 rows, 2 bad"), "\(outcome.errors)")
      try workspace.write("ordered.csv", "5,1.5,red,k1\n2,2,\"{\"\"a\"\": 1}\",k4\n")
      let predicted = try Self.predicted(workspace, "ordered.csv")
      #expect(outcome.lines[0].hasPrefix(predicted[0][0] + " "))
      #expect(outcome.lines[8].hasPrefix(predicted[1][0] + " "))
      try workspace.write("cells", "color\n\nred\n\n")
      let refused = try workspace.shell("./interface columns m.lrs cells")
      #expect(refused.status == 64)
      #expect(refused.errors.contains("the column \"amount\" is missing"))
    }

    @Test func cellsThatRowsWithoutQuotesCannotHoldAreRefused() throws {
      guard let workspace = try Self.workspace() else { return }
      try workspace.write("t.csv", "label;a\n" + String(repeating: "1;x\n0;y\n", count: 50))
      let trained = try workspace.run(
        [
          "-q", "-o", "m.lrs", "--quote", "none", "--comment", "#", "--skip-lines", "0", "t.csv",
          "--bits", "12",
        ])
      try #require(trained.status == 0, "\(trained.errors)")
      for (cell, isHeld) in [("x", true), ("a;b", false), ("a\\nb", false), ("#x", false)] {
        try workspace.write("cells", "a\n\n\(cell)\n\n")
        let outcome = try workspace.shell("./interface columns m.lrs cells")
        #expect(outcome.status == (isHeld ? 0 : 64), "\(cell): \(outcome.errors)")
      }
    }

    @Test func featuresAreExplainedAsTheProgramDoes() throws {
      guard let workspace = try Self.workspace() else { return }
      try Self.train(workspace, ExportTests.cases[0])
      let expected = try workspace.run(
        ["predict", "-q", "-m", "m.lrs", "--explain", "3", "--max-bad-rows", "10", "check.csv"])
      let outcome = try workspace.shell("./interface explain m.lrs check.csv 3")
      try #require(outcome.status == 0, "\(outcome.errors)")
      let good = expected.lines.filter { !$0.hasPrefix("nan") }
      let ours = outcome.lines.filter { !$0.isEmpty }
      #expect(ours.count == good.count)
      for (line, theirs) in zip(ours, good) {
        let parts = theirs.split(separator: "\t", omittingEmptySubsequences: false).dropFirst()
        #expect(line == "\t" + parts.joined(separator: "\t"))
      }
    }

    @Test func figuresAndDescriptionAreThoseOfTheProgram() throws {
      guard let workspace = try Self.workspace() else { return }
      try Self.train(workspace, ExportTests.cases[0])
      let figures = try workspace.shell("./interface evaluate m.lrs t.csv").json()
      let expected = try workspace.run(["evaluate", "-q", "-m", "m.lrs", "--json", "t.csv"]).json()
      #expect(NSDictionary(dictionary: figures) == NSDictionary(dictionary: expected))
      let told = try workspace.shell("./interface describe m.lrs").lines
      #expect(
        told.dropLast() == [
          "logistic", "class 0", "class 1", "column label", "column amount", "column size",
          "column color", "column kind", "column words",
        ])
      let json = try workspace.run(["inspect", "--json", "m.lrs"])
      #expect(told.last == json.lines[0])
    }

    // MARK: - Training

    @Test(arguments: [1, 1000, 100_000_000, 0]) func aTrainingWritesTheModelOfTheProgram(
      chunk: Int
    ) throws {
      guard let workspace = try Self.workspace() else { return }
      try workspace.write("t.csv", ExportTests.table(rows: chunk == 1 ? 200 : 1600))
      _ = try workspace.shell("gzip -nk t.csv")
      let words = [
        "train", "-q", "--bits", "12", "--ignore", "words", "--epochs", "2", "-o", "m.lrs",
      ]
      let expected = try workspace.run(words + ["--json", "t.csv"])
      try #require(expected.status == 0, "\(expected.errors)")
      let config = "'{bits: 12, ignore: [words], epochs: 2}'"
      for rows in ["t.csv", "t.csv.gz"] {
        for model in ["c.lrs", "-"] {
          let outcome = try workspace.shell(
            "./interface train \(config) \(model) \(chunk) \(rows)")
          try #require(outcome.status == 0, "\(outcome.errors)")
          #expect(outcome.output.isEmpty == false && outcome.errors.contains("progress"))
          let path = model == "-" ? "memory.lrs" : "c.lrs"
          #expect(try workspace.read(path) == workspace.read("m.lrs"))
          if rows == "t.csv" {
            var (ours, theirs) = (try outcome.json(), try expected.json())
            for key in ["seconds", "rows_per_second", "peak_rss_bytes", "model", "inputs"] {
              ours[key] = nil
              theirs[key] = nil
            }
            #expect(NSDictionary(dictionary: ours) == NSDictionary(dictionary: theirs))
          }
        }
      }
    }

    @Test func aCancelledTrainingEndsAndTheProcessGoesOn() throws {
      guard let workspace = try Self.workspace() else { return }
      try workspace.write("t.csv", ExportTests.table(rows: 1600))
      let config = "'{bits: 12, ignore: [words], chunk-bytes: 4KiB}'"
      let outcome = try workspace.shell("timeout 60 ./interface cancel \(config) t.csv")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func aCancelledTrainingWithACheckpointGoesOn() throws {
      guard let workspace = try Self.workspace() else { return }
      try workspace.write("t.csv", ExportTests.table(rows: 1600))
      let config =
        "'{bits: 12, ignore: [words], chunk-bytes: 4KiB, checkpoint: state, input-name: a}'"
      let cancelled = try workspace.shell("timeout 60 ./interface cancel \(config) t.csv")
      #expect(cancelled.status == 0, "\(cancelled.errors)")
      let plain = try workspace.run(
        ["-q", "--bits", "12", "--ignore", "words", "-o", "m.lrs", "t.csv"])
      try #require(plain.status == 0, "\(plain.errors)")
      _ = try workspace.shell("rm -rf state")
      for time in 1...2 {
        // The second time it is known, and nothing of it is read.
        let again = try workspace.shell("./interface train \(config) c\(time).lrs 5000 t.csv")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try workspace.read("c\(time).lrs") == workspace.read("m.lrs"))
      }
    }

    // MARK: - Bad use

    @Test(arguments: builds) func badUseIsAnErrorCode(_ build: Build) throws {
      guard let workspace = try Self.compile(build) else { return }
      try Self.train(workspace, ExportTests.cases[0])
      let outcome = try workspace.shell("timeout 60 ./interface misuse m.lrs check.csv")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }

    @Test func manyThreadsShareAModel() throws {
      guard let workspace = try Self.compile(Self.builds[1]) else { return }
      try Self.train(workspace, ExportTests.cases[0])
      let outcome = try workspace.shell("timeout 60 ./interface threads m.lrs check.csv")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func theHeaderIsOneOfCPlusPlusToo() throws {
      let workspace = try Workspace()
      guard try workspace.shell("command -v g++").status == 0 else {
        return print("skipped: g++ is not installed")
      }
      try workspace.write(
        "main.cpp", "#include \"logreg_stream.h\"\nint main() { return LRS_OK; }\n")
      let outcome = try workspace.shell(
        "g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -c main.cpp -I "
          + "'\(Self.root)/Sources/CInterfaceHeader/include'")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }
#endif
