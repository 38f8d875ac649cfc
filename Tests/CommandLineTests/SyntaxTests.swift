import Foundation
import Testing

/// Delimiters, quotes, line ends and formats, as rows of a file meet them.
@Suite struct SyntaxTests {
  private static let plain = "label,amount,color\n1,2.5,red\n0,3,blue\n1,4,red\n0,2,grey\n"

  private func weights(_ workspace: Workspace, _ text: Data, _ options: [String]) throws -> String {
    try workspace.write("t.csv", text)
    let outcome = try workspace.run(
      ["train", "--bits=10", "-o", "m.lrs", "-q", "t.csv"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try workspace.run("inspect", "--weights", "m.lrs").text
  }

  private func weights(
    _ workspace: Workspace, _ text: String, _ options: String...
  ) throws -> String {
    try weights(workspace, Data(text.utf8), options)
  }

  @Test func delimiters() throws {
    let workspace = try Workspace()
    let expected = try weights(workspace, Self.plain)
    for (text, name) in [("\t", "tab"), (";", ";"), ("|", "|")] {
      let other = Self.plain.replacing(",", with: text)
      #expect(try weights(workspace, other) == expected, "found: \(name)")
      #expect(try weights(workspace, other, "--delimiter", name) == expected)
    }
    let odd = Self.plain.replacing(",", with: "~")
    #expect(try weights(workspace, odd, "--delimiter", "~") == expected)
  }

  @Test func lineEndsQuotesAndMarksChangeNothing() throws {
    let workspace = try Workspace()
    let expected = try weights(workspace, Self.plain)
    let variants: [String: String] = [
      "CRLF": Self.plain.replacing("\n", with: "\r\n"),
      "byte order mark": "\u{FEFF}" + Self.plain,
      "no last line end": String(Self.plain.dropLast()),
      "blank lines": Self.plain.replacing("\n", with: "\n\n"),
      "quotes": Self.plain.replacing("red", with: "\"red\"").replacing("2.5", with: "\"2.5\""),
      "quoted header": Self.plain.replacing("amount", with: "\"amount\""),
      "spaces": Self.plain.replacing(",", with: ", "),
      "plus": Self.plain.replacing("1,4", with: "+1,+4."),
    ]
    for (name, text) in variants {
      #expect(try weights(workspace, text) == expected, "\(name)")
    }
  }

  @Test func fieldsMayHoldDelimitersQuotesAndLineEnds() throws {
    let workspace = try Workspace()
    let text = "label,c\n1,\"a,\"\"b\"\"\nc\"\n0,\"x\ry\"\n1,\"\"\n"
    try workspace.write("t.csv", text)
    #expect(try workspace.trained("t.csv")["rows"] as? Int == 3)
    #expect(try workspace.predicted("t.csv").count == 3)
  }

  @Test func quotesMayBeOrdinary() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,c\n1,5\" pipe\n0,\"open\n1,x\n")
    #expect(try workspace.train("t.csv").status == 65)
    #expect(try workspace.trained("t.csv", "--quote", "none")["rows"] as? Int == 3)
    #expect(try workspace.predicted("t.csv").count == 3, "the model knows it")
    let single = Self.plain.replacing("red", with: "'red'")
    let expected = try weights(workspace, Self.plain)
    #expect(try weights(workspace, single, "--quote", "'") == expected)
  }

  @Test func bytesNeedNotBeText() throws {
    let workspace = try Workspace()
    var bytes = Data("label,c\n1,".utf8)
    bytes.append(contentsOf: [0xFF, 0x00, 0xC3, 0x28])
    bytes.append(contentsOf: "\n0,x\n".utf8)
    #expect(try !weights(workspace, bytes, []).isEmpty)
  }

  @Test func theFormatIsFoundAndSaid() throws {
    let workspace = try Workspace()
    let lib = "1 1:2 7:1\n-1 2:1\n"
    let vw = "1 |a x y:2\n-1 2 'tag|a x\n"
    for (name, text, format) in [
      ("a.csv", Self.plain, "csv"), ("a.tsv", Self.plain, "csv"), ("a.svm", lib, "libsvm"),
      ("a.libsvm", lib, "libsvm"), ("a.log", Self.plain, "csv"), ("b.log", lib, "libsvm"),
      ("c.csv.gz", Self.plain, "csv"), ("a.vw", vw, "vw"), ("c.vw.gz", vw, "vw"),
      ("c.log", vw, "vw"),
    ] {
      try workspace.write(name, text)
      let outcome = try workspace.train(name)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("reading \(name) as \(format)"), "\(outcome.errors)")
      #expect(try workspace.inspected()["format"] as? String == format)
      let piped = try workspace.train(input: .file(name))
      #expect(piped.errors.contains("as \(format) (by the first line)"))
    }
  }

  @Test(arguments: [("t.svm", "1 1:2\n-1 2:1\n"), ("t.vw", "1 |a x\n-1 |a y\n")])
  func columnOptionsDoNotFitRowsThatNameTheirFeatures(_ name: String, _ text: String) throws {
    let workspace = try Workspace()
    try workspace.write(name, text)
    for option in [
      "--label", "--weight", "--numeric", "--categorical", "--ignore", "--delimiter", "--columns",
      "--quote", "--missing",
    ] {
      let outcome = try workspace.train(name, option, "a")
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains(option))
    }
    #expect(try workspace.train(name, "--no-header").status == 64)
    #expect(try workspace.train(name, "--clip", "3").status == 64)
    try workspace.trained(name)
  }

  @Test func anotherFormatForcedOnRowsIsBadData() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.plain)
    let outcome = try workspace.train("t.csv", "--format", "libsvm")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("row 1"))
  }
}
