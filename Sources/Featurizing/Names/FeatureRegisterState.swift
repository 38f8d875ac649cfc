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
