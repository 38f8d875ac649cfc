package import SparseBatches

/// Names of features by slot: raw bytes, because names hold what stood in the rows.
///
/// Where features share a slot, the name is that of the one that came first.
package struct FeatureNames: Equatable, Sendable {
  /// Ascending, each once.
  package private(set) var slots: [UInt32] = []
  /// For each slot, the end of its name in `bytes`.
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

/// Features of one chunk that somebody wants to know of, with their names, in row order.
package struct FeatureSightings: ~Copyable, Sendable {
  /// Full hashes of the features whose names follow.
  private(set) var hashes = GrowableBuffer<UInt32>()
  /// For each of them, the end of its name in `bytes`.
  private(set) var nameEnds = GrowableBuffer<Int>()
  private(set) var bytes = GrowableBuffer<UInt8>()
  /// Full hashes of features that fall into the collision sample; the same one may come again.
  private(set) var sampled = GrowableBuffer<UInt32>()
  /// The level that what was sampled comes to, at least: a row may show more than one of its own.
  var sampleLevel = 0
  /// For each good row, the end of its part of `hashes`; only where every feature is kept.
  private(set) var rowEnds = GrowableBuffer<Int>()

  var isEmpty: Bool { hashes.isEmpty && sampled.isEmpty }

  /// Bytes of the name at `index`, as a range of `bytes`.
  func nameRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : nameEnds[index - 1])..<nameEnds[index]
  }

  /// The name of a feature, as a copy.
  package func name(_ index: Int) -> [UInt8] { nameRange(index).map { bytes[$0] } }

  /// The full hash of a feature.
  package func hash(_ index: Int) -> UInt32 { hashes[index] }

  /// The features of good row `row`, where every feature is kept.
  package func features(ofRow row: Int) -> Range<Int> {
    (row == 0 ? 0 : rowEnds[row - 1])..<rowEnds[row]
  }

  mutating func removeAll() {
    truncate(names: 0, sampled: 0)
    sampleLevel = 0
    rowEnds.removeAll()
    bytes.shrink(to: 1 << 20)
  }

  mutating func addSampled(_ hash: UInt32) { sampled.append(hash) }

  mutating func endRow() { rowEnds.append(hashes.count) }

  mutating func truncate(names: Int, sampled count: Int) {
    hashes.setCount(names)
    nameEnds.setCount(names)
    bytes.setCount(names == 0 ? 0 : nameEnds[names - 1])
    sampled.setCount(count)
  }

  mutating func beginName(of hash: UInt32) { hashes.append(hash) }

  /// Adds to the name that was begun, up to the longest that is kept.
  mutating func appendToName(_ piece: Span<UInt8>) {
    let start = nameEnds.isEmpty ? 0 : nameEnds[nameEnds.count - 1]
    let room = FeatureNames.longestName - (bytes.count - start)
    guard piece.count > room else { return bytes.append(contentsOf: piece) }
    bytes.append(contentsOf: piece.extracting(first: room))
    // The end of the name is written over: three bytes of UTF-8.
    bytes.setCount(bytes.count - 3)
    for byte in "…".utf8 { bytes.append(byte) }
  }

  mutating func endName() { nameEnds.append(bytes.count) }

  /// Moves feature `index` to the earlier index `target`: for leaving others out.
  mutating func move(_ index: Int, to target: Int) {
    guard index != target else { return }
    let source = nameRange(index)
    var end = target == 0 ? 0 : nameEnds[target - 1]
    for offset in source {
      bytes[end] = bytes[offset]
      end += 1
    }
    hashes[target] = hashes[index]
    nameEnds[target] = end
  }
}
