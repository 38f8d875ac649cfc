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
