/// nil where the quotient means nothing.
func quotient(_ numerator: Double, _ denominator: Double) -> Double? {
  guard denominator > 0 else { return nil }
  let value = numerator / denominator
  return value.isFinite ? value : nil
}
