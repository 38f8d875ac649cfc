import Foundation
import Testing

/// The first file of somebody new: what is named as an input, and what is in it.
@Suite struct FirstFileTests {
  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    for folder in ["days", "days/b", "days/_part", "empty", "loop"] {
      try FileManager.default.createDirectory(
        atPath: "\(workspace.path)/\(folder)", withIntermediateDirectories: true)
    }
    for (index, name) in ["days/a.csv", "days/b/x.csv", "days/c.csv"].enumerated() {
      try workspace.write(name, Samples.table(rows: 10 + index))
    }
    for name in ["days/.hidden", "days/_SUCCESS", "days/_part/z.csv"] {
      try workspace.write(name, "no rows")
    }
    return workspace
  }

  private func paths(_ summary: [String: Any]) -> [String] {
    (summary["inputs"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
  }

  /// Its files in the order of their paths, and the model that these alone give.
  @Test func aFolderIsAllItsFiles() throws {
    let workspace = try workspace()
    let files = ["days/a.csv", "days/b/x.csv", "days/c.csv"]
    for folder in ["days", "days/"] {
      #expect(paths(try workspace.trained(folder)) == files)
    }
    let model = try workspace.read("m.lrs")
    try workspace.trained(list: files)
    #expect(try workspace.read("m.lrs") == model)
    #expect(try workspace.predicted("days").count == 33)
  }

  @Test func aListNamesFiles() throws {
    let workspace = try workspace()
    try workspace.write("list.txt", "days/c.csv\r\n\ndays/b\n")
    #expect(paths(try workspace.trained("@list.txt", "days/a.csv")).first == "days/c.csv")
    #expect(paths(try workspace.trained("@list.txt")) == ["days/c.csv", "days/b/x.csv"])
    // A file that is called so is that file.
    try workspace.write("@list.txt", Samples.table(rows: 5))
    #expect(paths(try workspace.trained("--format", "csv", "@list.txt")) == ["@list.txt"])
  }

  @Test(arguments: [
    ("empty", "the folder empty has no files"), ("@none", "none"), ("@blank", "names no file"),
    ("https://example.org/a.csv", "curl"), ("logs/*.csv.gz", "quoted"),
    ("missing.csv", "check the path"),
  ])
  func whatIsNoFileIsNamedForWhatItIs(_ name: String, _ words: String) throws {
    let workspace = try workspace()
    try workspace.write("blank", "\n\n")
    let outcome = try workspace.run("train", "-o", "m.lrs", name)
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func linksInACircleEnd() throws {
    let workspace = try workspace()
    try FileManager.default.createSymbolicLink(
      atPath: "\(workspace.path)/loop/again", withDestinationPath: "../loop")
    let outcome = try workspace.run("train", "-o", "m.lrs", "loop")
    #expect(outcome.status == 66 && outcome.errors.contains("loop"), "\(outcome.errors)")
  }

  // MARK: - Headers and labels

  @Test func aFileWithoutAHeaderIsSeen() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "3.5,red,1\n2,blue,0\n")
    let outcome = try workspace.run("train", "-o", "m.lrs", "t.csv")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("the first line, 3.5,red,1, looks like a row"))
    #expect(outcome.errors.contains("--no-header") && outcome.errors.contains("--label c2"))
    // Its first values may be the same twice.
    try workspace.write("t.csv", "1,1,0\n2,1,1\n")
    let twice = try workspace.run("train", "-o", "m.lrs", "t.csv")
    #expect(twice.errors.contains("looks like a row"), "\(twice.errors)")
    // A name is no number: then it is the label that is missing.
    try workspace.write("t.csv", "amount,color,clicked\n2,blue,0\n")
    let named = try workspace.run("train", "-o", "m.lrs", "t.csv")
    #expect(named.status == 64 && !named.errors.contains("looks like a row"))
  }

  @Test func aHeaderThatIsTakenForARowIsSeen() throws {
    let workspace = try Workspace()
    let rows = "red,3,yes\nblue,2,no\nred,5,yes\n"
    try workspace.write("t.csv", "color,amount,bought\n" + rows)
    let options = ["--no-header", "--label", "c2", "--positive", "yes", "-q"]
    // Somebody who lets a bad row pass learns the header as nothing at all.
    let outcome = try workspace.run(
      ["train", "-o", "m.lrs", "t.csv", "--max-bad-rows", "1"] + options)
    #expect(outcome.errors.contains("the first row, color,amount,bought, looks like a header"))
    try workspace.write("t.csv", rows)
    let right = try workspace.run(["train", "-o", "m.lrs", "t.csv"] + options)
    #expect(right.status == 0 && !right.errors.contains("header"), "\(right.errors)")
  }

  @Test(arguments: ["2.5", "7", "setosa"])
  func aLabelOfAnotherKindNamesTheLoss(_ label: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "a,label\n1,\(label)\n2,0\n")
    let outcome = try workspace.run("train", "-o", "m.lrs", "t.csv")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("--loss squared") && outcome.errors.contains("--loss softmax"))
  }

  @Test func aModelAndRowsThatAreSwappedAreSeen() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 8))
    try workspace.trained("t.csv")
    for command in ["predict", "evaluate"] {
      let outcome = try workspace.run(command, "-m", "t.csv", "m.lrs")
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("they are swapped: say -m m.lrs"), "\(outcome.errors)")
    }
    let calibrate = try workspace.run(
      "calibrate", "-m", "t.csv", "-o", "n.lrs", "--calibrator", "platt", "m.lrs")
    #expect(calibrate.status == 65 && calibrate.errors.contains("they are swapped"))
    // No model at all is said as before.
    let none = try workspace.run("predict", "-m", "t.csv", "t.csv")
    #expect(none.status != 0 && !none.errors.contains("swapped"))
  }

  /// A model's columns are what they are: options of `train` are no cure.
  @Test func badRowsOfAModelAdviseWhatTheCommandHas() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "a,b,label\n1,x,0\n2,y,1\n3,x,1\n")
    try workspace.trained("t.csv")
    for row in ["z,x,0", "inf,x,0", "1,x,maybe", "1,\"x\"y,0"] {
      try workspace.write("bad.csv", "a,b,label\n\(row)\n")
      for command in ["predict", "evaluate"] {
        let outcome = try workspace.run(command, "-m", "m.lrs", "bad.csv")
        if outcome.status == 0 { continue }
        #expect(outcome.status == 65)
        let cure = outcome.errors.replacing("--max-bad-rows", with: "")
        #expect(!cure.contains("--"), "\(row): \(outcome.errors)")
      }
    }
  }

  // MARK: - Nothing new

  @Test func aRunWithNothingNewSaysSo() throws {
    let workspace = try Workspace()
    let files = (1...7).map { "\($0).csv" }
    for (index, file) in files.enumerated() {
      try workspace.write(file, Samples.table(rows: 20 + index))
    }
    let command = ["train", "-o", "m.lrs", "--checkpoint", "state", "--json"]
    let first = try workspace.run(command + files.dropLast())
    #expect(first.status == 0)
    func keys(_ outcome: Outcome) throws -> [Int?] {
      let summary = try #require(
        JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any])
      return ["inputs_known", "inputs_new", "rows_new"].map { summary[$0] as? Int }
    }
    #expect(try keys(first) == [0, 6, 135])
    let again = try workspace.run(command + files.dropLast())
    #expect(try keys(again) == [6, 0, 0])
    #expect(again.errors.contains("6 inputs known, none new; nothing read"))
    #expect(!again.errors.contains("skipped"), "\(again.errors)")
    let more = try workspace.run(command + files)
    #expect(try keys(more) == [6, 1, 26])
    #expect(more.errors.contains("skipped: 6 inputs were learned already"))
    let one = try workspace.run(command + ["1.csv"])
    #expect(one.errors.contains("1 input known, none new; nothing read"))
    let plain = try workspace.run(["train", "-o", "n.lrs", "--json", "1.csv"])
    #expect(try keys(plain) == [0, 1, 20])
  }
}
