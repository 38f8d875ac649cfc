private import ElementaryMath
package import SparseBatches

/// How the learning rate falls with the rows; t counts the rows before the update, so that the size
/// of the mini-batches does not change it.
package enum RateSchedule: String, BitwiseCopyable, CaseIterable, Sendable {
  /// η0.
  case constant
  /// η0 / (1 + t/t0)^power.
  case invscaling
  /// η0·decay^(t/T).
  case exponential
  /// η0·decay^⌊t/T⌋.
  case step
  /// η0·½(1 + cos(π·min(t, T)/T)).
  case cosine
  /// 1/(λ2(t0' + t)) (Bottou 2012, "Stochastic Gradient Descent Tricks"), with scikit-learn's
  /// t0' = 1/(λ2·η), η = λ2^−¼, at which η is the first rate. λ2 must not be 0.
  case optimal
}

/// What a person asked of the learning rate; nil where nothing was said.
package struct RateOptions: Equatable, Sendable {
  /// η0.
  package var learningRate: Double?
  package var schedule: RateSchedule?
  package var power: Double?
  package var decay: Double?
  /// T, else 1,000,000; or t0, else 1,000.
  package var decayRows: Int?
  package var warmupRows: Int?

  package init(
    learningRate: Double? = nil, schedule: RateSchedule? = nil, power: Double? = nil,
    decay: Double? = nil, decayRows: Int? = nil, warmupRows: Int? = nil
  ) {
    self.learningRate = learningRate
    self.schedule = schedule
    self.power = power
    self.decay = decay
    self.decayRows = decayRows
    self.warmupRows = warmupRows
  }
}

/// The learning rate as a function of the rows seen: a schedule after a linear warm-up.
package struct LearningRate: BitwiseCopyable, Equatable, Sendable {
  package let schedule: RateSchedule
  /// η0; for `optimal` the rate at t = 0.
  package let initial: Double
  package let power: Double
  package let decay: Double
  package let decayRows: Int
  package let warmupRows: Int

  private let logDecay: Double
  private let inverseDecayRows: Double
  /// λ2·η0 of `optimal`: 1/(λ2(t0' + t)) = η0/(1 + λ2·η0·t).
  private let optimalSlope: Double

  /// - Parameters:
  ///   - defaultSchedule, defaultRate: the optimizer's.
  ///   - l2: λ2 of the objective.
  /// - Throws: `RunFailure` (usage) naming the option that is out of range, or that the schedule
  ///   has no use for.
  package init(
    _ options: RateOptions, defaultSchedule: RateSchedule, defaultRate: Double, l2: Double
  ) throws(RunFailure) {
    let schedule = options.schedule ?? defaultSchedule
    try Self.refuseUnused(options, by: schedule)
    self.schedule = schedule
    if schedule == .optimal {
      guard l2 > 0 else {
        throw RunFailure(.usage, "--schedule optimal needs --l2", cure: "give --l2 above 0")
      }
      initial = 1 / l2.squareRoot().squareRoot()
    } else {
      initial = options.learningRate ?? defaultRate
    }
    power = options.power ?? 0.5
    decay = options.decay ?? 0.5
    decayRows = options.decayRows ?? (schedule == .invscaling ? 1000 : 1_000_000)
    warmupRows = options.warmupRows ?? 0
    logDecay = Elementary.log(decay)
    inverseDecayRows = 1 / Double(decayRows)
    optimalSlope = l2 * initial
    try validate()
  }

  /// The rate of an update before which `rows` rows were seen.
  package func rate(rows: Int) -> Double {
    let scheduled = initial * factor(Double(rows))
    guard rows < warmupRows else { return scheduled }
    return scheduled * (Double(rows + 1) / Double(warmupRows))
  }

  private func factor(_ rows: Double) -> Double {
    switch schedule {
    case .constant: return 1
    case .optimal: return 1 / (1 + optimalSlope * rows)
    case .invscaling:
      let base = 1 + rows * inverseDecayRows
      if power == 0.5 { return 1 / base.squareRoot() }
      return Elementary.exp(-power * Elementary.log(base))
    case .exponential: return Elementary.exp(logDecay * (rows * inverseDecayRows))
    case .step:
      // Divided, not multiplied: the boundary must fall on the row.
      return Elementary.exp(logDecay * (rows / Double(decayRows)).rounded(.down))
    case .cosine: return Self.cosineFactor(min(rows, Double(decayRows)) * inverseDecayRows)
    }
  }

  /// ½(1 + cos πx) = 1 − sin²(πx/2) = sin²(π(1 − x)/2), 0 <= x <= 1.
  private static func cosineFactor(_ x: Double) -> Double {
    if x > 0.5 {
      let root = sine(Double.pi / 2 * max(0, 1 - x))
      return root * root
    }
    let root = sine(Double.pi / 2 * x)
    return 1 - root * root
  }

  /// Taylor's series to x¹⁷: the error is below 10⁻¹⁹ for 0 <= x <= π/4.
  private static func sine(_ x: Double) -> Double {
    let square = x * x
    var sum = 1.0
    for k in stride(from: 16.0, to: 0, by: -2) { sum = 1 - square / (k * (k + 1)) * sum }
    return x * sum
  }
}

extension LearningRate {
  private func validate() throws(RunFailure) {
    try Self.check("--learning-rate", initial, 1e-30...1e30, allowed: "a number from 1e-30 to 1e30")
    try Self.check("--power", power, 0...10, allowed: "a number from 0 to 10")
    try Self.check("--decay", decay, 1e-30...1, allowed: "a number from 1e-30 to 1")
    try Self.check("--decay-rows", Double(decayRows), 1...1e18, allowed: "1 or more")
    try Self.check("--warmup", Double(warmupRows), 0...1e18, allowed: "0 or more")
  }

  private static func check(
    _ name: String, _ value: Double, _ range: ClosedRange<Double>, allowed: String
  ) throws(RunFailure) {
    guard range.contains(value) else {
      throw RunFailure(.usage, "\(name) is \(value)", cure: "give \(allowed)")
    }
  }

  private static func refuseUnused(
    _ options: RateOptions, by schedule: RateSchedule
  ) throws(RunFailure) {
    let decays = schedule == .exponential || schedule == .step
    let uses: [(name: String, isGiven: Bool, isUsed: Bool)] = [
      ("--learning-rate", options.learningRate != nil, schedule != .optimal),
      ("--power", options.power != nil, schedule == .invscaling),
      ("--decay", options.decay != nil, decays),
      (
        "--decay-rows", options.decayRows != nil,
        decays || schedule == .invscaling || schedule == .cosine
      ),
    ]
    for use in uses where use.isGiven && !use.isUsed {
      throw RunFailure(
        .usage, "\(use.name) has no meaning with --schedule \(schedule.rawValue)",
        cure: "leave one of the two out")
    }
  }
}

/// Where a run stands in its schedule.
package struct RateClock: BitwiseCopyable, LearningClock {
  /// Rows seen: t.
  package internal(set) var rows = 0
  /// Σ η_t of the steps made.
  package internal(set) var elapsed = 0.0
  /// η_t of the next step.
  package internal(set) var rate: Double

  package init(_ schedule: LearningRate) { rate = schedule.rate(rows: 0) }

  /// - Parameter steps: what the step counts for in Σ η_t.
  @inline(__always)
  internal mutating func advance(rows: Int, steps: Double, _ schedule: LearningRate) {
    elapsed += steps * rate
    // A constant rate needs no call per row.
    let isFixed = schedule.schedule == .constant && self.rows >= schedule.warmupRows
    self.rows += rows
    if !isFixed {
      rate = schedule.rate(rows: self.rows)
    }
  }
}

extension RateClock {
  /// Whether a clock with this schedule can stand here. Steps count at most the rows they are of,
  /// and no rate is above the initial one; a hundredth is for what rounding adds up to.
  internal func isOn(_ schedule: LearningRate) -> Bool {
    isPossible && rate == schedule.rate(rows: rows)
      && elapsed <= schedule.initial * Double(rows) * 1.01
  }
}

extension RateClock {
  package static var wordCount: Int { 3 }
  package var isPossible: Bool {
    (0..<1 << 60).contains(rows) && elapsed >= 0 && elapsed.isFinite && rate >= 0 && rate.isFinite
  }
  package var words: [UInt64] {
    [UInt64(bitPattern: Int64(rows)), elapsed.bitPattern, rate.bitPattern]
  }
  package init(words: ArraySlice<UInt64>) {
    let first = words.startIndex
    rows = Int(Int64(bitPattern: words[first]))
    elapsed = Double(bitPattern: words[first + 1])
    rate = Double(bitPattern: words[first + 2])
  }
}
