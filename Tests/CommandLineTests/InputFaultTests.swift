import Foundation
import Glibc
import Testing

/// Inputs that are missing, empty, cut or damaged.
@Suite struct InputFaultTests {
  private static let packed: Data? = FileManager.default.contents(atPath: Samples.flightsTest)

  @Test func aMissingFileIsNamed() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    for command in [["train", "-o", "m.lrs"], ["predict", "-m", "t.lrs"]] {
      try workspace.trained("t.csv", model: "t.lrs")
      let outcome = try workspace.run(command + ["t.csv", "gone.csv"])
      #expect(outcome.status == 66)
      #expect(outcome.errors.contains("gone.csv"))
      #expect(outcome.output.isEmpty, "found before anything is read")
      #expect(!workspace.exists("m.lrs"))
    }
  }

  @Test func anUnreadableFileIsNamed() throws {
    try #require(Samples.packageRoot.path.hasPrefix("/"))
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 4))
    let outcome = try workspace.shell("chmod 0 t.csv; logreg-stream -o m.lrs t.csv --bits 10")
    // The superuser may read everything.
    #expect(outcome.status == (geteuid() == 0 ? 0 : 66))
  }

  @Test(arguments: ["", "label,amount\n", "\n\n", "label,amount"])
  func anInputWithoutRowsMakesNoModel(_ text: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", text)
    let outcome = try workspace.run(
      "train", "--format", "csv", "--bits=10", "-o", "m.lrs", "t.csv")
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.errors.contains("t.csv"))
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func anEmptyFileAmongOthersIsWarnedOf() throws {
    let workspace = try Workspace()
    try workspace.write("empty.csv", "")
    try workspace.write("t.csv", Samples.table(rows: 4))
    for files in [["empty.csv", "t.csv"], ["t.csv", "empty.csv"]] {
      let outcome = try workspace.train(files[0], files[1])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("empty.csv: empty input"))
      #expect(try outcome.json()["rows"] as? Int == 4)
      let inputs = try #require(try outcome.json()["inputs"] as? [[String: Any]])
      #expect(inputs.compactMap { $0["path"] as? String } == files)
    }
  }

  @Test func anotherNumberOfRowsThanExpectedIsRefused() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 10))
    #expect(try workspace.train("--expect-rows", "10", "t.csv").status == 0)
    for rows in ["9", "11", "0"] {
      let outcome = try workspace.train("--expect-rows", rows, "t.csv", model: "n.lrs")
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("10 rows"))
      #expect(!workspace.exists("n.lrs"))
      #expect(
        try workspace.run("predict", "-m", "m.lrs", "--expect-rows", rows, "t.csv").status == 65)
    }
  }

  @Test func anUnfinishedLastRowOfAPipeIsWarnedOf() throws {
    let workspace = try Workspace()
    let text = Samples.table(rows: 10)
    try workspace.write("t.csv", String(text.dropLast()))
    let outcome = try workspace.shell("cat t.csv | logreg-stream --bits 10 -o m.lrs")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("pipefail"))
    let file = try workspace.train("t.csv")
    #expect(!file.errors.contains("pipefail"))
  }

  /// Every cut of a gzip file is refused: 65, the place, no model.
  @Test func aCutGzipFileMakesNoModel() throws {
    let packed = try #require(Self.packed)
    let workspace = try Workspace()
    for length in [2, 9, 17, 1000, packed.count / 2, packed.count - 9, packed.count - 1] {
      try workspace.write("t.csv.gz", packed.prefix(length))
      let outcome = try workspace.train("--label", "late", "t.csv.gz")
      #expect(outcome.status == 65, "\(length): \(outcome.errors)")
      #expect(outcome.errors.contains("t.csv.gz"))
      #expect(!workspace.exists("m.lrs"))
    }
  }

  @Test func aFlippedBitInGzipMakesNoModel() throws {
    let packed = try #require(Self.packed)
    let workspace = try Workspace()
    for place in [3, 2000, packed.count / 2, packed.count - 6, packed.count - 2] {
      var damaged = packed
      damaged[place] ^= 0x20
      try workspace.write("t.csv.gz", damaged)
      let outcome = try workspace.train("--label", "late", "t.csv.gz", "--max-bad-rows", "100%")
      #expect(outcome.status == 65, "\(place): \(outcome.errors)")
      #expect(!workspace.exists("m.lrs"))
    }
  }

  @Test func aDamagedSecondFileMakesNoModel() throws {
    let packed = try #require(Self.packed)
    let workspace = try Workspace()
    try workspace.write("bad.csv.gz", packed.dropLast(3))
    let outcome = try workspace.train("--label", "late", Samples.flightsTest, "bad.csv.gz")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("bad.csv.gz"))
    #expect(!workspace.exists("m.lrs"))
  }

  @Test func otherCompressionIsNamed() throws {
    let workspace = try Workspace()
    var bytes = Data([0x28, 0xB5, 0x2F, 0xFD])
    bytes.append(contentsOf: Array(repeating: 7, count: 100))
    try workspace.write("t.csv.zst", bytes)
    let outcome = try workspace.train("t.csv.zst")
    #expect(outcome.status == 65)
    #expect(outcome.errors.lowercased().contains("zst"))
  }

  @Test func aNameThatSaysGzipDoesNotMakeItGzip() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv.gz", Samples.table(rows: 4))
    #expect(try workspace.trained("t.csv.gz")["rows"] as? Int == 4)
  }
}
