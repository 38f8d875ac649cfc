internal import SparseBatches

/// Refuses penalties that are out of range.
///
/// - Throws: `RunFailure` (usage) naming the option.
internal func checkPenalties(l1: Double, l2: Double) throws(RunFailure) {
  // Below 1e-30, λ1/λ2 could leave the range of the numbers.
  for (name, value) in [("--l1", l1), ("--l2", l2)]
  where !(value == 0 || value >= 1e-30 && value <= 1e30) {
    throw RunFailure(.usage, "\(name) is \(value)", cure: "give 0, or a number from 1e-30 to 1e30")
  }
}
