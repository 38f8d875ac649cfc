import Checkpoints
import Foundation
import InputBytes
import SparseBatches
import Testing

/// A learned file is known by what is in it, however it comes back.
@Suite struct ContentIdentityTests {
  private let scratch: Scratch
  private let text: String

  init() throws {
    scratch = try Scratch()
    text = (0..<4000).map { "\($0 % 2),\($0 * 7919 % 1000),v\($0 % 13)\n" }.joined()
    try scratch.write("log", text)
    // Members that end within rows, an empty one, zeros after the last: all of it is one file.
    try shell(
      """
      gzip -nc1 log > log.1.gz; gzip -nc9 log > best.gz; gzip -c log > named.gz
      split -b 5003 --filter='gzip -n' log > members.gz
      { gzip -n < /dev/null; head -c 70 log | gzip -n; tail -c +71 log | gzip -n; \
        head -c 64 /dev/zero; } > parts.gz
      cp log copy; head -c -4 log > shorter; gzip -nc shorter > shorter.gz
      { head -c 100 log | gzip -n; gzip -nc log; } > longer.gz
      """)
  }

  private func shell(_ script: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-euo", "pipefail", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  private func path(_ name: String) -> String { "\(scratch.path)/\(name)" }

  private func plan(
    _ names: [String], _ ledger: Ledger = Ledger(), notices: inout [String]
  ) throws -> InputPlan {
    var told: [String] = []
    defer { notices = told }
    return try InputPlan(
      InputPlan.Request(files: names.map(path), inputName: nil, directory: "state"), ledger
    ) { told.append($0) }
  }

  /// The ledger of a run that learned a file, as the reader tells it.
  private func ledger(_ name: String) throws -> Ledger {
    let reader = try RowReader(sources: [.file(path(name))], keepsChecksums: true) { _ in }
    var chunk = RowChunk(capacity: 4096)
    var ending: InputEnding?
    while try reader.fill(&chunk) { ending = chunk.endings.last ?? ending }
    var ledger = Ledger()
    ledger.entries = [
      Ledger.Entry(
        .file(StoredFile.resolvedPath(path(name))), path: path(name), try #require(ending))
    ]
    return ledger
  }

  private static let forms = [
    "log", "copy", "log.1.gz", "best.gz", "named.gz", "members.gz", "parts.gz",
  ]

  @Test(arguments: forms) func everyFormIsEveryOther(_ learned: String) throws {
    let ledger = try ledger(learned)
    for form in Self.forms where form != learned {
      var notices: [String] = []
      let plan = try plan([form], ledger, notices: &notices)
      #expect(plan.readings.isEmpty, "\(learned) as \(form)")
      #expect(plan.named == [.learned(0)] && plan.rowsElsewhere == 0)
      #expect(plan.ledger.entries[0].path == path(form))
      #expect(notices.count == 1 && notices[0].contains("holds what was learned as"))
      // From now on it is known without being read.
      var again: [String] = []
      #expect(try self.plan([form], plan.ledger, notices: &again).readings.isEmpty)
      #expect(again.count == 1 && again[0].hasSuffix("was learned already"))
    }
  }

  @Test(arguments: ["shorter", "shorter.gz", "longer.gz"])
  func otherContentIsNew(_ name: String) throws {
    for learned in ["log", "members.gz"] {
      var notices: [String] = []
      let plan = try plan([name], try ledger(learned), notices: &notices)
      #expect(plan.readings.map(\.path) == [path(name)], "\(learned), \(name)")
    }
  }

  @Test func aRotationMovesAndCompresses() throws {
    var notices: [String] = []
    let learned = try ledger("log")
    try shell("mv log.1.gz log.2.gz; echo 1,2,new > log")
    // Also under the name that the old content had.
    let plan = try plan(["log", "log.2.gz"], learned, notices: &notices)
    #expect(plan.readings.map(\.path) == [path("log")])
    #expect(plan.named == [.reading(0), .learned(0)])
  }

  @Test func theSamePathPackedAnew() throws {
    var notices: [String] = []
    let learned = try ledger("log.1.gz")
    try shell("mv best.gz log.1.gz")
    #expect(try plan(["log.1.gz"], learned, notices: &notices).readings.isEmpty)
    #expect(notices[0].contains("stored in another way"))
    // But not with other rows.
    try shell("mv shorter.gz log.1.gz")
    #expect { try plan(["log.1.gz"], learned, notices: &notices) } throws: {
      ($0 as? RunFailure)?.kind == .badData
    }
  }

  @Test func newCopiesAreOneInput() throws {
    var notices: [String] = []
    for (names, kept) in [
      (["log", "log.1.gz"], ["log"]), (["log.1.gz", "log"], ["log.1.gz"]),
      (["log.1.gz", "best.gz", "named.gz"], ["log.1.gz"]),
      (["log", "shorter.gz", "shorter"], ["log", "shorter.gz"]),
      (["longer.gz", "log"], ["longer.gz", "log"]),
    ] {
      let plan = try plan(names, notices: &notices)
      #expect(plan.readings.map(\.path) == kept.map(path), "\(names)")
    }
  }

  @Test func aDamagedFileIsLeftToTheReader() throws {
    var notices: [String] = []
    try shell("head -c 3000 members.gz > cut.gz")
    let plan = try plan(["cut.gz"], try ledger("log"), notices: &notices)
    #expect(plan.readings.count == 1)
  }

  @Test func aLedgerOfAnOlderProgramKnowsPlainFiles() throws {
    var notices: [String] = []
    var old = try ledger("log")
    old.entries[0].contentChecksum = nil
    #expect(try plan(["best.gz"], old, notices: &notices).readings.isEmpty)
    var packed = try ledger("best.gz")
    packed.entries[0].contentChecksum = nil
    #expect(try plan(["log"], packed, notices: &notices).readings.count == 1)
  }

  @Test(arguments: ["log.1.gz", "members.gz", "copy"])
  func theHalfReadOneMayBeCompressedMeanwhile(_ name: String) throws {
    let reader = try RowReader(
      sources: [.file(path("log"))], chunkBytes: 4000, keepsChecksums: true
    ) { _ in }
    var chunk = RowChunk(capacity: 4096)
    _ = try reader.fill(&chunk)
    _ = try reader.fill(&chunk)
    var ledger = Ledger()
    ledger.halfRead = Ledger.HalfRead(
      .file(StoredFile.resolvedPath(path("log"))), path: path("log"),
      stamp: FileStamp(path: path("log")), chunk.position)
    var notices: [String] = []
    try shell("mv \(name) kept; rm log; mv kept \(name)")
    let plan = try plan([name, "shorter.gz"], ledger, notices: &notices)
    #expect(plan.readings.map(\.path) == [path(name), path("shorter.gz")])
    #expect(plan.start != nil && plan.start?.trustedStamp == nil && plan.halfReadChange == nil)
    // Not one that starts otherwise.
    try shell("{ echo; cat shorter; } | gzip -n > other.gz")
    #expect { try self.plan(["other.gz"], ledger, notices: &notices) } throws: {
      ($0 as? RunFailure)?.kind == .usage
    }
  }
}
