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
