internal import SparseBatches

// L-BFGS for Σ s·ℓ + (λ2/2)‖w‖₂² (Nocedal & Wright 2006, chapter 7); with λ1‖w‖₁ beside it, OWL-QN
// (Andrew & Gao 2007). One pass a trial step, almost always one trial an iteration.
extension ExactLearner {
  internal mutating func minimizeByLBFGS(
    _ limits: SolverLimits, rows: inout some RowPasses & ~Copyable, _ state: SolverState?,
    _ tell: (SolverState, SolverProgress) throws(RunFailure) -> Void
  ) throws(RunFailure) -> SolverOutcome {
    var run: SolverRun
    let start: SolverStart
    (start, run) = try begin(limits, state, rows: &rows)
    var memory = LBFGSMemory(steps: state?.steps ?? [], changes: state?.changes ?? [])
    try tell(self.state(run, memory), run.progress(passes: objective.passes))
    while true {
      if let reason = reasonToStop(run) { return try finish(run, reason, rows: &rows) }
      guard let next = try lbfgsStep(from: run.current, memory, start, rows: &rows) else {
        // What was learned about the curvature may be at fault: begin once more without it.
        if memory.isEmpty { return try finish(run, .precisionLimit, rows: &rows) }
        memory.removeAll()
        continue
      }
      memory.append(
        step: VectorArithmetic.sum(next.point, -1, times: run.current.point),
        change: VectorArithmetic.sum(next.gradient, -1, times: run.current.gradient))
      run.accept(next)
      point = start.space.point(next.point)
      try tell(self.state(run, memory), run.progress(passes: objective.passes))
    }
  }

  private func state(_ run: SolverRun, _ memory: LBFGSMemory) -> SolverState {
    var state = state(run)
    state.steps = memory.steps
    state.changes = memory.changes
    return state
  }

  /// The next iterate; nil when no step lowers the objective.
  private mutating func lbfgsStep(
    from current: Iterate, _ memory: LBFGSMemory, _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    let direction =
      objective.l1 > 0
      ? OrthantWise.direction(from: current, memory) : memory.descent(from: current.steepest)
    let slope = VectorArithmetic.dot(current.steepest, direction)
    guard slope < 0 else { return nil }
    var firstStep = 1.0
    if memory.isEmpty {
      // Nothing is known of the length of the direction: one more pass finds the minimum of the
      // quadratic model along it, instead of several that try.
      let product = try hessianProduct(at: current, along: direction, start, rows: &rows)
      let step = -slope / VectorArithmetic.dot(direction, product)
      if step > 0 && step.isFinite { firstStep = step }
    }
    return objective.l1 > 0
      ? try orthantWiseSearch(from: current, direction, firstStep, start, rows: &rows)
      : try wolfeSearch(from: current, direction, slope, firstStep, start, rows: &rows)
  }

  private mutating func wolfeSearch(
    from current: Iterate, _ direction: [Double], _ slope: Double, _ firstStep: Double,
    _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    var search = WolfeSearch(value: current.objective, slope: slope, firstStep: firstStep)
    while true {
      let point = VectorArithmetic.sum(current.point, search.step, times: direction)
      let trial = try iterate(at: point, start, rows: &rows)
      let trialSlope = VectorArithmetic.dot(trial.gradient, direction)
      switch search.consider(value: trial.objective, slope: trialSlope) {
      case .accepted: return trial
      case .tryNext: continue
      case .failed: return nil
      }
    }
  }

  /// Backtracking along the projected path (their section 3.3).
  private mutating func orthantWiseSearch(
    from current: Iterate, _ direction: [Double], _ firstStep: Double, _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate? {
    var step = firstStep
    let noise = 1e-14 * current.objective.magnitude
    for _ in 0..<30 {
      let point = OrthantWise.move(current, step, direction, start.thresholds)
      let moved = VectorArithmetic.sum(point, -1, times: current.point)
      let expected = VectorArithmetic.dot(current.steepest, moved)
      guard expected < 0 else { return nil }
      let trial = try iterate(at: point, start, rows: &rows)
      let change = trial.objective - current.objective
      if trial.isFinite && change <= 1e-4 * expected + noise { return trial }
      // The minimum of the parabola through both values and the first slope.
      let share = -expected / (2 * (change - expected))
      step *= share.isNaN ? 0.1 : min(max(share, 0.1), 0.5)
    }
    return nil
  }
}

/// The last 10 steps and changes of the gradient, which stand for the inverse Hessian
/// (Nocedal & Wright 2006, algorithm 7.4).
internal struct LBFGSMemory {
  private struct Pair {
    var step: [Double]
    var change: [Double]
    /// step · change > 0.
    var curvature: Double
  }

  static let capacity = 10
  private var pairs: [Pair] = []

  init() {}

  /// What `steps` and `changes` of an earlier memory were.
  init(steps: [[Double]], changes: [[Double]]) {
    for (step, change) in zip(steps, changes) { append(step: step, change: change) }
  }

  var isEmpty: Bool { pairs.isEmpty }
  /// The oldest first.
  var steps: [[Double]] { pairs.map(\.step) }
  var changes: [[Double]] { pairs.map(\.change) }

  mutating func removeAll() { pairs.removeAll() }

  /// Leaves out a pair without positive curvature, which would spoil positive definiteness.
  mutating func append(step: [Double], change: [Double]) {
    let curvature = VectorArithmetic.dot(step, change)
    guard curvature > 1e-16 * VectorArithmetic.dot(change, change) else { return }
    if pairs.count == Self.capacity { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: change, curvature: curvature))
  }

  /// −H⁻¹·gradient, by the two-loop recursion.
  func descent(from gradient: [Double]) -> [Double] { Self.descent(from: gradient, pairs) }

  /// The same in the subspace of the coordinates where `isFree`; 0 in the others.
  func descent(from gradient: [Double], where isFree: [Bool]) -> [Double] {
    var restricted = LBFGSMemory()
    for pair in pairs {
      restricted.append(
        step: Self.restrict(pair.step, to: isFree), change: Self.restrict(pair.change, to: isFree))
    }
    return Self.descent(from: Self.restrict(gradient, to: isFree), restricted.pairs)
  }

  private static func restrict(_ vector: [Double], to isFree: [Bool]) -> [Double] {
    vector.indices.map { isFree[$0] ? vector[$0] : 0 }
  }

  private static func descent(from gradient: [Double], _ pairs: [Pair]) -> [Double] {
    var direction = VectorArithmetic.scaled(gradient, by: -1)
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = VectorArithmetic.dot(pair.step, direction) / pair.curvature
      factors.append(factor)
      VectorArithmetic.add(-factor, times: pair.change, to: &direction)
    }
    guard let last = pairs.last else { return direction }
    let scale = last.curvature / VectorArithmetic.dot(last.change, last.change)
    direction = VectorArithmetic.scaled(direction, by: scale)
    for (pair, factor) in zip(pairs, factors.reversed()) {
      let correction = VectorArithmetic.dot(pair.change, direction) / pair.curvature
      VectorArithmetic.add(factor - correction, times: pair.step, to: &direction)
    }
    return direction
  }
}

/// What L1 changes in L-BFGS: OWL-QN (Andrew & Gao 2007, section 3). `thresholds` is λ1 by
/// coordinate, 0 where nothing is penalised.
internal enum OrthantWise {
  /// The subgradient of F nearest to zero (their negated pseudo-gradient's direction is steepest
  /// descent).
  static func steepest(
    _ gradient: [Double], at point: [Double], _ thresholds: [Double]
  ) -> [Double] {
    gradient.indices.map { index in
      let (slope, threshold) = (gradient[index], thresholds[index])
      if point[index] > 0 { return slope + threshold }
      if point[index] < 0 { return slope - threshold }
      if slope > threshold { return slope - threshold }
      return slope < -threshold ? slope + threshold : 0
    }
  }

  static func direction(from iterate: Iterate, _ memory: LBFGSMemory) -> [Double] {
    let steepest = iterate.steepest
    // Coordinates that zero holds fast are no part of the problem at hand.
    let isFree = steepest.indices.map { iterate.point[$0] != 0 || steepest[$0] != 0 }
    var direction = memory.descent(from: steepest, where: isFree)
    for index in direction.indices
    where iterate.point[index] == 0 && direction[index] * steepest[index] >= 0 {
      direction[index] = 0
    }
    return direction
  }

  /// point + step·direction, where penalised coordinates stop at zero instead of changing their
  /// sign; those at zero may only leave it downhill.
  static func move(
    _ iterate: Iterate, _ step: Double, _ direction: [Double], _ thresholds: [Double]
  )
    -> [Double]
  {
    direction.indices.map { index in
      let old = iterate.point[index]
      let new = old + step * direction[index]
      guard thresholds[index] > 0 else { return new }
      let side = old != 0 ? old : -iterate.steepest[index]
      return new * side > 0 ? new : 0
    }
  }
}

/// A line search for the strong Wolfe conditions
///
///     φ(t) <= φ(0) + c₁ t φ'(0)   and   |φ'(t)| <= c₂ |φ'(0)|,   c₁ = 1e-4, c₂ = 0.9
///
/// (Nocedal & Wright 2006, algorithms 3.5 and 3.6, with cubic interpolation). It only proposes
/// steps; its caller evaluates them, one pass each:
///
///     while true { evaluate search.step; switch search.consider(value, slope) { … } }
internal struct WolfeSearch {
  enum Verdict: Equatable {
    /// `step` is good.
    case accepted
    /// Evaluate the new `step`.
    case tryNext
    /// No step was found within 30 trials.
    case failed
  }

  private struct Trial {
    var step, value, slope: Double
  }

  private let origin: Trial
  /// The best step so far that satisfies the first condition.
  private var low: Trial
  /// Together with `low`, encloses steps that satisfy both. Nil while steps still grow.
  private var high: Trial?
  private var trials = 0
  private(set) var step: Double

  /// - Parameter slope: φ'(0) < 0.
  init(value: Double, slope: Double, firstStep: Double) {
    origin = Trial(step: 0, value: value, slope: slope)
    low = origin
    step = firstStep
  }

  mutating func consider(value: Double, slope: Double) -> Verdict {
    trials += 1
    let trial = Trial(step: step, value: value, slope: slope)
    // Near the optimum the differences of φ are rounding; the slopes still tell the way.
    let noise = 1e-14 * origin.value.magnitude
    let bound = origin.value + 1e-4 * step * origin.slope + noise
    let isLower = value <= bound && value <= low.value + noise && slope.isFinite
    if isLower && slope.magnitude <= 0.9 * origin.slope.magnitude { return .accepted }
    if !isLower {
      high = trial
    } else if let other = high {
      if slope * (other.step - low.step) >= 0 { high = low }
      low = trial
    } else {
      if slope >= 0 { high = low }
      low = trial
    }
    guard trials < 30 else { return .failed }
    let next = proposal()
    guard next != step && next != low.step else { return .failed }
    step = next
    return .tryNext
  }

  private func proposal() -> Double {
    guard let high else { return 4 * low.step }
    let width = high.step - low.step
    guard high.value.isFinite && high.slope.isFinite else { return low.step + 0.1 * width }
    let cubic = Self.minimumOfCubic(low, high)
    // Inside, and not so close to an end that nothing would be learned.
    let share = (cubic - low.step) / width
    return low.step + width * (share.isNaN ? 0.5 : min(max(share, 0.1), 0.9))
  }

  /// The minimum of the cubic through both values and slopes (equation 3.59).
  private static func minimumOfCubic(_ a: Trial, _ b: Trial) -> Double {
    let first = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let radicand = first * first - a.slope * b.slope
    guard radicand >= 0 else { return .nan }
    let second = b.step > a.step ? radicand.squareRoot() : -radicand.squareRoot()
    let share = (b.slope + second - first) / (b.slope - a.slope + 2 * second)
    return b.step - (b.step - a.step) * share
  }
}
