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
