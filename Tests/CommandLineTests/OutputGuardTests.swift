import Foundation
import Testing

/// Mistyped names must not cost data.
@Suite struct OutputGuardTests {
  @Test func outputsNeverFallOnInputsOrOnEachOther() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 30))
    try FileManager.default.createSymbolicLink(
      atPath: "\(workspace.path)/link.csv", withDestinationPath: "t.csv")
    let table = try workspace.read("t.csv")
    for options in [
      ["-o", "t.csv", "t.csv"], ["-o", "link.csv", "t.csv"],
      ["-o", "m.lrs", "--quarantine", "t.csv", "t.csv"],
      ["-o", "m.lrs", "--quarantine", "m.lrs", "t.csv"],
    ] {
      let outcome = try workspace.run(["train", "--bits", "10"] + options)
      #expect(outcome.status == 64, "\(options): \(outcome.errors)")
      #expect(try workspace.read("t.csv") == table)
    }
    _ = try workspace.trained("t.csv")
    let model = try workspace.read("m.lrs")
    for command in ["predict", "evaluate"] {
      let outcome = try workspace.run(
        command, "-m", "m.lrs", "--quarantine", "m.lrs", "t.csv")
      #expect(outcome.status == 64)
      #expect(try workspace.read("m.lrs") == model)
    }
  }

  @Test(arguments: [
    "-o /dev/stdout --json", "-o /dev/fd/1 --json", "-o /proc/self/fd/1 --json",
    "-o out.json --json > out.json", "-o m.lrs --quarantine -", "-o m.lrs --report -",
  ])
  func twoOutputsDoNotShareAPlace(_ options: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 30))
    let run = try workspace.shell("logreg-stream train --bits 10 t.csv \(options)")
    #expect(run.status == 64 && run.output.isEmpty, "\(options): \(run.errors)")
    #expect(try !workspace.names().contains { ["-", "m.lrs"].contains($0) })
    try workspace.trained("t.csv")
    let predicted = try workspace.run("predict", "-m", "m.lrs", "--quarantine", "-", "t.csv")
    #expect(predicted.status == 64 && predicted.errors.contains("--quarantine needs the name"))
    #expect(!workspace.exists("-"))
    // What keeps nothing may be shared.
    let nothing = try workspace.shell(
      "logreg-stream train --bits 10 t.csv -q --json -o /dev/null > /dev/null")
    #expect(nothing.status == 0, "\(nothing.errors)")
  }

  /// What a command reads, under a name of each kind, and options that would write to it.
  @Test(arguments: [
    "train --config c.yaml -o @", "train --config c.yaml --quarantine @ -o m",
    "train --config c.yaml --report @ -o m", "train --schema s.yaml -o @",
    "train --schema s.yaml --report @ -o m", "train --schema s.yaml --quarantine @ -o m",
    "train --schema s.yaml --epochs 2 --cache @ -o m",
    "train --config c.yaml --epochs 2 --cache @ -o m",
    "train --config s.yaml.yaml -o @", "train --config s.yaml.yaml --quarantine @ -o m",
    "train -o @", "train --report @ -o m", "train --epochs 2 --cache @ -o m",
    "predict -m m.lrs -o @", "predict -m m.lrs --quarantine @",
    "predict -m m.lrs --config c.yaml --quarantine @", "predict -m m.lrs --config c.yaml -o @",
    "evaluate -m m.lrs --report @", "evaluate -m m.lrs --config c.yaml --report @",
    "evaluate --predictions p.txt --label label --report @",
    "evaluate --predictions p.txt --label label --quarantine @",
    "evaluate -m m.lrs --quarantine @", "evaluate -m m.lrs --config c.yaml --quarantine @",
    "calibrate -m m.lrs --calibrator platt --config c.yaml -o n --quarantine @",
    "calibrate -m m.lrs --calibrator platt --config c.yaml -o @",
    "calibrate -m m.lrs --calibrator platt -o n --quarantine @",
    "check-gradient --quarantine @", "check-gradient --schema s.yaml --quarantine @",
    "check-gradient --config c.yaml --quarantine @",
    "sweep -o @", "sweep --config c.yaml -o @", "sweep --schema s.yaml -o @",
    "sweep --quarantine @ -o m", "sweep --report @ -o m", "sweep --epochs 2 --cache @ -o m",
  ]) func whatIsReadIsNeverWritten(_ command: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 60))
    try workspace.trained("t.csv")
    let made = try workspace.shell(
      """
      echo 'label: label' > c.yaml; echo 'threads: 1' > p.yaml
      echo 'schema: s.yaml' > s.yaml.yaml
      logreg-stream inspect --schema m.lrs > s.yaml; logreg-stream predict -m m.lrs t.csv > p.txt
      """)
    try #require(made.status == 0, "\(made.errors)")
    let read =
      command.contains("c.yaml")
      ? "c.yaml"
      : command.contains("s.yaml")
        ? "s.yaml"
        : command.contains("p.txt")
          ? "p.txt" : command.contains("-m m.lrs") ? "m.lrs" : "t.csv"
    // Only train knows a label.
    if !["train", "check", "sweep"].contains(where: command.hasPrefix) {
      _ = try workspace.shell("cp p.yaml c.yaml")
    }
    let before = try workspace.read(read)
    let prepared = try workspace.shell(
      "ln -s \(read) link; ln \(read) hard; mkdir -p d; ln -s .. d/up; ln -s link chain")
    try #require(prepared.status == 0)
    for name in [
      read, "./\(read)", "d/../\(read)", "d/up/\(read)", "link", "chain", "hard",
      "\(workspace.path)/\(read)",
    ] {
      let line = command.replacingOccurrences(of: "@", with: name)
      let outcome = try workspace.shell("logreg-stream \(line) t.csv")
      #expect(outcome.status == 64, "\(line): \(outcome.errors)")
      #expect(outcome.errors.contains("is also an input"), "\(line): \(outcome.errors)")
      #expect(try workspace.read(read) == before, "\(line)")
    }
  }

  @Test func standardStreamsAreFilesToo() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 60))
    try workspace.trained("t.csv")
    let table = try workspace.read("t.csv")
    for command in [
      "train --bits 10 -o t.csv < t.csv", "train --bits 10 --report t.csv -o m - < t.csv",
      "predict -m m.lrs t.csv >> t.csv", "predict -m m.lrs < t.csv >> t.csv",
      "train --bits 10 t.csv >> t.csv", "predict -m m.lrs --quarantine q t.csv > q",
      "predict -m - -o m.lrs t.csv < m.lrs", "train --bits 10 -o new --report ./new t.csv",
      "train --bits 10 -o new --epochs 2 --cache d/../new t.csv",
      "predict -m m.lrs -o new --quarantine d/../new t.csv",
    ] {
      let outcome = try workspace.shell("mkdir -p d; logreg-stream \(command)")
      #expect(outcome.status == 64, "\(command): \(outcome.errors)")
      #expect(try workspace.read("t.csv") == table, "\(command)")
      #expect(!workspace.exists("new"))
    }
  }

  @Test func theFilesOfACheckpointDirectoryAreTheProgramsOwn() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 60))
    try workspace.trained("t.csv", "--checkpoint", "state")
    let files = try workspace.names(in: "state").sorted()
    _ = try workspace.shell("ln state/lock hard; ln -s state/checkpoint-0000000001.lrs link")
    for place in [
      "state/lock", "state/rows.cache", "state/published", "state/checkpoint-0000000001.lrs",
      "state/checkpoint-0000000007.partial.lrs", "./state/../state/lock", "hard", "link",
    ] {
      for options in [
        ["-o", place], ["-o", "n", "--report", place], ["-o", "n", "--quarantine", place],
      ] {
        let outcome = try workspace.run(
          ["train", "--bits", "10", "--threads", "1", "--checkpoint", "state", "t.csv"] + options)
        #expect(outcome.status == 64, "\(options): \(outcome.errors)")
      }
    }
    #expect(try workspace.names(in: "state").sorted() == files)
    // Beside them there is room.
    try workspace.trained("t.csv", "--checkpoint", "state", model: "state/m.lrs")
    try workspace.trained("t.csv", "--checkpoint", "state", model: "state/m.lrs")
  }

  @Test func aClosedStandardInputIsAnEmptyOne() throws {
    let workspace = try Workspace()
    let outcome = try workspace.shell("logreg-stream train -q -o m.lrs <&-")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("holds no rows"))
  }

  @Test func rowsOfAnotherFormatAreNotPredicted() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 1:2 3:4\n0 1:1\n")
    _ = try workspace.trained("t.svm")
    try workspace.write("t.csv", "late,month\n1,2\n")
    let csv = try workspace.run("predict", "-m", "m.lrs", "t.csv")
    #expect(csv.status == 65 && csv.errors.contains("another format"))
    try workspace.write("word.svm", "garbage 1:2\n7.5 1:2\n1:2\n")
    let words = try workspace.run("predict", "-m", "m.lrs", "--max-bad-rows", "1", "word.svm")
    #expect(words.status == 0)
    let lines = words.text.split(separator: "\n")
    #expect(lines.count == 3 && lines[0] == "nan" && lines[1] == lines[2])
  }
}
