package import SparseBatches

// Called from another module, a generic method would run unspecialised, some 50 times slower: so
// the entry points are compiled here once for each combination that the program offers.

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
