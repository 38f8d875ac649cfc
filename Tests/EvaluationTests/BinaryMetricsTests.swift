import Evaluation
import Foundation
import Testing

@Suite struct BinaryMetricsTests {
  @Test func agreesWithScikitLearn() throws {
    for reference in try ReferenceCase.stored() {
      let expected = reference.figures
      let found = summarize(reference.rows)
      let pairs: [(String, Double?, Double)] = [
        ("log loss", found.logLoss, expected.logLoss),
        ("normalized entropy", found.normalizedEntropy, expected.normalizedEntropy),
        ("brier", found.brier, expected.brier),
        ("auc", found.auc, expected.auc),
        ("average precision", found.averagePrecision, expected.averagePrecision),
        ("ece", found.ece, expected.ece),
        ("mce", found.mce, expected.mce),
        ("mean prediction", found.meanPrediction, expected.meanPrediction),
        ("mean label", found.meanLabel, expected.meanLabel),
        ("calibration ratio", found.calibrationRatio, expected.calibrationRatio),
        ("accuracy", found.accuracy, expected.accuracy),
      ]
      for (figure, value, true_) in pairs {
        #expect(isClose(value, true_), "\(reference.name), \(figure)")
      }
      #expect(found.rows == expected.rows)
      #expect(found.positives == expected.positives)
      #expect(found.aucError == 0)
      #expect(found.averagePrecisionError == 0)
      #expect(found.infiniteLosses == 0)
      expectSameBins(found.reliability, expected.reliability, reference.name)
    }
  }

  private func expectSameBins(
    _ found: [ReliabilityBin], _ expected: [ReliabilityBin], _ name: String
  ) {
    #expect(found.map(\.rows) == expected.map(\.rows), "\(name)")
    for (a, b) in zip(found, expected) {
      #expect(isClose(a.low, b.low), "\(name)")
      #expect(isClose(a.high, b.high), "\(name)")
      #expect(isClose(a.meanPrediction, b.meanPrediction), "\(name)")
      #expect(isClose(a.meanLabel, b.meanLabel), "\(name)")
    }
  }

  @Test func nothingIsDefinedWithoutRows() {
    let found = summarize([])
    #expect(found.rows == 0)
    #expect(found.logLoss == nil)
    #expect(found.normalizedEntropy == nil)
    #expect(found.brier == nil)
    #expect(found.auc == nil)
    #expect(found.averagePrecision == nil)
    #expect(found.ece == nil)
    #expect(found.mce == nil)
    #expect(found.meanPrediction == nil)
    #expect(found.meanLabel == nil)
    #expect(found.calibrationRatio == nil)
    #expect(found.accuracy == nil)
    #expect(found.reliability.isEmpty)
  }

  @Test func weightlessRowsAreOnlyCounted() {
    let found = summarize([ScoredRow(margin: .infinity, label: true, weight: 0)])
    #expect(found.rows == 1)
    #expect(found.positives == 1)
    #expect(found.logLoss == nil)
    #expect(found.auc == nil)
    #expect(found.reliability.isEmpty)

    let rows = [ScoredRow(margin: 1, label: true), ScoredRow(margin: -1, label: false)]
    let more = rows + [ScoredRow(margin: 5, label: false, weight: 0)]
    #expect(summarize(more).auc == 1)
    #expect(summarize(more).logLoss == summarize(rows).logLoss)
  }

  @Test func oneClassLeavesRankingUndefined() {
    let margins = [-1.0, 0, 2]
    let negatives = summarize(margins.map { ScoredRow(margin: $0, label: false) })
    #expect(negatives.auc == nil)
    #expect(negatives.averagePrecision == nil)
    #expect(negatives.normalizedEntropy == nil)
    #expect(negatives.calibrationRatio == nil)
    #expect(negatives.meanLabel == 0)
    #expect(isClose(negatives.logLoss, (log1p(exp(-1)) + log(2) + log1p(exp(2))) / 3))
    #expect(negatives.accuracy == 1.0 / 3)

    let positives = summarize(margins.map { ScoredRow(margin: $0, label: true) })
    #expect(positives.auc == nil)
    #expect(positives.averagePrecision == 1)
    #expect(positives.normalizedEntropy == nil)
    #expect(positives.calibrationRatio == positives.meanPrediction)
    #expect(positives.accuracy == 2.0 / 3)
  }

  @Test func lossIsTakenInTheMargin() {
    let wrong = [
      ScoredRow(margin: 700, label: false), ScoredRow(margin: -1000, label: true),
      ScoredRow(margin: 1000, label: true),
    ]
    #expect(summarize(wrong).logLoss == 1700.0 / 3)
    #expect(summarize([ScoredRow(margin: -700, label: false)]).logLoss == exp(-700))
  }

  @Test func zeroMarginsOfBothSignsTie() {
    let found = summarize([
      ScoredRow(margin: 0, label: true), ScoredRow(margin: -0.0, label: false),
    ])
    #expect(found.auc == 0.5)
    #expect(found.averagePrecision == 0.5)
  }

  @Test func probabilitiesAloneGiveTheSameFigures() throws {
    let reference = try #require(ReferenceCase.stored().first)
    var metrics = BinaryMetrics()
    for row in reference.rows {
      metrics.add(probability: row.probability, label: row.label, weight: row.weight)
    }
    let found = metrics.summary()
    #expect(isClose(found.logLoss, reference.figures.logLoss))
    #expect(isClose(found.auc, reference.figures.auc))
    #expect(isClose(found.ece, reference.figures.ece))
  }

  @Test func anImpossibleOutcomeMakesTheLossUndefinedAndIsCounted() {
    var metrics = BinaryMetrics()
    metrics.add(probability: 0, label: false, weight: 1)
    metrics.add(probability: 1, label: true, weight: 1)
    #expect(metrics.summary().logLoss == 0)
    metrics.add(probability: 0, label: true, weight: 0)
    #expect(metrics.summary().infiniteLosses == 0)
    metrics.add(probability: 0, label: true, weight: 1)
    metrics.add(probability: 1, label: false, weight: 2)
    let found = metrics.summary()
    #expect(found.infiniteLosses == 2)
    #expect(found.logLoss == nil)
    #expect(found.normalizedEntropy == nil)
    #expect(found.brier == 3.0 / 5)
    // The positive at 1 beats a third of the negatives and ties with the rest; that at 0 ties
    // with a third.
    #expect(isClose(found.auc, (1.0 / 3 + 2.0 / 3 / 2 + 1.0 / 3 / 2) / 2))
  }

  @Test func aSummaryInTheMiddleChangesNothing() throws {
    let reference = try #require(ReferenceCase.stored().first)
    var metrics = BinaryMetrics()
    for row in reference.rows {
      metrics.add(
        margin: row.margin, probability: row.probability, label: row.label, weight: row.weight)
      if metrics.rows.isMultiple(of: 50) { _ = metrics.summary() }
    }
    #expect(metrics.summary() == summarize(reference.rows))
  }
}
