package import SparseBatches

/// Compares the derivatives that the solvers use with central differences, on the user's own rows.
///
/// At random points, along random directions v and single coordinates, with step h:
///
///     ∇F·v  with  (F(w + hv) − F(w − hv)) / 2h
///     H v   with  (∇F(w + hv) − ∇F(w − hv)) / 2h
///
/// and checks v'Hv >= 0, which convexity demands. The directions are in the coordinates of the
/// exact solvers (scaled, so that h suits each column). Points have no weight near 0, where λ1‖w‖₁
/// has no derivative. A sound loss gives errors of 1e-11 to 1e-7 (rounding, which grows with the
/// rows).
package struct GradientCheck: Equatable, Sendable {
  package var rows: Int
  /// Weights and biases.
  package var coordinates: Int
  /// Directions compared: random ones, then single coordinates.
  package var randomDirections = 0
  package var singleCoordinates = 0
  /// |∇F·v − difference| / max of both and of ‖∇F‖‖v‖/√(coordinates).
  package var largestGradientError = 0.0
  /// ‖H v − difference‖ / max of both norms.
  package var largestHessianError = 0.0
  /// The smallest v'Hv / ‖v‖‖Hv‖.
  package var smallestCurvature = Double.infinity

  package init(rows: Int, coordinates: Int) {
    self.rows = rows
    self.coordinates = coordinates
  }

  /// Whether both errors are at most `tolerance`, and no curvature is negative beyond rounding.
  package func passes(tolerance: Double = 1e-6) -> Bool {
    largestGradientError <= tolerance && largestHessianError <= tolerance
      && smallestCurvature >= -1e-12
  }

  /// What was compared and found, in words.
  package var explanation: String {
    "compared the gradient with central differences of the objective, and Hessian-vector products "
      + "with central differences of the gradient, on \(rows) rows along \(randomDirections) "
      + "random directions and \(singleCoordinates) single coordinates of \(coordinates): "
      + "largest relative error of the gradient \(largestGradientError), of Hessian-vector products "
      + "\(largestHessianError); smallest v'Hv / (‖v‖‖Hv‖) \(smallestCurvature)"
  }
}

extension ExactLearner {
  /// ∛ε balances the error of a difference, h²·F''', with its rounding, ε·F/h. Third derivatives of
  /// these losses are some hundred times smaller than F, which allows a larger h.
  private static var differenceStep: Double { 0x1p-14 }

  /// Runs `GradientCheck` at two random points. Three passes a direction and one a point; `point`
  /// is left as it is.
  ///
  /// - Parameter seed: the same seed checks the same points and directions.
  /// - Throws: what `rows` throws.
  package mutating func checkGradient(
    rows: inout some RowPasses & ~Copyable, seed: UInt64 = 1, randomDirections: Int = 3,
    singleCoordinates: Int = 4
  ) throws(RunFailure) -> GradientCheck {
    let (start, _) = try firstIterate(rows: &rows)
    var check = GradientCheck(rows: objective.survey.rows, coordinates: point.count)
    var draws = Draws(state: seed)
    for _ in 0..<2 {
      // Shorter for long points, so that margins stay near 1 and no loss is flat.
      let length = 1 / Double(point.count).squareRoot()
      let own = point.map { _ in length * draws.awayFromZero() }
      let here = try gradientOfAll(at: own, start, rows: &rows).gradient
      for _ in 0..<randomDirections {
        let direction = point.map { _ in length * draws.awayFromZero() }
        try compare(here, at: own, along: direction, start, &check, rows: &rows)
        check.randomDirections += 1
      }
      for number in 0..<min(singleCoordinates, point.count) {
        var direction = point.map { _ in 0.0 }
        // The bias first, then any.
        direction[number == 0 ? point.count - 1 : draws.index(below: point.count)] = length
        try compare(here, at: own, along: direction, start, &check, rows: &rows)
        check.singleCoordinates += 1
      }
    }
    return check
  }

  private mutating func compare(
    _ here: [Double], at own: [Double], along direction: [Double], _ start: SolverStart,
    _ check: inout GradientCheck, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) {
    let step = Self.differenceStep
    let forward = VectorArithmetic.sum(own, step, times: direction)
    let backward = VectorArithmetic.sum(own, -step, times: direction)
    let after = try gradientOfAll(at: forward, start, rows: &rows)
    let before = try gradientOfAll(at: backward, start, rows: &rows)
    let product = try objective.hessianProduct(
      at: start.space.point(own), along: start.space.point(direction), rows: &rows)
    check.noteGradient(here, direction, slope: (after.value - before.value) / (2 * step))
    let changes = VectorArithmetic.sum(after.gradient, -1, times: before.gradient)
    check.noteProduct(
      start.space.gradient(product), direction, VectorArithmetic.scaled(changes, by: 1 / (2 * step))
    )
  }

  /// F with λ1‖w‖₁, and its gradient in the solver's coordinates, where no weight is 0.
  private mutating func gradientOfAll(
    at own: [Double], _ start: SolverStart, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (value: Double, gradient: [Double]) {
    let point = start.space.point(own)
    var here = try objective.evaluate(at: point, rows: &rows)
    for index in 0..<objective.penalizedCount {
      here.gradient[index] += point[index] < 0 ? -objective.l1 : objective.l1
    }
    return (here.value + objective.l1Penalty(at: point), start.space.gradient(here.gradient))
  }
}

extension GradientCheck {
  /// Takes in one direction, `slope` being the difference of the objective along it.
  package mutating func noteGradient(
    _ gradient: [Double], _ direction: [Double], slope: Double
  ) {
    let analytic = VectorArithmetic.dot(gradient, direction)
    let typical =
      VectorArithmetic.norm(gradient) * VectorArithmetic.norm(direction)
      / Double(coordinates).squareRoot()
    let scale = max(analytic.magnitude, slope.magnitude, typical)
    let error = scale > 0 ? (analytic - slope).magnitude / scale : 0
    // NaN compares as no error at all: it is the largest.
    largestGradientError = error.isNaN ? .infinity : max(largestGradientError, error)
  }

  /// Takes in one product H v, `difference` being that of the gradients along `direction`.
  package mutating func noteProduct(
    _ product: [Double], _ direction: [Double], _ difference: [Double]
  ) {
    let length = VectorArithmetic.norm(product)
    let scale = max(length, VectorArithmetic.norm(difference))
    guard scale != 0 else {
      smallestCurvature = min(smallestCurvature, 0)
      return
    }
    let error = VectorArithmetic.norm(VectorArithmetic.sum(product, -1, times: difference)) / scale
    largestHessianError = error.isNaN ? .infinity : max(largestHessianError, error)
    let curvature =
      length > 0
      ? VectorArithmetic.dot(direction, product) / (length * VectorArithmetic.norm(direction)) : 0
    smallestCurvature = curvature.isNaN ? -.infinity : min(smallestCurvature, curvature)
  }
}

/// The same draws for a seed on every machine.
private struct Draws {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.bits(state)
  }

  /// ±(1/2 … 3/2).
  mutating func awayFromZero() -> Double {
    let bits = next()
    let size = 0.5 + Double(bits >> 11) * 0x1p-53
    return bits & 1 == 0 ? size : -size
  }

  mutating func index(below count: Int) -> Int { Int(next() % UInt64(count)) }
}
