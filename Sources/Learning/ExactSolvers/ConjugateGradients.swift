internal import SparseBatches

/// An approximate solution of H·step = −gradient.
internal struct NewtonSolution {
  var step: [Double]
  /// −gradient − H·step.
  var residual: [Double]
  /// Whether the step was cut at the radius.
  var isAtBoundary = false
}

extension ExactLearner {
  /// Conjugate gradients for the Newton step, inside a ball (Steihaug 1983; Lin, Weng & Keerthi 2008,
  /// algorithm 2): one pass an iteration.
  ///
  /// - Parameter tolerance: stops when ‖residual‖ <= tolerance·‖gradient‖.
  internal mutating func conjugateGradients(
    _ current: Iterate, _ start: SolverStart, radius: Double, tolerance: Double,
    rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> NewtonSolution {
    let downhill = VectorArithmetic.scaled(current.gradient, by: -1)
    var solution = NewtonSolution(step: downhill.map { _ in 0 }, residual: downhill)
    var direction = downhill
    var squared = VectorArithmetic.dot(downhill, downhill)
    let target = tolerance * tolerance * squared
    // In exact arithmetic, as many iterations as coordinates are enough; rounding takes some more.
    for _ in 0..<max(10, min(2 * point.count, 1000)) {
      guard squared > target else { break }
      let product = try hessianProduct(at: current, along: direction, start, rows: &rows)
      let curvature = VectorArithmetic.dot(direction, product)
      guard curvature.isFinite else { break }
      let toBoundary = Self.distance(from: solution.step, along: direction, to: radius)
      let factor = curvature > 0 ? squared / curvature : .infinity
      solution.isAtBoundary = factor >= toBoundary
      let step = min(factor, toBoundary)
      guard step.isFinite else { break }
      VectorArithmetic.add(step, times: direction, to: &solution.step)
      VectorArithmetic.add(-step, times: product, to: &solution.residual)
      if solution.isAtBoundary { break }
      let next = VectorArithmetic.dot(solution.residual, solution.residual)
      direction = VectorArithmetic.sum(solution.residual, next / squared, times: direction)
      squared = next
    }
    return solution
  }

  /// The t > 0 with ‖step + t·direction‖ = radius; ‖step‖ <= radius.
  private static func distance(
    from step: [Double], along direction: [Double], to radius: Double
  ) -> Double {
    guard radius.isFinite else { return .infinity }
    let squared = VectorArithmetic.dot(direction, direction)
    let inner = VectorArithmetic.dot(step, direction)
    let room = max(0, radius * radius - VectorArithmetic.dot(step, step))
    let root = (inner * inner + squared * room).squareRoot()
    // Of both forms, the one that does not cancel.
    return inner >= 0 ? room / (inner + root) : (root - inner) / squared
  }
}
