import SparseBatches
import Testing

@testable import LogRegStream

@Suite struct PassConfigurationTests {
  @Test func impossibleCombinationsAreUsageErrors() {
    let changes: [(inout PassConfiguration) -> Void] = [
      { $0.epochs = 0 }, { $0.shuffleRows = 1 }, { $0.shuffleRows = -5 }, { $0.holdout = -0.1 },
      { $0.holdout = 0.95 }, { $0.holdout = .nan }, { $0.holdoutRows = 1 }, { $0.earlyStop = 2 },
      { $0.cache = .none }, { $0.cache = .file("x") },
      {
        $0.epochs = 3
        $0.earlyStop = 0
      },
      {
        $0.epochs = 3
        $0.earlyStop = 2
        $0.holdout = 0
      },
      {
        $0.epochs = 3
        $0.cache = .none
      },
    ]
    for (index, change) in changes.enumerated() {
      var passes = PassConfiguration()
      change(&passes)
      let failure = #expect(throws: RunFailure.self, "change \(index)") {
        try passes.validate(readsStandardInput: true)
      }
      #expect(failure?.kind == .usage)
    }
  }

  @Test func anEarlyStopBringsAHoldout() throws {
    var passes = PassConfiguration()
    #expect(passes.holdoutFraction == 0)
    passes.epochs = 5
    passes.earlyStop = 1
    #expect(passes.holdoutFraction == 0.1)
    try passes.validate(readsStandardInput: true)
  }

  @Test func patienceCountsEpochsWithoutABetterLoss() {
    var outcome = EpochOutcome()
    func check(_ truth: Bool) { #expect(truth) }
    check(outcome.record(1, loss: 0.5))
    check(outcome.record(2, loss: 0.4))
    check(!outcome.record(3, loss: 0.4))
    #expect(!outcome.isOver(patience: 2) && outcome.isOver(patience: 1))
    check(!outcome.record(4, loss: nil))
    #expect(outcome.isOver(patience: 2) && !outcome.isOver(patience: nil))
    #expect(outcome.bestEpoch == 2)
  }

  @Test func classWeightsByNameOrLabelText() throws {
    let byName = try ClassWeights([("positive", 10), ("negative", 0.5)], positiveText: nil)
    #expect(byName.positive == 10 && byName.negative == 0.5)
    let byText = try ClassWeights([("-1", 2), ("+1", 3)], positiveText: nil)
    #expect(byText.positive == 3 && byText.negative == 2)
    #expect(try ClassWeights([(">50K", 4)], positiveText: ">50K").positive == 4)
    for (name, factor) in [("maybe", 1.0), ("positive", -1), ("positive", .infinity)] {
      #expect(throws: RunFailure.self) { try ClassWeights([(name, factor)], positiveText: nil) }
    }
    var batch = SparseBatch()
    batch.endRow(label: 1, weight: 2, rowInChunk: 0)
    batch.endRow(label: 0, weight: 2, rowInChunk: 1)
    byName.apply(to: &batch)
    #expect(batch.weights[0] == 20 && batch.weights[1] == 1)
  }
}
