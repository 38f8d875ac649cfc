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
