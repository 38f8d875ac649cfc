import Checkpoints
import Foundation
import InputBytes
import SparseBatches
import Testing

/// What is left to read, given what was learned.
@Suite struct InputPlanTests {
  private final class Notices {
    var all: [String] = []
  }

  private func plan(
    _ files: [String], _ ledger: Ledger, name: String? = nil, _ notices: Notices = Notices()
  ) throws -> InputPlan {
    try InputPlan(
      InputPlan.Request(files: files, inputName: name, directory: "state"), ledger
    ) { notices.all.append($0) }
  }

  private func entry(_ path: String, rows: Int = 3) throws -> Ledger.Entry {
    let sum = try StoredFile.checksum(ofFile: path)
    return Ledger.Entry(
      .file(StoredFile.resolvedPath(path)), path: path,
      InputEnding(
        file: 0, rows: rows, bytes: sum.bytes, bytesUncompressed: sum.bytes,
        checksum: sum.checksum, stamp: FileStamp(path: path)))
  }

  private func half(
    _ source: Ledger.Source, _ path: String, stamp: FileStamp? = nil
  ) -> Ledger.HalfRead {
    var position = ReadingPosition()
    position.offset = 5
    position.rows = 2
    position.bytesRead = 9
    position.header = FileHeader(bytes: [97, 255])
    return Ledger.HalfRead(source, path: path, stamp: stamp, position)
  }

  @Test func everythingIsNewAtFirst() throws {
    let scratch = try Scratch()
    let (a, b) = (try scratch.write("a", "1\n"), try scratch.write("b", "22\n"))
    let plan = try plan([a, b, a, "-"], Ledger())
    #expect(plan.readings.map(\.path) == [a, b, "-"])
    #expect(plan.named == [.reading(0), .reading(1), .reading(2)])
    #expect(plan.start == nil && plan.rowsElsewhere == 0)
  }

  @Test func theHalfReadOneComesFirst() throws {
    let scratch = try Scratch()
    let (a, b) = (try scratch.write("a", "1\n"), try scratch.write("b", "22\n"))
    var ledger = Ledger()
    ledger.entries = [try entry(a)]
    ledger.halfRead = half(.file(StoredFile.resolvedPath(b)), b, stamp: FileStamp(path: b))
    let c = try scratch.write("c", "333\n")
    let plan = try plan([a, c, b], ledger)
    #expect(plan.readings.map(\.path) == [b, c])
    #expect(plan.named == [.learned(0), .reading(1), .reading(0)])
    #expect(plan.start?.trustedStamp == FileStamp(path: b) && plan.start?.position.offset == 5)
    #expect(plan.start?.position.header?.bytes == [97, 255])

    // Touched: what was read of it has to be compared. Longer: it must be taken back.
    ledger.halfRead?.stamp?.modified -= 1
    #expect(try self.plan([b], ledger).start?.trustedStamp == nil)
    ledger.halfRead?.stamp?.size -= 1
    #expect(try self.plan([b], ledger).halfReadChange?.kind == .badData)
    #expect {
      try self.plan([a, c], ledger)
    } throws: {
      ($0 as? RunFailure)?.kind == .usage && "\($0)".contains("half learned \(b)")
    }
  }

  @Test func aFileIsKnownByItsBytes() throws {
    let scratch = try Scratch()
    let a = try scratch.write("a", "1,2,3\n")
    var ledger = Ledger()
    ledger.entries = [try entry(a)]
    try FileManager.default.moveItem(atPath: a, toPath: scratch.path + "/b")
    let notices = Notices()
    let plan = try plan([scratch.path + "/b"], ledger, notices)
    #expect(plan.readings.isEmpty && plan.ledger.entries[0].path == scratch.path + "/b")
    #expect(notices.all.count == 1)
    // The same size is not the same bytes.
    let c = try scratch.write("c", "1,2,4\n")
    #expect(try self.plan([c], ledger).readings.map(\.path) == [c])
    #expect(try self.plan([c], ledger).rowsElsewhere == 3)
  }

  @Test func aFileWithoutRowsMayGrow() throws {
    let scratch = try Scratch()
    let a = try scratch.write("a", "")
    var ledger = Ledger()
    ledger.entries = [try entry(a, rows: 0)]
    #expect(try plan([a], ledger).readings.isEmpty)
    try scratch.write("a", "1\n")
    #expect(try plan([a], ledger).readings.count == 1)
    ledger.entries[0].rows = 1
    #expect {
      try plan([a], ledger)
    } throws: {
      ($0 as? RunFailure)?.kind == .badData
    }
  }

  @Test func streamsAreKnownByName() throws {
    var ledger = Ledger()
    let ending = InputEnding(
      file: 0, rows: 1, bytes: 2, bytesUncompressed: 2, checksum: 3, stamp: nil)
    ledger.entries = [
      Ledger.Entry(.stream("mon"), path: "-", ending),
      Ledger.Entry(.stream(nil), path: "-", ending),
    ]
    #expect(ledger.awaitsPublication && ledger.entries[0].awaitsPublication == nil)
    ledger.notePublication()
    #expect(!ledger.awaitsPublication)
    #expect(try plan(["-"], ledger, name: "mon").readings.isEmpty)
    #expect(try plan(["-"], ledger, name: "tue").readings.count == 1)
    #expect(try plan(["-"], ledger).readings.count == 1)
    ledger.halfRead = half(.stream("wed"), "-")
    #expect(try plan(["-"], ledger, name: "wed").start != nil)
    for name in [nil, "mon"] {
      #expect {
        try plan(["-"], ledger, name: name)
      } throws: {
        ($0 as? RunFailure)?.kind == .usage && "\($0)".contains("--input-name wed")
      }
    }
  }

  @Test func copiesAreOneInput() throws {
    let scratch = try Scratch()
    let (a, b) = (try scratch.write("a", "1,2\n"), try scratch.write("b", "1,2\n"))
    let other = try scratch.write("c", "3,4\n")
    #expect(try plan([a, other, b], Ledger()).readings.map(\.path) == [a, other])
    // Also when the second of them is the one that was begun.
    var ledger = Ledger()
    ledger.halfRead = half(.file(StoredFile.resolvedPath(b)), b, stamp: FileStamp(path: b))
    #expect(try plan([a, b], ledger).readings.map(\.path) == [b])
  }
}
