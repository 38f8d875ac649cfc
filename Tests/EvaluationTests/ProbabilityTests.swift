import Evaluation
import Foundation
import Testing

/// Probabilities near 1, whose Doubles have no digits of what is missing to 1.
@Suite struct ProbabilityTests {
  private func sigmoid(_ margin: Double) -> Double {
    let odds = exp(-abs(margin))
    return margin < 0 ? odds / (1 + odds) : 1 / (1 + odds)
  }

  private func softplus(_ margin: Double) -> Double {
    max(0, margin) + log1p(exp(-abs(margin)))
  }

  private func ofMargin(_ margin: Double) -> Probability {
    Probability(sigmoid(margin), complement: sigmoid(-margin))
  }

  @Test func lossesAreThoseOfTheMargin() {
    for margin in stride(from: -700.0, through: 700, by: 0.37) {
      let probability = ofMargin(margin)
      for label in [false, true] {
        let expected = softplus(label ? -margin : margin)
        let found = probability.loss(label: label)
        #expect(abs(found - expected) <= 1e-12 * expected + 1e-15, "\(margin) \(label)")
      }
    }
    #expect(Probability(1).loss(label: true) == 0 && Probability(1).loss(label: false) == .infinity)
    #expect(Probability(0).loss(label: false) == 0 && Probability(0).loss(label: true) == .infinity)
  }

  @Test func scoresKeepTheOrderAndTheValue() {
    var before = -Double.infinity
    for margin in stride(from: -744.0, through: 744, by: 0.01) {
      let probability = ofMargin(margin)
      // Where a Double has fewer digits, neighbours may be one.
      let isHigher =
        abs(margin) < 700 ? probability.score > before : probability.score >= before
      #expect(isHigher && probability.score.isFinite, "\(margin)")
      // Both sides of a margin are rounded on their own.
      let back = Probability.value(ofScore: probability.score)
      #expect(abs(back - probability.value) <= 0x1p-52, "\(margin)")
      before = probability.score
    }
    #expect(Probability(1).score > before)
    #expect(Probability(0).score == 0 && Probability(0.5).score == 0.5)
    #expect(Probability.value(ofScore: Probability(1).score) == 1)
  }

  /// Figures of probabilities and of margins are the same, also where the probability rounds to 1.
  @Test func figuresAreThoseOfTheMargins() throws {
    var (margins, probabilities) = (BinaryMetrics(), BinaryMetrics())
    for row in 0..<2000 {
      let margin = Double(row * 7919 % 2000 - 1000) / 10
      let (label, weight) = (row % 3 == 0, Double(row % 5))
      margins.add(
        margin: margin, probability: sigmoid(margin), label: label, weight: weight)
      probabilities.add(ofMargin(margin), label: label, weight: weight)
    }
    let (expected, found) = (margins.summary(), probabilities.summary())
    #expect(found.auc == expected.auc && found.averagePrecision == expected.averagePrecision)
    #expect(found.brier == expected.brier && found.accuracy == expected.accuracy)
    #expect(found.ece == expected.ece && found.infiniteLosses == 0)
    #expect(abs(try #require(found.logLoss) - #require(expected.logLoss)) < 1e-11)
  }
}
