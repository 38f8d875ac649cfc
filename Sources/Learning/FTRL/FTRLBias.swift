/// The bias: FTRL-proximal with λ1 = λ2 = 0, in Double, outside the table.
package struct FTRLBias: Equatable, Sendable {
  package var z = 0.0
  package var n = 0.0

  package init(z: Double = 0, n: Double = 0) {
    self.z = z
    self.n = n
  }

  package func weight(_ parameters: FTRLParameters) -> Double {
    // An untouched bias is 0 also when β = 0.
    z == 0 ? 0 : -z * parameters.alpha / (parameters.beta + n.squareRoot())
  }

  package func updated(gradient: Double, _ parameters: FTRLParameters) -> FTRLBias {
    let square = gradient * gradient
    // A gradient whose square vanishes would leave z without its n.
    guard square != 0 else { return self }
    let sigma = ((n + square).squareRoot() - n.squareRoot()) / parameters.alpha
    return FTRLBias(z: z + gradient - sigma * weight(parameters), n: n + square)
  }

  package var isFinite: Bool { z.isFinite && n.isFinite }
}
