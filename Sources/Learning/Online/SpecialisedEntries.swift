package import SparseBatches

// Design note
//
// Called from another module, a generic method would run unspecialised, some 50 times slower: so
// the entry points are compiled here once for each combination that the program offers. A rule, or
// a loss of one margin, that is missing in one of these lists still works, 50 times slower, and
// nothing says so: SpecialisedEntriesTests holds the lists against all rules and losses.

extension OnlineLearner: OnlineOptimizer {
  package var outputs: Int { 1 }

  package func bias(output: Int) -> Double {
    precondition(output == 0, "a margin has one output")
    return bias
  }

  package func weight(slot: UInt32, output: Int) -> Float {
    precondition(output == 0, "a margin has one output")
    return weight(slot: slot)
  }

  @_specialize(where Rule == FTRLCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == ProbitLoss)
  package mutating func learn(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    try learnRows(batch)
  }

  @_specialize(where Rule == FTRLCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == ProbitLoss)
  package mutating func finish() throws(NonFiniteRow) {
    try applyPending(completedBy: nil)
  }

  @_specialize(where Rule == FTRLCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == FTRLCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == AdaGradCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == LogisticLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == SquaredLoss)
  @_specialize(where Rule == SGDCoordinates, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<FTRLCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>, Loss == ProbitLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == LogisticLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == SquaredLoss)
  @_specialize(where Rule == Averaged<SGDCoordinates>, Loss == ProbitLoss)
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    predictRows(batch, into: &margins)
  }

  package func forEachPortionOfWeights<Failure: Error>(
    _ body: (borrowing EntryWeights) throws(Failure) -> Void
  ) throws(Failure) {
    try rule.forEachPortionOfWeights(in: table.view, count: table.count, body)
  }
}

extension SoftmaxLearner: OnlineOptimizer {
  package var outputs: Int { classes }

  @_specialize(where Rule == FTRLCoordinates)
  @_specialize(where Rule == AdaGradCoordinates)
  @_specialize(where Rule == SGDCoordinates)
  @_specialize(where Rule == Averaged<FTRLCoordinates>)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>)
  @_specialize(where Rule == Averaged<SGDCoordinates>)
  package mutating func learn(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    try learnRows(batch)
  }

  @_specialize(where Rule == FTRLCoordinates)
  @_specialize(where Rule == AdaGradCoordinates)
  @_specialize(where Rule == SGDCoordinates)
  @_specialize(where Rule == Averaged<FTRLCoordinates>)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>)
  @_specialize(where Rule == Averaged<SGDCoordinates>)
  package mutating func finish() throws(NonFiniteRow) {
    try applyPending(completedBy: nil)
  }

  @_specialize(where Rule == FTRLCoordinates)
  @_specialize(where Rule == AdaGradCoordinates)
  @_specialize(where Rule == SGDCoordinates)
  @_specialize(where Rule == Averaged<FTRLCoordinates>)
  @_specialize(where Rule == Averaged<AdaGradCoordinates>)
  @_specialize(where Rule == Averaged<SGDCoordinates>)
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    predictRows(batch, into: &margins)
  }

  package func forEachPortionOfWeights<Failure: Error>(
    _ body: (borrowing EntryWeights) throws(Failure) -> Void
  ) throws(Failure) {
    try rule.forEachPortionOfWeights(in: table.view, count: table.count, body)
  }
}

// A table has some 10⁷ states, so one call for each would be seen in a run's time: weights are
// handed over in portions, and all that is done for each weight is compiled for the optimizer.
extension CoordinateRule {
  /// Calls `body` with the weights that are not 0 of the first `count` states, portion by portion,
  /// by the index of their state.
  internal func forEachPortionOfWeights<Failure: Error>(
    in table: SlotView<Block.Slot>, count: Int,
    _ body: (borrowing EntryWeights) throws(Failure) -> Void
  ) throws(Failure) {
    var portion = EntryWeights()
    for start in stride(from: 0, to: count, by: 4096) {
      collectNonZeroWeights(start..<min(start + 4096, count), in: table, into: &portion)
      if !portion.entries.isEmpty { try body(portion) }
    }
  }

  @_specialize(where Self == FTRLCoordinates)
  @_specialize(where Self == AdaGradCoordinates)
  @_specialize(where Self == SGDCoordinates)
  @_specialize(where Self == Averaged<FTRLCoordinates>)
  @_specialize(where Self == Averaged<AdaGradCoordinates>)
  @_specialize(where Self == Averaged<SGDCoordinates>)
  private func collectNonZeroWeights(
    _ states: Range<Int>, in table: SlotView<Block.Slot>, into portion: inout EntryWeights
  ) {
    portion.removeAll()
    // A whole block more than there are states, because each block is written before it is counted.
    portion.entries.reserve(states.count + 4)
    portion.weights.reserve(states.count + 4)
    // Proof: `used` grows by at most 4 a block, so that used + 4 <= states.count + 4 before each.
    let entries = unsafe portion.entries.base
    let weights = unsafe portion.weights.base
    var used = 0
    for start in stride(from: states.lowerBound, to: states.upperBound, by: 4) {
      func state(_ lane: Int) -> Block.Slot {
        start + lane < states.upperBound ? table[entry: start + lane] : Block.untouched
      }
      let states = Block(state(0), state(1), state(2), state(3))
      let block = SIMD4<Float>(servedWeights(states, weights: self.weights(states)))
      // Written always, counted when not 0: whether a weight is 0 cannot be foreseen.
      for lane in 0..<4 {
        unsafe entries[used] = UInt64(truncatingIfNeeded: start + lane)
        unsafe weights[used] = block[lane]
        used &+= block[lane] != 0 ? 1 : 0
      }
    }
    portion.entries.setCount(used)
    portion.weights.setCount(used)
  }
}
