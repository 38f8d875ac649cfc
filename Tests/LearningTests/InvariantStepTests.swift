import Foundation
import Learning
import SparseBatches
import Testing

@Suite struct InvariantStepTests {
  /// Margins against and for the label, and times from a small step to a huge weight.
  static let margins = [-1000.0, -40, -7, -1, -1e-3, 0, 0.3, 2, 11, 45, 1000]
  static let times = [1e-12, 1e-6, 1e-3, 0.1, 1, 7, 300, 1e6, 1e9]

  private func fallComposes<Loss: MarginLoss>(_: Loss.Type, labels: [Double]) {
    for margin in Self.margins {
      for label in labels {
        for time in Self.times {
          let whole = Loss.marginFall(from: margin, label: label, time: time)
          let half = Loss.marginFall(from: margin, label: label, time: time / 2)
          let rest = Loss.marginFall(from: margin - half, label: label, time: time / 2)
          let scale = max(1e-3 * abs(whole), 1e-14 * abs(margin))
          #expect(
            abs(whole - half - rest) <= 1e-9 * scale, "\(Loss.self) \(margin) \(label) \(time)")
          // Towards the label, never past a margin of no loss.
          let slope = Loss.derivative(margin: margin, label: label)
          #expect(whole * slope >= 0)
          #expect(Loss.derivative(margin: margin - whole, label: label) * slope >= -1e-12)
        }
      }
    }
  }

  @Test func theFallOfTheMarginComposes() {
    fallComposes(LogisticLoss.self, labels: [0, 1])
    fallComposes(SquaredLoss.self, labels: [-2, 0.5])
    fallComposes(ProbitLoss.self, labels: [0, 1])
  }

  /// Far on the wrong side a probit's slope is the margin itself: e^-time of it is left. Once the
  /// series that serves elsewhere was used there, and never came to an end.
  @Test(arguments: [1.5e4, 1e5, 1e8, 1e30, 1e77, 1e200])
  func theFallOfAProbitFromFarAwayIsExponential(_ margin: Double) {
    for time in [1e-9, 0.1, 1, 2.5] {
      let fall = ProbitLoss.marginFall(from: margin, label: 0, time: time)
      #expect(abs(fall / (-expm1(-time) * margin) - 1) <= 2e-7, "\(time)")
      #expect(ProbitLoss.marginFall(from: -margin, label: 1, time: time) == -fall)
      let half = ProbitLoss.marginFall(from: margin, label: 0, time: time / 2)
      let rest = ProbitLoss.marginFall(from: margin - half, label: 0, time: time / 2)
      #expect(abs(fall - half - rest) <= 1e-12 * fall + 1e-15 * margin, "\(time)")
    }
    // Through the far part and the near one to where the label is right.
    let whole = ProbitLoss.marginFall(from: margin, label: 0, time: 1e9)
    #expect(whole >= margin * (1 - 1e-15) && whole < margin * (1 + 1e-15) + 7)
  }

  @Test func theFallOfAProbitHasNoStepWhereItsFormChanges() {
    for time in [1e-6, 0.5, 3] {
      let falls = [32 * (1 - 1e-12), 32 * (1 + 1e-12)].map {
        ProbitLoss.marginFall(from: $0, label: 0, time: time)
      }
      #expect(abs(falls[1] / falls[0] - 1) <= 1e-11, "\(time)")
    }
  }

  private func fallSolvesTheEquation<Loss: MarginLoss>(_: Loss.Type, labels: [Double]) {
    for margin in [-6.0, -1, 0, 0.4, 5] {
      for label in labels {
        // Runge and Kutta's method of order 4 in 4,000 steps.
        let step = 1e-3
        var reached = margin
        func f(_ margin: Double) -> Double { -Loss.derivative(margin: margin, label: label) }
        for _ in 0..<4000 {
          let k1 = f(reached)
          let k2 = f(reached + step / 2 * k1)
          let k3 = f(reached + step / 2 * k2)
          let k4 = f(reached + step * k3)
          reached += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        }
        let fall = Loss.marginFall(from: margin, label: label, time: 4)
        #expect(abs(margin - fall - reached) <= 1e-10, "\(Loss.self) \(margin) \(label)")
      }
    }
  }

  @Test func theFallSolvesTheDifferentialEquation() {
    fallSolvesTheEquation(LogisticLoss.self, labels: [0, 1])
    fallSolvesTheEquation(SquaredLoss.self, labels: [-2, 0.5])
    fallSolvesTheEquation(ProbitLoss.self, labels: [0, 1])
  }

  private func weights<Loss: MarginLoss>(
    _: Loss.Type, _ rows: [ReferenceRow], rate: Double = 0.5
  ) throws -> [Double] {
    let parameters = try SGDParameters(
      rate: RateOptions(learningRate: rate, schedule: .constant))
    var learner = try StochasticGradient<Loss>(bits: 4, parameters: parameters)
    try learner.learn(batch(rows))
    return (0..<16).map { learner.exactWeight(slot: $0) } + [learner.bias]
  }

  private func check<Loss: MarginLoss>(_ loss: Loss.Type) throws {
    let before = randomRows(40, slots: 16, seed: 3)
    let features: [(slot: UInt32, value: Float)] = [(1, 2), (5, -0.5), (9, 1)]
    for weight: Float in [1e-3, 1, 2.5, 1e6] {
      let whole = ReferenceRow(features, label: 1, weight: weight)
      let half = ReferenceRow(features, label: 1, weight: weight / 2)
      let one = try weights(loss, before + [whole])
      let two = try weights(loss, before + [half, half])
      for (one, two) in zip(one, two) { #expect(abs(one - two) <= 1e-9 * max(1, abs(one))) }
    }
  }

  @Test func aRowOfWeightHIsTwoRowsOfHalfTheWeight() throws {
    try check(LogisticLoss.self)
    try check(SquaredLoss.self)
    try check(ProbitLoss.self)
  }

  @Test func aHugeWeightDoesNotOvershoot() throws {
    let row = ReferenceRow([(1, 2), (5, -0.5)], label: 1, weight: 1e6)
    func margin(_ weights: [Double]) -> Double { 2 * weights[1] - 0.5 * weights[5] + weights[16] }
    // Squared loss: the label itself. Logistic and probit: a margin that grows like a logarithm.
    #expect(abs(margin(try weights(SquaredLoss.self, [row])) - 1) <= 1e-12)
    let logistic = margin(try weights(LogisticLoss.self, [row]))
    #expect(logistic > 10 && logistic < 16)
    let probit = margin(try weights(ProbitLoss.self, [row]))
    #expect(probit > 4 && probit < 6)
  }

  /// At small rates the step is the gradient's.
  @Test func aSmallStepIsTheGradientStep() throws {
    let row = ReferenceRow([(1, 2), (5, -0.5)], label: 0)
    let moved = try weights(LogisticLoss.self, [row], rate: 1e-9)
    #expect(abs(moved[1] + 1e-9) <= 1e-17)
    #expect(abs(moved[5] - 0.25e-9) <= 1e-17)
    #expect(abs(moved[16] + 0.5e-9) <= 1e-17)
  }
}
