/// A loss ℓ(m, y) of one row's margin m = b + w·x at its label y, convex in m.
///
/// All three functions are finite at margins of ±10³ and built from basic operations, so that
/// their bits do not depend on the machine.
package protocol MarginLoss: Sendable {
  /// ℓ(m, y).
  static func loss(margin: Double, label: Double) -> Double
  /// dℓ/dm.
  static func derivative(margin: Double, label: Double) -> Double
  /// d²ℓ/dm², never negative.
  static func secondDerivative(margin: Double, label: Double) -> Double
  /// m(0) − m(v) where dm/dv = −dℓ/dm from m(0) = `margin` to v = `time` (MarginFall.swift).
  ///
  /// - Parameter time: finite, at least 0.
  static func marginFall(from margin: Double, label: Double, time: Double) -> Double
}
