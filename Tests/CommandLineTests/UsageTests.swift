import Processor
import Testing

/// What is refused before anything is read, and what is said then.
@Suite struct UsageTests {
  @Test(arguments: [
    ["--threads", "0"], ["--threads", "x"], ["--batch-size", "0"], ["--alpha=-1"],
    ["--alpha", "0"],
    ["--alpha", "inf"], ["--beta=-1"], ["--l1=-1"], ["--l2", "nan"], ["--bits=9"],
    ["--bits=31"], ["--hash-seed=-1"], ["--clip", "0"], ["--clip", "nan"], ["--sniff-rows", "0"],
    ["--max-line-bytes", "0"], ["--chunk-bytes", "0"], ["--chunk-bytes", "1XiB"],
    ["--max-bad-rows=-1"], ["--max-bad-rows", "101%"], ["--max-bad-rows", "some"],
    ["--expect-rows=-1"], ["--delimiter", "ab"], ["--delimiter", "\""], ["--quote", "ab"],
    ["--inflate", "fast"], ["--cpu", "fast"], ["--format", "xml"], ["--progress", "loud"],
    ["--quiet", "--verbose"], ["--columns", "a,b,c"], ["--no-header", "--columns", "a,b"],
    ["--no-header", "--columns", "a,a,b"],
    ["--label", "nope"], ["--weight", "nope"], ["--numeric", "nope"], ["--ignore", "z"],
    ["--text", "nope"],
    ["--numeric", "z*"], ["--text", "amount", "--numeric", "amount"], ["--text", "label"],
    ["--numeric-transform", "log"], ["--numeric-transform", "nope=symlog"],
    ["--numeric-transform", "color=symlog"], ["--numeric-transform", "a*=symlog,?mount=raw"],
    ["--numeric-transform", "raw", "--numeric-transform", "symlog"],
    ["--cross", "amount"], ["--cross", "amount*nope"], ["--cross", "amount*amount"],
    ["--cross", "amount*label"], ["--cross", "amount*"], ["--cross", "a*b*c*d"],
    ["--cross", "amount*color,color*amount"], ["--text", "color", "--cross", "amount*color"],
    ["--ngrams", "2"], ["--ngrams", "0", "--text", "color"], ["--ngrams", "4", "--text", "color"],
    ["--scale", "maxabs"], ["--scale", "none"], ["--scale", "minmax"],
    ["--numeric", "amount", "--categorical", "amount"], ["--ignore", "label"],
    ["--numeric", "label"], ["--label", "amount", "--weight", "amount"],
  ])
  func impossibleOptionIsRefused(_ options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    let outcome = try workspace.run(["train", "-o", "m.lrs", "t.csv", "--bits=10"] + options)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(!outcome.errors.isEmpty)
    #expect(outcome.output.isEmpty)
    #expect(try workspace.names() == ["t.csv"])
  }

  @Test(.enabled(if: ProcessorPath.available != ProcessorPath.allCases))
  func instructionsOfAnotherProcessorAreRefused() throws {
    let path = try #require(ProcessorPath.allCases.last)
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    let outcome = try workspace.run(["train", "-o", "m.lrs", "t.csv", "--cpu", path.rawValue])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("this processor has baseline"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ("--alhpa", "--alpha"), ("--lable", "--label"), ("--thread", "--threads"),
    ("--max-bad-row", "--max-bad-rows"),
  ])
  func unknownOptionIsAnsweredWithTheNearest(_ typed: String, _ meant: String) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run("train", typed, "1")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("'\(meant)'"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["predict"], ["evaluate"], ["calibrate"], ["inspect"], ["predict", "-m"],
  ])
  func whatACommandCannotDoWithoutIsNamed(_ arguments: [String]) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(arguments[0] == "inspect" ? "<file>" : "--model"))
  }

  @Test(arguments: [[], ["train", "-o", "m.lrs"], ["predict", "-m", "m.lrs"]])
  func noFileAndAKeyboardShowsTheUsage(_ arguments: [String]) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(arguments, input: .terminal)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("Usage: logreg-stream"), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func aModelAndFiguresCannotShareStandardOutput() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    for model in [[], ["-o", "-"]] {
      let outcome = try workspace.run(["train", "--json", "t.csv"] + model)
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("-o"))
    }
  }

  @Test func predictionsAndFiguresCannotShareStandardOutput() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    try workspace.trained("t.csv")
    let outcome = try workspace.run("predict", "-m", "m.lrs", "--json", "t.csv")
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
  }

  @Test func standardInputIsReadOnce() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    #expect(try workspace.run("train", "-o", "m", "-", "-").status == 64)
    try workspace.trained("t.csv")
    let shared = try workspace.run("predict", "-m", "-", input: .file("m.lrs"))
    #expect(shared.status == 64)
    #expect(shared.errors.contains("standard input"))
  }

  @Test func aMissingLabelIsAnsweredWithTheNearestColumn() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "clicked,amount\n1,2\n0,3\n")
    let outcome = try workspace.run("train", "-o", "m", "--label", "cliked", "t.csv")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("t.csv"))
    #expect(outcome.errors.contains("did you mean \"clicked\"?"))
    // The default label is looked for too.
    let other = try workspace.run("train", "-o", "m", "t.csv")
    #expect(other.status == 64)
    #expect(other.errors.contains("\"label\""))
  }

  @Test(arguments: [
    [], ["train"], ["predict"], ["evaluate"], ["calibrate"], ["inspect"],
  ])
  func helpGoesToStandardOutput(_ command: [String]) throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(command + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.text.contains("USAGE: logreg-stream"))
    #expect(!outcome.text.contains("\u{1B}"))
  }

  @Test func versionNamesProgramFormatAndBackends() throws {
    let workspace = try Workspace()
    let outcome = try workspace.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    let shape =
      #/logreg-stream \d+\.\d+\.\d+ \((commit \S+; )?model format \d+; inflate: (isal, )?zlib; processor: baseline(, avx2)?(, avx512)?\)\n/#
    #expect(outcome.text.wholeMatch(of: shape) != nil, "\(outcome.text)")
  }

  @Test func listsAreCollected() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a,b,c\n1,2,3,4\n0,3,4,5\n")
    try workspace.trained(
      "t.csv", "--categorical", "a", "--categorical", "b", "--missing", "x", "--missing", "-y",
      "--class-weight", "positive=2", "--class-weight", "negative=3")
    let inspected = try workspace.inspected()
    let columns = try #require(inspected["columns"] as? [[String: Any]])
    let types = columns.compactMap { $0["type"] as? String }
    #expect(types == ["label", "categorical", "categorical", "numeric"])
    #expect(inspected["missing"] as? [String] == ["x", "-y"])
    let passes = try #require(inspected["passes"] as? [String: Any])
    #expect(passes["class_weights"] as? [Double] == [3, 2])
  }

  @Test(arguments: [
    (["-o", "a", "-o", "b"], "-o is given twice"), (["-o", "a", "--model", "b"], "-o and --model"),
    (["-q", "--quiet"], "-q and --quiet"), (["-qq"], "-q is given twice"),
    (["--label", "a", "--label=b"], "--label is given twice"),
    (["--bits", "10", "--bits", "10"], "--bits is given twice"),
  ])
  func whatIsGivenTwiceIsRefused(_ options: [String], _ complaint: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    let outcome = try workspace.run(["train", "t.csv"] + options)
    #expect(outcome.status == 64 && outcome.errors.contains(complaint), "\(outcome.errors)")
    #expect(try workspace.names() == ["t.csv"])
    // Behind -- there are files only, and a value may look like an option.
    let files = try workspace.run(["train", "-o", "m.lrs", "--positive", "-o", "--", "-o", "-o"])
    #expect(files.status == 66, "\(files.errors)")
  }

  @Test func aMistypedCommandIsNoFile() throws {
    let workspace = try Workspace()
    let outcome = try workspace.run(["evalaute", "-m", "m.lrs"])
    #expect(outcome.status == 64 && outcome.errors.contains("did you mean evaluate?"))
    let file = try workspace.run(["absent", "-o", "m.lrs"])
    #expect(file.status == 66)
  }

  @Test(arguments: ["train", "predict", "evaluate"])
  func verboseSaysWhereTheTimeWent(command: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 40))
    _ = try workspace.train("t.csv")
    let model = command == "train" ? ["-o", "other.lrs"] : ["-m", "m.lrs"]
    let outcome = try workspace.run([command, "--verbose"] + model + ["t.csv"])
    #expect(outcome.status == 0 && outcome.errors.contains("where the time went"))
  }
}
