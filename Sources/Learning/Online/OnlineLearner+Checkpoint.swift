package import SparseBatches

/// All state of a learner beside the table's slots: with these, learning goes on exactly,
/// also from the middle of a mini-batch.
package struct LearnerCheckpoint<Rule: CoordinateRule>: Equatable, Sendable {
  package var bias = Rule.Bias()
  /// What moves with the rows: the schedule's position.
  package var clock: Rule.Clock
  /// Updates made: what the rounding bits are counted by.
  package var updates: UInt64 = 0
  package var progress = ProgressiveLoss()

  /// Rows of the mini-batch under way.
  package var pendingRows = 0
  /// Of these, rows of weight > 0.
  package var pendingWeighingRows = 0
  package var pendingBiasGradient = 0.0
  /// Distinct slots of the mini-batch under way, below 2^bits.
  package var pendingSlots: [UInt32] = []
  /// Σ s·(dℓ/dm)·x of each of them so far.
  package var pendingGradients: [Double] = []

  /// Where a learner with these parameters starts.
  package init(_ parameters: Rule.Parameters) { clock = Rule(parameters).clock }
}

extension LearnerCheckpoint {
  /// No count is so large that adding to it could overflow, and no number that is not finite.
  internal var isPlausible: Bool {
    Self.isPlausible(clock, updates, progress) && bias.isPossible
      && pendingBiasGradient.isFinite && pendingGradients.allSatisfy(\.isFinite)
      && (pendingRows > 0 || pendingSlots.isEmpty)
  }

  internal static func isPlausible(
    _ clock: Rule.Clock, _ updates: UInt64, _ progress: ProgressiveLoss
  ) -> Bool {
    clock.isPossible && updates < 1 << 62 && progress.isPossible
  }

  internal static var contradiction: RunFailure {
    RunFailure(
      .badData, "the learner's state that was kept contradicts itself",
      cure: "start over, with --fresh where it is a checkpoint directory")
  }
}

extension OnlineLearner {
  package var checkpoint: LearnerCheckpoint<Rule> {
    var checkpoint = LearnerCheckpoint<Rule>(parameters)
    checkpoint.clock = rule.clock
    checkpoint.bias = biasState
    checkpoint.updates = updates
    checkpoint.progress = progress
    checkpoint.pendingRows = pending.rows
    checkpoint.pendingWeighingRows = pending.weighingRows
    checkpoint.pendingBiasGradient = pending.biasGradient
    checkpoint.pendingSlots = (0..<pending.slots.count).map { pending.slots[$0] }
    checkpoint.pendingGradients = (0..<pending.slots.count).map { pending.gradients[$0] }
    return checkpoint
  }

  /// Takes over the state of another learner. Load the slots first: the mini-batch under way is
  /// rebuilt from them.
  ///
  /// - Throws: `RunFailure` (badData) when the parts of the checkpoint contradict each other.
  package mutating func restore(_ checkpoint: LearnerCheckpoint<Rule>) throws(RunFailure) {
    let slots = checkpoint.pendingSlots
    guard checkpoint.isPlausible, slots.count == checkpoint.pendingGradients.count,
      slots.allSatisfy({ $0 < table.count }),
      Set(slots).count == slots.count,
      (0..<batchSize).contains(checkpoint.pendingRows),
      (0...checkpoint.pendingRows).contains(checkpoint.pendingWeighingRows)
    else {
      throw LearnerCheckpoint<Rule>.contradiction
    }
    biasState = checkpoint.bias
    rule.clock = checkpoint.clock
    guard bias.isFinite, rule.isClockPossible else { throw LearnerCheckpoint<Rule>.contradiction }
    updates = checkpoint.updates
    progress = checkpoint.progress
    pending.removeAll()
    pending.rows = checkpoint.pendingRows
    pending.weighingRows = checkpoint.pendingWeighingRows
    pending.biasGradient = checkpoint.pendingBiasGradient
    for (slot, gradient) in zip(slots, checkpoint.pendingGradients) {
      pending.append(slot, gradient: gradient, in: table.view, rule)
    }
  }

  /// Multiplies the evidence for all that was learned by `share`; predictions stay as they are.
  /// Call between `loadSlots` and `restore`, so that the mini-batch under way is rebuilt from what
  /// the slots are then.
  package mutating func forgetSlots(keeping share: Double) {
    for slot in 0..<UInt32(table.count) {
      let state = table[slot]
      let forgotten = rule.forgetting(state, keeping: share)
      // Pages of slots that were never touched stay untouched.
      if forgotten != state { table[slot] = forgotten }
    }
  }

  /// The same for the bias and the clock. Call after `restore`.
  package mutating func forgetBias(keeping share: Double) {
    biasState = rule.forgetting(biasState, keeping: share)
    rule.forgetClock(keeping: share)
  }

  package func known(slot: UInt32) -> KnownCoordinate { rule.known(table[slot]) }

  package var knownBias: KnownCoordinate { rule.known(biasState) }

  /// A slot that begins with what another learner knew of it. Call before any row is learned.
  package mutating func begin(slot: UInt32, _ known: KnownCoordinate) {
    table[slot] = rule.beginning(known)
  }

  package mutating func beginBias(_ known: KnownCoordinate) {
    biasState = rule.bias(beginning: known)
  }

  package mutating func goOn(from progress: ProgressiveLoss) { self.progress = progress }

  package var slotCount: Int { table.count }

  /// Whether a state can stand in the table, as of the clock of now.
  package func isPossible(slot: UInt32) -> Bool { rule.isPossible(table[slot]) }

  /// The bytes of the slots `range`: the states as they are, in this machine's byte order.
  package func withSlotBytes<Result, Failure: Error>(
    of range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try table.withBytes(of: range, body)
  }

  /// Overwrites the slots from `first` on with bytes that `withSlotBytes` gave.
  package mutating func loadSlots(_ bytes: RawSpan, at first: Int) {
    table.load(bytes, at: first)
  }

  /// The state of one slot.
  package subscript(slot slot: UInt32) -> Slot {
    get { table[slot] }
    set { table[slot] = newValue }
  }
}
