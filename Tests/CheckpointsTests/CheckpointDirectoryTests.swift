import Checkpoints
import Featurizing
import Foundation
import ModelFile
import SparseBatches
import Testing

@Suite struct CheckpointDirectoryTests {
  @Test func whatWasSavedIsRead() throws {
    let scratch = try Scratch()
    let directory = try CheckpointDirectory("\(scratch.path)/state")
    #expect(try CheckpointDirectory.newest(in: directory.path) { _ in } == nil)
    try Sample.save(1, in: directory)
    let newest = try #require(try CheckpointDirectory.newest(in: directory.path) { _ in })
    #expect(newest.document.header == Sample.header(rows: 1))
  }

  @Test func theNewestAndTheLastBoundaryStay() throws {
    let scratch = try Scratch()
    let directory = try CheckpointDirectory(scratch.path)
    for number in 1...3 { try Sample.save(number, in: directory) }
    #expect(directory.files.map(\.number) == [3, 2])
    for number in 4...7 { try Sample.save(number, isPartial: true, in: directory) }
    #expect(directory.files.map(\.number) == [7, 6, 3])
    directory.removePartial()
    #expect(directory.files.map(\.number) == [3])
    directory.removeAll()
    #expect(directory.files.isEmpty)
  }

  @Test func aDamagedOneIsPassedOverAloud() throws {
    let scratch = try Scratch()
    let directory = try CheckpointDirectory(scratch.path)
    try Sample.save(1, in: directory)
    try Sample.save(2, in: directory)
    let newest = try #require(directory.files.first)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest.path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: newest.path))
    var notices: [String] = []
    let found = try CheckpointDirectory.newest(in: directory.path) { notices.append($0) }
    #expect(found?.document.header.rows == 1)
    #expect(notices.count == 1 && notices[0].contains(newest.name))

    try Data("no checkpoint".utf8).write(to: URL(fileURLWithPath: directory.files[1].path))
    #expect {
      try CheckpointDirectory.newest(in: directory.path) { _ in }
    } throws: {
      ($0 as? RunFailure)?.kind == .badData && "\($0)".contains("--fresh")
    }
    #expect(directory.files.count == 2)
  }

  @Test func aNewerVersionIsNotPassedOver() throws {
    let scratch = try Scratch()
    let directory = try CheckpointDirectory(scratch.path)
    try Sample.save(1, in: directory)
    let file = CheckpointFile(number: 2, isPartial: false, in: directory.path)
    var container = try CheckpointDocument.container(Sample.header(rows: 2), [], named: file.path)
    container.formatVersion = Container.currentVersion + 1
    try directory.save(container, file, keep: 2)
    #expect {
      try CheckpointDirectory.newest(in: directory.path) { _ in }
    } throws: {
      ($0 as? RunFailure)?.kind == .badData && "\($0)".contains("newer")
    }
  }

  @Test func onlyOneHoldsIt() throws {
    let scratch = try Scratch()
    var holder: CheckpointDirectory? = try CheckpointDirectory(scratch.path)
    #expect(holder != nil)
    #expect {
      try CheckpointDirectory(scratch.path)
    } throws: {
      ($0 as? RunFailure)?.kind == .locked && "\($0)".contains("\(getpid())")
    }
    holder = nil
    #expect(try CheckpointDirectory(scratch.path).files.isEmpty)
  }

  @Test func whatAKilledRunLeftIsRemoved() throws {
    let scratch = try Scratch()
    let left = try scratch.write(".logreg-stream-abc.tmp", "half")
    try scratch.write("notes.txt", "mine")
    _ = try CheckpointDirectory(scratch.path)
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/notes.txt"))
  }

  /// Where others may write, an entry may be a link to something that is worth more.
  @Test func linksAreNotFollowed() throws {
    let scratch = try Scratch()
    let files = FileManager.default
    let victim = try scratch.write("victim", "mine")
    let state = "\(scratch.path)/state"
    do {
      let directory = try CheckpointDirectory(state)
      try Sample.save(1, in: directory)
      let file = CheckpointFile(number: 2, isPartial: false, in: state)
      try files.createSymbolicLink(atPath: file.path, withDestinationPath: directory.files[0].path)
      let fifo = CheckpointFile(number: 3, isPartial: false, in: state)
      #expect(unsafe mkfifo(fifo.path, 0o600) == 0)
      var notices: [String] = []
      let newest = try CheckpointDirectory.newest(in: state) { notices.append($0) }
      #expect(newest?.file.number == 1)
      #expect(notices.count == 1 && notices[0].contains("is no plain file"))

      try files.createSymbolicLink(atPath: "\(state)/published", withDestinationPath: victim)
      #expect(!directory.isPublished(file))
      try directory.notePublication()
      #expect(directory.isPublished(file))
    }
    try files.removeItem(atPath: "\(state)/lock")
    try files.createSymbolicLink(atPath: "\(state)/lock", withDestinationPath: victim)
    #expect {
      try CheckpointDirectory(state)
    } throws: {
      ($0 as? RunFailure)?.kind == .cannotCreate && "\($0)".contains("lock is no plain file")
    }
    try files.removeItem(atPath: "\(state)/lock")
    #expect(unsafe mkfifo("\(state)/lock", 0o600) == 0)
    #expect(throws: RunFailure.self) { try CheckpointDirectory(state) }
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
  }

  @Test func countsThatContradictEachOtherAreRefused() throws {
    var header = Sample.header(rows: 9)
    #expect(header.defect == nil)
    header.badRows = ["bad_label": 5, "bad_weight": 5]
    #expect(header.defect == "counts of rows are invalid")
    header = Sample.header(rows: 9)
    for rows in [4, 6] {
      let ending = InputEnding(
        file: 0, rows: rows, bytes: 1, bytesUncompressed: 1, checksum: 1, stamp: nil)
      header.ledger.entries.append(Ledger.Entry(.pipe("a"), path: "a", ending))
    }
    #expect(header.defect == "counts of rows are invalid")
  }

  @Test func aPlaceThatCannotBeMadeIsNamed() throws {
    let scratch = try Scratch()
    let file = try scratch.write("file", "x")
    for path in ["\(scratch.path)/a/b", file] {
      #expect {
        try CheckpointDirectory(path)
      } throws: {
        ($0 as? RunFailure)?.kind == .cannotCreate && "\($0)".contains(path)
      }
    }
  }
}
