import Foundation
import Testing

/// States that earlier programs wrote are started from and merged to the same weights by this one.
@Suite struct GoldenStateTests {
  private static let golden = Samples.packageRoot
    .appendingPathComponent("Tests/CommandLineTests/Golden/states-1").path

  private static func weights(_ workspace: Workspace) throws -> [String] {
    try workspace.run("inspect", "--weights", "m.lrs").lines
  }

  @Test(arguments: ["ftrl", "adagrad"])
  func goOnAsTheyDid(_ optimizer: String) throws {
    let workspace = try Workspace()
    let state = "\(Self.golden)/\(optimizer)"
    func expected(_ name: String) throws -> [String] {
      String(decoding: try workspace.read("\(state)-\(name).tsv"), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
    let merged = try workspace.run(
      "merge", "--base", "\(state)-base", "-o", "m.lrs", "--save-state", "merged", "\(state)-2",
      "\(state)-1")
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(try Self.weights(workspace) == expected("merged"))
    #expect(try workspace.read("merged") == workspace.read("\(state)-merged"))
    let rate = optimizer == "ftrl" ? "--alpha" : "--learning-rate"
    let later = try workspace.run(
      "train", "--start-from", "\(state)-merged", "--optimizer", optimizer, rate, "0.1", "-o",
      "m.lrs", "\(Self.golden)/later.csv")
    #expect(later.status == 0, "\(later.errors)")
    #expect(try Self.weights(workspace) == expected("later"))
  }
}
