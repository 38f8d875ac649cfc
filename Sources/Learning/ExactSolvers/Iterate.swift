/// A point of the solvers' path, in the coordinates of `SolverSpace`.
internal struct Iterate: Sendable {
  var point: [Double]
  /// F, penalties included.
  var objective: Double
  /// Gradient of the smooth part.
  var gradient: [Double]
  /// The subgradient of F that is nearest to zero; `gradient` itself without L1.
  var steepest: [Double]
  /// Norm of the same subgradient by (w, b): what people are told.
  var plainNorm: Double
  /// Norm of `steepest`.
  var ownNorm: Double
  var worstMargin: Double

  var isFinite: Bool { objective.isFinite && plainNorm.isFinite && ownNorm.isFinite }
}

/// What is known from the first evaluation, at zero.
internal struct SolverStart: Sendable {
  var space: SolverSpace
  /// λ1 by coordinate of the space; empty without L1.
  var thresholds: [Double]
  var objective = 0.0
  var plainNorm = 0.0
  var ownNorm = 0.0
}

/// ‖∇F‖ <= tolerance · (smallest class's share) · ‖∇F at zero‖, as liblinear stops, both by (w, b)
/// and in the solver's coordinates: the norm by w alone is that of the largest columns, and forgets the others.
internal struct StopRule {
  let plainTarget: Double
  let ownTarget: Double

  init(_ start: SolverStart, tolerance: Double, share: Double) {
    plainTarget = tolerance * share * start.plainNorm
    ownTarget = tolerance * share * start.ownNorm
  }

  func isMet(by iterate: Iterate) -> Bool {
    iterate.plainNorm <= plainTarget && iterate.ownNorm <= ownTarget
  }
}
