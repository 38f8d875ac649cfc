import SparseBatches
import Testing

@testable import ModelFile

@Suite struct ByteCodingTests {
  @Test func layoutIsLittleEndian() {
    var writer = ByteWriter()
    writer.append(UInt8(0x01))
    writer.append(UInt32(0x0405_0607))
    writer.append(-2)
    writer.append(Float(1))
    writer.append(true)
    writer.append(varint: 300)
    #expect(
      writer.bytes == [
        0x01, 0x07, 0x06, 0x05, 0x04,
        0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x00, 0x00, 0x80, 0x3F, 0x01,
        0xAC, 0x02,
      ])
  }

  @Test func valuesComeBackBitForBit() throws {
    let floats: [Float] = [0, -0.0, .leastNonzeroMagnitude, .infinity, 1e-30, -3.5]
    let doubles: [Double] = [0, -0.0, .greatestFiniteMagnitude, -.infinity, .pi]
    let varints: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, 1 << 32, .max - 1, .max]
    var writer = ByteWriter()
    for value in floats { writer.append(value) }
    for value in doubles { writer.append(value) }
    for value in varints { writer.append(varint: value) }
    writer.append(Int.min)
    writer.append(UInt64.max)
    writer.append(false)
    writer.append(counted: [1, 2, 3])
    // A slice that does not start at 0.
    var reader = ByteReader(([9, 9] + writer.bytes).dropFirst(2), subject: "p")
    for value in floats { #expect(try reader.readFloat().bitPattern == value.bitPattern) }
    for value in doubles { #expect(try reader.readDouble().bitPattern == value.bitPattern) }
    for value in varints { #expect(try reader.readVarint() == value) }
    #expect(try reader.readInt() == .min)
    #expect(try reader.readUInt64() == .max)
    #expect(try reader.readBool() == false)
    #expect(try Array(reader.readCountedBytes()) == [1, 2, 3])
    #expect(reader.remaining == 0)
    try reader.expectEnd()
  }

  @Test func shortInputIsRefusedAndNothingTrapped() {
    for length in 0..<8 {
      var reader = ByteReader(Array(repeating: 0xFF, count: length)[...], subject: "m: section")
      let thrown = failure { _ = try reader.readUInt64() }
      #expect(thrown?.kind == .badData)
      #expect(thrown?.message.hasPrefix("m: section is damaged: it ends") == true)
    }
  }

  @Test(arguments: [UInt64(4), 1 << 31, 1 << 62, 1 << 63, .max])
  func countsBeyondTheBytesAreRefused(_ count: UInt64) {
    var writer = ByteWriter()
    writer.append(count)
    writer.append(contentsOf: [1, 2, 3])
    for elementBytes in [1, 4, Int.max] {
      var reader = ByteReader(writer.bytes[...], subject: "p")
      #expect(failure { _ = try reader.readCount(elementBytes: elementBytes) }?.kind == .badData)
    }
    var reader = ByteReader(writer.bytes[...], subject: "p")
    #expect(failure { _ = try reader.readCountedBytes() }?.kind == .badData)
  }

  @Test func negativeByteCountsAreRefused() {
    var reader = ByteReader([1, 2, 3], subject: "p")
    #expect(failure { _ = try reader.readBytes(-1) }?.kind == .badData)
    #expect(reader.remaining == 3)
  }

  /// Unfinished, longer than 64 bits, and not the shortest form.
  @Test(
    arguments: [
      [0x80], [], [0x80, 0x00], [0xFF, 0x00],
      Array(repeating: 0xFF, count: 9) + [0x02],
      Array(repeating: 0x80, count: 10) + [0x01],
      Array(repeating: 0xFF, count: 300),
    ] as [[UInt8]])
  func malformedVarintsAreRefused(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes[...], subject: "p")
    #expect(failure { _ = try reader.readVarint() }?.kind == .badData)
  }

  @Test func badBooleansAndLeftoversAreRefused() {
    var boolean = ByteReader([2], subject: "p")
    #expect(failure { _ = try boolean.readBool() }?.message.contains("is 2") == true)
    let rest = ByteReader([1, 2], subject: "p")
    #expect(failure { try rest.expectEnd() }?.message.contains("2 bytes follow") == true)
  }

  @Test func theChecksumIsThatOfGzip() {
    #expect(ContainerChecksum(of: Array("123456789".utf8)[...]).value == 0xCBF4_3926)
    var inPieces = ContainerChecksum(of: Array("1234".utf8)[...])
    inPieces.append(ContainerChecksum(of: Array("56789".utf8)[...]), length: 5)
    #expect(inPieces.value == 0xCBF4_3926)
  }
}
