import Foundation
import Testing

/// Values that a scale of too few rows clips.
@Suite struct ClippedValueTests {
  private let table =
    "label,x,c\n" + (0..<2000).map { "\($0 % 2),\($0 < 200 ? $0 % 7 : $0 % 500),z\n" }.joined()

  @Test func aColumnThatOutgrowsItsScaleIsTold() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table)
    let run = try workspace.train("t.csv", "--sniff-rows", "200")
    #expect(run.status == 0)
    #expect(
      run.errors.contains("values of the column \"x\"") && run.errors.contains("--sniff-rows"),
      "\(run.errors)")
    // Of each 500 numbers those beyond mean + 8 deviations, 3 + 8 · 2.
    let expected = (200..<2000).count { Double($0 % 500) >= 2.97 + 8 * 2.0055 }
    let clipped = try #require(try run.json()["clipped"] as? [String: Int])
    #expect(abs(try #require(clipped["x"]) - expected) <= 10, "\(clipped)")
    #expect(try workspace.inspected()["clipped"] as? [String: Int] == clipped)
    #expect(try workspace.run("inspect", "m.lrs").text.contains("clipped "))
    let fitted = try workspace.train("t.csv", "--sniff-rows", "2000")
    #expect(!fitted.errors.contains("clipped"), "\(fitted.errors)")
    #expect((try workspace.inspected()["clipped"] as? [String: Int])?.isEmpty == true)
  }

  @Test func threadsChunksAndPartsCountTheSame() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", table)
    let rows = table.split(separator: "\n").map(String.init)
    try workspace.write("0.csv", rows[..<900].joined(separator: "\n") + "\n")
    try workspace.write("1.csv", ([rows[0]] + rows[900...]).joined(separator: "\n") + "\n")
    let options = ["--sniff-rows", "200", "--bits", "10"]
    var counts: Set<Int> = []
    for arguments in [
      ["t.csv", "--threads", "1"], ["t.csv", "--threads", "3", "--chunk-bytes", "777"],
    ] {
      let run = try workspace.run(["train", "-o", "m.lrs", "--json"] + options + arguments)
      counts.insert(try #require(try run.json()["clipped"] as? [String: Int])["x"] ?? 0)
    }
    for files in [["0.csv"], ["0.csv", "1.csv"]] {
      let run = try workspace.run(
        ["train", "--checkpoint", "state", "-o", "m.lrs", "--json"] + options + files)
      try #require(run.status == 0, "\(run.errors)")
      if files.count == 2 {
        counts.insert(try #require(try run.json()["clipped"] as? [String: Int])["x"] ?? 0)
      }
    }
    #expect(counts.count == 1, "\(counts)")
  }

  @Test func indicesOutgrowTheirsToo() throws {
    let workspace = try Workspace()
    let rows = (0..<1000).map { "\($0 % 2) 3:\($0 < 200 ? 1 : 50) 4:1\n" }
    try workspace.write("t.svm", rows.joined())
    let run = try workspace.train("t.svm", "--scale", "maxabs", "--sniff-rows", "200")
    #expect(run.errors.contains("800 values of the index 3 (80.0 % of the rows)"), "\(run.errors)")
    #expect(try run.json()["clipped"] as? [String: Int] == ["3": 800])
  }
}
