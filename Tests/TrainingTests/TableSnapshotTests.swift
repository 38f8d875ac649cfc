import Glibc
import Learning
import ModelFile
import SparseBatches
import Testing

@testable import Training

/// A table to sections and back.
@Suite struct TableSnapshotTests {
  /// The obvious version: every state looked at, those that are not zero kept.
  private func packed(_ table: [UInt8], stateBytes: Int) -> [ContainerSection] {
    var sections: [ContainerSection] = []
    let states = table.count / stateBytes
    for (index, first) in stride(from: 0, to: states, by: 1 << 16).enumerated() {
      let count = min(1 << 16, states - first)
      var used = [UInt8](repeating: 0, count: (count + 7) / 8)
      var kept: [UInt8] = []
      for state in 0..<count {
        let bytes = table[(first + state) * stateBytes..<(first + state + 1) * stateBytes]
        guard bytes.contains(where: { $0 != 0 }) else { continue }
        used[state / 8] |= 1 << UInt8(state % 8)
        kept += bytes
      }
      guard !kept.isEmpty else { continue }
      sections.append(ContainerSection(type: .usedStates, index: UInt32(index), data: used))
      sections.append(ContainerSection(type: .learnerTable, index: UInt32(index), data: kept))
    }
    return sections
  }

  private func container(_ sections: [ContainerSection]) -> Container {
    Container(kind: .checkpoint, headerJSON: [], sections: sections, name: "test")
  }

  /// - Parameters:
  ///   - states: of eight words or fewer; some lie across pages.
  ///   - spacing: every so many states one is not zero.
  @Test(arguments: [8, 16, 24], [1, 3, 700, 70_001])
  func theSectionsAreThoseOfTheObviousVersion(_ stateBytes: Int, _ spacing: Int) {
    let states = 1 << 17
    var table = [UInt8](repeating: 0, count: states * stateBytes)
    for state in stride(from: spacing - 1, to: states, by: spacing) {
      table[state * stateBytes + state % stateBytes] = UInt8(truncatingIfNeeded: state | 1)
    }
    let snapshot = TableSnapshot()
    for _ in 0..<2 {
      unsafe snapshot.copy(table.span.bytes, stateBytes: stateBytes)
      #expect(snapshot.packedSections() == packed(table, stateBytes: stateBytes))
    }
    var again = [UInt8](repeating: 0, count: table.count)
    let fits = TableSnapshot.forEachPiece(
      of: container(snapshot.packedSections()), stateBytes: stateBytes, states: states
    ) { bytes, first in
      for offset in 0..<bytes.byteCount {
        again[first * stateBytes + offset] = unsafe bytes.unsafeLoad(
          fromByteOffset: offset, as: UInt8.self)
      }
    }
    #expect(fits && again == table)
  }

  /// Of a mapping of a gigabyte, the states on the few pages that were touched.
  @Test func whatWasNeverTouchedIsNotLookedAt() throws {
    var table = try SlotTable<UInt64>(bits: 27)
    let touched: [UInt32] = [0, 511, 512, 65_535, 65_536, 1 << 26, (1 << 27) - 1]
    for slot in touched { table[slot] = UInt64(slot) + 1 }
    let snapshot = TableSnapshot()
    table.withBytes(of: 0..<table.count) { snapshot.copy($0, stateBytes: 8) }
    var found: [Int] = []
    TableSnapshot.forEachUsedState(of: container(snapshot.packedSections())) { found.append($0) }
    #expect(found == touched.map(Int.init))
    let bytes = snapshot.packedSections().filter { $0.type == .learnerTable }
      .reduce(0) { $0 + $1.length }
    #expect(bytes == 8 * touched.count)
  }

  @Test func pagesThatWereTouchedAreFound() throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    var table = try SlotTable<UInt8>(bits: 22)
    let pages = TouchedPages()
    table[UInt32(5 * page + 1)] = 1
    table.withBytes(of: 0..<table.count) { bytes in
      let address = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
      // From the middle of a page to the middle of another.
      let ranges = pages.ranges(at: address + 100, count: 8 * page)
      #expect(ranges.contains { $0.contains(5 * page - 99) })
      #expect(ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= 8 * page })
      let nothing = pages.ranges(at: address, count: 0)
      #expect(nothing.allSatisfy { $0.isEmpty })
    }
  }

  @Test func piecesThatDoNotFitAreRefused() throws {
    func fits(_ sections: [ContainerSection], states: Int = 16) -> Bool {
      TableSnapshot.forEachPiece(of: container(sections), stateBytes: 8, states: states) { _, _ in }
    }
    let (two, one) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 1, count: 8))
    func used(_ bytes: [UInt8], _ index: UInt32 = 0) -> ContainerSection {
      ContainerSection(type: .usedStates, index: index, data: bytes)
    }
    func table(_ bytes: [UInt8], _ index: UInt32 = 0) -> ContainerSection {
      ContainerSection(type: .learnerTable, index: index, data: bytes)
    }
    #expect(fits([used([3, 0]), table(two)]))
    #expect(fits([]))
    // As many bits as states, a mask as long as the piece, both or none, a piece of this table.
    #expect(!fits([used([1, 0]), table(two)]))
    #expect(!fits([used([3, 0]), table(one)]))
    #expect(!fits([used([3]), table(two)]))
    #expect(!fits([used([3, 0, 0]), table(two)]))
    #expect(!fits([used([3, 0])]))
    #expect(!fits([table(two)]))
    #expect(!fits([used([3, 0], 1), table(two, 1)]))
    #expect(!fits([used([3, 0], 1), table(two)]))
    #expect(!fits([used([3, 0], .max), table(two, .max)]))
    // The second bit stands for a state after the last.
    #expect(!fits([used([1, 128]), table(two)], states: 15))
  }
}
