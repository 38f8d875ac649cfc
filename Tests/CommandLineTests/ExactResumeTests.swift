import Foundation
import Testing

/// Exact solvers with a checkpoint directory: interrupted in the middle, they go on in the middle.
@Suite struct ExactResumeTests {
  /// Runs until there are at least `count` checkpoints of iterations, then ends the run by
  /// `signal`.
  private func interrupt(
    _ workspace: Workspace, _ arguments: [String], after count: Int, signal: String
  ) throws -> Outcome {
    let words =
      (Workspace.resumableArguments + arguments + ["--checkpoint", "state", "-o", "m.lrs"])
      .joined(separator: " ")
    return try workspace.shell(
      """
      set -m
      # On a busy machine a run may end before the signal comes: then once more.
      for attempt in 1 2 3 4 5; do
        rm -rf state m.lrs
        logreg-stream \(words) --checkpoint-every 1rows t.csv & run=$!
        newest=0
        until [ "$newest" -ge \(count) ] || ! kill -0 $run 2>/dev/null; do
          newest=$(ls state 2>/dev/null | sed -n 's/^checkpoint-0*\\([0-9]*\\)\\.lrs$/\\1/p' | tail -n 1) ||
            newest=0
          newest=${newest:-0}
        done
        kill -\(signal) $run 2>/dev/null || true
        wait $run && continue || exit $?
      done
      """, program: Program.unoptimized)
  }

  @Test(arguments: [
    (["--optimizer", "lbfgs", "--l2", "0.01"], "KILL"),
    (["--optimizer", "lbfgs", "--l1", "0.3"], "TERM"),
    (["--optimizer", "newton", "--l2", "0.001"], "KILL"),
    (
      ["--optimizer", "lbfgs", "--l2", "0.01", "--loss", "softmax", "--label", "color"], "INT"
    ),
  ])
  func anInterruptedSolverGoesOn(_ options: [String], _ signal: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 7, rows: 3000))
    let few = options + ["--sniff-rows", "50", "--tolerance", "1e-10", "--progress", "lines"]
    let plain = try workspace.resumable(few + ["t.csv"], state: nil, model: "all.lrs")
    try #require(plain.status == 0, "\(plain.errors)")
    let stopped = try interrupt(workspace, few, after: 4, signal: signal)
    try #require([137, 143, 130].contains(stopped.status), "\(stopped.status) \(stopped.errors)")
    #expect(!workspace.exists("m.lrs"))
    let resumed = try workspace.resumable(few + ["t.csv"])
    try #require(resumed.status == 0, "\(resumed.errors)")
    let notice = try #require(
      resumed.errors.firstMatch(of: /going on after iteration ([0-9]+) of/), "\(resumed.errors)")
    let iteration = try #require(Int(notice.1))
    #expect(iteration >= 1)
    // The first line of the table of iterations is the one it goes on after.
    #expect(
      resumed.errors.contains("\n\(String(repeating: " ", count: 9 - notice.1.count))\(iteration) ")
    )
    #expect(!resumed.errors.contains("\n        0 "))
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(resumed) == Checkpointing.figures(plain))
    #expect(try workspace.names(in: "state").allSatisfy { !$0.hasSuffix(".cache") })
  }

  @Test func chainsOfKillsMoveForward() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 8, rows: 3000))
    let few = [
      "--sniff-rows", "50", "--optimizer", "lbfgs", "--l2", "0.01", "--tolerance", "1e-10",
    ]
    try #require(
      try workspace.resumable(few + ["t.csv"], state: nil, model: "all.lrs").status == 0)
    let words = (Workspace.resumableArguments + few).joined(separator: " ")
    let chain = try workspace.shell(
      """
      set -m
      for part in 1 2 3 4 5 6; do
        logreg-stream \(words) --checkpoint state --checkpoint-every 1rows -o m.lrs t.csv >/dev/null & run=$!
        sleep 0.$((RANDOM % 20 + 10))
        kill -KILL $run 2>/dev/null || true
        wait $run || true
      done
      """, program: Program.unoptimized)
    try #require(chain.status == 0, "\(chain.errors)")
    #expect(try workspace.resumable(few + ["t.csv"]).status == 0)
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }
}
