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

  /// What a crash between the last checkpoint and the model leaves: the model is not there, and
  /// nothing says that it was published.
  private func crashedBeforePublishing(
    _ workspace: Workspace, _ input: Stream = .file("b.csv"), _ files: [String] = []
  ) throws -> Data {
    let first = try workspace.resumable(["--sniff-rows", "50"] + files, input: input)
    try #require(first.status == 0, "\(first.errors)")
    let model = try workspace.read("m.lrs")
    _ = try workspace.shell("rm m.lrs state/published")
    return model
  }

  @Test func anUnnamedStreamWithoutAModelIsNotLearnedAgain() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 200)
    let options = ["--sniff-rows", "50"]
    let model = try crashedBeforePublishing(workspace)
    let before = try workspace.names(in: "state")
    // Another stream, and one that was cut, are not it.
    _ = try workspace.shell("head -n 100 b.csv > cut.csv")
    for file in ["c.csv.gz", "cut.csv"] {
      let other = try workspace.resumable(options, input: .file(file))
      #expect(other.status == 65 && other.errors.contains("is not what was learned from it"))
      #expect(other.errors.contains("--input-name"))
    }
    #expect(!workspace.exists("m.lrs"))
    let again = try workspace.resumable(options, input: .file("b.csv"))
    #expect(again.status == 0 && again.errors.contains("its model not yet published"))
    #expect(!again.errors.contains("count as new ones"))
    #expect(try again.json()["rows"] as? Int == 200)
    #expect(try workspace.read("m.lrs") == model)
    #expect(try workspace.names(in: "state") == before.union(["published"]))
    // It is published now, so that the next one is new.
    let next = try workspace.resumable(options, input: .file("b.csv"))
    #expect(next.status == 0 && next.errors.contains("its rows count as new ones"))
    #expect(try next.json()["rows"] as? Int == 400)
  }

  @Test func aNamedStreamIsLearnedOnTopOfAnUnpublishedOne() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 200)
    let options = ["--sniff-rows", "50"]
    _ = try crashedBeforePublishing(workspace)
    let named = try workspace.resumable(options + ["--input-name", "c"], input: .file("c.csv.gz"))
    #expect(named.status == 0, "\(named.errors)")
    #expect(try named.json()["rows"] as? Int == 400)
    // That model was made of both.
    let next = try workspace.resumable(options, input: .file("b.csv"))
    #expect(next.status == 0 && next.errors.contains("its rows count as new ones"))
    // --fresh knows nothing of what there was.
    _ = try workspace.shell("rm state/published")
    let fresh = try workspace.resumable(options + ["--fresh"], input: .file("c.csv.gz"))
    #expect(try fresh.json()["rows"] as? Int == 200)
    let new = try workspace.resumable(options, input: .file("b.csv"))
    #expect(try new.json()["rows"] as? Int == 400, "\(new.errors)")
  }

  /// The pipe was learned to its end, and the run was killed in the file behind it.
  @Test func anUnnamedStreamBeforeAnotherInputIsNotLearnedAgain() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace)
    try workspace.write("big.csv", Checkpointing.table(part: 5, rows: 20_000))
    let options = ["--sniff-rows", "50"]
    let stopped = try workspace.interrupted(options + ["-", "big.csv"], input: "< <(cat b.csv)")
    try #require(stopped.status == 143, "\(stopped.errors)")
    var inspected = try workspace.inspected("state")
    if try #require(inspected["inputs"] as? [Any]).isEmpty {
      // The first checkpoint lay inside the pipe: its end was not learned yet.
      let rest = try workspace.resumable(options + ["-"], input: .file("b.csv"))
      try #require(rest.status == 0, "\(rest.errors)")
      _ = try workspace.shell("rm m.lrs state/published")
      inspected = try workspace.inspected("state")
    }
    let resumed = try workspace.resumable(
      options + ["-", "big.csv"], every: "5000rows", input: .file("b.csv"))
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try resumed.json()["rows"] as? Int == 20_600)
    let plain = try workspace.resumable(
      options + ["-", "big.csv"], state: nil, model: "all.lrs", input: .file("b.csv"))
    try #require(plain.status == 0, "\(plain.errors)")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
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

  /// A pipe that is silent: what was learned is told and kept all the same.
  @Test(arguments: ["1", "2", "3"])
  func aReportIsGivenWhileNothingComes(_ threads: String) throws {
    let workspace = try Workspace()
    try workspace.write("b.csv", Checkpointing.table(part: 5, rows: 20_000))
    let run = try workspace.shell(
      """
      mkfifo pipe
      # Whoever holds it open for writing keeps it from ending.
      exec 9<>pipe
      logreg-stream train --bits 10 --chunk-bytes 2000 --checkpoint state -o m.lrs --sniff-rows 50 \
        --threads \(threads) --input-name b < pipe 9>&- & run=$!
      head -n 9000 b.csv >&9
      sleep 0.8
      test ! -e state/checkpoint-0000000001.partial.lrs
      for report in 1 2; do
        kill -USR1 $run
        for wait in $(seq 100); do
          test -e state/checkpoint-000000000$report.partial.lrs && break || sleep 0.05
        done
        test -e state/checkpoint-000000000$report.partial.lrs
      done
      logreg-stream inspect --json state > inspected.json
      kill -KILL $run
      """)
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("status: "), "\(run.errors)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: workspace.read("inspected.json")) as? [String: Any])
    let half = try #require(json["half_learned"] as? [String: Any])
    let rows = try #require(half["rows"] as? Int)
    #expect(rows > 8000 && rows <= 8999)
    // The checkpoint between two chunks is a place to go on from.
    let options = ["--sniff-rows", "50", "--input-name", "b"]
    let resumed = try workspace.resumable(options, input: .file("b.csv"))
    #expect(resumed.status == 0, "\(resumed.errors)")
    let whole = try workspace.resumable(
      ["--sniff-rows", "50"], state: nil, model: "all.lrs", input: .file("b.csv"))
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(resumed) == Checkpointing.figures(whole))
  }

  @Test func aReportBeforeTheFirstRowSaysSo() throws {
    let workspace = try Workspace()
    let run = try workspace.shell(
      """
      mkfifo pipe; exec 9<>pipe
      logreg-stream train --bits 10 --checkpoint state -o m.lrs < pipe 9>&- 2> said & run=$!
      for wait in $(seq 100); do test -e state/lock && break || sleep 0.05; done
      sleep 0.3; kill -USR1 $run
      for wait in $(seq 100); do grep -q 'waiting for the first' said && break || sleep 0.05; done
      kill -TERM $run; wait $run || test $? = 143
      cat said >&2
      """)
    #expect(run.status == 0 && run.errors.contains("status: waiting for the first new rows"))
    #expect(try workspace.names(in: "state") == ["lock"])
  }

  @Test func aReportIsGivenAndACheckpointWritten() throws {
    let workspace = try Workspace()
    try workspace.write("b.csv", Checkpointing.table(part: 5, rows: 20_000))
    let run = try workspace.shell(
      """
      logreg-stream train --bits 10 --chunk-bytes 2000 --checkpoint state -o m.lrs --sniff-rows 50 \
        < <(head -n 9000 b.csv; until test -e go; do sleep 0.05; done; tail -n +9001 b.csv) \
        2> said & run=$!
      # Until rows are learned the answer is another one, and there is nothing to write.
      for wait in $(seq 200); do
        kill -USR1 $run
        grep -q 'status: [1-9][0-9,]* rows learned' said && break || sleep 0.1
      done
      touch go; wait $run; cat said >&2
      """)
    #expect(run.status == 0 && run.errors.contains("rows learned by this run"), "\(run.errors)")
    let newest = try workspace.names(in: "state").filter { $0.hasPrefix("checkpoint-") }.max()
    #expect(newest ?? "" > "checkpoint-0000000001.lrs")
  }
}
