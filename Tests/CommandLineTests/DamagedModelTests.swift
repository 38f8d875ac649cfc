import Foundation
import Testing

/// A model file that is not what it was is refused by every command that reads one.
@Suite struct DamagedModelTests {
  private static let commands = [
    ["predict", "-m", "bad.lrs", "t.csv"], ["evaluate", "-m", "bad.lrs", "t.csv"],
    ["inspect", "bad.lrs"],
  ]

  private func prepared() throws -> (Workspace, model: Data) {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    try workspace.trained("t.csv")
    return (workspace, try workspace.read("m.lrs"))
  }

  private func expectRefusal(_ workspace: Workspace, _ bytes: Data, _ what: String) throws {
    try workspace.write("bad.lrs", bytes)
    for command in Self.commands {
      let outcome = try workspace.run(command)
      #expect(outcome.status == 65, "\(what), \(command[0]): \(outcome.errors)")
      #expect(outcome.errors.contains("bad.lrs"), "\(what): \(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func flippedBits() throws {
    let (workspace, model) = try prepared()
    for place in stride(from: 0, to: model.count, by: max(1, model.count / 9)) {
      var damaged = model
      damaged[place] ^= 1 << UInt8(place % 8)
      try expectRefusal(workspace, damaged, "bit flipped in byte \(place)")
    }
  }

  @Test func cutsAndAdditions() throws {
    let (workspace, model) = try prepared()
    for length in [0, 1, 7, 8, 20, model.count / 2, model.count - 1] {
      try expectRefusal(workspace, model.prefix(length), "cut to \(length) bytes")
    }
    try expectRefusal(workspace, model + Data([0]), "a byte more")
    try expectRefusal(workspace, model + model, "twice")
  }

  @Test func foreignFiles() throws {
    let (workspace, _) = try prepared()
    try expectRefusal(workspace, try workspace.read("t.csv"), "a table")
    try expectRefusal(workspace, Data(repeating: 0, count: 5000), "zeros")
    let packed = FileManager.default.contents(atPath: Samples.flightsTest) ?? Data()
    try expectRefusal(workspace, packed, "gzip")
  }

  @Test func aMissingModelIsAMissingInput() throws {
    let (workspace, _) = try prepared()
    for command in Self.commands {
      let outcome = try workspace.run(command)
      #expect(outcome.status == 66)
      #expect(outcome.errors.contains("bad.lrs"))
    }
    #expect(try workspace.run("inspect", ".").status == 66)
  }

  @Test func anEndlessModelTakesNoMemoryOrTime() throws {
    let (workspace, _) = try prepared()
    let outcome = try workspace.shell(
      "(ulimit -v 4000000; exec logreg-stream inspect /dev/zero) || echo $?")
    #expect(outcome.text == "65\n", "\(outcome.errors)")
  }
}
