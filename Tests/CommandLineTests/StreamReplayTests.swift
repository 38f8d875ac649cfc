import Foundation
import Testing

/// Standard input with a checkpoint directory, and runs that were told to stop.
@Suite struct StreamReplayTests {
  @Test func aNamedStreamIsLearnedOnce() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 200)
    let first = try workspace.resumable(["--input-name", "b"], input: .file("b.csv"))
    try #require(first.status == 0, "\(first.errors)")
    let model = try workspace.read("m.lrs")
    let again = try workspace.resumable(["--input-name", "b"], input: .file("b.csv"))
    #expect(again.status == 0 && again.errors.contains("the stream \"b\" was learned already"))
    #expect(try workspace.read("m.lrs") == model)
    #expect(try Checkpointing.figures(again) == Checkpointing.figures(first))
    let next = try workspace.resumable(["--input-name", "c"], input: .file("c.csv.gz"))
    #expect(try next.json()["rows"] as? Int == 400)
  }

  @Test func anUnnamedStreamIsNewEveryTime() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 200)
    try #require(try workspace.resumable([], input: .file("b.csv")).status == 0)
    let again = try workspace.resumable([], input: .file("b.csv"))
    #expect(again.status == 0 && again.errors.contains("its rows count as new ones"))
    #expect(try again.json()["rows"] as? Int == 400)
  }

  /// A stream that stops in the middle and stays open, and SIGTERM while nothing comes.
  @Test(arguments: [("TERM", 143), ("INT", 130)])
  func anIdleStreamIsInterruptedAndReplayed(_ signal: String, _ status: Int32) throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace)
    // The first 64 KiB are waited for.
    try workspace.write("b.csv", Checkpointing.table(part: 2, rows: 6000))
    let stopped = try workspace.interrupted(
      ["--input-name", "b", "--sniff-rows", "50"], signal: signal,
      input: "< <(head -c 70000 b.csv; sleep 60)")
    #expect(stopped.status == status, "\(stopped.errors)")
    #expect(stopped.errors.contains("goes on from state"))
    #expect(!workspace.exists("m.lrs"))

    func replay(_ name: String?, _ file: String) throws -> Outcome {
      let named = name.map { ["--input-name", $0] } ?? []
      return try workspace.resumable(named + ["--sniff-rows", "50"], input: .file(file))
    }
    for name in [nil, "other"] {
      let other = try replay(name, "b.csv")
      #expect(other.status == 64 && other.errors.contains("half learned the stream \"b\""))
    }
    let wrong = try replay("b", "c.csv.gz")
    #expect(wrong.status == 65 && wrong.errors.contains("are not those that were learned"))
    let right = try replay("b", "b.csv")
    #expect(right.status == 0, "\(right.errors)")
    let whole = try workspace.resumable(
      ["--sniff-rows", "50"], state: nil, model: "all.lrs", input: .file("b.csv"))
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(right) == Checkpointing.figures(whole))
  }

  @Test(arguments: ["b.csv", "big.csv.gz"])
  func aHalfReadFile(_ file: String) throws {
    let workspace = try Workspace()
    try workspace.write("b.csv", Checkpointing.table(part: 5, rows: 20_000))
    _ = try workspace.shell("gzip -nc b.csv > big.csv.gz; cp \(file) copy")
    let stopped = try workspace.interrupted(["--sniff-rows", "50", file])
    try #require(stopped.status == 143, "\(stopped.errors)")
    let half = try #require(try workspace.inspected("state")["half_learned"] as? [String: Any])
    #expect(try #require(half["rows"] as? Int) > 0)

    let without = try workspace.resumable(["--sniff-rows", "50", "copy2"])
    #expect(without.status == 66 || without.status == 64)
    _ = try workspace.shell("cp -r state before; mv \(file) moved")
    let renamed = try workspace.resumable(["--sniff-rows", "50", "moved"], every: "5000rows")
    #expect(renamed.status == 0, "\(renamed.errors)")
    let plain = try workspace.resumable(
      ["--sniff-rows", "50", "moved"], state: nil, model: "all.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(renamed) == Checkpointing.figures(plain))

    // Another file in its place: what was learned of it is taken back.
    _ = try workspace.shell("mv moved moved2; (cat moved2; cat moved2) > \(file)")
    let changed = try workspace.resumable(["--sniff-rows", "50", file], state: "before")
    #expect(changed.status == 65 && changed.errors.contains("changed"), "\(changed.errors)")
    #expect(try !workspace.names(in: "before").contains { $0.contains("partial") })
    _ = try workspace.shell("rm m.lrs; mv copy \(file)")
    let anew = try workspace.resumable(
      ["--sniff-rows", "50", file], state: "before", every: "5000rows")
    #expect(anew.status == 0, "\(anew.errors)")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }

  @Test func aStopWithoutADirectoryLeavesNothingBehind() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 100)
    let run = try workspace.shell(
      """
      logreg-stream train --bits 10 -o m.lrs < <(cat b.csv; sleep 60) & run=$!
      sleep 0.5; kill -TERM $run; wait $run
      """)
    #expect(run.status == 143, "\(run.errors)")
    #expect(try workspace.names() == ["a.csv.gz", "b.csv", "c.csv.gz"])
  }

  @Test func aReportIsGivenAndACheckpointWritten() throws {
    let workspace = try Workspace()
    try workspace.write("b.csv", Checkpointing.table(part: 5, rows: 20_000))
    let run = try workspace.shell(
      """
      logreg-stream train --bits 10 --chunk-bytes 2000 --checkpoint state -o m.lrs --sniff-rows 50 \
        < <(head -n 9000 b.csv; sleep 1; tail -n +9001 b.csv) & run=$!
      sleep 0.6; kill -USR1 $run; wait $run
      """)
    #expect(run.status == 0 && run.errors.contains("status: "), "\(run.errors)")
    let names = try workspace.names(in: "state")
    #expect(names.contains("checkpoint-0000000002.lrs"))
  }
}
