import Checkpoints
import Featurizing
import Foundation
import ModelFile
import SparseBatches
import Testing

/// A directory for one test, gone with it.
final class Place {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoints-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}

enum Sample {
  static func header(rows: Int) -> CheckpointHeader {
    CheckpointHeader(
      options: ["l1": "0"], defaults: ["l1"],
      schema: FeatureSchema(
        source: .vw, hashing: FeatureHashing(bits: 10, seed: 0), labels: .convention),
      labelConvention: .zeroOne, rows: rows, badRows: ["bad_label": 1], ledger: Ledger(),
      isOpen: true, quarantine: CheckpointHeader.Quarantine(path: "bad.csv", bytes: 7))
  }

  static func save(
    _ number: Int, isPartial: Bool = false, in directory: CheckpointDirectory, keep: Int = 2
  ) throws {
    let file = CheckpointFile(number: number, isPartial: isPartial, in: directory.path)
    let container = try CheckpointDocument.container(
      header(rows: number), [], named: file.path)
    try directory.save(container, file, keep: keep)
  }
}

@Suite struct CheckpointDirectoryTests {
  @Test func whatWasSavedIsRead() throws {
    let place = try Place()
    let directory = try CheckpointDirectory("\(place.path)/state")
    #expect(try CheckpointDirectory.newest(in: directory.path) { _ in } == nil)
    try Sample.save(1, in: directory)
    let newest = try #require(try CheckpointDirectory.newest(in: directory.path) { _ in })
    #expect(newest.document.header == Sample.header(rows: 1))
  }

  @Test func theNewestAndTheLastBoundaryStay() throws {
    let place = try Place()
    let directory = try CheckpointDirectory(place.path)
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
    let place = try Place()
    let directory = try CheckpointDirectory(place.path)
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
    let place = try Place()
    let directory = try CheckpointDirectory(place.path)
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
    let place = try Place()
    var holder: CheckpointDirectory? = try CheckpointDirectory(place.path)
    #expect(holder != nil)
    #expect {
      try CheckpointDirectory(place.path)
    } throws: {
      ($0 as? RunFailure)?.kind == .locked && "\($0)".contains("\(getpid())")
    }
    holder = nil
    #expect(try CheckpointDirectory(place.path).files.isEmpty)
  }

  @Test func whatAKilledRunLeftIsRemoved() throws {
    let place = try Place()
    let left = try place.write(".logreg-stream-abc.tmp", "half")
    try place.write("notes.txt", "mine")
    _ = try CheckpointDirectory(place.path)
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(FileManager.default.fileExists(atPath: "\(place.path)/notes.txt"))
  }

  @Test func aPlaceThatCannotBeMadeIsNamed() throws {
    let place = try Place()
    let file = try place.write("file", "x")
    for path in ["\(place.path)/a/b", file] {
      #expect {
        try CheckpointDirectory(path)
      } throws: {
        ($0 as? RunFailure)?.kind == .cannotCreate && "\($0)".contains(path)
      }
    }
  }
}
