import Learning
import SparseBatches
import Testing

/// One optimizer with its settings, in the words of the oracle.
struct GradientSetting: Sendable, CustomTestStringConvertible {
  var isAdaGrad: Bool
  var schedule: SlowSchedule
  var batchSize: Int
  var l1 = 0.0
  var l2 = 0.0

  var testDescription: String {
    "\(isAdaGrad ? "adagrad" : "sgd") \(schedule.shape) B \(batchSize) λ1 \(l1) λ2 \(l2)"
      + " warm-up \(schedule.warmup)"
  }

  var options: RateOptions {
    var options = RateOptions(warmupRows: schedule.warmup)
    options.learningRate = schedule.initial
    switch schedule.shape {
    case .constant: options.schedule = .constant
    case .invscaling:
      options.schedule = .invscaling
      options.power = schedule.power
      options.decayRows = schedule.decayRows
    case .exponential, .step:
      options.schedule = schedule.shape == .step ? .step : .exponential
      options.decay = schedule.decay
      options.decayRows = schedule.decayRows
    case .cosine:
      options.schedule = .cosine
      options.decayRows = schedule.decayRows
    case .optimal:
      options.schedule = .optimal
      options.learningRate = nil
    }
    return options
  }

  func oracle(slots: Int) -> DenseGradient {
    var schedule = schedule
    schedule.l2 = l2
    return DenseGradient(
      slots: slots, schedule: schedule, isAdaGrad: isAdaGrad, epsilon: AdaGradParameters.epsilon,
      l1: l1, l2: l2)
  }

  static let all: [GradientSetting] = [false, true].flatMap { isAdaGrad in
    [1, 3, 64].flatMap { size in
      let shapes: [SlowSchedule] = [
        SlowSchedule(shape: .constant), SlowSchedule(shape: .constant, warmup: 150),
        SlowSchedule(shape: .invscaling), SlowSchedule(shape: .invscaling, power: 1.2, warmup: 7),
        SlowSchedule(shape: .exponential), SlowSchedule(shape: .step, decay: 0.3),
        SlowSchedule(shape: .cosine, decayRows: 450, warmup: 50), SlowSchedule(shape: .optimal),
      ]
      return shapes.flatMap { shape in
        [(0.0, 0.0), (0.02, 0.0), (0.0, 0.05), (0.01, 0.05), (0.001, 3)].compactMap { l1, l2 in
          shape.shape == .optimal && l2 == 0
            ? nil
            : GradientSetting(
              isAdaGrad: isAdaGrad, schedule: shape, batchSize: size, l1: l1, l2: l2)
        }
      }
    }
  }
}

@Suite struct LazyPenaltyTests {
  private func expectEqual<Rule: CoordinateRule>(
    _ learner: borrowing OnlineLearner<Rule, LogisticLoss>, _ oracle: DenseGradient,
    margins: [Double]
  ) {
    for (slot, weight) in oracle.weights.enumerated() {
      let lazy = learner.exactWeight(slot: UInt32(slot))
      #expect(abs(lazy - weight) <= 1e-9 * max(1, abs(weight)), "slot \(slot)")
      // Exactly zero in both: not merely small.
      #expect((lazy == 0) == (weight == 0), "slot \(slot)")
    }
    #expect(abs(learner.bias - oracle.bias) <= 1e-9 * max(1, abs(oracle.bias)))
    #expect(margins.count == oracle.margins.count)
    for (margin, reference) in zip(margins, oracle.margins) {
      #expect(abs(margin - reference) <= 1e-9 * max(1, abs(reference)))
    }
  }

  /// Learns in one batch, so that all margins can be compared.
  private func check<Rule: CoordinateRule>(
    _ learner: consuming OnlineLearner<Rule, LogisticLoss>, _ setting: GradientSetting
  ) throws {
    var learner = learner
    let rows = randomRows(600, slots: 61, seed: 7)
    try learner.learn(batch(rows))
    try learner.finish()
    var oracle = setting.oracle(slots: 64)
    oracle.learn(rows, batchSize: setting.batchSize)
    expectEqual(learner, oracle, margins: (0..<rows.count).map { learner.margins[$0] })
  }

  @Test(arguments: GradientSetting.all)
  func isTheDenseUpdateOfAllCoordinates(_ setting: GradientSetting) throws {
    if setting.isAdaGrad {
      let parameters = try AdaGradParameters(
        rate: setting.options, l1: setting.l1, l2: setting.l2)
      try check(
        AdaGrad<LogisticLoss>(bits: 6, parameters: parameters, batchSize: setting.batchSize),
        setting)
    } else {
      let parameters = try SGDParameters(rate: setting.options, l1: setting.l1, l2: setting.l2)
      try check(
        StochasticGradient<LogisticLoss>(
          bits: 6, parameters: parameters, batchSize: setting.batchSize),
        setting)
    }
  }

  @Test(arguments: [(0.0, 0.0), (0.5, 0.0), (0.0, 0.7), (0.3, 0.9), (1e-6, 1e-12), (1e-30, 1e-30)])
  func theFlowComposes(l1: Double, l2: Double) throws {
    let flow = try PenaltyFlow(l1: l1, l2: l2)
    let weights = SIMD4(3.0, -2, 1e-3, 0)
    let (first, second) = (SIMD4(0.1, 2, 1e-4, 1), SIMD4(1.4, 0.05, 2e-4, 1e9))
    let whole = flow.flowed(weights, time: first + second)
    let parts = flow.flowed(flow.flowed(weights, time: first), time: second)
    for lane in 0..<4 { #expect(abs(whole[lane] - parts[lane]) <= 1e-15 * abs(weights[lane])) }
  }

  @Test func aLongFlowEndsAtExactlyZeroWithL1AndNotWithout() throws {
    let weights = SIMD4(5.0, -5, 1e-300, -0.25)
    let time = SIMD4<Double>(repeating: 100)
    #expect(try PenaltyFlow(l1: 0.1, l2: 0).flowed(weights, time: time) == SIMD4())
    #expect(try PenaltyFlow(l1: 0.1, l2: 1).flowed(weights, time: time) == SIMD4())
    let left = try PenaltyFlow(l1: 0, l2: 1).flowed(weights, time: time)
    #expect(left[0] > 0 && left[1] < 0)
  }
}
