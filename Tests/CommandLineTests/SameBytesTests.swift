import Foundation
import Processor
import Testing

/// No thread count, chunk size, compression, member layout or way in changes a byte of a model or
/// a prediction.
@Suite struct SameBytesTests {
  struct DataSet: Sendable, CustomTestStringConvertible {
    var name: String
    var path: String
    var options: [String]
    /// The first lines of it that are used.
    var lines: Int
    /// A shell command that makes the rows of the file's lines.
    var filter = "cat"
    var kind: String { ["csv", "vw"].first { name.hasSuffix(".\($0)") } ?? "libsvm" }
    var testDescription: String { name }
  }

  static let dataSets: [DataSet] = {
    var sets = [
      DataSet(
        name: "flights.csv", path: Samples.flights, options: ["--label", "late"], lines: 2001),
      DataSet(name: "flights.libsvm", path: Samples.flightsLibSVM, options: [], lines: 2000),
      DataSet(
        name: "flights.vw", path: Samples.flights, options: [], lines: 2000,
        filter: Samples.flightsAsVW),
    ]
    if let path = Samples.shared("a9a/a9a.gz") {
      sets.append(
        DataSet(name: "a9a", path: path, options: ["--format", "libsvm"], lines: 2000))
    }
    if let path = Samples.shared("adult/adult.data.gz") {
      let options = ["--no-header", "--label", "c14", "--positive", ">50K", "--format", "csv"]
      sets.append(DataSet(name: "adult.csv", path: path, options: options, lines: 2000))
    }
    return sets
  }()

  /// The set's rows as `t.<extension>`, plain and in several packings; `m.lrs` learned from them.
  private func prepare(_ set: DataSet) throws -> (Workspace, model: Data) {
    let workspace = try Workspace()
    let kind = set.kind
    let outcome = try workspace.shell(
      """
      gzip -dc '\(set.path)' | \(set.filter) | sed -n '1,\(set.lines)p' > t.\(kind)
      ln -s t.\(kind) plain
      gzip -k -c plain > plain.gz
      { sed -n 1,700p plain | gzip -1; printf '' | gzip; sed -n '701,$p' plain | gzip -9; } \
        > members.gz
      sed -n 1,700p plain > first.\(kind)
      { if [ \(set.name) = flights.csv ]; then sed -n 1p plain; fi; sed -n '701,$p' plain; } \
        > second.\(kind)
      """)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let trained = try train(workspace, set, ["plain", "--threads", "1"])
    return (workspace, trained)
  }

  private func train(
    _ workspace: Workspace, _ set: DataSet, _ arguments: [String], input: Stream = .null
  ) throws -> Data {
    let outcome = try workspace.run(
      ["train", "--bits", "14", "-o", "out.lrs", "-q"] + Self.prefix(set)
        + Self.format(set) + arguments, input: input)
    try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
    return try workspace.read("out.lrs")
  }

  /// What is fitted on the first rows, where anything is.
  private static func prefix(_ set: DataSet) -> [String] {
    switch set.kind {
    case "vw": []
    case "libsvm": ["--scale", "maxabs", "--sniff-rows", "1000"]
    default: ["--sniff-rows", "1000"]
    }
  }

  private static func format(_ set: DataSet) -> [String] {
    set.options.contains("--format")
      ? set.options
      : set.options + ["--format", set.kind]
  }

  private static let variants: [[String]] = [
    ["plain", "--threads", "2"], ["plain", "--threads", "3"], ["plain", "--threads", "8"],
    ["plain"], ["plain", "--chunk-bytes", "100"], ["plain", "--chunk-bytes", "1MiB"],
    ["plain", "--chunk-bytes", "4096", "--threads", "3"],
    ["plain.gz"], ["plain.gz", "--inflate", "zlib"],
    ["plain.gz", "--chunk-bytes", "777", "--threads", "3"], ["members.gz"],
    ["members.gz", "--chunk-bytes", "1"],
  ]

  @Test(arguments: dataSets)
  func modelsAreTheSame(_ set: DataSet) throws {
    let (workspace, model) = try prepare(set)
    for variant in Self.variants {
      #expect(try train(workspace, set, variant) == model, "\(variant)")
    }
    #expect(try train(workspace, set, [], input: .file("plain")) == model)
    #expect(try train(workspace, set, ["-"], input: .file("plain.gz")) == model)
    let kind = set.kind
    let parts = try train(workspace, set, ["first.\(kind)", "second.\(kind)"])
    #expect(parts == model, "two files")
    for path in ProcessorPath.available {
      let variant = ["plain", "--cpu", path.rawValue]
      #expect(try train(workspace, set, variant) == model, "\(variant)")
    }
    if try workspace.run("--version").text.contains("isal") {
      for file in ["plain.gz", "members.gz"] {
        #expect(try train(workspace, set, [file, "--inflate", "isal"]) == model)
      }
    }
  }

  @Test(arguments: dataSets)
  func predictionsAreTheSame(_ set: DataSet) throws {
    let (workspace, _) = try prepare(set)
    func predict(_ arguments: [String], input: Stream = .null) throws -> Data {
      let outcome = try workspace.run(
        ["predict", "-m", "out.lrs", "-q"] + arguments, input: input)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    let expected = try predict(["plain", "--threads", "1"])
    #expect(expected.split(separator: UInt8(ascii: "\n")).count > 1900)
    for variant in Self.variants { #expect(try predict(variant) == expected, "\(variant)") }
    #expect(try predict([], input: .file("plain.gz")) == expected)
  }

  /// Every boundary between two bytes is crossed by a chunk's end.
  @Test(arguments: 1...7)
  func tinyChunks(_ bytes: Int) throws {
    let workspace = try Workspace()
    var text = "\u{FEFF}label,amount,color\r\n"
    for row in 0..<120 { text += "\(row % 2),\(row % 7).25,\"r\"\"ed\n\(row % 3),\"\r\n\n" }
    try workspace.write("t.csv", text)
    try workspace.trained("t.csv")
    let expected = try workspace.predicted("t.csv")
    #expect(expected.count == 120)
    try workspace.trained("t.csv", "--chunk-bytes", String(bytes), model: "n.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("n.lrs"))
    #expect(try workspace.predicted("t.csv", "--chunk-bytes", String(bytes)) == expected)
  }

  @Test func aPipeWritesTheSameModelAsAFile() throws {
    let workspace = try Workspace()
    let outcome = try workspace.shell(
      """
      f='\(Samples.flightsTest)'
      logreg-stream train --label late --bits 12 -o file.lrs "$f" -q
      zcat "$f" | logreg-stream --label late --bits 12 -o pipe.lrs -q
      zcat "$f" | logreg-stream train --label late --bits 12 -o - -q | cat > dash.lrs
      logreg-stream --label late --bits 12 -q < "$f" > stdout.lrs
      zcat "$f" | logreg-stream --label late --bits 12 -o named.lrs -q -
      cmp file.lrs pipe.lrs; cmp file.lrs dash.lrs; cmp file.lrs stdout.lrs; cmp file.lrs named.lrs
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    ["LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"], ["LC_ALL": "tr_TR.UTF-8"], ["LC_ALL": "C"],
    ["TZ": "Asia/Kathmandu"], ["HOME": "/nonexistent", "TERM": "dumb"],
  ])
  func surroundingsChangeNothing(_ environment: [String: String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 200))
    try workspace.trained("t.csv")
    let model = try workspace.read("m.lrs")
    let expected = try workspace.predicted("t.csv")
    let again = try workspace.run(
      "train", "--bits", "10", "-o", "n.lrs", "t.csv", environment: environment)
    #expect(again.status == 0)
    #expect(try workspace.read("n.lrs") == model)
    let predicted = try workspace.run(
      "predict", "-m", "m.lrs", "t.csv", environment: environment)
    #expect(predicted.lines == expected)
  }

}
