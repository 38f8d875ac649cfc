import Foundation
import Testing

/// After any error the old files are as they were, all of them.
@Suite struct AllOrNothingTests {
  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 200))
    try workspace.trained("t.csv")
    for name in ["old.lrs", "old.html", "old.txt"] { try workspace.write(name, "old") }
    return workspace
  }

  /// A damaged gzip file of which nearly all rows can be read.
  private func damage(_ workspace: Workspace) throws {
    try workspace.write("long.csv", Samples.table(rows: 30_000))
    let made = try workspace.shell("gzip -nc long.csv > long.gz; head -c -9 long.gz > cut.gz")
    try #require(made.status == 0, "\(made.errors)")
  }

  private func expectOld(_ workspace: Workspace, _ comment: Comment) throws {
    for name in ["old.lrs", "old.html", "old.txt"] {
      #expect(try workspace.read(name) == Data("old".utf8), "\(comment): \(name)")
    }
    #expect(try workspace.names().allSatisfy { !$0.hasSuffix(".tmp") }, comment)
  }

  // MARK: - predict -o

  @Test func predictionsOfADamagedInputAreNoFile() throws {
    let workspace = try workspace()
    try damage(workspace)
    for (options, status) in [
      (["cut.gz"], Int32(65)), (["t.csv", "gone.csv"], 66), (["--expect-rows", "7", "t.csv"], 65),
      (["--inflate", "zlib", "--threads", "3", "t.csv", "cut.gz"], 65),
    ] {
      let outcome = try workspace.run(["predict", "-q", "-m", "m.lrs", "-o", "old.txt"] + options)
      #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome.errors)")
      try expectOld(workspace, "\(options)")
      let new = try workspace.run(["predict", "-q", "-m", "m.lrs", "-o", "new.txt"] + options)
      #expect(new.status == status && !workspace.exists("new.txt"))
    }
  }

  @Test func predictionsInAFileAreThoseOfStandardOutput() throws {
    let workspace = try workspace()
    for form in [["--output", "margin"], ["--id", "color"], ["--explain", "2"], []] {
      let lines = try workspace.run(["predict", "-m", "m.lrs", "t.csv"] + form)
      let file = try workspace.run(["predict", "-m", "m.lrs", "-o", "p", "t.csv"] + form)
      #expect(lines.status == 0 && file.status == 0 && file.output.isEmpty, "\(file.errors)")
      #expect(try workspace.read("p") == lines.output && !lines.output.isEmpty)
      let dash = try workspace.run(["predict", "-m", "m.lrs", "-o", "-", "t.csv"] + form)
      #expect(dash.output == lines.output)
    }
    let header = try workspace.shell(
      "head -1 t.csv > none.csv; logreg-stream predict -m m.lrs --output csv -o p none.csv; cat p")
    #expect(header.lines == ["probability,margin,class"], "\(header.errors)")
  }

  @Test func aStoppedPredictionLeavesNothing() throws {
    let workspace = try workspace()
    let outcome = try workspace.shell(
      """
      mkfifo rows; logreg-stream predict -q -m m.lrs -o old.txt rows & run=$!
      exec 3> rows; cat t.csv >&3; for i in {1..200}; do tail -n +2 t.csv; done >&3
      until compgen -G '.old.txt.*' > /dev/null; do sleep 0.01; done
      kill -TERM $run; wait $run && exit 1 || echo $?
      """)
    #expect(outcome.lines == ["143"], "\(outcome.errors)")
    try expectOld(workspace, "stopped")
  }

  @Test func anOutputThatCannotBeIsSaidBeforeReading() throws {
    let outcome = try workspace().run("predict", "-m", "m.lrs", "-o", "gone/p", "gone.csv")
    #expect(outcome.status == 73, "\(outcome.errors)")
  }

  // MARK: - Models and reports

  @Test(arguments: [
    "train --bits 10 -q --json -o old.lrs --report old.html t.csv > /dev/full",
    "train --bits 10 -q --json -o old.lrs t.csv > /dev/full",
    "train --bits 10 -q --json -o old.lrs --checkpoint state t.csv > /dev/full",
    "train --bits 10 -q -o old.lrs --report /dev/full t.csv",
    "train --bits 10 -q --report old.html t.csv > /dev/full",
    "evaluate -m m.lrs --report old.html t.csv > /dev/full",
    "evaluate -m m.lrs --json --report old.html t.csv > /dev/full",
    "calibrate -m m.lrs -q --json -o old.lrs --calibrator platt t.csv > /dev/full",
    "predict -m m.lrs -o /dev/full t.csv",
  ]) func nothingAppearsWhenOneOutputFails(_ command: String) throws {
    let workspace = try workspace()
    let outcome = try workspace.shell("logreg-stream \(command)")
    #expect(outcome.status == 74, "\(outcome.errors)")
    try expectOld(workspace, "\(command)")
  }

  /// The report is written after the model, and neither appears when it does not fit.
  @Test func aReportThatIsTooLongForTheDisk() throws {
    let workspace = try workspace()
    let outcome = try workspace.shell(
      "(ulimit -f 12; exec logreg-stream --bits 10 -q -o old.lrs --report old.html t.csv)")
    #expect(outcome.status == 74, "\(outcome.errors)")
    try expectOld(workspace, "report")
  }

  // MARK: - What killed runs leave

  @Test func theNextRunRemovesWhatAKilledOneLeft() throws {
    let workspace = try workspace()
    let left = ".old.lrs.0123456789abcdef.logreg-stream.tmp"
    let others = [
      // Of another target, of somebody else, and one that is held by a run.
      ".other.lrs.0123456789abcdef.logreg-stream.tmp", ".old.lrs.tmp",
      ".old.lrs.0123456789abcdeX.logreg-stream.tmp", ".old.lrs.aaaaaaaaaaaaaaaa.logreg-stream.tmp",
    ]
    for name in [left] + others { try workspace.write(name, "half") }
    let outcome = try workspace.shell(
      """
      mkfifo .old.lrs.bbbbbbbbbbbbbbbb.logreg-stream.tmp
      ln -s t.csv .old.lrs.cccccccccccccccc.logreg-stream.tmp
      exec 9< \(others[3]); flock 9; logreg-stream --bits 10 -q -o old.lrs t.csv
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!workspace.exists(left) && workspace.exists("t.csv"))
    for name in others { #expect(workspace.exists(name), "\(name)") }
    #expect(try workspace.shell("logreg-stream --bits 10 -q -o old.lrs t.csv").status == 0)
    #expect(!workspace.exists(others[3]))
  }

  @Test(.enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"))
  func killsDoNotPileUp() throws {
    let workspace = try workspace()
    for call in ["fsync", "rename"] {
      let killed = try workspace.run(
        ["train", "--bits", "10", "-q", "-o", "old.lrs", "--report", "old.html", "t.csv"],
        injecting: "signal=SIGKILL:when=1", at: call)
      #expect(killed.status == 137)
    }
    #expect(try workspace.names().contains { $0.hasSuffix(".logreg-stream.tmp") })
    let last = try workspace.run(
      "train", "--bits", "10", "-q", "-o", "old.lrs", "--report", "old.html", "t.csv")
    #expect(last.status == 0, "\(last.errors)")
    #expect(try workspace.names().allSatisfy { !$0.hasSuffix(".tmp") })
  }

  @Test func aVeryLongNameHasATemporaryToo() throws {
    let workspace = try workspace()
    let name = String(repeating: "n", count: 250)
    try workspace.trained("t.csv", model: name)
    #expect(workspace.exists(name))
  }
}
