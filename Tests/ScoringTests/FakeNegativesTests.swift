import Evaluation
import Foundation
import SparseBatches
import Testing

@testable import Scoring

/// From the odds of a stream of fake negatives to a probability.
@Suite struct FakeNegativesTests {
  private func probability(_ margin: Double) -> Double {
    Calibrator.intercept(0).probability(FakeNegatives.margin(margin))
  }

  /// Of n rows alike, n are there as negatives, and p n as positives: the odds are p.
  @Test func oddsAreTheProbability() {
    let cases: [(Double, Double)] = [(0.5, 0), (0.25, -log(3)), (0.8, log(4)), (0.75, log(3))]
    for (odds, logOdds) in cases {
      #expect(abs(FakeNegatives.margin(log(odds)) - logOdds) < 1e-15 * 4, "\(odds)")
      #expect(abs(probability(log(odds)) - odds) < 1e-15, "\(odds)")
    }
    // 1 - e^-x = x - x²/2 + x³/6 …
    let margin = FakeNegatives.margin(-1e-6)
    #expect(abs(margin - (-1e-6 - log(1e-6 - 5e-13 + 1e-18 / 6))) < 1e-14)
    #expect(abs(FakeNegatives.margin(-50) + 50) < 1e-14)
  }

  /// Both the probability and its complement, to the last digits that the margin leaves them.
  @Test func bothSidesAreAccurate() {
    for step in 1...20_000 {
      let margin = -exp(-16 + Double(step) * 22.6e-4)
      let served = FakeNegatives.margin(margin)
      let (p, rest) = (exp(margin), -expm1(margin))
      let bound = 1e-15 * max(4, served.magnitude, margin.magnitude)
      #expect(abs(probability(margin) - p) <= bound * p, "\(margin)")
      let complement = Calibrator.intercept(0).probability(-served)
      #expect(abs(complement - rest) <= bound * rest, "\(margin)")
    }
  }

  @Test func higherMarginsAreNeverLess() {
    var last = -Double.infinity
    for step in -74_500...74_500 {
      let served = FakeNegatives.margin(Double(step) / 100)
      #expect(served.isFinite && served >= last, "\(step)")
      last = served
    }
    // One after another, also where one form takes over from the other and where the bound is.
    let starts: [Double] = [
      -700, -20, -1, -log(2) - 1e-14, -0.1, -1e-3, -1e-9 - 1e-22, -1e-9 + 1e-22,
    ]
    for start in starts {
      var margin = start
      for _ in 0..<1000 {
        let next = margin.nextUp
        #expect(
          FakeNegatives.margin(margin) <= FakeNegatives.margin(next).nextUp.nextUp, "\(margin)")
        margin = next
      }
    }
  }

  @Test func extremesStayBelowOneAndAreNoNaN() {
    let largest = log((1 - 1e-9) / 1e-9)
    for margin: Double in [-1e-10, -1e-300, -0.0, 0, 1e-300, 1, 745, .infinity] {
      #expect(abs(FakeNegatives.margin(margin) - largest) < 1e-14, "\(margin)")
      #expect(abs(probability(margin) - FakeNegatives.largestProbability) < 1e-15)
    }
    #expect(FakeNegatives.margin(-745) == -745 && probability(-745) > 0)
    #expect(FakeNegatives.margin(-1e5) == -1e5)
    #expect(FakeNegatives.margin(-.infinity) == -.infinity)
    #expect(FakeNegatives.margin(.nan).isNaN)
  }

  /// What corrects the stream comes before its odds are taken.
  @Test func oddsAreTakenLast() {
    var adjustment = MarginAdjustment(shifts: [-2], calibrator: .platt(slope: 0.5, intercept: -1))
    adjustment.hasFakeNegatives = true
    var scores = GrowableBuffer<Double>(capacity: 2)
    scores.append(1)
    scores.append(9)
    let served = adjustment.applied(to: scores)
    #expect(served[0] == FakeNegatives.margin(-1.5) && served[1] == FakeNegatives.margin(2.5))
    #expect(scores[0] == 1)
  }
}
