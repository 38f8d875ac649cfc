import Foundation
import Testing

/// Training with a checkpoint directory: what is learned once, what is refused.
@Suite struct CheckpointTests {
  @Test(arguments: [
    [], ["--batch-size", "7", "--shuffle", "500"], ["--shuffle", "auto"],
    ["--optimizer", "sgd", "--l2", "1e-4"],
    ["--holdout", "0.2", "--holdout-rows", "100"], ["--epochs", "2", "--early-stop", "1"],
    ["--optimizer", "lbfgs", "--l2", "1"], ["--loss", "softmax", "--label", "color"],
    ["--loss", "squared", "--label", "amount"],
  ])
  func aCheckpointChangesNothing(_ options: [String]) throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 300)
    let plain = try workspace.resumable(options + files, state: nil)
    try #require(plain.status == 0, "\(plain.errors)")
    let model = try workspace.read("m.lrs")
    for _ in 0..<2 {
      // The second time everything was learned already.
      let run = try workspace.resumable(options + files)
      #expect(run.status == 0, "\(run.errors)")
      #expect(try workspace.read("m.lrs") == model)
      #expect(try Checkpointing.figures(run) == Checkpointing.figures(plain))
    }
    #expect(!workspace.exists("state/rows.cache"))
  }

  @Test(arguments: [[], ["--batch-size", "7", "--shuffle", "500"], ["--shuffle", "auto"]])
  func newFilesAreLearnedOnTop(_ options: [String]) throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace)
    let few = ["--sniff-rows", "100"]
    let plain = try workspace.resumable(few + options + files, state: nil, model: "all.lrs")
    try #require(plain.status == 0, "\(plain.errors)")
    for count in 1...3 {
      let run = try workspace.resumable(few + options + Array(files.prefix(count)))
      #expect(run.status == 0, "\(run.errors)")
      #expect(try run.json()["rows"] as? Int == 600 * count)
    }
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }

  @Test func aRenamedATouchedAndACopiedFileAreRecognised() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(files).status == 0)
    let model = try workspace.read("m.lrs")
    _ = try workspace.shell("mv b.csv old-b.csv; touch -d '2001-02-03' a.csv.gz; cp c.csv.gz d.gz")
    let run = try workspace.resumable(["a.csv.gz", "old-b.csv", "c.csv.gz", "d.gz"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("old-b.csv holds what was learned as b.csv"))
    #expect(run.errors.contains("its time has changed, its bytes have not"))
    #expect(run.errors.contains("d.gz holds what was learned as c.csv.gz"))
    #expect(try workspace.read("m.lrs") == model)
    #expect(try (run.json()["inputs"] as? [Any])?.count == 3)
    // The new name and time are known now: nothing is read, so nothing is said of them.
    let again = try workspace.resumable(["a.csv.gz", "old-b.csv", "c.csv.gz"])
    #expect(again.errors.contains("skipped: old-b.csv was learned already\n"))
    #expect(again.errors.contains("skipped: a.csv.gz was learned already\n"))
  }

  @Test func aRotatedLogIsTwoInputs() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(["b.csv"]).status == 0)
    _ = try workspace.shell("mv b.csv b.csv.1")
    try workspace.write("b.csv", Checkpointing.table(part: 9, rows: 50))
    let run = try workspace.resumable(["b.csv.1", "b.csv"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.json()["rows"] as? Int == 150)
  }

  @Test func aChangedFileIsRefused() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(files).status == 0)
    let model = try workspace.read("m.lrs")
    let size = try workspace.read("b.csv").count
    _ = try workspace.shell("echo 1,2,red,k1 >> b.csv")
    let longer = try workspace.resumable(files)
    #expect(longer.status == 65)
    #expect(
      longer.errors.contains("b.csv was changed after it was learned: it had \(size) bytes then"))
    _ = try workspace.shell(
      "truncate -s \(size) b.csv; printf 0 | dd of=b.csv bs=1 seek=30 conv=notrunc")
    let other = try workspace.resumable(files)
    #expect(other.status == 65 && other.errors.contains("another checksum"), "\(other.errors)")
    #expect(try workspace.read("m.lrs") == model)
  }

  @Test func optionsThatDifferAreListed() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(files).status == 0)
    let run = try workspace.resumable(["--l1", "0.5", "--seed", "7"] + files)
    #expect(run.status == 64)
    #expect(run.errors.contains("--l1 is 0.5 and was 0; --seed is 7 and was 1"), "\(run.errors)")
    #expect(run.errors.contains("--fresh"))
    // These change nothing that is learned.
    let free = try workspace.resumable(
      [
        "--threads", "1", "--chunk-bytes", "77", "--progress", "none", "--keep-checkpoints", "5",
        "--max-bad-rows", "3", "--inflate", "zlib", "--expect-rows", "300",
      ] + files, every: "5min", model: "other.lrs")
    #expect(free.status == 0, "\(free.errors)")
    #expect(try workspace.read("other.lrs") == workspace.read("m.lrs"))
    let fresh = try workspace.resumable(["--l1", "0.5", "--fresh", "b.csv"])
    #expect(fresh.status == 0, "\(fresh.errors)")
    #expect(try fresh.json()["rows"] as? Int == 100)
  }

  @Test func onePathNamedTwiceIsOneInput() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 100)
    let run = try workspace.resumable(["b.csv", "./b.csv"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("./b.csv is named twice: it is read once"))
    #expect(try run.json()["rows"] as? Int == 100)
    let plain = try workspace.resumable(["b.csv", "./b.csv"], state: nil)
    #expect(try plain.json()["rows"] as? Int == 200)
  }

  // With the second, no checkpoint falls between the files: those before are learned again.
  @Test(arguments: ["200rows", "1000000rows"])
  func aDamagedFileIsTakenBack(_ every: String) throws {
    let workspace = try Workspace()
    let few = ["--sniff-rows", "100"]
    let files = try Checkpointing.writeParts(in: workspace)
    let plain = try workspace.resumable(few + files, state: nil, model: "all.lrs")
    try #require(plain.status == 0)
    _ = try workspace.shell(
      """
      cp c.csv.gz good.gz
      printf xxxx | dd of=c.csv.gz bs=1 seek=$(($(stat -c %s c.csv.gz) - 8)) conv=notrunc
      """)
    let damaged = try workspace.resumable(few + files, every: every)
    #expect(damaged.status == 65 && damaged.errors.contains("CRC-32"), "\(damaged.errors)")
    #expect(!workspace.exists("m.lrs"))
    #expect(try !workspace.names(in: "state").contains { $0.contains("partial") })
    let inputs = try workspace.inspected("state")["inputs"] as? [[String: Any]]
    #expect(inputs?.map { $0["path"] as? String } == ["a.csv.gz", "b.csv"])
    _ = try workspace.shell("cp good.gz c.csv.gz")
    let mended = try workspace.resumable(few + files)
    #expect(mended.status == 0, "\(mended.errors)")
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
    #expect(try Checkpointing.figures(mended) == Checkpointing.figures(plain))
  }

  @Test func tooManyBadRowsAreTakenBack() throws {
    let workspace = try Workspace()
    let few = ["--sniff-rows", "100"]
    let files = try Checkpointing.writeParts(in: workspace)
    _ = try workspace.shell("cp b.csv good; for n in $(seq 9); do echo 1,2; done >> b.csv")
    let bad = try workspace.resumable(few + ["--max-bad-rows", "5"] + files)
    #expect(bad.status == 65, "\(bad.errors)")
    let inspected = try workspace.inspected("state")
    #expect(inspected["rows"] as? Int == 600 && inspected["rows_bad"] as? Int == 0)
    _ = try workspace.shell("mv good b.csv")
    let mended = try workspace.resumable(few + files)
    try #require(mended.status == 0, "\(mended.errors)")
    try #require(try workspace.resumable(few + files, state: nil, model: "all.lrs").status == 0)
    #expect(try workspace.read("m.lrs") == workspace.read("all.lrs"))
  }

  @Test func anUnexpectedNumberOfRowsIsTakenBack() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace)
    let few = ["--sniff-rows", "100", "--input-name", "b"]
    let cut = try workspace.resumable(few + ["--expect-rows", "601"], input: .file("b.csv"))
    #expect(cut.status == 65 && !workspace.exists("m.lrs"), "\(cut.errors)")
    let whole = try workspace.resumable(few + ["--expect-rows", "600"], input: .file("b.csv"))
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try whole.json()["rows"] as? Int == 600)
    // Rows of earlier runs are not those of this stream.
    let next = try workspace.resumable(
      ["--sniff-rows", "100", "--input-name", "c", "--expect-rows", "600"],
      input: .file("c.csv.gz"))
    #expect(next.status == 0, "\(next.errors)")
  }

  @Test func everyDamageOfACheckpointIsNoticed() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 60)
    try #require(
      try workspace.resumable(["--keep-checkpoints", "1"] + files, every: "1h").status == 0)
    let name = try #require(
      try workspace.names(in: "state").first { $0.hasSuffix(".lrs") })
    let bytes = try workspace.read("state/\(name)")
    for part in 0..<24 {
      var other = bytes
      if part % 4 == 0 {
        other = bytes.prefix(bytes.count * part / 24)
      } else {
        other[bytes.count * part / 24] ^= 1 << UInt8(part % 8)
      }
      try workspace.write("state/\(name)", other)
      let run = try workspace.resumable(files)
      #expect(run.status == 65, "\(part): \(run.errors)")
      #expect(try workspace.read("state/\(name)") == other)
    }
  }

  @Test func theOneBeforeIsUsedWhenTheNewestIsDamaged() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace)
    try #require(try workspace.resumable(files).status == 0)
    let model = try workspace.read("m.lrs")
    let names = try workspace.names(in: "state").filter { $0.hasSuffix(".lrs") }.sorted()
    try #require(names.count == 2)
    _ = try workspace.shell("printf x | dd of=state/\(names[1]) bs=1 seek=500 conv=notrunc")
    let run = try workspace.resumable(files)
    #expect(run.status == 0 && run.errors.contains("\(names[1]) is damaged"), "\(run.errors)")
    #expect(try workspace.read("m.lrs") == model)

    _ = try workspace.shell(
      "for f in state/*.lrs; do truncate -s 100 $f; done; ls -l state > before")
    let lost = try workspace.resumable(files)
    #expect(lost.status == 65 && lost.errors.contains("no checkpoint in state is whole"))
    #expect(try workspace.shell("ls -l state | cmp - before").status == 0)
    #expect(try workspace.run("inspect", "state").status == 65)
    #expect(try workspace.resumable(files + ["--fresh"]).status == 0)
    #expect(try workspace.read("m.lrs") == model)
  }

  @Test func twoRunsDoNotShareADirectory() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    let words = (Workspace.resumableArguments + ["--checkpoint", "state", "-o", "m.lrs"] + files)
      .joined(separator: " ")
    let held = try workspace.shell("mkdir state; flock state/lock logreg-stream \(words)")
    #expect(held.status == 75 && held.errors.contains("another run"), "\(held.errors)")
    #expect(!workspace.exists("m.lrs"))
    #expect(try workspace.resumable(files).status == 0)
  }

  @Test(arguments: [["--epochs", "2"], ["--optimizer", "newton", "--l2", "1"]])
  func nothingIsLearnedOnTopOfSeveralPasses(_ options: [String]) throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(options + ["a.csv.gz"]).status == 0)
    let run = try workspace.resumable(options + files)
    #expect(run.status == 64 && run.errors.contains("b.csv is new"), "\(run.errors)")
    #expect(run.errors.contains("--fresh"))
  }

  @Test func nothingIsLearnedAtARateOfZero() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    let options = ["--optimizer", "sgd", "--schedule", "cosine", "--decay-rows", "100"]
    try #require(try workspace.resumable(options + ["a.csv.gz"]).status == 0)
    let run = try workspace.resumable(options + files)
    #expect(
      run.status == 64 && run.errors.contains("learning rate has come to its end"), "\(run.errors)")
    #expect(try workspace.resumable(options + ["a.csv.gz"]).status == 0)
  }

  /// What is served moves with the next row.
  private static let plain = ["--beta", "0.1", "--alpha", "0.1", "--average", "none"]

  @Test func forgettingMovesTheRateAndNotThePredictions() throws {
    let workspace = try Workspace()
    _ = try Checkpointing.writeParts(in: workspace, rows: 400)
    try #require(
      try workspace.resumable(
        Self.plain + ["b.csv", "--forget", "0.1"], model: "b.lrs"
      ).status == 0)
    try #require(
      try workspace.resumable(Self.plain + ["b.csv"], state: nil, model: "plain.lrs").status
        == 0)
    // There was nothing to forget.
    #expect(try workspace.read("b.lrs") == workspace.read("plain.lrs"))
    _ = try workspace.shell("cp -r state other; cp -r state third; head -n 2 b.csv > one.csv")
    func trained(_ state: String, _ share: String) throws -> [Double] {
      let run = try workspace.resumable(
        Self.plain + ["b.csv", "one.csv", "--forget", share], state: state,
        model: "\(state).lrs")
      try #require(run.status == 0, "\(run.errors)")
      return try workspace.predicted("b.csv", model: "\(state).lrs").map {
        try #require(Double($0))
      }
    }
    let before = try workspace.predicted("b.csv", model: "b.lrs").map { try #require(Double($0)) }
    let kept = try trained("state", "1")
    let forgot = try trained("other", "0.01")
    func distance(_ other: [Double]) -> Double {
      zip(before, other).map { abs($0 - $1) }.max() ?? 0
    }
    // One row moves the weights more when there is less behind them.
    #expect(distance(kept) > 0 && distance(forgot) > 3 * distance(kept))
    #expect(distance(forgot) < 0.5)
  }

  @Test(arguments: [
    ["--checkpoint-every", "5rows"], ["--fresh"], ["--keep-checkpoints", "1"],
    ["--input-name", "x"], ["--forget", "0.5"],
    ["--checkpoint", "state", "--checkpoint-every", "0rows"],
    ["--checkpoint", "state", "--checkpoint-every", "5"], ["--checkpoint", ""],
    ["--checkpoint", "state", "--keep-checkpoints", "0"],
    ["--checkpoint", "state", "--forget", "0"], ["--checkpoint", "state", "--forget", "1.5"],
    ["--checkpoint", "state", "--forget", "0.5", "--optimizer", "adagrad"],
    ["--checkpoint", "state", "--forget", "0.5", "--epochs", "2"],
    ["--checkpoint", "state", "--input-name", "x"],
    ["--checkpoint", "state", "--epochs", "2", "--cache", "none"],
    ["--checkpoint", "state", "--epochs", "2", "--cache", "here"],
  ])
  func impossibleOptionIsRefused(_ options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Checkpointing.table(part: 1, rows: 4))
    let run = try workspace.run(["train", "--bits", "10", "-o", "m.lrs", "t.csv"] + options)
    #expect(run.status == 64, "\(run.errors)")
    #expect(try workspace.names() == ["t.csv"])
  }

  @Test func inspectShowsWhatWasLearned() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 100)
    try #require(try workspace.resumable(files).status == 0)
    let json = try workspace.inspected("state")
    #expect(json["kind"] as? String == "checkpoint" && json["rows"] as? Int == 300)
    #expect((json["inputs"] as? [[String: Any]])?.map { $0["rows"] as? Int } == [100, 100, 100])
    #expect((json["options"] as? [String: String])?["bits"] == "10")
    let text = try workspace.run("inspect", "state")
    #expect(text.text.contains("all inputs learned") && text.text.contains("b.csv"))
    #expect(try workspace.run("inspect", "--top", "3", "state").status == 64)
    #expect(try workspace.run("predict", "-m", "state/checkpoint-0000000001.lrs").status != 0)
    _ = try workspace.shell("mkdir empty")
    #expect(try workspace.run("inspect", "empty").status == 66)
  }
}
