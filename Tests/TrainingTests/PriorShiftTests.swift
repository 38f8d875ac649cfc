import Configuration
import Featurizing
import Foundation
import Learning
import SparseBatches
import Testing

@testable import Training

@Suite struct PriorShiftTests {
  private func sampling(_ change: (inout SamplingConfiguration) -> Void) -> SamplingConfiguration {
    var sampling = SamplingConfiguration()
    change(&sampling)
    return sampling
  }

  /// So many rows of each class, each of weight 1, and as many negatives sampled out.
  private func tally(negatives: Int, positives: Int, sampledOut: Int = 0) -> RowTally {
    var batch = SparseBatch()
    for row in 0..<(negatives + positives) {
      batch.endRow(label: row < negatives ? 0 : 1, weight: 1, rowInChunk: row)
    }
    var tally = RowTally(isBinary: true)
    tally.count(batch)
    tally.countSampledOut(sampledOut)
    return tally
  }

  private func shifts(
    _ sampling: SamplingConfiguration, classFactors: [Double] = [], loss: ModelLoss = .logistic,
    negatives: Int = 10, positives: Int = 10, sampledOut: Int = 0
  ) throws -> [Double] {
    try PriorShift(sampling, loss: loss, classFactors: classFactors)
      .shifts(tally(negatives: negatives, positives: positives, sampledOut: sampledOut))
  }

  private func sigmoid(_ margin: Double) -> Double { 1 / (1 + exp(-margin)) }

  /// He et al. 2014: q = p / (p + (1 − p) / r).
  @Test(arguments: [0.5, 0.1, 0.01, 1e-5], [0.001, 0.3, 0.5, 0.97])
  func theShiftIsTheFormulaOfHe(rate: Double, sampled: Double) throws {
    // The rate is that of the rows that are there.
    let shift = try shifts(
      sampling { $0.keepNegatives = rate }, sampledOut: Int((10 / rate).rounded()) - 10)
    let margin = log(sampled / (1 - sampled))
    let expected = sampled / (sampled + (1 - sampled) / rate)
    #expect(abs(sigmoid(margin + shift[0]) / expected - 1) < 1e-12)
  }

  @Test func ratesOfBothSamplingsMultiply() throws {
    let shift = try shifts(
      sampling {
        $0.keepNegatives = 0.1
        $0.negativesKept = 0.05
      }, sampledOut: 90)
    #expect(abs(shift[0] - log(0.005)) < 1e-12)
    // Nobody counted before the input.
    let before = try shifts(sampling { $0.negativesKept = 0.05 })
    #expect(abs(before[0] - log(0.05)) < 1e-12)
  }

  /// King & Zeng 2001, eq. 7, in its general form; with the rate that was really used it is ln R.
  @Test func aKnownBaseRateIsShiftedTo() throws {
    let general = try shifts(
      sampling { $0.populationRate = 0.02 }, negatives: 300, positives: 100)
    #expect(abs(general[0] + log((0.98 / 0.02) * (0.25 / 0.75))) < 1e-12)
    let rate = try shifts(
      sampling { $0.populationRate = 100.0 / 3100 }, negatives: 300, positives: 100)
    #expect(abs(rate[0] - log(0.1)) < 1e-12)
  }

  @Test func classWeightsAreTakenBack() throws {
    let shift = try shifts(
      sampling { $0.keepNegatives = 0.25 }, classFactors: [0.5, 3], sampledOut: 30)
    #expect(abs(shift[0] - (log(0.25) - log(3 / 0.5))) < 1e-12)
    #expect(abs(try shifts(SamplingConfiguration(), classFactors: [1, 4])[0] + log(4)) < 1e-12)
    let classes = try shifts(
      SamplingConfiguration(), classFactors: [1, 2, 0.5], loss: .softmax(classes: 3))
    #expect(zip(classes, [0, -log(2), -log(0.5)]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func weightingNegativesNeedsNoShift() throws {
    let sampling = sampling {
      $0.keepNegatives = 0.1
      $0.negativesKept = 0.5
      $0.correction = .weight
    }
    let plain = PriorShift(sampling, loss: .logistic, classFactors: [])
    #expect(plain.rowFactors == [1 / 0.05, 1])
    #expect(try plain.shifts(tally(negatives: 5, positives: 5, sampledOut: 45)).isEmpty)
    let weighted = PriorShift(sampling, loss: .logistic, classFactors: [2, 3])
    #expect(weighted.rowFactors == [2 / 0.05, 3])
    let shift = try weighted.shifts(tally(negatives: 5, positives: 5, sampledOut: 45))
    #expect(abs(shift[0] + log(1.5)) < 1e-12)
  }

  /// By hand: 40 of 100 negatives were kept where half was planned; 20 positives. Truth: odds 20 to
  /// 100. Learned without weights: 20 to 40, and ln 0.4 is the way back. Learned with weights of 2:
  /// 20 to 80, and ln(0.4 / 0.5).
  @Test func theRateIsTheOneCounted() throws {
    let truth = log(20.0 / 100)
    let prior = try shifts(
      sampling { $0.keepNegatives = 0.5 }, negatives: 40, positives: 20, sampledOut: 60)
    #expect(abs(log(20.0 / 40) + prior[0] - truth) < 1e-12)
    let weight = try shifts(
      sampling {
        $0.keepNegatives = 0.5
        $0.correction = .weight
      }, negatives: 40, positives: 20, sampledOut: 60)
    #expect(abs(log(20.0 / 80) + weight[0] - truth) < 1e-12)
    #expect(weight[0] < 0)
    // More than planned were kept: they weighed too much.
    let more = try shifts(
      sampling {
        $0.keepNegatives = 0.5
        $0.correction = .weight
      }, negatives: 60, positives: 20, sampledOut: 40)
    #expect(abs(more[0] - log(1.2)) < 1e-12)
    // What cannot be counted is as planned.
    let none = try shifts(
      sampling { $0.keepNegatives = 0.5 }, negatives: 0, positives: 20, sampledOut: 100)
    #expect(none == [log(0.5)])
    #expect(tally(negatives: 40, positives: 20, sampledOut: 60).shareKept(planned: 0.5) == 0.4)
    #expect(tally(negatives: 40, positives: 20).shareKept(planned: 1) == 1)
  }

  /// Sampling of a stream of fake negatives is taken back before its odds are.
  @Test func fakeNegativesShiftAsPriorDoes() throws {
    let stream = sampling { $0.correction = .fakeNegatives }
    #expect(try shifts(stream).isEmpty)
    #expect(abs(try shifts(stream, classFactors: [1, 4])[0] + log(4)) < 1e-12)
    let sampled = sampling {
      $0.correction = .fakeNegatives
      $0.keepNegatives = 0.1
      $0.negativesKept = 0.05
    }
    #expect(abs(try shifts(sampled, sampledOut: 90)[0] - log(0.005)) < 1e-12)
    #expect(PriorShift(sampled, loss: .logistic, classFactors: []).rowFactors.isEmpty)
  }

  @Test func nothingIsCorrectedOnRequest() throws {
    let none = sampling {
      $0.keepNegatives = 0.1
      $0.correction = SamplingConfiguration.Correction.none
    }
    #expect(try shifts(none, classFactors: [1, 7]).isEmpty)
    #expect(try shifts(none, classFactors: [1, 0]).isEmpty)
    #expect(try shifts(SamplingConfiguration()).isEmpty)
  }

  /// What a held-out negative stands for: rows that were left out before the input.
  @Test func heldOutNegativesWeighAsThePopulation() throws {
    func stoodFor(_ sampling: SamplingConfiguration, _ factors: [Double] = []) throws -> Double {
      try PriorShift(sampling, loss: .logistic, classFactors: factors)
        .negativesStoodFor(tally(negatives: 300, positives: 100, sampledOut: 2700))
    }
    #expect(try stoodFor(sampling { $0.keepNegatives = 0.1 }) == 1)
    #expect(try stoodFor(sampling { $0.negativesKept = 0.25 }) == 4)
    // 300 kept of 3000 beside 100 positives; 2 % positives would be 4900 beside 100.
    let known = sampling {
      $0.populationRate = 0.02
      $0.keepNegatives = 0.1
    }
    #expect(abs(try stoodFor(known) - 4900.0 / 3000) < 1e-12)
    // Weights of 2 on negatives: half as many rows.
    #expect(abs(try stoodFor(known, [2, 1]) - 4900.0 / 1500) < 1e-12)
  }

  @Test func whatCannotBeCorrectedIsRefused() throws {
    for (negatives, positives, word) in [(0, 5, "negative"), (5, 0, "positive")] {
      let failure = #expect(throws: RunFailure.self) {
        try shifts(
          sampling { $0.populationRate = 0.1 }, negatives: negatives, positives: positives)
      }
      #expect(failure?.kind == .badData && failure?.message.contains(word) == true)
    }
  }
}
