package import SparseBatches

/// Names of features by slot: raw bytes, because names hold what stood in the rows.
///
/// Where features share a slot, the name is that of the one that came first.
package struct FeatureNames: Equatable, Sendable {
  /// Ascending, each once.
  package private(set) var slots: [UInt32] = []
  /// For each slot, the offset behind its name in `bytes`.
  package private(set) var ends: [Int] = []
  package private(set) var bytes: [UInt8] = []

  /// A longer name is cut here, and an ellipsis marks the cut.
  package static let longestName = 255

  package init() {}

  package var count: Int { slots.count }

  /// - Throws: a bug of ours when the slot does not ascend.
  package mutating func append(
    slot: UInt32, name: some Collection<UInt8>
  ) throws(RunFailure) {
    guard slots.last.map({ $0 < slot }) ?? true else {
      throw RunFailure(.bug, "the name of slot \(slot) is out of order")
    }
    slots.append(slot)
    bytes.append(contentsOf: name)
    ends.append(bytes.count)
  }

  /// The bytes of a slot's name; nil when it has none.
  package func name(ofSlot slot: UInt32) -> ArraySlice<UInt8>? {
    var (low, high) = (0, slots.count)
    while low < high {
      let middle = (low + high) / 2
      if slots[middle] < slot { low = middle + 1 } else { high = middle }
    }
    guard low < slots.count, slots[low] == slot else { return nil }
    return bytes[(low == 0 ? 0 : ends[low - 1])..<ends[low]]
  }
}
