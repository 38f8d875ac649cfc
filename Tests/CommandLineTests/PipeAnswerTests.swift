import Foundation
import Testing

/// `predict` for a program at the other end of two pipes, which waits for each line.
@Suite struct PipeAnswerTests {
  private static func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", ExportTests.table(rows: 400))
    let outcome = try workspace.run(
      ["train", "-q", "-o", "m.lrs", "--bits", "12", "--ignore", "words", "t.csv"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return workspace
  }

  /// A script that writes to `predict` (>&"$to") and reads its lines (<&"$from"), waiting at most 20 s.
  private static func conversation(_ options: String, _ body: String) -> String {
    """
    coproc logreg-stream predict -q -m m.lrs \(options)
    child=$COPROC_PID
    # Bash keeps its own from parts of a pipeline.
    exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}"
    eval "exec ${COPROC[1]}>&-"
    answer() { IFS= read -rt 20 line <&"$from" || { echo "no answer" >&2; exit 3; }; echo "$line"; }
    silence() { ! IFS= read -rt 0.2 line <&"$from" || { echo "too early: $line" >&2; exit 4; }; }
    \(body)
    exec {to}>&-
    wait $child
    """
  }

  @Test(arguments: ["--threads 1", "--threads 2", "--threads 1 --chunk-bytes 1"])
  func aRowIsAnsweredBeforeTheNextOneComes(_ options: String) throws {
    let workspace = try Self.workspace()
    let expected = try workspace.run(["predict", "-q", "-m", "m.lrs", "t.csv"])
    let outcome = try workspace.shell(
      Self.conversation(
        options,
        """
        exec {rows}<t.csv
        IFS= read -r row <&"$rows" && printf '%s\\n' "$row" >&"$to"
        silence
        for (( n = 0; n < 100; n += 1 )); do
          IFS= read -r row <&"$rows"
          printf '%s\\n' "$row" >&"$to"
          answer
        done
        """))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines == Array(expected.lines.prefix(100)))
  }

  @Test func whatIsFinishedIsAnsweredWhileARowIsStillBeingWritten() throws {
    let workspace = try Self.workspace()
    let expected = try workspace.run(["predict", "-q", "-m", "m.lrs", "t.csv"])
    let outcome = try workspace.shell(
      Self.conversation(
        "--threads 2",
        """
        head -c $(($(head -n 3 t.csv | wc -c) + 4)) t.csv >&"$to"
        answer
        answer
        silence
        sed -n 4p t.csv | tail -c +5 >&"$to"
        answer
        # Line ends inside quotes end no row.
        printf '1,5,1,"red\\nblue"' >&"$to"
        silence
        printf ',k1,x\\n' >&"$to"
        answer
        # A carriage return may yet be a part of the line end.
        printf '1,5,1,red,k1,x\\r' >&"$to"
        silence
        printf '\\n' >&"$to"
        answer
        """))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.count == 5)
    #expect(Array(outcome.lines.prefix(3)) == Array(expected.lines.prefix(3)))
  }

  @Test func textOfVowpalWabbitAndRowsWithoutAHeaderAreAnsweredToo() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", String(repeating: "1 |a x\n-1 |a y\n", count: 50))
    try workspace.write("t.csv", String(repeating: "1,5,x\n0,6,y\n", count: 50))
    for (rows, options, row) in [("t.vw", "", "|a x"), ("t.csv", "--no-header", "5,x")] {
      let trained = try workspace.shell(
        "logreg-stream train -q --bits 12 -o m.lrs \(options) \(rows)")
      try #require(trained.status == 0, "\(trained.errors)")
      let outcome = try workspace.shell(
        Self.conversation(
          "--threads 1", "for n in 1 2 3; do printf '\(row)\\n' >&\"$to\"; answer; done"))
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.lines.count == 3 && Set(outcome.lines).count == 1)
    }
  }

  @Test func rowsThatComeInPiecesHaveTheSameLines() throws {
    let workspace = try Self.workspace()
    let expected = try workspace.run(["predict", "-q", "-m", "m.lrs", "t.csv"])
    let outcome = try workspace.shell(
      """
      (while IFS= read -rn 97 -d '' piece || [[ -n "$piece" ]]; do
        printf '%s' "$piece"
      done < t.csv) | logreg-stream predict -q -m m.lrs
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == expected.output)
  }
}
