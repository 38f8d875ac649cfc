package import SparseBatches

/// All state of a `SoftmaxLearner` beside the table's slots, as `LearnerCheckpoint` for one margin.
package struct SoftmaxCheckpoint<Rule: CoordinateRule>: Equatable, Sendable {
  /// One for each class.
  package var biases: [Rule.Bias]
  /// What moves with the rows: the schedule's position.
  package var clock: Rule.Clock
  /// Updates made: what the rounding bits are counted by.
  package var updates: UInt64 = 0
  package var progress = ProgressiveLoss()

  /// Rows of the mini-batch under way.
  package var pendingRows = 0
  /// Of these, rows of weight > 0.
  package var pendingWeighingRows = 0
  /// One for each class.
  package var pendingBiasGradients: [Double]
  /// Distinct slots of the mini-batch under way, below 2^bits.
  package var pendingSlots: [UInt32] = []
  /// Their sums so far, class by class.
  package var pendingGradients: [Double] = []

  /// Where a learner with these parameters starts.
  package init(_ parameters: Rule.Parameters, classes: Int) {
    clock = Rule(parameters).clock
    biases = Array(repeating: Rule.Bias(), count: classes)
    pendingBiasGradients = Array(repeating: 0, count: classes)
  }
}

extension SoftmaxLearner {
  package var checkpoint: SoftmaxCheckpoint<Rule> {
    var checkpoint = SoftmaxCheckpoint<Rule>(parameters, classes: classes)
    checkpoint.biases = (0..<classes).map { biases[$0] }
    checkpoint.clock = rule.clock
    checkpoint.updates = updates
    checkpoint.progress = progress
    pending.save(to: &checkpoint)
    return checkpoint
  }

  /// Takes over the state of another learner. Load the slots first: the mini-batch under way is
  /// rebuilt from them.
  ///
  /// - Throws: `RunFailure` (badData) when the parts of the checkpoint contradict each other.
  package mutating func restore(_ checkpoint: SoftmaxCheckpoint<Rule>) throws(RunFailure) {
    let slots = checkpoint.pendingSlots
    guard
      LearnerCheckpoint<Rule>.isPlausible(
        checkpoint.clock, checkpoint.updates, checkpoint.progress),
      checkpoint.biases.count == classes, checkpoint.biases.allSatisfy({ $0.isPossible }),
      checkpoint.pendingBiasGradients.count == classes,
      checkpoint.pendingBiasGradients.allSatisfy(\.isFinite),
      checkpoint.pendingGradients.allSatisfy(\.isFinite),
      checkpoint.pendingRows > 0 || slots.isEmpty,
      slots.count * classes == checkpoint.pendingGradients.count,
      slots.allSatisfy({ $0 < 1 << bits }), Set(slots).count == slots.count,
      (0..<batchSize).contains(checkpoint.pendingRows),
      (0...checkpoint.pendingRows).contains(checkpoint.pendingWeighingRows)
    else {
      throw LearnerCheckpoint<Rule>.contradiction
    }
    for output in 0..<classes { biases[output] = checkpoint.biases[output] }
    rule.clock = checkpoint.clock
    guard rule.isClockPossible, (0..<classes).allSatisfy({ biases[$0].weight(rule).isFinite })
    else {
      throw LearnerCheckpoint<Rule>.contradiction
    }
    updates = checkpoint.updates
    progress = checkpoint.progress
    pending.load(checkpoint, from: table.view, rule)
  }

  /// As `OnlineLearner.forgetSlots`.
  package mutating func forgetStates(keeping share: Double) {
    for slot in 0..<UInt32(1 << bits) {
      for output in 0..<classes {
        let state = table.view[slot, output]
        let forgotten = rule.forgetting(state, keeping: share)
        if forgotten != state { table.view.store(forgotten, at: slot, output) }
      }
    }
  }

  /// As `OnlineLearner.forgetBias`.
  package mutating func forgetBiases(keeping share: Double) {
    for output in 0..<classes {
      biases[output] = rule.forgetting(biases[output], keeping: share)
    }
    rule.forgetClock(keeping: share)
  }

  package func known(entry: Int) -> KnownCoordinate { rule.known(table.view[entry: entry]) }

  package func knownBias(output: Int) -> KnownCoordinate { rule.known(biases[output]) }

  /// As `OnlineLearner.begin(slot:)`.
  package mutating func begin(entry: Int, _ known: KnownCoordinate) {
    table.view.store(
      rule.beginning(known), at: UInt32(entry / classes), entry % classes)
  }

  package mutating func beginBias(output: Int, _ known: KnownCoordinate) {
    biases[output] = rule.bias(beginning: known)
  }

  package mutating func goOn(from progress: ProgressiveLoss) { self.progress = progress }

  /// Whether the state `entry` can stand in the table, as of the clock of now.
  package func isPossible(entry: Int) -> Bool { rule.isPossible(table.view[entry: entry]) }

  /// States of all slots: 2^bits times the number of classes, slot by slot.
  package var stateCount: Int { table.count }

  /// The bytes of the states `range`, in this machine's byte order.
  package func withStateBytes<Result, Failure: Error>(
    of range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try table.withBytes(of: range, body)
  }

  /// Overwrites the states from `first` on with bytes that `withStateBytes` gave.
  package mutating func loadStates(_ bytes: RawSpan, at first: Int) {
    table.load(bytes, at: first)
  }
}

extension PendingClassBatch {
  func save(to checkpoint: inout SoftmaxCheckpoint<Rule>) {
    checkpoint.pendingRows = rows
    checkpoint.pendingWeighingRows = weighingRows
    checkpoint.pendingBiasGradients = (0..<biasGradients.count).map { biasGradients[$0] }
    checkpoint.pendingSlots = (0..<slots.count).map { slots[$0] }
    checkpoint.pendingGradients = (0..<gradients.count).map { gradients[$0] }
  }

  mutating func load(
    _ checkpoint: SoftmaxCheckpoint<Rule>, from table: SlotView<Slot>, _ rule: Rule
  ) {
    removeAll()
    rows = checkpoint.pendingRows
    weighingRows = checkpoint.pendingWeighingRows
    for (output, gradient) in checkpoint.pendingBiasGradients.enumerated() {
      biasGradients[output] = gradient
    }
    for slot in checkpoint.pendingSlots { _ = index.findOrInsert(slot, in: &slots) }
    takeStates(from: 0, of: table, rule)
    for (index, gradient) in checkpoint.pendingGradients.enumerated() {
      gradients[index] = gradient
    }
  }
}
