import Foundation
import Testing

/// Whatever rows come through: a checkpoint that was written can be read, and resuming is exact.
@Suite struct InputKindTests {
  /// How the shell passes `t.csv` or `t.csv.gz`: words of the program, and redirections.
  private static let kinds: [(words: String, redirection: String)] = [
    ("t.csv", ""), ("t.csv.gz", ""), ("members.gz", ""),
    ("", "< t.csv"), ("", "< t.csv.gz"), ("-", "< members.gz"),
    ("--input-name day", "< t.csv.gz"), ("--input-name day", "< t.csv"),
    ("", "< <(cat t.csv.gz)"), ("--input-name day -", "< <(cat t.csv.gz)"),
    ("", "< <(cat t.csv)"), ("<(cat t.csv.gz)", ""), ("<(cat t.csv)", ""),
    ("/dev/stdin", "< t.csv.gz"), ("/dev/stdin", "< t.csv"), ("/dev/stdin", "< <(cat t.csv.gz)"),
    ("/dev/fd/3", "3< t.csv.gz"), ("/dev/fd/3", "3< <(cat t.csv.gz)"),
    ("/proc/self/fd/3", "3< members.gz"),
  ]

  /// Options of all optimizers, losses and numbers of passes that go together.
  private static let learners: [String] = {
    let losses = [
      "--loss logistic", "--loss squared --label amount", "--loss softmax --label color",
      "--loss probit",
    ]
    var all: [String] = []
    for loss in losses {
      for optimizer in ["ftrl", "adagrad", "sgd --learning-rate 0.01"] {
        for passes in ["", " --epochs 2 --shuffle 50 --holdout 0.2 --batch-size 8"] {
          all.append("--optimizer \(optimizer) \(loss)\(passes)")
        }
      }
      all += ["lbfgs", "newton"].map { "--optimizer \($0) \(loss) --l2 1 --max-iterations 3" }
    }
    return all
  }()

  private static func workspace(rows: Int) throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 4, rows: rows))
    let made = try workspace.shell(
      "gzip -nk t.csv; split -b 9001 --filter='gzip -n' t.csv > members.gz")
    try #require(made.status == 0, "\(made.errors)")
    return workspace
  }

  /// Interrupts a run inside its input, reads all that it wrote, and lets it end.
  ///
  /// - Returns: whether it could be interrupted before its end.
  private func check(
    _ workspace: Workspace, _ learner: String, _ words: String, _ redirection: String
  ) throws -> Bool {
    let plain = try workspace.shell(
      "logreg-stream \(Workspace.resumableArguments.joined(separator: " ")) --sniff-rows 50"
        + " \(learner) -o whole.lrs t.csv > whole.json")
    try #require(plain.status == 0, "\(learner): \(plain.errors)")
    let arguments = ["--sniff-rows 50 --keep-checkpoints 3 \(learner) \(words)"]
    let cut = try workspace.interrupted(arguments, input: redirection)
    // On a busy machine it may have ended each time.
    if cut.status == 0 { return false }
    #expect(cut.status == 143, "\(learner) \(words) \(redirection): \(cut.errors)")
    let last = try workspace.shell(
      """
      for file in state/checkpoint-*.lrs; do logreg-stream inspect $file > /dev/null; done
      logreg-stream \(Workspace.resumableArguments.joined(separator: " ")) --checkpoint state \
        -o m.lrs --checkpoint-every 100rows \(arguments[0]) \(redirection) > m.json
      cmp m.lrs whole.lrs
      """)
    #expect(last.status == 0, "\(learner) \(words) \(redirection): \(last.errors)")
    return true
  }

  @Test func everyKindOfInput() throws {
    let workspace = try Self.workspace(rows: 20_000)
    var interrupted = 0
    for (words, redirection) in Self.kinds
    where try check(workspace, "", words, redirection) {
      interrupted += 1
    }
    #expect(interrupted > 0)
  }

  @Test func everyLearner() throws {
    let workspace = try Self.workspace(rows: 10_000)
    var interrupted = 0
    for (index, learner) in Self.learners.enumerated() {
      let (words, redirection) = Self.kinds[(index * 3 + 1) % Self.kinds.count]
      if try check(workspace, learner, words, redirection) { interrupted += 1 }
    }
    #expect(interrupted > 0)
  }

  /// A log that grows while it is read: what was learned is taken back, and nothing is unreadable.
  @Test func aFileThatGrewIsTakenBack() throws {
    let workspace = try Self.workspace(rows: 20_000)
    let cut = try workspace.interrupted(["--sniff-rows 50 t.csv.gz"])
    if cut.status == 0 { return }
    try #require(cut.status == 143, "\(cut.errors)")
    let grown = try workspace.shell(
      """
      tail -1 t.csv | gzip -n >> t.csv.gz
      again() { logreg-stream train -q --bits 10 --sniff-rows 50 --checkpoint state -o m.lrs t.csv.gz; }
      again && exit 1 || echo $?
      again; logreg-stream train -q --bits 10 --sniff-rows 50 -o whole.lrs t.csv.gz; cmp m.lrs whole.lrs
      """)
    #expect(grown.status == 0 && grown.lines == ["65"], "\(grown.errors)")
  }

  @Test func aSocketIsReadLikeAPipe() throws {
    let workspace = try Self.workspace(rows: 600)
    let outcome = try workspace.shell(
      """
      command -v python3 > /dev/null || { echo skipped; exit 0; }
      logreg-stream train -q --bits 10 -o whole.lrs t.csv
      cat > serve.py <<'END'
      import socket, subprocess, sys, threading
      ours, theirs = socket.socketpair()
      def send():
          with ours: ours.sendall(open("t.csv.gz", "rb").read())
      threading.Thread(target=send).start()
      sys.exit(subprocess.run(sys.argv[1:], stdin=theirs).returncode)
      END
      for name in - /dev/stdin /dev/fd/0; do
        python3 serve.py logreg-stream train -q --bits 10 --checkpoint s.$(basename $name) -o m.lrs $name
        cmp m.lrs whole.lrs
      done
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
