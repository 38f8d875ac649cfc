import Glibc
import SparseBatches
import Testing

@testable import ModelFile

/// Containers whose checksums are right and whose numbers are not.
@Suite struct HostileContainerTests {
  static let lengths: [UInt64] = [
    0, 1, 27, 39, 1 << 16, 1 << 31, 1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63, .max - 3,
    .max,
  ]

  /// One section, all checksums valid, each length as given or else the true one.
  static func forge(
    total: UInt64? = nil, header: UInt32? = nil, section: UInt64? = nil
  ) -> [UInt8] {
    var whole = ContainerChecksum()
    var bytes: [UInt8] = []
    func put(_ part: [UInt8]) {
      let checksum = ContainerChecksum(of: part[...])
      whole.append(checksum, length: part.count)
      bytes += part + littleEndian(checksum.value)
    }
    func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
      var writer = ByteWriter()
      writer.append(value)
      return writer.bytes
    }
    let json = Array("{}".utf8)
    let data: [UInt8] = [1, 2, 3]
    let length = UInt64(ContainerLayout.leastBytes + json.count + 20 + data.count)
    put(
      ContainerLayout.magic + littleEndian(UInt32(1)) + Array("MODL".utf8)
        + littleEndian(total ?? length) + littleEndian(header ?? UInt32(json.count)))
    put(json)
    put(
      Array("TEST".utf8) + littleEndian(UInt32(0)) + littleEndian(section ?? UInt64(data.count))
        + data)
    return bytes + littleEndian(whole.value)
  }

  @Test func theForgeryItselfIsValid() throws {
    let container = try Container.decode(Self.forge(), name: "m")
    #expect(container.sections.map { Array($0.data) } == [[1, 2, 3]])
  }

  @Test(arguments: lengths)
  func hostileLengthsAreRefused(_ length: UInt64) {
    let header = UInt32(truncatingIfNeeded: length)
    let forgeries = [Self.forge(total: length), Self.forge(section: length)]
    for bytes in forgeries + (header == 2 ? [] : [Self.forge(header: header)]) {
      #expect(failure { _ = try Container.decode(bytes, name: "m") }?.kind == .badData)
    }
  }

  /// A pipe has no size: the promise alone must not be believed.
  @Test(arguments: lengths)
  func hostileLengthsInAPipeAreRefused(_ length: UInt64) throws {
    let thrown = failure { _ = try readThroughPipe(Self.forge(total: length)) }
    #expect(thrown?.kind == .badData)
  }

  @Test func aPipeIsReadToItsEnd() throws {
    #expect(try readThroughPipe(Self.forge()).sections.count == 1)
    let thrown = failure { _ = try readThroughPipe(Self.forge() + [0, 0]) }
    #expect(thrown?.message.contains("more bytes follow its end") == true)
  }

  private func readThroughPipe(_ bytes: [UInt8]) throws -> Container {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    defer { close(ends[0]) }
    let written = unsafe write(ends[1], bytes, bytes.count)
    close(ends[1])
    try #require(written == bytes.count)
    return try Container.read(from: "/dev/fd/\(ends[0])")
  }

  @Test func randomBytesAreRefused() {
    var generator = SeededGenerator(state: 1)
    for _ in 0..<5_000 {
      let count = Int.random(in: 0...300, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      #expect(failure { _ = try Container.decode(noise, name: "m") }?.kind == .badData)
      let afterMagic = ContainerLayout.magic + noise
      #expect(failure { _ = try Container.decode(afterMagic, name: "m") }?.kind == .badData)
    }
  }

  /// Noise after a valid preamble, so that the walk over the sections sees it.
  @Test func randomSectionsAreRefused() {
    var generator = SeededGenerator(state: 2)
    for _ in 0..<5_000 {
      let count = Int.random(in: 8...200, using: &generator)
      let length = UInt64(ContainerPreamble.byteCount + 4 + count)
      let preamble = Self.forge(total: length, header: 0).prefix(ContainerPreamble.byteCount)
      let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let bytes = Array(preamble) + [0, 0, 0, 0] + noise
      #expect(failure { _ = try Container.decode(bytes, name: "m") }?.kind == .badData)
    }
  }

  @Test func randomWeightsSectionsNeverTrap() {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...60, using: &generator)
      var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      // A plausible count, so that the gaps and weights are reached.
      for index in bytes.indices.prefix(8) { bytes[index] = index == 0 ? bytes[index] % 12 : 0 }
      let reader = ByteReader(bytes[...], subject: "m")
      if let weights = try? SparseWeights.decode(reader, bits: 22) {
        #expect(weights.encoded() == bytes)
      }
    }
  }
}
