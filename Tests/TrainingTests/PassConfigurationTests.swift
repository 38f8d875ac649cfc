import Configuration
import Featurizing
import SparseBatches
import Testing

@testable import Training

@Suite struct PassConfigurationTests {
  @Test func impossibleCombinationsAreUsageErrors() {
    let changes: [(inout PassConfiguration) -> Void] = [
      { $0.epochs = 0 }, { $0.shuffle = .window(rows: 1) },
      { $0.shuffle = .window(rows: -5) }, { $0.holdout = -0.1 },
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
    #expect(passes.holdoutFraction(isNeeded: false) == 0)
    #expect(passes.holdoutFraction(isNeeded: true) == 0.1)
    passes.epochs = 5
    passes.earlyStop = 1
    #expect(passes.holdoutFraction(isNeeded: false) == 0.1)
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
    func factors(_ entries: [(String, Double)], _ labels: LabelRule) throws -> [Double] {
      let entries = entries.map { ClassWeights.Entry(name: $0.0, factor: $0.1) }
      return try ClassWeights(entries).factors(labels)
    }
    #expect(try factors([], .convention).isEmpty)
    #expect(try factors([("positive", 10), ("negative", 0.5)], .convention) == [0.5, 10])
    #expect(try factors([("-1", 2), ("+1", 3)], .convention) == [2, 3])
    #expect(try factors([(">50K", 4)], .positive(ByteText(">50K"))) == [1, 4])
    let colors = LabelRule.classes([ByteText("red"), ByteText("green"), ByteText("blue")])
    #expect(try factors([("blue", 0), ("red", 2)], colors) == [2, 1, 0])
    for (name, factor) in [("maybe", 1.0), ("positive", -1), ("positive", .infinity)] {
      #expect(throws: RunFailure.self) { try factors([(name, factor)], .convention) }
    }
    #expect(throws: RunFailure.self) { try factors([("positive", 1)], colors) }
    #expect(throws: RunFailure.self) { try factors([("1", 1)], .number) }
  }
}
