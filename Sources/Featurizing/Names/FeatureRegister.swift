package import SparseBatches
internal import Synchronization

/// The features that a training run met: names of a bounded number of them, and how crowded the
/// slots are.
///
/// Names are taken in row order, each slot's first feature only, until there are as many as allowed
/// or their bytes are 64 times that number. All of it depends on the rows alone. Belongs to the
/// thread that consumes rows; what others must know is in `bulletin`. A `ChunkFeaturizer` hands
/// over what its chunk showed: `take(_:)` in its file.
package final class FeatureRegister {
  package let bulletin: FeatureBulletin
  private let byteLimit: Int
  private var slots: [UInt32] = []
  private var ends: [Int] = []
  private var bytes: [UInt8] = []
  private var sample: CollisionSample

  /// How many names are kept when nobody says otherwise.
  package static let usualNameLimit = 1 << 16
  package static let allowedNameLimits = 0...1 << 24
  fileprivate static let bytesPerName = 64

  /// - Parameter nameLimit: 0 keeps no names.
  package init(hashing: FeatureHashing, nameLimit: Int) {
    precondition(Self.allowedNameLimits.contains(nameLimit), "number of names out of range")
    bulletin = FeatureBulletin(hashing: hashing, nameLimit: nameLimit)
    byteLimit = Self.bytesPerName * nameLimit
    sample = CollisionSample(hashing: hashing)
  }

  /// Takes what a chunk showed, and empties it. Chunks come in their order.
  func take(_ sightings: inout FeatureSightings) {
    takeNames(sightings)
    takeSample(sightings)
    sightings.removeAll()
  }

  private func takeNames(_ sightings: borrowing FeatureSightings) {
    let mask = bulletin.hashing.mask
    for index in 0..<sightings.hashes.count where bulletin.wantsNames {
      let slot = sightings.hashes[index] & mask
      let range = sightings.nameRange(index)
      if bulletin.hasName(slot) { continue }
      guard bytes.count + range.count <= byteLimit else {
        bulletin.closeNames()
        return
      }
      _ = bulletin.insert(slot)
      slots.append(slot)
      for offset in range { bytes.append(sightings.bytes[offset]) }
      ends.append(bytes.count)
      if slots.count == bulletin.nameLimit { bulletin.closeNames() }
    }
  }

  private func takeSample(_ sightings: borrowing FeatureSightings) {
    guard !sightings.sampled.isEmpty || sightings.sampleLevel > sample.level else { return }
    sample.raise(to: sightings.sampleLevel)
    for index in 0..<sightings.sampled.count { sample.insert(sightings.sampled[index]) }
    bulletin.setSampleLevel(sample.isSaturated ? nil : sample.level)
  }

  /// The names of those slots that have one.
  ///
  /// - Parameter wanted: ascending.
  package func names(of wanted: [UInt32]) throws(RunFailure) -> FeatureNames {
    // The slot above, the index in the register below: one sort of plain integers.
    let order = slots.enumerated().map { UInt64($1) << 32 | UInt64($0) }.sorted()
    var names = FeatureNames()
    var next = 0
    for index in order.map({ Int($0 & 0xFFFF_FFFF) }) {
      while next < wanted.count, wanted[next] < slots[index] { next += 1 }
      guard next < wanted.count else { break }
      guard wanted[next] == slots[index] else { continue }
      let start = index == 0 ? 0 : ends[index - 1]
      try names.append(slot: slots[index], name: bytes[start..<ends[index]])
    }
    return names
  }

  package var collisions: CollisionFigures { sample.figures }
}

/// What a register holds, as plain values: enough for another to go on exactly.
package struct FeatureRegisterState: Equatable, Sendable {
  /// Named slots, in the order in which they were met.
  package var slots: [UInt32] = []
  /// For each, the bytes of its name.
  package var lengths: [UInt8] = []
  /// All names.
  package var bytes: [UInt8] = []
  package var wantsNames = true
  /// The sample of the features; ascending.
  package var sample: [UInt32] = []
  package var sampleLevel = 0
  package var isSaturated = false

  package init() {}
}

extension FeatureRegister {
  package var state: FeatureRegisterState {
    var state = FeatureRegisterState()
    state.slots = slots
    state.lengths = ends.indices.map { UInt8(ends[$0] - ($0 == 0 ? 0 : ends[$0 - 1])) }
    state.bytes = bytes
    state.wantsNames = bulletin.wantsNames
    state.sample = sample.hashes.sorted()
    state.sampleLevel = sample.level
    state.isSaturated = sample.isSaturated
    return state
  }

  /// Takes over the state of a register of the same options. Call before it took anything.
  ///
  /// - Returns: false when it cannot be one.
  package func restore(_ state: FeatureRegisterState) -> Bool {
    guard state.slots.count == state.lengths.count, state.slots.count <= bulletin.nameLimit,
      state.slots.allSatisfy({ $0 <= bulletin.hashing.mask }),
      // Names that are still asked for have room: else none would ever close the list. Joined ones may
      // be longer, each for itself.
      state.bytes.count <= (state.wantsNames ? byteLimit : 4 * byteLimit),
      !state.wantsNames || state.slots.count < bulletin.nameLimit,
      zip(state.sample, state.sample.dropFirst()).allSatisfy({ $0 < $1 }),
      state.lengths.reduce(0, { $0 + Int($1) }) == state.bytes.count,
      state.sample.count <= CollisionSample.capacity,
      let sample = CollisionSample(
        hashing: bulletin.hashing, hashes: state.sample, level: state.sampleLevel,
        isSaturated: state.isSaturated)
    else { return false }
    for slot in state.slots {
      guard bulletin.insert(slot) else { return false }
    }
    slots = state.slots
    bytes = state.bytes
    var end = 0
    ends = state.lengths.map {
      end += Int($0)
      return end
    }
    if !state.wantsNames { bulletin.closeNames() }
    self.sample = sample
    bulletin.setSampleLevel(sample.isSaturated ? nil : sample.level)
    return true
  }
}

extension FeatureRegisterState {
  /// What several registers hold together that all went on from `base`: the same in any order, and
  /// however many were joined before.
  ///
  /// The names of the base stay, of others of one slot the first by its bytes, and where there are
  /// too many, those of the slots that come first when they are scattered.
  package static func joined(
    _ states: [FeatureRegisterState], onTopOf base: FeatureRegisterState?,
    hashing: FeatureHashing, nameLimit: Int
  ) -> FeatureRegisterState {
    var joined = FeatureRegisterState()
    let old = base?.named ?? [:]
    var names = old
    for state in states {
      for (slot, name) in state.named where old[slot] == nil {
        guard let known = names[slot] else {
          names[slot] = name
          continue
        }
        if name.lexicographicallyPrecedes(known) { names[slot] = name }
      }
    }
    let order = names.keys.sorted {
      (old[$0] == nil ? 1 : 0, FeatureBulletin.scattered($0))
        < (old[$1] == nil ? 1 : 0, FeatureBulletin.scattered($1))
    }
    for slot in order.prefix(nameLimit) {
      guard let name = names[slot] else { continue }
      joined.slots.append(slot)
      joined.lengths.append(UInt8(name.count))
      joined.bytes += name
    }
    joined.wantsNames =
      joined.slots.count < nameLimit
      && joined.bytes.count <= FeatureRegister.bytesPerName * nameLimit
    joined.joinSamples((base.map { [$0] } ?? []) + states, hashing)
    return joined
  }

  private var named: [UInt32: ArraySlice<UInt8>] {
    var named: [UInt32: ArraySlice<UInt8>] = [:]
    var start = 0
    for (slot, length) in zip(slots, lengths) {
      named[slot] = bytes[start..<start + Int(length)]
      start += Int(length)
    }
    return named
  }

  private mutating func joinSamples(
    _ states: [FeatureRegisterState], _ hashing: FeatureHashing
  ) {
    var sample = CollisionSample(hashing: hashing)
    for state in states { sample.raise(to: state.sampleLevel) }
    if states.contains(where: \.isSaturated) {
      sample.saturate()
    } else {
      for state in states { for hash in state.sample { sample.insert(hash) } }
    }
    self.sample = sample.hashes.sorted()
    sampleLevel = sample.level
    isSaturated = sample.isSaturated
  }
}

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
