import Foundation
import Testing

/// Checkpoint directories in which somebody else has put or changed something.
@Suite struct HostileCheckpointTests {
  /// What stands in a directory where others may write is neither followed nor waited for.
  @Test(arguments: ["lock", "rows.cache", "published", "checkpoint-0000000001.lrs"])
  func linksInTheDirectoryAreNotFollowed(_ name: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 1, rows: 100))
    for make in ["ln -s ../victim", "mkfifo"] {
      _ = try workspace.shell(
        "rm -rf state; mkdir state; echo mine > victim; \(make) state/\(name)")
      let run = try workspace.resumable(["--epochs", "2", "t.csv"])
      let expected: Int32 = name == "lock" ? 73 : name.hasSuffix("lrs") ? 65 : 0
      #expect(run.status == expected, "\(make): \(run.errors)")
      #expect(try workspace.read("victim") == Data("mine\n".utf8))
    }
  }

  /// A row cache that was changed between two passes: no rows of somebody else's are learned.
  @Test func aRowCacheThatWasChangedIsRefused() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 1, rows: 2000))
    let options = ["--epochs", "1000", "t.csv"]
    let stopped = try workspace.shell(
      """
      set -m
      logreg-stream \((Workspace.resumableArguments + ["--checkpoint", "state", "-o", "m.lrs"] + options)
      .joined(separator: " ")) --checkpoint-every 5000rows & run=$!
      until [ "$(ls state 2>/dev/null | grep -c lrs)" -gt 1 ]; do sleep 0.02; done
      kill -TERM $run; wait $run || true
      """)
    try #require(workspace.exists("state/rows.cache"), "\(stopped.errors)")
    var cache = try workspace.read("state/rows.cache")
    cache[cache.count / 2] ^= 1
    try workspace.write("state/rows.cache", cache)
    let run = try workspace.resumable(options)
    #expect(run.status == 65, "\(run.errors)")
    #expect(run.errors.contains("rows.cache does not hold what was written to it"))
    #expect(run.errors.contains("--fresh"))
    #expect(!workspace.exists("m.lrs"))
    _ = try workspace.shell("rm state/rows.cache")
    let gone = try workspace.resumable(options)
    #expect(gone.status == 65 && gone.errors.contains("cannot be opened"), "\(gone.errors)")
  }
}
