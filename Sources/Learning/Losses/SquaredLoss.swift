/// Squared loss of a margin m at a label y, any number: ℓ = ½(m − y)².
package enum SquaredLoss: MarginLoss {
  package static func loss(margin: Double, label: Double) -> Double {
    let residual = margin - label
    return 0.5 * residual * residual
  }

  /// dℓ/dm = m − y.
  package static func derivative(margin: Double, label: Double) -> Double { margin - label }

  package static func secondDerivative(margin: Double, label: Double) -> Double { 1 }
}
