internal import Synchronization

/// What the threads that featurize know of what was registered already: which slots have a name,
/// and which features are still asked for. One thread writes, any number read, in no order: who
/// reads late offers a feature that is not wanted any more, which changes nothing.
///
/// The cells may be shared because each is atomic and they live as long as the bulletin.
@safe
package final class FeatureBulletin: @unchecked Sendable {
  let hashing: FeatureHashing
  /// How many names there may be.
  let nameLimit: Int
  /// Open addressing, at most half full; slot + 1, 0 is free. Entries are set once, never changed.
  @unsafe private let cells: UnsafeMutablePointer<Atomic<UInt32>>
  private let cellBits: Int
  private let namesWanted: Atomic<Bool>
  /// Top bits that must be 0 in a sampled slot's scattered number; -1: no slot is sampled.
  private let level: Atomic<Int>

  init(hashing: FeatureHashing, nameLimit: Int) {
    self.hashing = hashing
    self.nameLimit = nameLimit
    var bits = 1
    while 1 << bits < 2 * nameLimit { bits += 1 }
    cellBits = bits
    unsafe cells = .allocate(capacity: 1 << bits)
    // Each of the cells just allocated is initialised before anybody sees them.
    for cell in 0..<(1 << bits) { unsafe (cells + cell).initialize(to: Atomic(0)) }
    namesWanted = Atomic(nameLimit > 0)
    level = Atomic(0)
  }

  deinit {
    unsafe cells.deinitialize(count: 1 << cellBits)
    unsafe cells.deallocate()
  }

  /// Scatters slots, so that the sample is a fair one whatever slots are in use.
  @inline(__always)
  static func scattered(_ slot: UInt32) -> UInt32 { slot &* 0x9e37_79b1 }

  /// Whether a slot belongs to the sample of a level is whether it shares no bit with this.
  static func sampleMask(level: Int) -> UInt32 { level <= 0 ? 0 : ~0 << UInt32(32 - level) }

  var wantsNames: Bool { namesWanted.load(ordering: .relaxed) }
  /// nil: nothing is sampled.
  var sampleLevel: Int? {
    let level = level.load(ordering: .relaxed)
    return level < 0 ? nil : level
  }

  func closeNames() { namesWanted.store(false, ordering: .relaxed) }

  func setSampleLevel(_ newLevel: Int?) { level.store(newLevel ?? -1, ordering: .relaxed) }

  @inline(__always)
  func hasName(_ slot: UInt32) -> Bool { cell(of: slot).isTaken }

  /// - Returns: whether it had none. By one thread only, and at most `nameLimit` times true.
  func insert(_ slot: UInt32) -> Bool {
    let found = cell(of: slot)
    // The index is below the count of cells.
    if !found.isTaken { unsafe cells[found.index].store(slot + 1, ordering: .relaxed) }
    return !found.isTaken
  }

  @inline(__always)
  private func cell(of slot: UInt32) -> (index: Int, isTaken: Bool) {
    var index = Int(Self.scattered(slot) >> UInt32(32 - cellBits))
    while true {
      // The index is below 2^cellBits, by the shift and by the mask.
      let held = unsafe cells[index].load(ordering: .relaxed)
      if held == slot + 1 { return (index, true) }
      if held == 0 { return (index, false) }
      index = (index + 1) & (1 << cellBits - 1)
    }
  }
}
