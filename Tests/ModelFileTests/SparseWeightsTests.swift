import SparseBatches
import Testing

@testable import ModelFile

@Suite struct SparseWeightsTests {
  private func decode(_ bytes: [UInt8], bits: Int = 22) throws -> SparseWeights {
    try SparseWeights.decode(ByteReader(bytes[...], subject: "m: section SPWT 0"), bits: bits)
  }

  /// A section with these gaps and weights, whatever they are.
  private func section(count: UInt64, gaps: [UInt64], weights: [Float]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(count)
    for gap in gaps { writer.append(varint: gap) }
    for weight in weights { writer.append(weight) }
    return writer.bytes
  }

  @Test func theLayoutIsTheSpecifiedOne() throws {
    var weights = SparseWeights()
    try weights.append(slot: 0, weight: 1)
    try weights.append(slot: 1, weight: -2)
    try weights.append(slot: 200, weight: 0.5)
    #expect(
      weights.encoded() == [
        3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC6, 0x01,
        0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F,
      ])
    #expect(try decode(weights.encoded(), bits: 8) == weights)
  }

  @Test(arguments: [0, 1, 2, 1_000, 50_000])
  func randomWeightsComeBack(_ count: Int) throws {
    var generator = SeededGenerator(state: UInt64(count))
    let slots = Set((0..<count).map { _ in UInt32.random(in: 0..<4_194_304, using: &generator) })
    var weights = SparseWeights()
    for slot in slots.sorted() {
      let weight = Float.random(in: 0.001...4, using: &generator)
      try weights.append(slot: slot, weight: slot % 2 == 0 ? weight : -weight)
    }
    #expect(weights.count == slots.count)
    #expect(try decode(weights.encoded()) == weights)
  }

  @Test func theLastSlotFitsAndTheNextDoesNot() throws {
    for bits in [0, 10, 22, 32] {
      let last = (UInt64(1) << UInt64(bits)) - 1
      let fits = try decode(section(count: 1, gaps: [last], weights: [1]), bits: bits)
      #expect(fits.slots == [UInt32(last)])
      for gaps in [[last + 1], [last, 0], [0, last], [.max], [last, .max]] {
        let bytes = section(
          count: UInt64(gaps.count), gaps: gaps, weights: gaps.map { _ in 1 })
        let thrown = failure { _ = try decode(bytes, bits: bits) }
        #expect(thrown?.message.contains("a slot is not below 2^\(bits)") == true)
      }
    }
  }

  @Test(arguments: [0, -0.0, .nan, .infinity, -.infinity, .signalingNaN] as [Float])
  func weightsThatCannotBeAreRefused(_ weight: Float) {
    let bytes = section(count: 2, gaps: [4, 0], weights: [1, weight])
    #expect(failure { _ = try decode(bytes) }?.message.contains("weight of slot 5") == true)
    var weights = SparseWeights()
    #expect(failure { try weights.append(slot: 5, weight: weight) }?.kind == .bug)
  }

  @Test func slotsThatDoNotAscendAreABug() throws {
    var weights = SparseWeights()
    try weights.append(slot: 5, weight: 1)
    #expect(failure { try weights.append(slot: 5, weight: 1) }?.kind == .bug)
    #expect(failure { try weights.append(slot: 4, weight: 1) }?.kind == .bug)
    #expect(weights.slots == [5])
  }

  @Test(arguments: [UInt64(0), 1, 3, 4, 1 << 20, 1 << 40, 1 << 63, .max])
  func aCountThatDoesNotFitTheLengthIsRefused(_ count: UInt64) {
    let bytes = section(count: count, gaps: [1, 1], weights: [1, 2])
    #expect(failure { _ = try decode(bytes) }?.kind == .badData)
  }

  @Test func everyTruncationIsRefused() {
    let bytes = section(count: 3, gaps: [1, 300, 2], weights: [1, 2, 3])
    for length in 0..<bytes.count {
      #expect(failure { _ = try decode(Array(bytes.prefix(length))) }?.kind == .badData)
    }
    #expect(failure { _ = try decode(bytes + [0]) }?.kind == .badData)
  }

  @Test func portionsGiveWhatSingleWeightsGive() throws {
    var one = SparseWeights(outputsPerSlot: 3)
    var many = SparseWeights(outputsPerSlot: 3)
    many.reserve(1 << 30)
    var portion = EntryWeights()
    for index in 0..<10_000 {
      let entry = UInt64(index * index % 97 + index * 400)
      try one.append(slot: UInt32(entry / 3), output: Int(entry % 3), weight: Float(index + 1))
      portion.entries.append(entry)
      portion.weights.append(Float(index + 1))
      if index % 4096 == 7 {
        try many.append(portion)
        portion.removeAll()
      }
    }
    try many.append(portion)
    #expect(one == many)
    #expect(many.count == 10_000 && many.weights == (1...10_000).map(Float.init))
    let entries = zip(many.slots, many.outputs).map { Int($0) * 3 + Int($1) }
    #expect(entries == (0..<10_000).map { $0 * $0 % 97 + $0 * 400 })
    #expect(Array(many.section.data) == many.encoded())
    #expect(many.section == ContainerSection(type: .sparseWeights, data: many.encoded()))
  }
}
