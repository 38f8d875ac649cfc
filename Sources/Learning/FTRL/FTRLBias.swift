/// The bias: FTRL-proximal with λ1 = λ2 = 0, in Double, outside the table.
package struct FTRLBias: BiasState {
  package var z = 0.0
  package var n = 0.0

  package init() {}

  package init(z: Double, n: Double) {
    self.z = z
    self.n = n
  }

  package func weight(_ rule: FTRLCoordinates) -> Double {
    // An untouched bias is 0 also when β = 0.
    z == 0 ? 0 : -z * rule.alpha / (rule.beta + n.squareRoot())
  }

  package func updated(gradient: Double, _ rule: FTRLCoordinates) -> FTRLBias {
    let square = gradient * gradient
    // A gradient whose square vanishes would leave z without its n.
    guard square != 0 else { return self }
    let sigma = ((n + square).squareRoot() - n.squareRoot()) / rule.alpha
    return FTRLBias(z: z + gradient - sigma * weight(rule), n: n + square)
  }

  package var isFinite: Bool { z.isFinite && n.isFinite }
}
