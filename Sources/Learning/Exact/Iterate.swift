internal import SparseBatches

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

extension ExactLearner {
  /// The iterate at `point`; evaluates at zero first when that is not done yet.
  internal mutating func firstIterate(
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (SolverStart, Iterate) {
    if let start {
      return (start, try iterate(at: start.space.own(point), start, rows: &rows))
    }
    let zero = Array(repeating: 0.0, count: point.count)
    let noMoments = RowMoments(count: objective.coordinates.count)
    let evaluation = try objective.evaluate(at: zero, moments: noMoments, rows: &rows)
    let space = SolverSpace(
      moments: evaluation.moments ?? noMoments, weight: objective.survey.weight,
      curvature: objective.loss.curvatureAtZero, l2: objective.l2, outputs: objective.loss.outputs)
    var start = SolverStart(
      space: space, thresholds: objective.l1 > 0 ? space.thresholds(l1: objective.l1) : [])
    let origin = iterate(at: zero, zero, evaluation, start)
    start.objective = origin.objective
    start.plainNorm = origin.plainNorm
    start.ownNorm = origin.ownNorm
    self.start = start
    if point.allSatisfy({ $0 == 0 }) { return (start, origin) }
    return (start, try iterate(at: space.own(point), start, rows: &rows))
  }

  /// One pass: the iterate at `own`, in the solver's coordinates.
  internal mutating func iterate(
    at own: [Double], _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Iterate {
    let point = start.space.point(own)
    let evaluation = try objective.evaluate(at: point, rows: &rows)
    return iterate(at: own, point, evaluation, start)
  }

  private func iterate(
    at own: [Double], _ point: [Double], _ evaluation: Evaluation, _ start: SolverStart
  ) -> Iterate {
    let gradient = start.space.gradient(evaluation.gradient)
    var (steepest, plain) = (gradient, evaluation.gradient)
    if objective.l1 > 0 {
      steepest = OrthantWise.steepest(gradient, at: own, start.thresholds)
      let thresholds = point.indices.map { $0 < objective.penalizedCount ? objective.l1 : 0 }
      plain = OrthantWise.steepest(plain, at: point, thresholds)
    }
    return Iterate(
      point: own, objective: evaluation.value + objective.l1Penalty(at: point), gradient: gradient,
      steepest: steepest, plainNorm: VectorArithmetic.norm(plain),
      ownNorm: VectorArithmetic.norm(steepest), worstMargin: evaluation.worstMargin)
  }

  /// H v in the solver's coordinates: one pass.
  internal mutating func hessianProduct(
    at iterate: Iterate, along direction: [Double], _ start: SolverStart,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> [Double] {
    let product = try objective.hessianProduct(
      at: start.space.point(iterate.point), along: start.space.point(direction), rows: &rows)
    return start.space.gradient(product)
  }
}
