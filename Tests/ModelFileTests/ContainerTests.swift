import Foundation
import SparseBatches
import Testing

@testable import ModelFile

@Suite struct ContainerTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/model-v1.lrs").path

  @Test func aContainerComesBack() throws {
    let container = try sampleContainer()
    let bytes = container.encoded()
    #expect(bytes.count == container.encodedLength)
    #expect(try Container.decode(bytes, name: "sample") == container)
    #expect(try Container.decode(bytes, name: "sample", expecting: .model) == container)
    var sink = ByteWriter()
    try container.write(to: &sink)
    #expect(sink.bytes == bytes)
  }

  @Test func anEmptyContainerComesBack() throws {
    let empty = Container(kind: .checkpoint, headerJSON: [], sections: [], name: "e")
    #expect(empty.encodedLength == ContainerLayout.leastBytes)
    #expect(try Container.decode(empty.encoded(), name: "e") == empty)
  }

  /// The promise to old files: this one is never written again, only read.
  @Test func theGoldenFileOfVersion1IsReadAndWrittenTheSame() throws {
    let container = try Container.read(from: Self.golden, expecting: .model)
    let expected = try sampleContainer(name: container.name)
    #expect(container == expected)
    #expect(readFile(Self.golden) == expected.encoded())
    let weights = try SparseWeights.decode(container.reader(of: .sparseWeights), bits: 22)
    #expect(weights.slots == [0, 1, 130, 4_194_303])
    #expect(weights.weights == [0.5, -1.25, 3.0e-5, -7.75])
  }

  @Test func everyBitFlipIsRefusedByName() throws {
    let bytes = try sampleContainer().encoded()
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        let thrown = failure { _ = try Container.decode(damaged, name: "m.lrs") }
        #expect(thrown?.kind == .badData, "byte \(index) bit \(bit)")
        #expect(thrown?.message.hasPrefix("m.lrs ") == true, "byte \(index) bit \(bit)")
        #expect(thrown?.cure != nil)
      }
    }
  }

  @Test func damageIsPutDownToTheRightPart() throws {
    let container = try sampleContainer()
    let bytes = container.encoded()
    func message(flipping index: Int) -> String {
      var damaged = bytes
      damaged[index] ^= 0x10
      return failure { _ = try Container.decode(damaged, name: "m.lrs") }?.message ?? "none"
    }
    let header = ContainerPreamble.byteCount
    let weights = header + container.headerJSON.count + 4
    let empty = weights + 16 + container.sections[0].data.count + 4
    #expect(message(flipping: 9).contains("preamble"))
    #expect(message(flipping: header + 3).contains("the header"))
    #expect(message(flipping: weights + 20).contains("section SPWT 0 (at byte \(weights))"))
    #expect(message(flipping: weights + 15).contains("section SPWT 0"))
    #expect(message(flipping: empty + 16).contains("section TEST 7"))
    #expect(message(flipping: bytes.count - 1).contains("trailer"))
  }

  @Test func everyTruncationAndEveryAppendedByteIsRefused() throws {
    let bytes = try sampleContainer().encoded()
    for length in bytes.indices {
      let thrown = failure { _ = try Container.decode(Array(bytes.prefix(length)), name: "m") }
      #expect(thrown?.kind == .badData, "length \(length)")
      let expected = length == 0 ? "it is empty" : "cut off"
      #expect(thrown?.message.contains(expected) == true, "length \(length)")
    }
    for extra in [[0], [0x0A], Array(repeating: 0, count: 5_000), bytes] as [[UInt8]] {
      let thrown = failure { _ = try Container.decode(bytes + extra, name: "m") }
      #expect(thrown?.message.contains("\(extra.count) bytes follow its end") == true)
    }
  }

  @Test func sectionsThatChangedPlacesAreRefused() throws {
    // Both parts keep their own valid checksums: only the trailer can tell.
    let sections = [UInt32(0), 1].map {
      ContainerSection(type: SectionType("TEST"), index: $0, data: [UInt8($0), 2, 3])
    }
    var container = Container(kind: .model, headerJSON: [], sections: sections, name: "m")
    let bytes = container.encoded()
    container.sections.swapAt(0, 1)
    let swapped = container.encoded()
    #expect(bytes.suffix(4) != swapped.suffix(4))
    let mixed = Array(swapped.dropLast(4)) + bytes.suffix(4)
    let thrown = failure { _ = try Container.decode(mixed, name: "m") }
    #expect(thrown?.message.contains("trailer") == true)
  }

  @Test(
    arguments: [
      (Array("label,a,b\n1,2,3\n".utf8), "it starts with \"label,a,\""),
      (Array("\u{1B}[31mred".utf8), "it starts with \"\\x1B[31mred\""),
      ([0x1F, 0x8B, 0x08, 0x00], "it is gzip data"),
      ([0x89, 0x4C, 0x52, 0x53, 0x0A, 0x1A, 0x0A, 0x01], "line ends were changed"),
      ([], "it is empty"),
      (Array(repeating: 0, count: 4_096), "not a logreg-stream model"),
    ] as [([UInt8], String)])
  func foreignFilesAreNamed(_ bytes: [UInt8], _ expected: String) {
    let thrown = failure { _ = try Container.decode(bytes, name: "m.lrs") }
    #expect(thrown?.kind == .badData)
    #expect(thrown?.message.contains(expected) == true, "\(thrown?.message ?? "none")")
  }

  @Test func theOtherKindIsRefused() throws {
    var container = try sampleContainer()
    let model = failure {
      _ = try Container.decode(container.encoded(), name: "m", expecting: .checkpoint)
    }
    #expect(model?.message == "m is a model, where a checkpoint is wanted")
    container.kind = .checkpoint
    let checkpoint = failure {
      _ = try Container.decode(container.encoded(), name: "m", expecting: .model)
    }
    #expect(checkpoint?.message == "m is a checkpoint, where a model is wanted")
  }

  @Test func newerVersionsAreRefusedByName() throws {
    var container = try sampleContainer()
    for version in [Container.currentVersion + 1, .max] {
      container.formatVersion = version
      let thrown = failure { _ = try Container.decode(container.encoded(), name: "m") }
      #expect(thrown?.message.contains("format version \(version)") == true)
      #expect(thrown?.cure == "use a newer logreg-stream")
    }
    container.formatVersion = 0
    #expect(failure { _ = try Container.decode(container.encoded(), name: "m") } != nil)
  }

  @Test func missingTwiceAndUnknownSectionsAreRefused() throws {
    var container = try sampleContainer(name: "m")
    let missing = failure { _ = try container.reader(of: .sparseWeights, index: 3) }
    #expect(missing?.message.contains("no section SPWT 3") == true)
    let unknown = failure { try container.refuseSections(otherThan: [.sparseWeights]) }
    #expect(unknown?.message.contains("section TEST 7 is not known") == true)
    try container.refuseSections(otherThan: [.sparseWeights, SectionType("TEST")])
    container.sections.append(container.sections[1])
    let twice = failure { _ = try Container.decode(container.encoded(), name: "m") }
    #expect(twice?.message.contains("section TEST 7 is there twice") == true)
  }
}
