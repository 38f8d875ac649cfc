import Glibc
import ModelFile
import SparseBatches
import Testing

@Suite struct ContainerFileTests {
  private let scratch = Scratch()

  @Test func aFileComesBack() throws {
    let path = scratch["m.lrs"]
    let container = try sampleContainer(name: path)
    try container.write(toFile: path)
    #expect(readFile(path) == container.encoded())
    #expect(try Container.read(from: path, expecting: .model) == container)
    #expect(scratch.entries == ["m.lrs"])
  }

  @Test func aLargeSectionComesBack() throws {
    let data = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let container = Container(
      kind: .checkpoint, headerJSON: [],
      sections: [ContainerSection(type: .sparseWeights, data: data)], name: scratch["c"])
    try container.write(toFile: scratch["c"])
    #expect(try Container.read(from: scratch["c"], expecting: .checkpoint) == container)
  }

  @Test func damageOnDiskIsRefusedWithThePath() throws {
    let bytes = try sampleContainer().encoded()
    for damaged in [[], Array(bytes.dropLast()), bytes + [0], Array(bytes.prefix(31))] {
      writeFile(scratch["m"], damaged)
      let thrown = failure { _ = try Container.read(from: scratch["m"]) }
      #expect(thrown?.kind == .badData)
      #expect(thrown?.message.hasPrefix(scratch["m"]) == true)
    }
  }

  /// A sparse file of a terabyte: refused by its length, not read.
  @Test func aHugeFileBehindAValidStartIsRefusedAtOnce() throws {
    writeFile(scratch["m"], try sampleContainer().encoded())
    try #require(unsafe truncate(scratch["m"], 1 << 40) == 0)
    let thrown = failure { _ = try Container.read(from: scratch["m"]) }
    #expect(thrown?.message.contains("bytes follow its end") == true)
  }

  @Test func endlessForeignInputIsRefusedAtOnce() {
    let thrown = failure { _ = try Container.read(from: "/dev/zero") }
    #expect(thrown?.message.contains("is not a logreg-stream model") == true)
  }

  @Test func missingAndUnreadableFilesAreMissingInput() {
    for path in [scratch["none"], scratch.path, scratch["none/deeper"], ""] {
      let thrown = failure { _ = try Container.read(from: path) }
      #expect(thrown?.kind == .missingInput)
      #expect(thrown?.message.hasPrefix("cannot read \(path)") == true)
    }
  }

  @Test func aDescriptorThatIsMidFileIsReadFromThere() throws {
    // `(read header; logreg-stream predict -m /dev/stdin)`: the size says nothing about the rest.
    let container = try sampleContainer()
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    defer { close(ends[0]) }
    let bytes = [0x58] + container.encoded()
    #expect(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    var skipped: UInt8 = 0
    #expect(unsafe read(ends[0], &skipped, 1) == 1)
    let read = try Container.read(from: "/dev/fd/\(ends[0])")
    #expect(read.sections == container.sections)
  }
}
