import Evaluation
import Testing

@Suite struct CurveTests {
  private func metrics(_ rows: [ScoredRow]) -> BinaryMetrics {
    var metrics = BinaryMetrics()
    for row in rows {
      metrics.add(
        margin: row.margin, probability: row.probability, label: row.label, weight: row.weight)
    }
    return metrics
  }

  private func area(_ points: [CurvePoint]) -> Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.1.x - pair.0.x) * (pair.0.y + pair.1.y) / 2
    }
  }

  @Test(arguments: Shape.all)
  func curvesAreFewPointsOfTheTruth(_ shape: Shape) throws {
    var metrics = metrics(shape.rows(20_000))
    let curves = metrics.summary().curves
    let figures = metrics.summary()
    #expect(curves.roc.count <= 202)
    #expect(curves.precisionRecall.count <= 202)
    #expect(curves.lift.count <= 400)
    #expect(curves.histogram.count <= 40)
    #expect(curves.roc.first == CurvePoint(x: 0, y: 0))
    let corner = try #require(curves.roc.last)
    #expect(isClose(corner.x, 1) && isClose(corner.y, 1))
    #expect(isClose(area(curves.roc), figures.auc, tolerance: 5e-3))
    #expect(zip(curves.roc, curves.roc.dropFirst()).allSatisfy { $0.x <= $1.x && $0.y <= $1.y })
    #expect(isClose(curves.precisionRecall.last?.x, 1))
    #expect(isClose(curves.precisionRecall.last?.y, figures.meanLabel))
    #expect(isClose(curves.lift.last?.y, 1))
    #expect(isClose(curves.lift.last?.x, 1))
    let positive = curves.histogram.reduce(0) { $0 + $1.positiveWeight }
    let weight = curves.histogram.reduce(0) { $0 + $1.positiveWeight + $1.negativeWeight }
    #expect(isClose(positive / weight, figures.meanLabel))
  }

  @Test func tiesAreStraightLines() {
    var tied = metrics((0..<50).map { ScoredRow(margin: 0, label: $0 % 5 == 0) })
    let curves = tied.summary().curves
    #expect(curves.roc == [CurvePoint(x: 0, y: 0), CurvePoint(x: 1, y: 1)])
    #expect(curves.precisionRecall == [CurvePoint(x: 1, y: 0.2)])
    #expect(curves.lift == [CurvePoint(x: 1, y: 1)])
    #expect(curves.histogram.count == 1)
    #expect(curves.histogram[0].low == -0.5 && curves.histogram[0].high == 0.5)
  }

  @Test func whatIsUndefinedIsEmpty() {
    var none = BinaryMetrics()
    #expect(none.summary().curves.roc.isEmpty && none.summary().curves.histogram.isEmpty)
    var negatives = metrics([ScoredRow(margin: 0, label: false)])
    #expect(
      negatives.summary().curves.roc.isEmpty && negatives.summary().curves.precisionRecall.isEmpty)
    #expect(negatives.summary().curves.histogram.count == 1)
    var positives = metrics([ScoredRow(margin: 0, label: true)])
    #expect(positives.summary().curves.roc.isEmpty && positives.summary().curves.lift.count == 1)
  }

  @Test func certaintyHasAPlaceInTheHistogram() {
    var metrics = BinaryMetrics()
    for probability in [0.0, 0.5, 1.0] {
      metrics.add(probability: probability, label: true, weight: 1)
    }
    let bars = metrics.summary().curves.histogram
    #expect(bars.first?.low == -16)
    #expect(bars.count == 40)
    #expect(bars.first?.positiveWeight == 1 && bars.last?.positiveWeight == 1)
  }
}
