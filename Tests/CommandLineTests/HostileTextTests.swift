import Foundation
import Testing

/// Names and values from the data cannot act on a terminal or break a JSON reader.
@Suite struct HostileTextTests {
  private static let escape = "\u{1B}[31mred\u{7}\u{9B}\u{202E}<b>\\\u{8}"

  private func expectHarmless(_ text: String) {
    let bad = text.unicodeScalars.filter {
      ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
    }
    #expect(bad.isEmpty, "\(bad.map(\.value)) in \(text.debugDescription)")
  }

  private func prepared(_ name: String = "t.csv") throws -> Workspace {
    let workspace = try Workspace()
    let text = "label,\(Self.escape),n\n1,\(Self.escape),1\n0,b,2\n1,\(Self.escape),3\n"
    try workspace.write(name, text)
    return workspace
  }

  @Test func columnNames() throws {
    let workspace = try prepared()
    let outcome = try workspace.train("t.csv", "--verbose", "--progress", "none")
    #expect(outcome.status == 0)
    expectHarmless(outcome.errors)
    _ = try outcome.json()
    let inspection = try workspace.run("inspect", "--top", "5", "m.lrs")
    expectHarmless(inspection.text)
    #expect(inspection.text.contains("\\x1B[31mred"))
    let figures = try workspace.inspected()
    #expect("\(figures)".contains("x1B"))
    expectHarmless(
      try workspace.run("inspect", "--weights", "m.lrs").text.replacing("\t", with: " "))
  }

  @Test func valuesInMessages() throws {
    let workspace = try prepared()
    for options in [
      ["--numeric", "*red*"], ["--label", "missing"], ["--label", "n\u{1B}[1m"],
      ["--ignore", "\u{1B}[2J"], ["--positive", "\u{1B}"],
    ] {
      let outcome = try workspace.run(
        ["train", "--bits=10", "-o", "m", "--progress=none", "t.csv"] + options)
      expectHarmless(outcome.errors)
    }
  }

  @Test func fileNames() throws {
    let name = "\u{1B}[31m\u{7}.csv"
    let workspace = try prepared(name)
    for arguments in [
      [name], ["gone" + name], [name, "--label", "x"], [name, "-o", "no\u{1B}/m"],
      [name, "--quarantine", "no\u{1B}/q"], [name, "--config", "no\u{1B}"],
      [name, "--sniff\u{1B}", "3"], [name, "--bits", "\u{1B}[1m"],
    ] {
      let outcome = try workspace.run(
        ["train", "--bits=10", "-o", "m\u{1B}.lrs", "--json", "--progress=none"] + arguments)
      expectHarmless(outcome.errors)
      if outcome.status == 0 {
        expectHarmless(outcome.text)
        #expect(try outcome.json()["model"] as? String == "m\u{1B}.lrs")
      }
    }
    expectHarmless(try workspace.run("inspect", "m\u{1B}.csv").errors)
  }

  @Test func textThatIsNotUTF8IsEscapedInJSON() throws {
    let workspace = try Workspace()
    var bytes = Data("label,".utf8)
    bytes.append(contentsOf: [0xFF, 0xC3])
    bytes.append(contentsOf: "\n1,a\n0,b\n".utf8)
    try workspace.write("t.csv", bytes)
    try workspace.trained("t.csv")
    let columns = try #require(try workspace.inspected()["columns"] as? [[String: Any]])
    #expect(columns.compactMap { $0["name"] as? String } == ["label", "\\xFF\\xC3"])
  }
}
