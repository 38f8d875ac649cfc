import Foundation
import Testing

/// Trainings killed inside gzip files, which are entered again near the last checkpoint's place.
@Suite(.enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"))
struct GzipResumeTests {
  /// With such small chunks a restart point is kept for every 9,600 bytes.
  private static let options = [
    "train", "--bits", "10", "--threads", "2", "--chunk-bytes", "300", "--sniff-rows", "50",
    "--json", "--verbose", "--checkpoint-every", "1500rows",
  ]

  /// `packed.csv.gz` and a copy: small members, whose ends fall into rows, an empty one, a large
  /// one of many blocks (`--rsyncable` ends them early), and the end of the last row.
  private func makeWorkspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("plain.csv", Checkpointing.table(part: 6, rows: 40_000))
    let made = try workspace.shell(
      """
      {
        head -c 150003 plain.csv | split -b 7001 --filter='gzip -n'
        gzip -n </dev/null
        tail -c +150004 plain.csv | head -c -7 | gzip -n9 --rsyncable
        tail -c 7 plain.csv | gzip -n
      } > packed.csv.gz
      cp -p packed.csv.gz copy
      """)
    try #require(made.status == 0, "\(made.errors)")
    return workspace
  }

  private func arguments(
    state: String = "state", model: String = "m.lrs", inflate: String = "auto"
  ) -> [String] {
    Self.options + ["--checkpoint", state, "-o", model, "--inflate", inflate, "packed.csv.gz"]
  }

  private func train(
    _ workspace: Workspace, state: String = "state", model: String = "m.lrs"
  ) throws -> Outcome {
    try workspace.run(arguments(state: state, model: model))
  }

  /// A run that is killed when it has written a checkpoint, while it syncs the directory. Its first
  /// chunk is the 64 KiB that the format is looked for in, and so there are restart points in it.
  private func killed(_ workspace: Workspace, inflate: String = "auto") throws -> Outcome {
    try workspace.run(
      arguments(inflate: inflate), injecting: "signal=SIGKILL:when=2", at: "fsync")
  }

  /// A directory that a killed run has left, with a restart point.
  private func halfLearned() throws -> Workspace {
    let workspace = try makeWorkspace()
    let run = try killed(workspace)
    try #require(run.status == 137, "\(run.errors)")
    return workspace
  }

  @Test func killsChangeNothing() throws {
    let workspace = try halfLearned()
    let whole = try train(workspace, state: "whole", model: "all.lrs")
    try #require(whole.status == 0, "\(whole.errors)")
    let hasISAL = try workspace.run("--version").text.contains("isal")
    // Where one inflater has stopped another goes on.
    let inflaters = hasISAL ? ["zlib", "isal"] : ["zlib"]
    for time in 0..<4 {
      let run = try killed(workspace, inflate: inflaters[time % inflaters.count])
      #expect(run.status == 137)
      #expect(run.errors.contains("the gzip file was entered"), "\(run.errors)")
    }
    let last = try train(workspace)
    #expect(last.status == 0 && last.errors.contains("the gzip file was entered"), "\(last.errors)")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(last) == Checkpointing.figures(whole))
    // The checksum of the stored bytes, too, though no run has read them all.
    let ledgers = try ["state", "whole"].map { state in
      NSArray(array: try #require(try workspace.inspected(state)["inputs"] as? [Any]))
    }
    #expect(ledgers[0] == ledgers[1] && ledgers[0].count == 1)
  }

  @Test func aTouchedFileIsReadAgain() throws {
    let workspace = try halfLearned()
    _ = try workspace.shell("touch packed.csv.gz")
    let resumed = try train(workspace)
    #expect(resumed.status == 0 && resumed.errors.contains("from its start"), "\(resumed.errors)")
    _ = try train(workspace, state: "whole", model: "all.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }

  /// Damage behind the place, of which the system says nothing, and a file changed before it.
  @Test(arguments: ["late", "early"])
  func changedBytesAreRefused(_ place: String) throws {
    let workspace = try halfLearned()
    let offset = place == "late" ? "$(($(stat -c %s copy) - 8))" : "2000"
    _ = try workspace.shell(
      """
      byte=$(od -An -tu1 -j \(offset) -N 1 copy)
      printf "\\\\x$(printf %x $((byte ^ 1)))" \
        | dd of=packed.csv.gz bs=1 seek=\(offset) conv=notrunc 2>/dev/null
      cmp -s packed.csv.gz copy && exit 1
      \(place == "late" ? "touch -r copy packed.csv.gz" : "true")
      """)
    let resumed = try train(workspace)
    #expect(resumed.status == 65, "\(resumed.errors)")
    #expect(resumed.errors.contains("the gzip file was entered") == (place == "late"))
    if place == "late" { #expect(resumed.errors.contains("CRC-32"), "\(resumed.errors)") }
    #expect(try !workspace.names(in: "state").contains { $0.contains("partial") })
    #expect(!workspace.exists("m.lrs"))
    // The right file again: from its start, for nothing of it is known any more.
    _ = try workspace.shell("cp -p copy packed.csv.gz")
    let anew = try train(workspace)
    #expect(anew.status == 0, "\(anew.errors)")
    _ = try train(workspace, state: "whole", model: "all.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }

  /// One damaged bit is found by the checkpoint's own checksums: the one before is taken.
  @Test func aDamagedRestartPointIsPassedOver() throws {
    let workspace = try halfLearned()
    let damaged = try workspace.shell(
      """
      newest=state/checkpoint-0000000001.partial.lrs
      cp $newest state/checkpoint-0000000002.partial.lrs
      place=$(grep -abo GZIP $newest | head -1 | cut -d : -f 1)
      printf '\\xAA\\x55' | dd of=state/checkpoint-0000000002.partial.lrs bs=1 conv=notrunc \
        seek=$((place + 30)) 2>/dev/null
      """)
    try #require(damaged.status == 0, "\(damaged.errors)")
    let resumed = try train(workspace)
    #expect(resumed.status == 0 && resumed.errors.contains("section GZIP 0"), "\(resumed.errors)")
    _ = try train(workspace, state: "whole", model: "all.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }
}
