import Testing

@testable import Evaluation

/// What a report shows of several classes and of numbers.
@Suite struct DetailTests {
  @Test func classesByHand() throws {
    var figures = ClassFigures(classes: 3)
    let rows: [(probabilities: [Double], label: Int, weight: Double)] = [
      ([0.5, 0.25, 0.25], 0, 1), ([0.625, 0.25, 0.125], 1, 2), ([0.125, 0.75, 0.125], 1, 1),
      ([0.5, 0.5, 0], 0, 0),
    ]
    for row in rows {
      let all = row.probabilities
      let predicted = try #require(all.firstIndex(of: all.max() ?? 0))
      figures.add(all.span, predicted: predicted, label: row.label, weight: row.weight)
    }
    let summary = figures.summary()
    #expect(summary.confusions == [[1, 0, 0], [2, 1, 0], [0, 0, 0]])
    #expect(summary.classes.map(\.labels) == [1, 3, 0])
    #expect(summary.classes.map(\.predictions) == [3, 1, 0])
    #expect(summary.classes.map(\.hits) == [1, 1, 0])
    #expect(summary.classes.map(\.probabilities) == [1.875, 1.5, 0.625])
    #expect(summary.classes[0].precision == 1.0 / 3 && summary.classes[0].recall == 1)
    #expect(summary.classes[1].precision == 1 && summary.classes[1].recall == 1.0 / 3)
    #expect(summary.classes[1].f1 == 0.5)
    #expect(summary.classes[2].precision == nil && summary.classes[2].f1 == nil)
    // Of the predicted class: right with 0.5 and 0.75, wrong (weight 2) with 0.625.
    #expect(summary.confidence.meanLabel == 0.5)
    #expect(summary.confidence.meanPrediction == 0.625)
  }

  @Test func tooManyClassesHaveNoTableOfConfusions() {
    for classes in [ClassFigures.confusionLimit, ClassFigures.confusionLimit + 1] {
      var figures = ClassFigures(classes: classes)
      let even = Array(repeating: 1 / Double(classes), count: classes)
      figures.add(even.span, predicted: 0, label: classes - 1, weight: 1)
      let summary = figures.summary()
      #expect((summary.confusions == nil) == (classes > ClassFigures.confusionLimit))
      #expect(summary.classes.count == classes)
    }
  }

  @Test func aSampleHoldsTheRowsOfLeastPriority() {
    var sample = RegressionSample(capacity: 10)
    // Priorities are 0 ..< 1000 in a mixed order; labels say which.
    for row in 0..<1000 {
      let priority = UInt64(row * 387 % 1000)
      sample.add(prediction: 0, label: Double(priority), weight: 1, priority: priority)
    }
    sample.add(prediction: 0, label: -1, weight: 0, priority: 0)
    #expect(sample.summary().rows.map(\.label) == (0..<10).map(Double.init))
    // Asked again, and for more rows, it goes on as before.
    sample.add(prediction: 0, label: 2.5, weight: 1, priority: 2)
    #expect(sample.summary().rows.count == 10)
    #expect(sample.summary().rows.map(\.label).contains(2.5))
  }

  @Test func binsAndResidualsByHand() throws {
    var sample = RegressionSample()
    // Labels are 1 above or below, by turns: no lean, a deviation of 1.
    for row in 0..<100 {
      let label = Double(row) + (row % 2 == 0 ? 1 : -1)
      sample.add(prediction: Double(row), label: label, weight: 2, priority: UInt64(row * 37 % 100))
    }
    let pictures = sample.summary()
    #expect(pictures.bins.count == 15)
    #expect(pictures.bins.map(\.meanPrediction) == pictures.bins.map(\.meanPrediction).sorted())
    for bin in pictures.bins {
      #expect(abs(bin.meanLabel - bin.meanPrediction) <= 0.2)
      #expect(abs(bin.standardDeviation - 1) < 0.02)
    }
    #expect(pictures.residuals.first?.weight == 100 && pictures.residuals.last?.weight == 100)
    #expect(pictures.residuals.map(\.weight).reduce(0, +) == 200)
    #expect(try #require(pictures.range).contains(50))
  }

  @Test func noRowsAndOneRowAreNoTrouble() {
    var sample = RegressionSample()
    #expect(sample.summary().range == nil && sample.summary().bins.isEmpty)
    sample.add(prediction: 3, label: 4, weight: 1, priority: 7)
    let pictures = sample.summary()
    #expect(pictures.bins.count == 1 && pictures.residuals.count == 1)
    #expect(pictures.residuals.first?.weight == 1 && pictures.range == 3...4)
    var figures = ClassFigures(classes: 2)
    #expect(figures.summary().confidence.reliability.isEmpty)
  }
}
