import Foundation
import Testing

/// Rows for tests of interrupted and continued training, and runs over them.
enum Checkpointing {
  /// Rows that differ from part to part.
  static func table(part: Int, rows: Int) -> String {
    var state = UInt64(part) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    func random(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    var text = "label,amount,color,key\n"
    for _ in 0..<rows {
      let amount = random(1000)
      let color = ["red", "green", "blue", "grey"][Int(random(4))]
      let label = random(1000) < amount / 2 + (color == "red" ? 300 : 100) ? 1 : 0
      text += "\(label),\(amount),\(color),k\(random(300))\n"
    }
    return text
  }

  /// `a.csv.gz`, `b.csv`, `c.csv.gz`.
  static func writeParts(in workspace: Workspace, rows: Int = 600) throws -> [String] {
    try workspace.write("a.csv", table(part: 1, rows: rows))
    try workspace.write("b.csv", table(part: 2, rows: rows))
    try workspace.write("c.csv", table(part: 3, rows: rows))
    let outcome = try workspace.shell("gzip -n a.csv c.csv")
    try #require(outcome.status == 0, "\(outcome.errors)")
    return ["a.csv.gz", "b.csv", "c.csv.gz"]
  }

  /// What two runs that did the same must agree in.
  static func figures(_ outcome: Outcome) throws -> NSDictionary {
    var json = try outcome.json()
    for key in [
      "seconds", "rows_per_second", "peak_rss_bytes", "model", "inputs_known", "inputs_new",
      "rows_new",
    ] { json[key] = nil }
    return NSDictionary(dictionary: json)
  }
}

extension Workspace {
  /// Trains with small chunks, so that checkpoints fall between them.
  func resumable(
    _ arguments: [String], state: String? = "state", every: String = "200rows",
    model: String = "m.lrs", input: Stream = .null
  ) throws -> Outcome {
    let checkpoint = state.map { ["--checkpoint", $0, "--checkpoint-every", every] } ?? []
    let standard =
      ["train", "--json"]
      + Self.unless(
        arguments, give: ["--bits", "10"], ["--threads", "2"], ["--chunk-bytes", "2000"])
    return try run(standard + checkpoint + ["-o", model] + arguments, input: input)
  }

  static var resumableArguments: [String] {
    ["train", "--bits", "10", "--threads", "2", "--chunk-bytes", "2000", "--json"]
  }

  /// A run that is stopped inside an input and gone on with must write the model of one that is not.
  ///
  /// - Returns: the run that was not stopped, and the one that went on.
  func resumedLikeUnstopped(_ arguments: [String]) throws -> (plain: Outcome, resumed: Outcome) {
    let plain = try resumable(arguments, state: nil)
    try #require(plain.status == 0, "\(plain.errors)")
    let whole = try read("m.lrs")
    let stopped = try interrupted(arguments)
    #expect(stopped.status == 128 + 15, "\(stopped.errors)")
    let resumed = try resumable(arguments)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try read("m.lrs") == whole)
    return (plain, resumed)
  }

  /// Starts a run and sends it a signal once it has written a checkpoint inside an input.
  ///
  /// - Parameter input: a redirection of standard input.
  func interrupted(
    _ arguments: [String], signal: String = "TERM", state: String = "state", input: String = ""
  ) throws -> Outcome {
    let words = (Self.resumableArguments + ["--checkpoint", state, "-o", "m.lrs"] + arguments)
      .joined(separator: " ")
    return try shell(
      """
      set -m
      # Nothing is ever written here: to read from it is to sleep, and takes no process of its own.
      mkfifo idle && exec 9<>idle && rm idle
      # On a busy machine a run may end before the signal comes: then once more.
      for attempt in {1..20}; do
        rm -rf \(state) m.lrs
        logreg-stream \(words) --checkpoint-every 100rows \(input) & run=$!
        until compgen -G '\(state)/*.partial.lrs' >/dev/null || ! kill -0 $run 2>/dev/null
        do read -rt 0.002 -u 9 || true; done
        kill -\(signal) $run 2>/dev/null || true
        wait $run && continue || exit $?
      done
      """, program: Program.unoptimized)
  }
}
