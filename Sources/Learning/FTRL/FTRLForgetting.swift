// n is both the evidence for a weight and what its rate falls with. n ← D·n, then z is rebuilt from
// the unchanged w: the predictions stay as they are, to the precision of a Float, and new rows move
// the weights more.
extension FTRLCoordinates {
  package static var canForget: Bool { true }

  package func forgetting(_ state: FTRLSlot, keeping share: Double) -> FTRLSlot {
    let rootN = Double(state.rootN) * share.squareRoot()
    let weight = weight(state)
    // A weight that L1 holds at 0 keeps its z.
    let z = weight == 0 ? Double(state.z) : z(forWeight: weight, rootN: rootN)
    return FTRLSlot(z: Float(z), rootN: Float(rootN))
  }

  package func forgetting(_ bias: FTRLBias, keeping share: Double) -> FTRLBias {
    let n = bias.n * share
    guard bias.z != 0 else { return FTRLBias(z: 0, n: n) }
    return FTRLBias(z: -bias.weight(self) * (beta + n.squareRoot()) / alpha, n: n)
  }

  /// w = −α(z − sgn(z)λ1) / (√n + β + αλ2), solved for z.
  private func z(forWeight weight: Double, rootN: Double) -> Double {
    let pulled = -weight * (rootN + Double(damping)) * inverseAlpha
    return pulled + (pulled < 0 ? -Double(l1) : Double(l1))
  }
}
