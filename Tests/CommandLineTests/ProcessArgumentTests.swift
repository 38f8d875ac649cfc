import Foundation
import Testing

/// The words of the command line come from the system's own vector, not from /proc.
@Suite struct ProcessArgumentTests {
  /// An unmounted /proc in a mount namespace of its own, where the machine allows one.
  private static let withoutProc = "unshare -rm sh -c 'mount -t tmpfs none /proc && \"$@\"' sh"

  static var canUnmount: Bool {
    guard let workspace = try? Workspace() else { return false }
    return (try? workspace.shell("\(withoutProc) true"))?.status == 0
  }

  @Test(.enabled(if: canUnmount, "no mount namespace can be made"))
  func commandsAreKnownWithoutProc() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 60))
    try workspace.trained("t.csv")
    let expected = try workspace.predicted("t.csv")
    let path = "$(command -v logreg-stream)"
    let predicted = try workspace.shell(
      "\(Self.withoutProc) \(path) predict --threads 1 -m m.lrs t.csv")
    #expect(predicted.status == 0 && predicted.lines == expected, "\(predicted.errors)")
    let version = try workspace.shell("\(Self.withoutProc) \(path) --version < /dev/null")
    #expect(version.status == 0 && version.text.hasPrefix("logreg-stream"), "\(version.errors)")
    let wrong = try workspace.shell("\(Self.withoutProc) \(path) train --bist 10 < /dev/null")
    #expect(wrong.status == 64 && wrong.errors.contains("--bits"), "\(wrong.errors)")
  }

  @Test func wordsAreTakenAsTheyAre() throws {
    let workspace = try Workspace()
    for words in [["--positive", ""], ["--positive", "ü ✓"], ["--positive", "\u{10FEE9}"]] {
      let outcome = try workspace.run(["train", "-o", "m.lrs"] + words + ["gone.csv"])
      #expect(outcome.status == 66 || outcome.status == 64, "\(outcome.errors)")
    }
    let empty = try workspace.run("train", "-o", "m.lrs", "")
    #expect(empty.status == 66, "\(empty.errors)")
  }
}
