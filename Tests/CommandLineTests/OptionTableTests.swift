import Foundation
import Testing

@testable import Configuration

/// The table of options against the command line's own parser.
@Suite struct OptionTableTests {
  /// An option as the parser describes it.
  struct Known {
    let command: String
    let name: String
    let shorts: [String]
    let isFlag: Bool
    let isRepeating: Bool
  }

  static func known() throws -> [Known] {
    let workspace = try Workspace()
    let json = try workspace.run("--experimental-dump-help").json()
    let root = try #require(json["command"] as? [String: Any])
    let commands = try #require(root["subcommands"] as? [[String: Any]])
    return commands.flatMap { command -> [Known] in
      let arguments = command["arguments"] as? [[String: Any]] ?? []
      return arguments.compactMap { argument -> Known? in
        let names = argument["names"] as? [[String: String]] ?? []
        guard let long = names.first(where: { $0["kind"] == "long" })?["name"] else { return nil }
        return Known(
          command: command["commandName"] as? String ?? "", name: long,
          shorts: names.filter { $0["kind"] == "short" }.compactMap { $0["name"] },
          isFlag: argument["kind"] as? String == "flag",
          isRepeating: argument["isRepeating"] as? Bool ?? false)
      }
    }.filter { $0.command != "help" && !["help", "version"].contains($0.name) }
  }

  @Test func everyOptionOfTrainHasItsLine() throws {
    let table = TrainingOption.all.map(\.name)
    #expect(Set(table).count == table.count, "an option stands there twice")
    let parser = Set(try Self.known().filter { $0.command == "train" }.map(\.name))
    #expect(parser.count > 60)
    #expect(parser.subtracting(table).isEmpty, "what these decide is not said: give them a line")
    #expect(Set(table).subtracting(parser).isEmpty, "these are no options")
  }

  /// What a config file and repetition go by is what the parser says.
  @Test func kindsAreThoseOfTheParser() throws {
    let workspace = try Workspace()
    for option in try Self.known() {
      let twice =
        option.isFlag
        ? ["--\(option.name)", "--\(option.name)"]
        : [
          "--\(option.name)=1", "--\(option.name)=1",
        ]
      let repeated = try workspace.run([option.command] + twice)
      #expect(
        repeated.errors.contains("--\(option.name) is given twice") == !option.isRepeating,
        "\(option): \(repeated.errors)")
      for short in option.shorts {
        let both = try workspace.run([option.command, "--\(option.name)=1", "-\(short)", "x"])
        #expect(both.errors.contains("are the same option"), "\(option): \(both.errors)")
      }
      guard option.name != "config", option.command != "inspect" else { continue }
      try workspace.write("c.yaml", "\(option.name): [a, b]\n")
      let list = try workspace.run([option.command, "--config", "c.yaml", "none.csv"])
      #expect(
        list.errors.contains("holds a list") == !option.isRepeating, "\(option): \(list.errors)")
      try workspace.write("c.yaml", "\(option.name): perhaps\n")
      let text = try workspace.run([option.command, "--config", "c.yaml", "none.csv"])
      #expect(
        text.errors.contains("write true or false") == option.isFlag, "\(option): \(text.errors)")
    }
  }

  private static let spelledOut = [
    "--clip", "8", "--label", "label", "--ngrams", "1", "--sniff-rows", "10000", "--format", "csv",
    "--delimiter", ",", "--quote", "\"", "--alpha", "auto", "--average", "auto", "--beta", "1.0",
    "--l1", "0",
    "--batch-size", "1", "--epochs", "1", "--shuffle", "0", "--seed", "1", "--holdout", "0",
    "--holdout-rows", "100000", "--names", "65536", "--keep-negatives", "1",
    "--calibrator", "auto", "--calibrate-on", "stream", "--numeric-transform", "auto",
    "--max-line-bytes", "64MiB",
    "--missing", ",NA,N/A,n/a,#N/A,#NA,<NA>,NaN,nan,NULL,null,(null),None,\\N,?",
    "--decimal", "point", "--number-marks", "", "--optimizer", "ftrl", "--loss",
    "logistic",
    "--class-weight", "positive=1",
  ]

  @Test func aDefaultSpelledOutIsTheDefault() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 60)
    try #require(try workspace.resumable([files[0]]).status == 0)
    let run = try workspace.resumable(Self.spelledOut + files)
    #expect(run.status == 0, "\(run.errors)")
    let back = try workspace.resumable(files + ["--format", "auto"])
    #expect(back.status == 0, "\(back.errors)")
    let rate = ["--optimizer", "sgd"]
    try #require(try workspace.resumable(rate + [files[0]], state: "sgd").status == 0)
    let spelled = try workspace.resumable(
      rate + files + [
        "--learning-rate", "auto", "--schedule", "invscaling", "--power", "0.5", "--decay-rows",
        "1000", "--warmup", "0",
      ], state: "sgd")
    #expect(spelled.status == 0, "\(spelled.errors)")
  }

  @Test func whatWasFoundInTheInputIsCompared() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label;a\n1;2\n0;3\n1;4\n")
    try #require(try workspace.resumable(["t.csv"]).status == 0)
    let same = try workspace.resumable(["t.csv", "--delimiter", ";"])
    #expect(same.status == 0, "\(same.errors)")
    for (options, words) in [
      (["--delimiter", "tab"], "--delimiter is tab and was ;"),
      (["--no-header"], "--no-header is true and was false"),
      (["--cross", "a*b"], "--cross is a*b and was not given"),
      (["--numeric-transform", "raw"], "--numeric-transform is raw and was auto"),
      (["--class-weight", "positive=2"], "--class-weight is positive=2 and was not given"),
      (["--format", "vw"], "--format is vw and was csv"),
      (["--clip", "7"], "--clip is 7 and was 8"),
    ] {
      let run = try workspace.resumable(["t.csv"] + options)
      #expect(run.status == 64 && run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test func inspectNamesOptionsThatExist() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "1,2,3\n0,3,4\n1,4,6\n")
    try #require(
      try workspace.resumable([
        "t.csv", "--no-header", "--cross", "c1*c2", "--numeric-transform", "raw", "--class-weight",
        "1=3", "--missing", "x,y",
      ]).status == 0)
    let options = try #require(try workspace.inspected("state")["options"] as? [String: String])
    let parser = Set(try Self.known().filter { $0.command == "train" }.map(\.name))
    #expect(Set(options.keys).isSubset(of: parser))
    let wanted = [
      "no-header": "true", "cross": "c1*c2", "numeric-transform": "raw", "label": "c0",
      "class-weight": "positive=3", "missing": "x,y", "columns": "c0,c1,c2", "format": "csv",
      "alpha": "auto", "average": "auto", "clip": "8",
    ]
    for (name, text) in wanted { #expect(options[name] == text) }
    for absent in ["tolerance", "learning-rate", "weight", "schema"] {
      #expect(options[absent] == nil)
    }
    let text = try workspace.run("inspect", "state").text
    #expect(text.contains("--no-header true\n") && text.contains("--cross c1*c2\n"))
  }

  @Test func aSchemaIsComparedByWhatItSays() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 60)
    try workspace.trained("b.csv")
    let schema = try workspace.run("inspect", "--schema", "m.lrs").text
    try workspace.write("s.yaml", schema)
    try #require(try workspace.resumable([files[0], "--schema", "s.yaml"]).status == 0)
    let options = try #require(try workspace.inspected("state")["options"] as? [String: String])
    let shown = #/crc-32 [0-9a-f]{8} of s\.yaml/#
    #expect(options["schema"]?.wholeMatch(of: shown) != nil, "\(options["schema"] ?? "")")
    try workspace.write("other.yaml", "# another comment\n" + schema + "# and one more\n")
    let commented = try workspace.resumable([files[0], files[1], "--schema", "other.yaml"])
    #expect(commented.status == 0, "\(commented.errors)")
    try workspace.write("s.yaml", schema.replacing("clip: 8.0", with: "clip: 7.0"))
    let changed = try workspace.resumable([files[0], "--schema", "s.yaml"])
    #expect(
      changed.status == 64 && changed.errors.contains("--schema is crc-32"), "\(changed.errors)")
    let none = try workspace.resumable([files[0]])
    #expect(none.status == 64 && none.errors.contains("--schema is not given"), "\(none.errors)")
  }
}
