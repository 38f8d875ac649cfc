import Foundation
import Testing

/// Columns and indices that the first rows say nothing of.
@Suite struct LateColumnTests {
  /// A feature that decides the label, from row 300 of 3000 on; before, each row has `before`.
  private func table(before: String, flag: Bool = false) -> String {
    "label,x,c\n"
      + (0..<3000).map { row in
        let number = row * 7919 % 1000
        let value = flag ? (number > 500 ? 1 : 0) : number
        let label = row < 300 ? row % 2 : number > 500 ? 1 : 0
        return "\(label),\(row < 300 ? before : String(value)),\("ab".suffix(row % 2 + 1))\n"
      }.joined()
  }

  private let prefix = ["--sniff-rows", "200", "--progress", "none"]

  @Test(arguments: ["0", "", "NA"])
  func aColumnThatComesAliveIsLearned(before: String) throws {
    let workspace = try Workspace()
    let rows = table(before: before)
    try workspace.write("t.csv", rows)
    // Judged where the column says something: its old value lies far outside of a scale that is
    // fitted to what came after it.
    let lines = rows.split(separator: "\n", omittingEmptySubsequences: true)
    try workspace.write("live.csv", ([lines[0]] + lines[301...]).joined(separator: "\n") + "\n")
    for transform in ["auto", "quantile", "symlog"] {
      let options = ["--numeric-transform", transform]
      let late = try workspace.run(
        ["train", "--bits", "12", "-o", "m.lrs", "t.csv"] + prefix + options)
      #expect(late.status == 0)
      #expect(late.errors.contains("column \"x\" said nothing"), "\(late.errors)")
      #expect(late.errors.contains("from row 301 on"), "\(late.errors)")
      let early = try workspace.run(
        ["train", "--bits", "12", "-o", "e.lrs", "t.csv", "--sniff-rows", "3000"] + options)
      #expect(early.status == 0 && !early.errors.contains("said nothing"))
      let losses = try ["m.lrs", "e.lrs"].map { model in
        let outcome = try workspace.run("evaluate", "--json", "-m", model, "live.csv")
        return try #require(try outcome.json()["log_loss"] as? Double)
      }
      #expect(losses[0] < losses[1] + 0.05, "\(transform): \(losses)")
    }
  }

  @Test(arguments: ["0", ""])
  func neitherThreadsNorChunksNorEpochsDecide(before: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table(before: before))
    let options = prefix + ["--numeric-transform", "quantile", "--bits", "12"]
    var models: Set<Data> = []
    for (threads, bytes) in [("1", "64KiB"), ("1", "1KiB"), ("3", "777"), ("2", "256KiB")] {
      let run = try workspace.run(
        ["train", "-o", "m.lrs", "t.csv", "--threads", threads, "--chunk-bytes", bytes] + options)
      try #require(run.status == 0, "\(run.errors)")
      models.insert(try workspace.read("m.lrs"))
    }
    #expect(models.count == 1)
    let epochs = try ["auto", "none"].map { cache in
      let run = try workspace.run(
        ["train", "-o", "m.lrs", "t.csv", "--epochs", "2", "--cache", cache] + options)
      try #require(run.status == 0, "\(run.errors)")
      return try workspace.run("inspect", "--weights", "m.lrs").text
    }
    #expect(epochs[0] == epochs[1])
  }

  @Test func partsOfTheRowsMakeTheSameModel() throws {
    for (before, format) in [("0", "csv"), ("", "csv"), ("0", "svm")] {
      let workspace = try Workspace()
      let lines = format == "csv" ? table(before: before) : Self.sparse
      let rows = lines.split(separator: "\n").map(String.init)
      let header = format == "csv" ? [rows[0]] : []
      let data = format == "csv" ? Array(rows.dropFirst()) : rows
      // The third part ends inside the window of the column.
      let parts = [data[..<250], data[250..<340], data[340..<450], data[450...]]
      for (index, part) in parts.enumerated() {
        try workspace.write(
          "\(index).\(format)", (header + part).joined(separator: "\n") + "\n")
      }
      let files = (0..<4).map { "\($0).\(format)" }
      let options =
        ["--sniff-rows", "200", "--bits", "12"] + (format == "svm" ? ["--scale", "maxabs"] : [])
      let whole = try workspace.run(["train", "-o", "w.lrs"] + options + files)
      try #require(whole.status == 0, "\(whole.errors)")
      for count in 1...4 {
        let run = try workspace.run(
          ["train", "--checkpoint", "state", "-o", "p.lrs"] + options + files.prefix(count))
        try #require(run.status == 0, "\(run.errors)")
      }
      #expect(
        try workspace.run("inspect", "--weights", "w.lrs").text
          == workspace.run("inspect", "--weights", "p.lrs").text)
      #expect(
        try workspace.run("inspect", "--schema", "w.lrs").text
          == workspace.run("inspect", "--schema", "p.lrs").text)
    }
  }

  /// The value of the first rows comes back: it is no outlier of the scale.
  @Test func theOldConstantIsNotClipped() throws {
    let workspace = try Workspace()
    let rows = (0..<3000).map { row in
      let isLive = row >= 300 && row % 2 == 0
      return "\(row % 3 == 0 ? 1 : 0),\(isLive ? 900_000 + row * 7919 % 1000 : 0)\n"
    }
    try workspace.write("t.csv", "label,x\n" + rows[..<300].joined() + rows[300...].joined())
    // The window sees only live values: rows of the old constant come later.
    let sorted = rows[300...].sorted { !$0.hasSuffix(",0\n") && $1.hasSuffix(",0\n") }
    try workspace.write("s.csv", "label,x\n" + rows[..<300].joined() + sorted.joined())
    for name in ["t.csv", "s.csv"] {
      let run = try workspace.train(name, "--sniff-rows", "200", "--numeric-transform", "symlog")
      #expect(run.status == 0 && run.errors.contains("column \"x\" said nothing"), "\(run.errors)")
      #expect(!run.errors.contains("were clipped"), "\(name): \(run.errors)")
      #expect((try workspace.inspected()["clipped"] as? [String: Any])?.isEmpty == true)
    }
  }

  @Test func aColumnOfTextsStaysOne() throws {
    let workspace = try Workspace()
    let rows = (0..<900).map { "\($0 % 2),\($0 < 300 ? "" : ["p", "q"][$0 % 2])\n" }
    try workspace.write("t.csv", "label,x\n" + rows.joined())
    let run = try workspace.train("t.csv", "--sniff-rows", "200")
    #expect(run.status == 0 && run.errors.contains("learned as categorical"), "\(run.errors)")
    #expect(try workspace.run("inspect", "--weights", "m.lrs").text.contains("x=q"))
  }

  @Test func aColumnThatComesTooLateIsTold() throws {
    let workspace = try Workspace()
    let rows = (0..<900).map { "\($0 % 2),\($0 < 890 ? 0 : $0)\n" }
    try workspace.write("t.csv", "label,x\n" + rows.joined())
    let run = try workspace.train("t.csv", "--sniff-rows", "200", "-q")
    #expect(
      run.errors.contains("warning: column \"x\" said nothing in the first rows"), "\(run.errors)")
    #expect(run.errors.contains("holds only 10 values from row 891 on"), "\(run.errors)")
    // A column that is always the same is no news.
    let constant = (0..<900).map { "\($0 % 2),5\n" }
    try workspace.write("c.csv", "label,x\n" + constant.joined())
    #expect(!(try workspace.train("c.csv", "--sniff-rows", "200").errors.contains("column")))
  }

  /// Index 9 decides the label, from row 300 on; its values are large.
  private static let sparse = (0..<3000).map { row in
    let number = row * 7919 % 1000
    let label = row < 300 ? row % 2 : number > 500 ? 1 : 0
    return "\(label) 1:\(row % 5)" + (row < 300 ? "" : " 9:\(number)") + "\n"
  }.joined()

  @Test func anIndexThatComesAliveIsScaled() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", Self.sparse)
    var models: Set<Data> = []
    for (threads, bytes) in [("1", "64KiB"), ("3", "777"), ("2", "1KiB")] {
      let run = try workspace.run(
        "train", "-o", "m.lrs", "t.svm", "--scale", "maxabs", "--sniff-rows", "200", "--bits", "12",
        "--threads", threads, "--chunk-bytes", bytes)
      try #require(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("1 LibSVM indices"), "\(run.errors)")
      models.insert(try workspace.read("m.lrs"))
    }
    #expect(models.count == 1)
    let scales = try #require(try workspace.inspected()["maximum_magnitudes"] as? [String: Any])
    #expect(scales["1"] as? Double == 4)
    #expect(try #require(scales["9"] as? Double) > 900)
  }
}
