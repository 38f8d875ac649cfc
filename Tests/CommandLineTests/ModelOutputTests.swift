import Foundation
import Glibc
import Testing

/// Where a model may go, and what becomes of what was there.
@Suite struct ModelOutputTests {
  private func prepared() throws -> (Workspace, model: Data) {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 50))
    try workspace.trained("t.csv")
    return (workspace, try workspace.read("m.lrs"))
  }

  @Test func anOldModelIsReplaced() throws {
    let (workspace, model) = try prepared()
    try workspace.write("old.lrs", "old")
    try workspace.trained("t.csv", model: "old.lrs")
    #expect(try workspace.read("old.lrs") == model)
    #expect(try workspace.names() == ["t.csv", "m.lrs", "old.lrs"])
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    let (workspace, model) = try prepared()
    try workspace.write("other-name.csv", Samples.table(rows: 50))
    try workspace.trained("other-name.csv", model: "other.lrs")
    #expect(try workspace.read("other.lrs") == model, "no time, no path, no host")
  }

  @Test func aSymbolicLinkStaysAndItsTargetIsReplaced() throws {
    let (workspace, model) = try prepared()
    try FileManager.default.createDirectory(
      atPath: workspace.path + "/models", withIntermediateDirectories: false)
    try workspace.write("models/v1.lrs", "old")
    for (link, target) in [("link.lrs", "models/v1.lrs"), ("new.lrs", "models/v2.lrs")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(workspace.path)/\(link)", withDestinationPath: target)
      try workspace.trained("t.csv", model: link)
      let place = try FileManager.default.destinationOfSymbolicLink(
        atPath: "\(workspace.path)/\(link)")
      #expect(place == target)
      #expect(try workspace.read(target) == model)
    }
  }

  @Test func aPipeTakesTheModel() throws {
    let (workspace, model) = try prepared()
    let outcome = try workspace.shell(
      """
      mkfifo fifo; cat fifo > copy.lrs & reader=$!
      logreg-stream --bits 10 -q -o fifo t.csv; wait $reader; test -p fifo
      logreg-stream --bits 10 -q -o /dev/stdout t.csv | cat > stdout.lrs
      logreg-stream --bits 10 -q -o /dev/fd/3 t.csv 3> third.lrs
      logreg-stream --bits 10 -q -o /dev/null t.csv; test -c /dev/null
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for copy in ["copy.lrs", "stdout.lrs", "third.lrs"] {
      #expect(try workspace.read(copy) == model, "\(copy)")
    }
  }

  @Test(arguments: [
    ("missing/m.lrs", Int32(73)), (".", 73), ("t.csv/m.lrs", 73), ("", 73), ("/dev/full", 74),
    ("loop", 73), ("missing/", 73), ("/proc/m.lrs", 73),
  ])
  func whatCannotBeWritten(_ place: String, _ status: Int32) throws {
    let (workspace, _) = try prepared()
    try FileManager.default.createSymbolicLink(
      atPath: workspace.path + "/loop", withDestinationPath: "loop")
    let before = try workspace.names()
    let outcome = try workspace.run("train", "--bits=10", "-o", place, "t.csv")
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains("what to do"))
    #expect(try workspace.names() == before, "no temporary is left")
  }

  @Test func aFullDiskIsSaidOnStandardOutputToo() throws {
    let (workspace, _) = try prepared()
    for command in [
      "train --bits 10 t.csv", "predict -m m.lrs t.csv", "evaluate -m m.lrs t.csv",
      "inspect m.lrs", "inspect --weights m.lrs", "train --bits 10 -o n.lrs --json t.csv",
    ] {
      let outcome = try workspace.shell("logreg-stream \(command) -q > /dev/full")
      let quiet = try workspace.shell("logreg-stream \(command) > /dev/full")
      let status = command.hasPrefix("inspect") ? quiet.status : outcome.status
      #expect(status == 74, "\(command): \(outcome.errors)\(quiet.errors)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func aReadOnlyDirectory() throws {
    let (workspace, _) = try prepared()
    let outcome = try workspace.shell(
      "mkdir locked; chmod 555 locked; logreg-stream --bits 10 -o locked/m.lrs t.csv")
    #expect(outcome.status == 73)
  }

  @Test func aPlaceThatCannotBeWrittenIsFoundBeforeAnythingIsRead() throws {
    let (workspace, _) = try prepared()
    let outcome = try workspace.run("train", "-o", "missing/m.lrs", "gone.csv")
    #expect(outcome.status == 73)
  }

  @Test func aSizeLimitKeepsTheOldModel() throws {
    let (workspace, model) = try prepared()
    let wide = (0..<800).map { "\($0 % 2),v\($0)\n" }.joined()
    try workspace.write("wide.csv", "label,x\n" + wide)
    let outcome = try workspace.shell(
      "(ulimit -f 1; exec logreg-stream --bits 14 -q -o m.lrs wide.csv)")
    #expect(outcome.status == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("m.lrs"))
    #expect(try workspace.read("m.lrs") == model)
    #expect(try workspace.names() == ["t.csv", "m.lrs", "wide.csv"])
  }

  @Test func theModeOfAnOldModelIsKept() throws {
    let (workspace, _) = try prepared()
    let outcome = try workspace.shell(
      """
      chmod 640 m.lrs; logreg-stream --bits 10 -q -o m.lrs t.csv; stat -c %a m.lrs
      umask 027; logreg-stream --bits 10 -q -o new.lrs t.csv; stat -c %a new.lrs
      """)
    #expect(outcome.lines == ["640", "640"])
  }

  @Test func theModelIsNamedInTheFigures() throws {
    let (workspace, _) = try prepared()
    #expect(try workspace.trained("t.csv", model: "named.lrs")["model"] as? String == "named.lrs")
  }
}
