import ElementaryMath
import Learning
import Testing

struct LossRow: Sendable {
  var margin, label, loss, first, second: Double
}

@Suite struct LogisticLossTests {
  /// The relative error is a few units of the last place in both tails, so no probability was
  /// rounded to 0 or 1 on the way.
  private func isClose(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-15 * abs(reference)
  }

  @Test(arguments: ReferenceVectors.losses)
  func lossAndDerivatives(_ row: LossRow) {
    #expect(isClose(LogisticLoss.loss(margin: row.margin, label: row.label), row.loss))
    #expect(isClose(LogisticLoss.derivative(margin: row.margin, label: row.label), row.first))
    #expect(
      isClose(LogisticLoss.secondDerivative(margin: row.margin, label: row.label), row.second))
  }

  @Test(arguments: [-20.0, -3, -0.5, 0, 0.1, 2, 8], [0.0, 0.3, 1])
  func derivativesAreThoseOfTheLoss(margin: Double, label: Double) {
    let step = 1e-5
    func loss(_ margin: Double) -> Double { LogisticLoss.loss(margin: margin, label: label) }
    func first(_ margin: Double) -> Double { LogisticLoss.derivative(margin: margin, label: label) }
    let slope = (loss(margin + step) - loss(margin - step)) / (2 * step)
    #expect(abs(slope - first(margin)) <= 1e-8)
    let curvature = (first(margin + step) - first(margin - step)) / (2 * step)
    #expect(abs(curvature - LogisticLoss.secondDerivative(margin: margin, label: label)) <= 1e-8)
  }

  @Test func progressiveLossIsTheWeightedMeanAndKeepsSmallTerms() {
    var progress = ProgressiveLoss()
    #expect(progress.mean == nil)
    progress.add(loss: 1e16, weight: 1)
    for _ in 0..<1000 { progress.add(loss: 0.5, weight: 2) }
    progress.add(loss: 1e16, weight: -1)
    #expect(progress.weightedLoss.value == 1000)
    #expect(progress.weight.value == 2000)
    #expect(progress.rows == 1002)
    #expect(progress.mean == 0.5)
  }
}
