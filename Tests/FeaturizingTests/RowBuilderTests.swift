import SparseBatches
import Testing

@testable import Featurizing

@Suite struct RowBuilderTests {
  /// The obvious version.
  private func merged(_ row: [(UInt32, Float)]) -> [(slot: UInt32, value: Float)] {
    var result: [(slot: UInt32, value: Float)] = []
    for (slot, value) in row {
      if let known = result.firstIndex(where: { $0.slot == slot }) {
        result[known].value += value
      } else {
        result.append((slot, value))
      }
    }
    return result
  }

  @Test func slotsOfARowAreDistinctWhateverRowsCameBefore() {
    var builder = RowBuilder()
    var batch = SparseBatch()
    // More rows than there are stamps, so that numbers of rows come again; rows repeat slots of the
    // row before, slots that differ in high bits only, and their own.
    for row in 0..<1200 {
      let slots: [UInt32] = (0..<UInt32(row % 7)).map { index in
        switch row % 5 {
        case 0: index
        case 1: index << 14 | 5
        case 2: index / 2
        case 3: index << 22 | UInt32(row)
        default: (index ^ 1) << 14 | index / 3
        }
      }
      let features = slots.enumerated().map { ($1, Float($0 + 1)) }
      let start = batch.slots.count
      for (slot, value) in features { batch.addFeature(slot, value) }
      builder.mergeSharedSlots(of: &batch, from: start)
      let expected = merged(features)
      let found = (start..<batch.slots.count).map { (batch.slots[$0], batch.values[$0]) }
      #expect(found.map(\.0) == expected.map(\.slot) && found.map(\.1) == expected.map(\.value))
      batch.endRow(label: 0, weight: 1, rowInChunk: row)
    }
  }

  /// A row of millions of features takes the memory of its slots.
  @Test func aLongRowIsMergedAsItGrows() {
    var builder = RowBuilder()
    var bounded = SparseBatch()
    var plain = SparseBatch()
    for index in 0..<2_500_000 {
      let slot = UInt32(truncatingIfNeeded: index &* 7919) & 0xFFFF
      let value = Float(index % 13) / 7
      bounded.addFeature(slot, value)
      builder.boundMemory(of: &bounded, from: 0)
      plain.addFeature(slot, value)
    }
    #expect(bounded.slots.capacity <= 2 << 20)
    builder.mergeSharedSlots(of: &bounded, from: 0)
    builder.mergeSharedSlots(of: &plain, from: 0)
    #expect(bounded.slots.count == 1 << 16 && plain.slots.count == 1 << 16)
    var different = 0
    for index in 0..<plain.slots.count
    where bounded.slots[index] != plain.slots[index] || bounded.values[index] != plain.values[index]
    {
      different += 1
    }
    #expect(different == 0)
  }

  /// A row of features that share no slot takes little more than its features.
  @Test func aLongRowOfDistinctSlotsIsMergedInOneWalk() {
    var builder = RowBuilder()
    var batch = SparseBatch()
    let features = 3 << 20
    for index in 0..<features {
      batch.addFeature(UInt32(truncatingIfNeeded: index &* 0x9E37_79B1) >> 4, Float(index))
      builder.boundMemory(of: &batch, from: 0)
    }
    for index in stride(from: 0, to: features, by: 1000) {
      batch.addFeature(UInt32(truncatingIfNeeded: index &* 0x9E37_79B1) >> 4, 1)
    }
    var expected: [UInt32: Float] = [:]
    for index in 0..<features {
      expected[UInt32(truncatingIfNeeded: index &* 0x9E37_79B1) >> 4, default: 0] += Float(index)
    }
    for index in stride(from: 0, to: features, by: 1000) {
      expected[UInt32(truncatingIfNeeded: index &* 0x9E37_79B1) >> 4, default: 0] += 1
    }
    builder.mergeSharedSlots(of: &batch, from: 0)
    #expect(batch.slots.count == expected.count)
    #expect(
      (0..<batch.slots.count).allSatisfy { expected[batch.slots[$0]] == batch.values[$0] })
    #expect(batch.slots.capacity == batch.slots.count)
  }
}
