import Featurizing
import SparseBatches
import Testing

@testable import ModelFile

/// The section of names: its layout, and what of it is refused.
@Suite struct FeatureNamesTests {
  private func decode(_ bytes: [UInt8], bits: Int = 22) throws -> FeatureNames {
    try FeatureNames.decode(ByteReader(bytes[...], subject: "m: section NAME 0"), bits: bits)
  }

  private func names(_ pairs: [(UInt32, [UInt8])]) throws -> FeatureNames {
    var names = FeatureNames()
    for (slot, name) in pairs { try names.append(slot: slot, name: name) }
    return names
  }

  /// A section with these numbers, whatever they are.
  private func section(
    count: UInt64, gaps: [UInt64], lengths: [UInt64], bytes: [UInt8]
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(count)
    for number in gaps + lengths { writer.append(varint: number) }
    writer.append(contentsOf: bytes)
    return writer.bytes
  }

  @Test func theLayoutIsTheSpecifiedOne() throws {
    let names = try names([(0, [0x61]), (1, []), (200, [0xFF, 0x00])])
    #expect(
      names.encoded() == [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC6, 0x01, 1, 0, 2, 0x61, 0xFF, 0x00])
    #expect(try decode(names.encoded(), bits: 8) == names)
    #expect(names.name(ofSlot: 200).map(Array.init) == [0xFF, 0x00])
    #expect(names.name(ofSlot: 1)?.isEmpty == true)
    for slot: UInt32 in [2, 199, 201, .max] { #expect(names.name(ofSlot: slot) == nil) }
    #expect(FeatureNames().name(ofSlot: 0) == nil)
  }

  @Test func manyNamesComeBack() throws {
    let many = try names(
      (0..<20_000).map { (UInt32($0 * 209), Array(repeating: UInt8($0 % 256), count: $0 % 256)) })
    #expect(try decode(many.encoded()) == many)
  }

  @Test func everyTruncationAndAdditionIsRefused() throws {
    let bytes = try names([(3, [1, 2]), (900, [3]), (901, [4, 5, 6])]).encoded()
    for length in 0..<bytes.count {
      #expect(failure { _ = try decode(Array(bytes.prefix(length))) }?.kind == .badData)
    }
    #expect(failure { _ = try decode(bytes + [0]) }?.kind == .badData)
  }

  @Test(arguments: [UInt64(0), 1, 3, 4, 1 << 20, 1 << 40, 1 << 63, .max])
  func aCountThatDoesNotFitTheLengthIsRefused(_ count: UInt64) {
    let bytes = section(count: count, gaps: [1, 1], lengths: [1, 1], bytes: [1, 2])
    #expect(failure { _ = try decode(bytes) }?.kind == .badData)
  }

  @Test(arguments: [UInt64(256), 1 << 20, 1 << 62, .max])
  func aNameThatIsTooLongIsRefused(_ length: UInt64) {
    let bytes = section(
      count: 1, gaps: [5], lengths: [length], bytes: Array(repeating: 1, count: 300))
    #expect(failure { _ = try decode(bytes) }?.message.contains("the name of slot 5") == true)
  }

  @Test func slotsBeyondTheTableAreRefused() {
    for gaps: [UInt64] in [[1024], [1023, 0], [.max], [0, .max]] {
      let bytes = section(
        count: UInt64(gaps.count), gaps: gaps, lengths: gaps.map { _ in 1 },
        bytes: gaps.map { _ in 1 })
      let thrown = failure { _ = try decode(bytes, bits: 10) }
      #expect(thrown?.message.contains("a named slot is not below 2^10") == true)
    }
  }

  @Test func slotsThatDoNotAscendAreABug() {
    #expect(failure { _ = try names([(5, []), (5, [])]) }?.kind == .bug)
    #expect(failure { _ = try names([(5, []), (4, [])]) }?.kind == .bug)
  }
}
