import Learning
import SparseBatches
import Testing

@Suite struct RateScheduleTests {
  private func rate(_ options: RateOptions, l2: Double = 0) throws -> LearningRate {
    try LearningRate(options, defaultSchedule: .constant, defaultRate: 0.1, l2: l2)
  }

  private func expect(
    _ options: RateOptions, l2: Double = 0, _ table: [(rows: Int, rate: Double)]
  ) throws {
    let schedule = try rate(options, l2: l2)
    for (rows, expected) in table {
      #expect(abs(schedule.rate(rows: rows) - expected) <= 1e-14 * expected, "\(rows)")
    }
  }

  @Test func followsTheFormulas() throws {
    var options = RateOptions(learningRate: 0.8)
    try expect(options, [(0, 0.8), (1, 0.8), (1_000_000_000, 0.8)])
    options.decayRows = 10
    options.schedule = .invscaling
    try expect(options, [(0, 0.8), (30, 0.4), (990, 0.08)])
    options.power = 1
    try expect(options, [(0, 0.8), (30, 0.2), (70, 0.1)])
    options.power = nil
    options.decay = 0.25
    options.schedule = .exponential
    try expect(options, [(0, 0.8), (5, 0.4), (10, 0.2), (20, 0.05)])
    options.schedule = .step
    try expect(options, [(0, 0.8), (9, 0.8), (10, 0.2), (19, 0.2), (20, 0.05)])
    options.decay = nil
    options.schedule = .cosine
    // ½(1 + cos π/4) and its like.
    try expect(options, [(0, 0.8), (5, 0.4), (9, 0.019577393481938587), (10, 0), (1000, 0)])
    options.decayRows = 8
    try expect(options, [(2, 0.682842712474619), (6, 0.11715728752538099)])
  }

  /// λ2 = 1e-4: the first rate is 1e-4^−¼ = 10, so t0' = 1/(1e-4·10) = 1,000.
  @Test func optimalStartsWhereScikitLearnDoes() throws {
    let options = RateOptions(schedule: .optimal)
    try expect(options, l2: 1e-4, [(0, 10), (1000, 5), (9000, 1)])
  }

  @Test func warmsUpLinearlyFromTheFirstRow() throws {
    try expect(
      RateOptions(learningRate: 0.8, warmupRows: 4),
      [(0, 0.2), (1, 0.4), (3, 0.8), (4, 0.8), (100, 0.8)])
    try expect(
      RateOptions(schedule: .optimal, warmupRows: 2000), l2: 1e-4,
      [(0, 0.005), (999, 10000 / 3998)])
  }

  struct Refusal: Sendable {
    var option: String
    var options: RateOptions
  }

  @Test(arguments: [
    Refusal(option: "--learning-rate", options: RateOptions(learningRate: 0)),
    Refusal(option: "--learning-rate", options: RateOptions(learningRate: .nan)),
    Refusal(option: "--learning-rate", options: RateOptions(learningRate: .infinity)),
    Refusal(option: "--learning-rate", options: RateOptions(learningRate: 1, schedule: .optimal)),
    Refusal(option: "--l2", options: RateOptions(schedule: .optimal)),
    Refusal(option: "--power", options: RateOptions(schedule: .invscaling, power: -1)),
    Refusal(option: "--power", options: RateOptions(schedule: .constant, power: 1)),
    Refusal(option: "--decay", options: RateOptions(schedule: .step, decay: 0)),
    Refusal(option: "--decay", options: RateOptions(schedule: .exponential, decay: 1.5)),
    Refusal(option: "--decay", options: RateOptions(schedule: .cosine, decay: 0.5)),
    Refusal(option: "--decay-rows", options: RateOptions(schedule: .cosine, decayRows: 0)),
    Refusal(option: "--decay-rows", options: RateOptions(decayRows: 5)),
    Refusal(option: "--warmup", options: RateOptions(warmupRows: -1)),
  ])
  func refusesWhatHasNoMeaning(_ refusal: Refusal) {
    var failure: RunFailure?
    do throws(RunFailure) {
      _ = try LearningRate(
        refusal.options, defaultSchedule: .constant, defaultRate: 0.1, l2: 0)
    } catch { failure = error }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains(refusal.option) == true)
  }

  @Test(arguments: [-1, .nan, .infinity, 1e-40] as [Double])
  func refusesPenaltiesOutOfRange(_ value: Double) {
    func option(_ make: () throws(RunFailure) -> Void) -> String? {
      do throws(RunFailure) { try make() } catch { return String(error.message.prefix(4)) }
      return nil
    }
    #expect(option { () throws(RunFailure) in _ = try SGDParameters(l1: value) } == "--l1")
    #expect(option { () throws(RunFailure) in _ = try SGDParameters(l2: value) } == "--l2")
    #expect(option { () throws(RunFailure) in _ = try AdaGradParameters(l1: value) } == "--l1")
    #expect(option { () throws(RunFailure) in _ = try AdaGradParameters(l2: value) } == "--l2")
  }
}
