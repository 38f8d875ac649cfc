/// A point of the solvers' path, in scaled coordinates u = w / scale.
internal struct Iterate: Sendable {
  var point: [Double]
  /// F, penalties included.
  var objective: Double
  /// Gradient of the smooth part by u.
  var gradient: [Double]
  /// The subgradient of F by u that is nearest to zero; `gradient` itself without L1.
  var steepest: [Double]
  /// Norm of `steepest` by w: what people are told.
  var plainNorm: Double
  /// Norm of `steepest` by u.
  var scaledNorm: Double
  var worstMargin: Double

  var isFinite: Bool { objective.isFinite && plainNorm.isFinite && scaledNorm.isFinite }
}

/// What is known from the gradient at zero.
internal struct SolverStart: Sendable {
  /// 1 / √(curvature of F along the coordinate at zero).
  var scales: [Double]
  /// λ1 by scaled coordinate; empty without L1.
  var thresholds: [Double]
  var objective: Double
  var plainNorm: Double
  var scaledNorm: Double
}

/// ‖∇F‖ <= tolerance · (smallest class's share) · ‖∇F at zero‖, as liblinear stops, both by w and by
/// u: the norm by w alone is that of the largest columns, and forgets the others.
internal struct StopRule {
  let plainTarget: Double
  let scaledTarget: Double

  init(_ start: SolverStart, tolerance: Double, share: Double) {
    plainTarget = tolerance * share * start.plainNorm
    scaledTarget = tolerance * share * start.scaledNorm
  }

  func isMet(by iterate: Iterate) -> Bool {
    iterate.plainNorm <= plainTarget && iterate.scaledNorm <= scaledTarget
  }
}
