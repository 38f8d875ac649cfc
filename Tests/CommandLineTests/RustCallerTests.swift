#if compiler(>=6.3)
  import Foundation
  import Testing

  /// The library for C and an exported source, called from Rust by their ABI (`Rust/*.rs`).
  @Suite struct RustCallerTests {
    private static let sources = Samples.packageRoot.path + "/Tests/CommandLineTests/Rust"
    private static let folder = URL(fileURLWithPath: Program.unoptimized)
      .deletingLastPathComponent().path

    /// A workspace with a model, where a program was compiled.
    ///
    /// - Returns: nil where there is no compiler of this edition.
    private static func workspace(_ program: String, _ flags: String) throws -> Workspace? {
      let workspace = try ExportTests.workspace(ExportTests.cases[0])
      let found = try workspace.shell(
        "command -v rustc > found && command -v cc > found && rustc --version || true")
      guard found.lines.contains(where: { $0.hasPrefix("rustc 1.") }) else {
        print("skipped: rustc is not installed")
        return nil
      }
      let built = try workspace.shell(
        "logreg-stream export -q -m m.lrs --to c -o model.c && cc -std=c99 -c model.c && "
          + "rustc --edition 2024 -D warnings \(flags) -o caller '\(sources)/\(program).rs'")
      try #require(built.status == 0, "\(built.errors)")
      return workspace
    }

    private static func expectSame(_ lines: [String], _ predicted: [String]) throws {
      #expect(lines.count == predicted.count && !lines.isEmpty)
      for (line, text) in zip(lines, predicted) {
        let (ours, theirs) = (try #require(Double(line)), try #require(Double(text)))
        let isSame = abs(ours - theirs) <= 5.1e-9 * abs(theirs) || ours.isNaN && theirs.isNaN
        #expect(isSame, "\(line) \(text)")
      }
    }

    @Test func rustScoresRowsWithTheLibrary() throws {
      let flags = "-L '\(Self.folder)' -C 'link-arg=-Wl,-rpath,\(Self.folder)'"
      guard let workspace = try Self.workspace("library", flags) else { return }
      let scored = try workspace.shell("./caller m.lrs check.csv")
      try #require(scored.status == 0, "\(scored.errors)")
      let predicted = try workspace.run(
        ["predict", "-q", "-m", "m.lrs", "--max-bad-rows", "100", "check.csv"])
      try Self.expectSame(scored.lines, predicted.lines)
      let refused = try workspace.shell("./caller none.lrs check.csv")
      #expect(refused.status != 0 && refused.errors.contains("none.lrs"), "\(refused.errors)")
    }

    @Test func rustScoresARowWithAnExportedSource() throws {
      guard let workspace = try Self.workspace("exported", "-C link-arg=model.o") else { return }
      let scored = try workspace.shell("./caller 5 - red k3 && ./caller x 1 red k3")
      try #require(scored.status == 0, "\(scored.errors)")
      try workspace.write("row.csv", "amount,size,color,kind\n5,,red,k3\nx,1,red,k3\n")
      let predicted = try workspace.run(
        ["predict", "-q", "-m", "m.lrs", "--max-bad-rows", "1", "row.csv"])
      try Self.expectSame(scored.lines, predicted.lines)
    }
  }
#endif
