import Testing

@testable import Evaluation

/// Figures of classes and of numbers.
@Suite struct OtherMetricsTests {
  @Test func classesAreWeighted() throws {
    var metrics = MulticlassMetrics()
    #expect(metrics.summary == MulticlassSummary(rows: 0, logLoss: nil, accuracy: nil))
    metrics.add(loss: 0.5, isRight: true, weight: 3)
    metrics.add(loss: 2, isRight: false, weight: 1)
    metrics.add(loss: 9, isRight: false, weight: 0)
    #expect(metrics.summary == MulticlassSummary(rows: 3, logLoss: 0.875, accuracy: 0.75))
  }

  /// sklearn.metrics on y = [3, -0.5, 2, 7], m = [2.5, 0, 2, 8]: the example of its manual.
  @Test func numbersAsScikitLearnHasThem() throws {
    var metrics = RegressionMetrics()
    for (label, prediction) in [(3, 2.5), (-0.5, 0), (2, 2), (7, 8)] {
      metrics.add(prediction: prediction, label: label, weight: 1)
    }
    let summary = metrics.summary
    #expect(summary.rows == 4 && summary.meanSquaredError == 0.375)
    #expect(summary.meanAbsoluteError == 0.5)
    #expect(abs(try #require(summary.explainedShare) - 0.948_608_137_044_967_9) < 1e-15)
    #expect(summary.rootMeanSquaredError == 0.375.squareRoot())
  }

  @Test func aLargeMeanDoesNotDrownTheVariance() throws {
    var metrics = RegressionMetrics()
    for offset in [0.0, 1, 2, 3] {
      metrics.add(prediction: 1e9 + offset + 0.5, label: 1e9 + offset, weight: 2)
    }
    // Σ(y − ȳ)² = 5 and Σ(m − y)² = 1, twice.
    #expect(abs(try #require(metrics.summary.explainedShare) - 0.8) < 1e-12)
  }

  @Test func whatCannotBeSaidIsNil() {
    var metrics = RegressionMetrics()
    #expect(metrics.summary.rootMeanSquaredError == nil && metrics.summary.explainedShare == nil)
    metrics.add(prediction: 1, label: 2, weight: 0)
    #expect(metrics.summary.rows == 1 && metrics.summary.meanAbsoluteError == nil)
    metrics.add(prediction: 1, label: 2, weight: 1)
    metrics.add(prediction: 2, label: 2, weight: 1)
    #expect(metrics.summary.explainedShare == nil && metrics.summary.meanSquaredError == 0.5)
  }
}
