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
}
