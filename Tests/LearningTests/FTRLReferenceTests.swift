import Learning
import SparseBatches
import Testing

struct FTRLScenario: Sendable, CustomTestStringConvertible {
  var name: String
  var alpha, beta, l1, l2: Double
  var batchSize: Int
  var rows: [ReferenceRow]
  var z, n, weights: [Double]
  var bias: Double

  var testDescription: String { name }

  func parameters() throws -> FTRLParameters {
    try FTRLParameters(alpha: alpha, beta: beta, l1: l1, l2: l2)
  }
}

@Suite struct FTRLReferenceTests {
  /// Each update rounds z and √n by at most 2^-23 of their size; a dozen updates stay within 1e-6
  /// of the larger of 1 and the value (after `- λ1` the error is one of z, not of the difference).
  private func isClose(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-6 * max(1, abs(reference))
  }

  @Test(arguments: ReferenceVectors.scenarios)
  func stateAfterTheRows(_ scenario: FTRLScenario) throws {
    let learner = try learned(
      scenario.rows, bits: 4, parameters: scenario.parameters(), batchSize: scenario.batchSize)
    for slot in 0..<3 {
      let state = learner[slot: UInt32(slot)]
      let n = Double(state.rootN) * Double(state.rootN)
      let weight = Double(learner.weight(slot: UInt32(slot)))
      #expect(isClose(Double(state.z), scenario.z[slot]), "z of slot \(slot)")
      #expect(isClose(n, scenario.n[slot]), "n of slot \(slot)")
      #expect(isClose(weight, scenario.weights[slot]), "weight of slot \(slot)")
      #expect((weight == 0) == (scenario.weights[slot] == 0), "exact zero of slot \(slot)")
    }
    #expect(isClose(learner.bias, scenario.bias))
    #expect(learner.progress.rows == scenario.rows.count)
  }

  @Test func withL1AWeightReturnsToExactlyZero() throws {
    let scenario = try #require(ReferenceVectors.scenarios.first { $0.name == "l1" })
    let parameters = try scenario.parameters()
    let halfway = try learned(
      Array(scenario.rows.prefix(2)), bits: 4, parameters: parameters, batchSize: 1)
    #expect(halfway.weight(slot: 0) > 0)
    let end = try learned(scenario.rows, bits: 4, parameters: parameters, batchSize: 1)
    #expect(end.weight(slot: 0) == 0)
    #expect(end[slot: 0].z != 0)
  }

  /// Weights that come from elsewhere need the z that they stand for, or the first update drops
  /// them.
  @Test(arguments: [-2.5, -0.001, 0, 0.3, 40], [0.0, 1, 1e6])
  func aLoadedWeightIsReadBackAndSurvivesAnUpdate(weight: Double, n: Double) throws {
    let parameters = try FTRLParameters(alpha: 0.2, beta: 1.5, l1: 0.7, l2: 0.3)
    var learner = try LogisticFTRL(bits: 2, parameters: parameters)
    let z = FTRLCoordinates(parameters).z(forWeight: weight, rootN: n.squareRoot())
    learner[slot: 1] = FTRLSlot(z: Float(z), rootN: Float(n.squareRoot()))
    let loaded = Double(learner.weight(slot: 1))
    // z is stored in Float, and λ1 is taken off again: its rounding counts by the size of z.
    let rateOfZ = 1 / ((1.5 + n.squareRoot()) / 0.2 + 0.3)
    #expect(abs(loaded - weight) <= 1e-6 * (abs(weight) + 0.7 * rateOfZ))
    // By hand: σ = (√(n + g²) − √n)/α and w' from z + g − σw. At g = 1e-3 it moves by its rate.
    try learner.learn(batch([ReferenceRow([(1, 0.001)], label: 1)]))
    #expect(abs(Double(learner.weight(slot: 1)) - weight) <= 1e-3)
  }

  @Test func zOfAWeightIsTheInverseOfTheWeight() throws {
    let rule = FTRLCoordinates(try FTRLParameters(alpha: 0.1, beta: 1, l1: 2, l2: 0.5))
    // −w((β + √n)/α + λ2) − sgn(w)λ1 with √n = 3: (1 + 3)/0.1 + 0.5 = 40.5, in Float.
    #expect(abs(rule.z(forWeight: 2, rootN: 3) - (-2 * 40.5 - 2)) < 1e-5)
    #expect(abs(rule.z(forWeight: -2, rootN: 3) - (2 * 40.5 + 2)) < 1e-5)
    #expect(abs(rule.z(forWeight: 0, rootN: 3)) <= 2)
  }

  struct Bad: Sendable {
    var alpha = 0.1
    var beta = 1.0
    var l1 = 0.0
    var l2 = 0.0
    var option: String
  }

  @Test(arguments: [
    Bad(alpha: 0, option: "--alpha"), Bad(alpha: -1, option: "--alpha"),
    Bad(alpha: .nan, option: "--alpha"), Bad(alpha: .infinity, option: "--alpha"),
    Bad(beta: -0.1, option: "--beta"), Bad(beta: .nan, option: "--beta"),
    Bad(l1: -1, option: "--l1"), Bad(l1: .infinity, option: "--l1"),
    Bad(l2: -1, option: "--l2"), Bad(l2: .nan, option: "--l2"),
  ])
  func badParametersAreUsageErrorsThatNameTheOption(_ bad: Bad) throws {
    let failure = #expect(throws: RunFailure.self) {
      try FTRLParameters(alpha: bad.alpha, beta: bad.beta, l1: bad.l1, l2: bad.l2)
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.hasPrefix(bad.option) == true)
  }

  @Test func batchSizeBelowOneIsAUsageError() throws {
    let parameters = try FTRLParameters()
    var kind: RunFailure.Kind?
    do throws(RunFailure) {
      _ = try LogisticFTRL(bits: 4, parameters: parameters, batchSize: 0)
    } catch {
      kind = error.kind
    }
    #expect(kind == .usage)
  }
}
