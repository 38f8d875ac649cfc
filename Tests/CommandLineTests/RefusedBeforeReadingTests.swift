import Foundation
import Testing

/// Options that no input could satisfy are refused before a byte of it is read: standard input is a
/// pipe here that never brings one.
@Suite struct RefusedBeforeReadingTests {
  private func expectRefusal(_ arguments: [String], in workspace: Workspace) throws {
    let before = try workspace.names()
    let outcome = try workspace.run(arguments, input: .silent)
    #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
    #expect(!outcome.errors.isEmpty && outcome.output.isEmpty)
    #expect(try workspace.names() == before, "\(arguments) made a file")
  }

  @Test(arguments: Self.reading + Self.learning)
  func train(_ options: [String]) throws {
    try expectRefusal(["train", "-o", "m.lrs"] + options, in: try Workspace())
  }

  @Test(arguments: Self.predicting + Self.evaluating + Self.others)
  func otherCommands(_ arguments: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("m1.lrs", Self.model.get())
    try expectRefusal(arguments, in: workspace)
  }

  /// The program waits for input where nothing is wrong: the pipe is what it is taken for.
  @Test func aGoodCommandWaits() throws {
    let workspace = try Workspace()
    let outcome = try workspace.shell(
      "mkfifo silent && exec 3<>silent && timeout 1 logreg-stream train -o m.lrs <&3; exit $?")
    #expect(outcome.status == 124, "\(outcome.errors)")
  }

  private static let model = Result {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 30))
    try workspace.trained("t.csv")
    return try workspace.read("m.lrs")
  }
}

extension RefusedBeforeReadingTests {
  fileprivate static let learning: [[String]] = [
    ["--alpha", "0"], ["--alpha=-1"], ["--alpha", "inf"], ["--beta=-1"], ["--l1=-1"],
    ["--l2", "nan"], ["--batch-size", "0"], ["--optimizer", "sgd", "--learning-rate", "0"],
    ["--optimizer", "sgd", "--power", "11"],
    ["--optimizer", "sgd", "--schedule", "step", "--decay", "2"],
    ["--optimizer", "sgd", "--decay-rows", "0"], ["--optimizer", "sgd", "--warmup=-1"],
    ["--optimizer", "sgd", "--schedule", "optimal"],
    ["--optimizer", "sgd", "--schedule", "constant", "--power", "1"],
    ["--optimizer", "sgd", "--l1", "1e-40"], ["--optimizer", "adagrad", "--learning-rate", "1e40"],
    ["--optimizer", "lbfgs", "--tolerance", "2"], ["--optimizer", "lbfgs", "--tolerance", "0"],
    ["--optimizer", "newton", "--max-iterations", "0"], ["--optimizer", "lbfgs", "--l1=-1"],
    ["--optimizer", "newton", "--l1", "1"], ["--optimizer", "newton", "--l2", "inf"],
    ["--optimizer", "lbfgs", "--epochs", "2"], ["--optimizer", "lbfgs", "--shuffle", "5"],
    ["--optimizer", "lbfgs", "--cache", "none"], ["--optimizer", "lbfgs", "--batch-size", "5"],
    ["--alpha", "1", "--optimizer", "sgd"], ["--class-weight", "nosuch=2"],
    ["--loss", "softmax", "--classes", "a,b", "--class-weight", "c=2"],
    ["--class-weight", "positive=-1"], ["--class-weight", "positive=2,1=3"],
    ["--class-weight", "positive=2", "--class-weight", "positive=3"],
    ["--class-weight", "positive=0"], ["--class-weight", "x"],
    ["--loss", "squared", "--class-weight", "positive=1"], ["--bits", "9"], ["--bits", "31"],
    ["--hash-seed=-1"], ["--clip", "0"], ["--epochs", "0"], ["--early-stop", "0", "--epochs", "3"],
    ["--early-stop", "2"], ["--early-stop", "2", "--epochs", "3", "--holdout", "0"],
    ["--shuffle", "1"], ["--shuffle=-3"], ["--seed=-1"], ["--holdout", "1"], ["--holdout=-0.1"],
    ["--holdout-rows", "1"], ["--cache", "none", "--epochs", "2"], ["--cache", "none"],
    ["--names", "0"], ["--names", "x"], ["--keep-negatives", "0"], ["--keep-negatives", "2"],
    ["--negatives-kept", "0"], ["--population-rate", "0"],
    ["--population-rate", "0.1", "--negatives-kept", "0.5"], ["--correction", "prior"],
    ["--correction", "weight", "--class-weight", "positive=2"],
    ["--correction", "fake-negatives", "--loss", "softmax"],
    ["--correction", "fake-negatives", "--population-rate", "0.1"],
    ["--loss", "softmax", "--keep-negatives", "0.5"],
    ["--loss", "probit", "--keep-negatives", "0.5"], ["--calibrator", "temperature"],
    ["--calibrator", "platt", "--loss", "squared"],
    ["--calibrator", "platt", "--holdout", "0", "--calibrate-on", "holdout"],
    ["--calibrate-on", "stream", "--epochs", "2"],
    ["--calibrate-on", "stream", "--loss", "probit"],
    ["--calibrate-on", "stream", "--optimizer", "newton"], ["--calibrate-on", "x"],
    ["--checkpoint-every", "5rows"], ["--checkpoint", "s", "--checkpoint-every", "0rows"],
    ["--checkpoint", "s", "--keep-checkpoints", "0"], ["--checkpoint", "s", "--forget", "0"],
    ["--checkpoint", "s", "--forget", "0.5", "--optimizer", "sgd"],
    ["--checkpoint", "s", "--cache", "none", "--epochs", "2"], ["--checkpoint", ""],
    ["--checkpoint", "s", "--input-name", ""], ["--fresh"], ["--report", "-"],
    ["--quiet", "--verbose"], ["--progress", "loud"], ["--json", "--json"], ["-q", "--quiet"],
    ["-qq"], ["-o", "a"], ["--label", "a", "--label", "b"], ["-", "-"], ["--quarantine", "m.lrs"],
    ["--quarantine", "-"], ["--report", "m.lrs"], ["--delimiter", "\n"], ["--quote", "\n"],
  ]

  fileprivate static let reading: [[String]] = [
    ["--clip", "nan"], ["--sniff-rows", "0"], ["--max-line-bytes", "0"],
    ["--max-line-bytes", "2GiB"], ["--chunk-bytes", "0"], ["--threads", "0"],
    ["--threads", "2000"],
    ["--expect-rows=-1"], ["--max-bad-rows=-1"], ["--max-bad-rows", "101%"],
    ["--inflate", "fast"], ["--delimiter", "ab"], ["--delimiter", "\""], ["--quote", "ab"],
    ["--columns", "a,b"], ["--no-header", "--columns", "a,a"],
    ["--no-header", "--columns", "a,b", "--label", "c"],
    ["--no-header", "--columns", "a,label", "--weight", "w"],
    ["--no-header", "--columns", "label,b", "--numeric", "z"],
    ["--no-header", "--columns", "label,ab", "--numeric", "a*", "--text", "?b"],
    ["--label", "x", "--weight", "x"], ["--weight", "label"],
    ["--numeric", "a", "--categorical", "a"], ["--numeric", "a*", "--text", "ab"],
    ["--numeric", "label"], ["--ignore", "label"], ["--weight", "w", "--text", "w"],
    ["--cross", "a"], ["--cross", "a*b*c*d"], ["--cross", "a*"], ["--cross", "a*a"],
    ["--cross", "a*b", "--cross", "b*a"], ["--cross", "a*label"],
    ["--text", "a", "--cross", "a*b"],
    ["--ignore", "a", "--cross", "a*b"], ["--numeric-transform", "log"],
    ["--numeric-transform", "raw,symlog"], ["--numeric-transform", "a=raw,a=symlog"],
    ["--categorical", "a", "--numeric-transform", "a=raw"], ["--numeric-transform", "label=raw"],
    ["--ngrams", "0"], ["--ngrams", "4"], ["--scale", "minmax"],
    ["--format", "csv", "--scale", "maxabs"], ["--format", "vw", "--scale", "maxabs"],
    ["--format", "libsvm", "--columns", "a"], ["--format", "libsvm", "--label", "x"],
    ["--format", "vw", "--text", "x"], ["--format", "xml"], ["--format", "libsvm", "--clip", "3"],
    ["--positive", "a", "--loss", "squared"], ["--classes", "a,b"],
    ["--loss", "softmax", "--classes", "a"], ["--loss", "softmax", "--classes", "a,a"],
    ["--loss", "softmax", "--positive", "a"],
  ]

  fileprivate static let predicting: [[String]] = [
    ["predict", "-m", "m1.lrs", "--explain", "0"], ["predict", "-m", "-"],
    ["predict", "-m", "m1.lrs", "--explain", "2000"],
    ["predict", "-m", "m1.lrs", "--id", "a", "--output", "class"],
    ["predict", "-m", "m1.lrs", "--id", "a,a"],
    ["predict", "-m", "m1.lrs", "--id", "a", "--id", "a"], ["predict", "-m", "m1.lrs", "--json"],
    ["predict", "-m", "m1.lrs", "--threads", "0"],
    ["predict", "-m", "m1.lrs", "--max-line-bytes", "0"],
    ["predict", "-m", "m1.lrs", "--output", "x"], ["predict", "-m", "m1.lrs", "-m", "m2.lrs"],
    ["predict", "-m", "m1.lrs", "--max-bad-rows", "x"],
    ["predict", "-m", "m1.lrs", "--quarantine", "m1.lrs"],
    ["predict", "-m", "m1.lrs", "--chunk-bytes", "0"],
    ["predict", "-m", "m1.lrs", "--expect-rows=-2"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "auto"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "none"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "platt", "--negatives-kept", "0"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "platt", "--holdout-rows", "1"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs"],
    ["calibrate", "-m", "-", "-o", "c.lrs", "--calibrator", "platt"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "temperature"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "-o", "d.lrs", "--calibrator", "platt"],
    ["calibrate", "-m", "m1.lrs", "-o", "c.lrs", "--calibrator", "platt", "--threads", "0"],
    ["calibrate", "-m", "m1.lrs", "--calibrator", "platt", "--json"],
  ]

  fileprivate static let evaluating: [[String]] = [
    ["evaluate", "-m", "m1.lrs", "--negatives-kept", "0"],
    ["evaluate", "-m", "m1.lrs", "--k", "0", "--group", "a"],
    ["evaluate", "-m", "m1.lrs", "--k", "3"],
    ["evaluate", "-m", "m1.lrs", "--cost-fp", "0", "--cost-fn", "1"],
    ["evaluate", "-m", "m1.lrs", "--cost-fp", "1"],
    ["evaluate", "-m", "m1.lrs", "--group", "a", "--negatives-kept", "0.5"],
    ["evaluate", "-m", "m1.lrs", "--label", "x"],
    ["evaluate", "-m", "m1.lrs", "--predictions", "p"], ["evaluate"], ["evaluate", "-m", "-"],
    ["evaluate", "--predictions", "-"],
    ["evaluate", "--predictions", "-", "a.csv", "--columns", "a"],
    ["evaluate", "--predictions", "-", "a.csv", "--label", "x", "--weight", "x"],
    ["evaluate", "--predictions", "p", "--uncalibrated"],
    ["evaluate", "-m", "m1.lrs", "--report", "-"],
    ["evaluate", "--predictions", "-", "a.csv", "--format", "libsvm", "--label", "x"],
    ["evaluate", "--predictions", "-", "a.csv", "--format", "vw", "--by", "x"],
    ["evaluate", "-m", "m1.lrs", "--max-line-bytes", "0"],
    ["evaluate", "-m", "m1.lrs", "--threads", "0"],
  ]

  fileprivate static let others: [[String]] = [
    ["check-gradient", "--tolerance", "0"], ["check-gradient", "--tolerance", "2"],
    ["check-gradient", "--l1=-1"], ["check-gradient", "--l2", "inf"],
    ["check-gradient", "--class-weight", "nosuch=2"],
    ["check-gradient", "--loss", "squared", "--class-weight", "positive=2"],
    ["check-gradient", "--bits", "9"], ["check-gradient", "--seed=-1"],
    ["check-gradient", "--threads", "0"],
    ["check-gradient", "--loss", "softmax", "--positive", "a"], ["inspect", "-", "--top", "0"],
    ["inspect", "-", "--schema", "--json"], ["inspect", "-", "--weights", "--json"],
    ["inspect", "-", "--json", "--json"],
  ]
}
