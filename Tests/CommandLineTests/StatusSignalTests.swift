import Foundation
import Testing

/// SIGUSR1 harms no command at any moment, and is answered each time by a training that keeps a
/// checkpoint directory.
@Suite struct StatusSignalTests {
  static let commands = [
    "train --bits 12 -o again.lrs rows.csv",
    "train --bits 10 --checkpoint state -o again.lrs rows.csv",
    "predict -m m.lrs rows.csv", "evaluate -m m.lrs rows.csv", "inspect m.lrs",
    "calibrate -m m.lrs --calibrator platt -o again.lrs rows.csv",
    "check-gradient --bits 10 rows.csv", "sweep --bits 10 -o again.lrs rows.csv",
  ]

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("rows.csv", Samples.table(rows: 2000))
    try workspace.trained("rows.csv")
    return workspace
  }

  /// Signals from the moment that the program can guard itself, which is before its `main`, until
  /// it ends. Before that, while the loader maps its libraries, no program can.
  @Test(arguments: commands) func itHarmsNoCommand(_ command: String) throws {
    let run = try workspace().shell(
      """
      sent=0
      for round in $(seq 6); do
        logreg-stream \(command) >out 2>err & run=$!
        # The tenth bit from the right of the mask of signals that are held back.
        until grep -qs '^SigBlk:.*[2367abef]..$' /proc/$run/status; do
          kill -0 $run 2>/dev/null || { echo "ended unguarded"; exit 1; }
        done
        while kill -USR1 $run 2>/dev/null; do sent=$((sent + 1)); sleep 0.001; done
        wait $run || { echo "ended with $?"; cat err; exit 1; }
      done >&2
      test $sent -ge 6
      """, program: Program.unoptimized)
    #expect(run.status == 0, "\(run.errors)")
  }

  /// The signal is there already when the first instruction runs: whoever starts a program with the
  /// signal blocked leaves no moment without guard.
  @Test(arguments: commands) func itMayComeBeforeTheFirstInstruction(_ command: String) throws {
    let run = try workspace().shell(
      "env --block-signal=USR1 bash -c 'kill -USR1 $$; exec logreg-stream \(command)' >out")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func whatWasAskedBeforeAnybodyListenedIsAnswered() throws {
    let run = try workspace().shell(
      """
      mkfifo pipe; exec 9<>pipe
      env --block-signal=USR1 bash -c 'kill -USR1 $$
        exec logreg-stream train --bits 10 --checkpoint state -o n.lrs' <pipe 9>&- 2>said & run=$!
      for wait in $(seq 200); do grep -q 'status: waiting' said && break || sleep 0.05; done
      kill -TERM $run; wait $run || test $? = 143
      cat said >&2
      """)
    #expect(run.status == 0 && run.errors.contains("status: waiting"), "\(run.errors)")
  }

  /// While a pipe is silent the answer is the same each time, and is given each time.
  @Test func eachRequestHasItsAnswer() throws {
    let run = try workspace().shell(
      """
      mkfifo pipe; exec 9<>pipe
      logreg-stream train --bits 10 --checkpoint state -o n.lrs < pipe 9>&- 2> said & run=$!
      for answers in 1 2 3; do
        for wait in $(seq 200); do
          # The first may be asked for before anybody listens; it is asked for once all the same.
          test $wait != 1 || until test -e state/lock && kill -USR1 $run; do sleep 0.01; done
          test "$(grep -c 'status: waiting' said)" -ge $answers && break || sleep 0.05
        done
      done
      kill -TERM $run; wait $run || test $? = 143
      cat said >&2
      """)
    let answers = run.errors.components(separatedBy: "status: waiting for the first new rows").count
    #expect(run.status == 0 && answers == 1 + 3, "\(run.errors)")
  }
}
