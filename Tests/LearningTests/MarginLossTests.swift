import ElementaryMath
import Foundation
import Learning
import Testing

/// A loss under test; the closures keep the tests free of generic code.
struct TestedLoss: Sendable, CustomTestStringConvertible {
  typealias Function = @Sendable (_ margin: Double, _ label: Double) -> Double

  var name: String
  var labels: [Double]
  var loss, first, second: Function
  /// Largest relative error allowed.
  var bound: Double
  var testDescription: String { name }

  init<Loss: MarginLoss>(_: Loss.Type, name: String, labels: [Double], bound: Double) {
    (self.name, self.labels, self.bound) = (name, labels, bound)
    loss = { Loss.loss(margin: $0, label: $1) }
    first = { Loss.derivative(margin: $0, label: $1) }
    second = { Loss.secondDerivative(margin: $0, label: $1) }
  }

  static let all = [
    TestedLoss(LogisticLoss.self, name: "logistic", labels: [0, 0.3, 1], bound: 1e-15),
    TestedLoss(SquaredLoss.self, name: "squared", labels: [-2.5, 0, 1e3], bound: 1e-15),
    TestedLoss(ProbitLoss.self, name: "probit", labels: [0, 1], bound: 2e-15),
  ]
}

@Suite struct MarginLossTests {
  /// Relative, but for differences of nearly equal terms (soft labels), where the terms are 1.
  private func isClose(_ value: Double, _ reference: Double, bound: Double) -> Bool {
    value.isFinite
      && abs(value - reference) <= max(bound * abs(reference), .leastNonzeroMagnitude * 4)
  }

  @Test(arguments: TestedLoss.all)
  func agreesWithTheStoredTable(_ tested: TestedLoss) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appending(path: "tools/references/margin_losses.tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: "\t") }.filter { $0[0] == tested.name }
    #expect(lines.count > 150)
    for line in lines {
      let figures = try line.dropFirst().map { try #require(Double($0)) }
      let (margin, label) = (figures[0], figures[1])
      // A soft label cancels digits of the derivative: measured against the terms, at most 1.
      let bound = label == 0.3 ? 1e-14 : tested.bound
      #expect(
        isClose(tested.loss(margin, label), figures[2], bound: bound), "loss of \(line)")
      #expect(
        isClose(tested.first(margin, label), figures[3], bound: bound), "derivative of \(line)")
      #expect(
        isClose(tested.second(margin, label), figures[4], bound: bound), "curvature of \(line)")
    }
  }

  @Test(arguments: TestedLoss.all)
  func derivativesAreThoseOfTheLoss(_ tested: TestedLoss) {
    let step = 1e-5
    for margin in [-20.0, -3, -0.5, 0, 0.1, 2, 8] {
      for label in tested.labels {
        let loss = (tested.loss(margin + step, label), tested.loss(margin - step, label))
        let first = (tested.first(margin + step, label), tested.first(margin - step, label))
        let slope = (loss.0 - loss.1) / (2 * step)
        let curvature = (first.0 - first.1) / (2 * step)
        let scale = max(1, abs(loss.0))
        #expect(abs(slope - tested.first(margin, label)) <= 1e-9 * scale)
        #expect(abs(curvature - tested.second(margin, label)) <= 1e-7)
      }
    }
  }

  @Test(arguments: TestedLoss.all)
  func staysFiniteAndConvexFarOut(_ tested: TestedLoss) {
    for margin in [-1e9, -1e3, -745, -38.6, 38.6, 745, 1e3, 1e9] {
      for label in tested.labels {
        #expect(tested.loss(margin, label).isFinite)
        #expect(tested.loss(margin, label) >= 0)
        #expect(tested.first(margin, label).isFinite)
        let curvature = tested.second(margin, label)
        #expect(curvature >= 0 && curvature <= 1)
      }
    }
  }
}

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
